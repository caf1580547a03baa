"""Writes what learners do. Status never goes down, and progress is worked out beside what it is worked out from.

Transactions of one learner follow one another: on a file all do, on PostgreSQL each begins by taking a lock of the
learner's. So none works out progress from what another is about to change. An update of a view is one statement by
itself, which sees at its row whether the view has ended.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Executable,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.columns import upsert
from datasources.learning_store.records import (
    EnrolmentKey,
    ExportFormat,
    LearningStatus,
    ScoredAttempt,
    ViewKey,
)
from datasources.learning_store.tables import ATTEMPT, ENROLMENT, EXPORT, LEAF, VIEW

COMPLETED, IN_PROGRESS = LearningStatus.COMPLETED.value, LearningStatus.IN_PROGRESS.value
LARGEST_MARK = (1 << 31) - 1
PERCENT = 100
SWEPT_AT_ONCE = 1000
# Where PostgreSQL tells other processes that something of a learner's has changed.
CHANNEL = "examgraph_learning"

UPDATE_VIEW: Executable = (
    update(VIEW)
    .where(*(VIEW.c[name] == bindparam(f"of_{name}") for name in ("learner_id", "collection_id", "context_id")))
    .where(VIEW.c.content_id == bindparam("of_content_id"), VIEW.c.status < COMPLETED)
    .values(
        details=bindparam("new_details"),
        time_spent_seconds=bindparam("new_seconds"),
        accessed_at=bindparam("now", type_=VIEW.c.accessed_at.type),
        updated_at=bindparam("now", type_=VIEW.c.updated_at.type),
    )
    .returning(literal_column("1"))
)
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:of_learner, 0))")
TOLD = select(func.pg_notify(CHANNEL, bindparam("learner")))
_of_enrolment = and_(*(
    ENROLMENT.c[name] == bindparam(f"of_{name}") for name in ("learner_id", "collection_id", "context_id")
))  # fmt: skip
STATE = select(ENROLMENT.c.status).where(_of_enrolment)
LEAVES = (
    select(func.count(), func.count(VIEW.c.content_id))
    .select_from(
        LEAF.outerjoin(
            VIEW,
            and_(
                VIEW.c.learner_id == bindparam("of_learner_id"),
                VIEW.c.collection_id == LEAF.c.collection_id,
                VIEW.c.context_id == bindparam("of_context_id"),
                VIEW.c.content_id == LEAF.c.content_id,
                VIEW.c.status == COMPLETED,
            ),
        )
    )
    .where(LEAF.c.collection_id == bindparam("of_collection_id"), LEAF.c.is_optional.is_(False))
)
HAS_VIEWS = select(
    exists().where(*(VIEW.c[name] == bindparam(f"of_{name}") for name in ("learner_id", "collection_id", "context_id")))
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an enrolment is. `completed_on` is None unless it was completed just now."""

    status: LearningStatus
    percent: int
    completed_on: date | None


async def taken(connection: AsyncConnection, learner: str) -> None:
    """Wait for other transactions of this learner; they wait for this one."""
    if connection.dialect.name == "postgresql":
        await connection.execute(LOCK, {"of_learner": learner})


async def start_view(connection: AsyncConnection, key: ViewKey, now: datetime) -> None:
    """Begin a view, unless it has begun."""
    row = {**_names(key), "status": IN_PROGRESS, "accessed_at": now, "updated_at": now}
    await connection.execute(upsert(connection.dialect.name, VIEW).on_conflict_do_nothing(), row)


async def end_view(connection: AsyncConnection, key: ViewKey, now: datetime, details: str | None) -> None:
    """Complete a view, begun or not. Details are taken from who completes it, and from nobody later."""
    row = {
        **_names(key), "status": COMPLETED, "details": details, "accessed_at": now, "completed_at": now,
        "updated_at": now,
    }  # fmt: skip
    new = upsert(connection.dialect.name, VIEW)
    given = new.excluded
    is_later = VIEW.c.completed_at > given.completed_at
    takes_details = and_(VIEW.c.status < COMPLETED, given.details.is_not(None))
    changed = {
        "status": COMPLETED,
        "details": case((takes_details, given.details), else_=VIEW.c.details),
        "completed_at": case((is_later, VIEW.c.completed_at), else_=given.completed_at),
        "updated_at": given.updated_at,
    }
    await connection.execute(new.on_conflict_do_update(index_elements=_key_of(VIEW), set_=changed), row)


async def store_attempt(connection: AsyncConnection, attempt: ScoredAttempt, now: datetime) -> None:
    """Store an attempt, in the place of an older one of its name."""
    row = {
        **_names(attempt.key), "attempted_at": attempt.attempted_at, "score": attempt.score,
        "max_score": attempt.max_score, "answers": attempt.answers_json, "submitted_at": now,
    }  # fmt: skip
    new = upsert(connection.dialect.name, ATTEMPT)
    names = ("attempted_at", "score", "max_score", "answers", "submitted_at")
    put = new.on_conflict_do_update(
        index_elements=_key_of(ATTEMPT),
        set_={name: new.excluded[name] for name in names},
        where=ATTEMPT.c.attempted_at <= new.excluded.attempted_at,
    )
    await connection.execute(put, row)


async def enrol(connection: AsyncConnection, key: EnrolmentKey, now: datetime) -> None:
    """Enrol a learner, unless that was done before. Views that are there already count."""
    row = {
        **_names(key), "enrolled_at": now, "is_active": True, "status": 0, "progress_percent": 0, "mark": _new_mark(),
    }  # fmt: skip
    made = await connection.execute(upsert(connection.dialect.name, ENROLMENT).on_conflict_do_nothing(), row)
    if made.rowcount:
        has_views = (await connection.execute(HAS_VIEWS, _asked(key))).scalar_one()
        await renew(connection, key, now, has_views=bool(has_views))


async def renew(connection: AsyncConnection, key: EnrolmentKey, now: datetime, *, has_views: bool) -> bool:
    """Work out an enrolment's progress and tell followers; whether there is such an enrolment.

    One that is completed stays so, whatever becomes of its collection.
    """
    status = (await connection.execute(STATE, _asked(key))).scalar()
    if status is None:
        return False
    changed: dict[str, Any] = {"accessed_at": now, "mark": _new_mark()} if has_views else {}
    if status != COMPLETED:
        progress = await _progress(connection, key, now, has_views=has_views)
        changed |= {"status": progress.status.value, "progress_percent": progress.percent, "mark": _new_mark()}
        if progress.completed_on is not None:
            changed["completed_on"] = progress.completed_on
    if changed:
        await connection.execute(update(ENROLMENT).where(_of_enrolment).values(changed), _asked(key))
    if connection.dialect.name == "postgresql":
        await connection.execute(TOLD, {"learner": key[0]})
    return True


async def delete_enrolments(connection: AsyncConnection, learner: str, only: EnrolmentKey | None) -> None:
    """Delete a learner's enrolments, or only one, with what was viewed and tried under each; nothing else."""
    named = [ENROLMENT.c.learner_id == learner]
    if only is not None:
        named += [ENROLMENT.c.collection_id == only[1], ENROLMENT.c.context_id == only[2]]
    for table in (VIEW, ATTEMPT):
        is_under = exists().where(
            *named, ENROLMENT.c.collection_id == table.c.collection_id, ENROLMENT.c.context_id == table.c.context_id
        )
        await connection.execute(delete(table).where(table.c.learner_id == learner, is_under))
    await connection.execute(delete(ENROLMENT).where(*named))


async def store_export(
    connection: AsyncConnection, learner: str, kind: ExportFormat, content: str, now: datetime, kept_from: datetime
) -> None:
    """Keep a file in the place of the one before, and none any longer that is older than `kept_from`."""
    key = tuple_(EXPORT.c.learner_id, EXPORT.c.format)
    old = select(EXPORT.c.learner_id, EXPORT.c.format).where(EXPORT.c.made_at < kept_from).limit(SWEPT_AT_ONCE)
    # What another is sweeping is swept: two would wait for each other.
    await connection.execute(delete(EXPORT).where(key.in_(old.with_for_update(skip_locked=True))))
    new = upsert(connection.dialect.name, EXPORT)
    changed = {"content": new.excluded.content, "made_at": new.excluded.made_at}
    put = new.on_conflict_do_update(index_elements=_key_of(EXPORT), set_=changed)
    row = {"learner_id": learner, "format": kind.value, "content": content, "made_at": now}
    await connection.execute(put, row)


def update_parameters(key: ViewKey, details: str, seconds: float, now: datetime) -> dict[str, object]:
    """What `UPDATE_VIEW` is given."""
    return {**_asked(key), "of_content_id": key[3], "new_details": details, "new_seconds": seconds, "now": now}


async def _progress(connection: AsyncConnection, key: EnrolmentKey, now: datetime, *, has_views: bool) -> Progress:
    leaves, completed = (await connection.execute(LEAVES, _asked(key))).one()
    if leaves and completed >= leaves:
        return Progress(LearningStatus.COMPLETED, PERCENT, now.date())
    status = LearningStatus.IN_PROGRESS if has_views else LearningStatus.NOT_STARTED
    return Progress(status, PERCENT * completed // leaves if leaves else 0, None)


def _names(key: tuple[str, ...]) -> dict[str, Any]:
    return dict(zip(("learner_id", "collection_id", "context_id", "content_id", "attempt_id"), key, strict=False))


def _asked(key: tuple[str, ...]) -> Mapping[str, str]:
    return {f"of_{name}": value for name, value in _names(key[:3]).items()}


def _key_of(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def _new_mark() -> int:
    return random.randrange(LARGEST_MARK)  # noqa: S311 no secret: it need only be another one
