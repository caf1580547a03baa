"""Reads what learners have enrolled for, viewed and tried. Every statement names the learner."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Column, Select, Table, and_, bindparam, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from datasources.errors import LimitExceeded
from datasources.keys import joined, key_parameters
from datasources.learning_store.records import (
    STATUSES,
    AnswerRecord,
    AttemptKey,
    AttemptRecord,
    CollectionRecord,
    ContentStatusRecord,
    ContentViewRecord,
    EnrolmentKey,
    EnrolmentRecord,
    ExportFormat,
    ViewKey,
    answers_of,
)
from datasources.learning_store.tables import ATTEMPT, COLLECTION, CONTEXT, ENROLMENT, EXPORT, LEAF, VIEW
from datasources.sql import Database

# In one answer. Nobody learns so much; who makes it up is told that it is too much.
MOST_ROWS = 20_000
# Views hold up to 64 KiB of details each, attempts up to a body of answers. Of more views than these, it is first asked
# how long their details are together.
MOST_VIEWS = 1000
MOST_DETAILS = 32 * 1024 * 1024
MOST_ANSWERED = 100

ENROLMENT_COLUMNS = tuple(ENROLMENT.columns)[:-1]
ATTEMPT_COLUMNS = tuple(ATTEMPT.columns)[:8]
_of_learner: BindParameter[str] = bindparam("of_learner")
_enrolments = select(*ENROLMENT_COLUMNS, *COLLECTION.columns).select_from(
    ENROLMENT.outerjoin(COLLECTION, COLLECTION.c.collection_id == ENROLMENT.c.collection_id)
)
ENROLMENTS = _enrolments.where(ENROLMENT.c.learner_id == _of_learner).limit(MOST_ROWS + 1)
ENROLMENTS_BY_KEY = _enrolments.where(
    ENROLMENT.c.learner_id == _of_learner,
    ENROLMENT.c.collection_id == bindparam("of_collection"),
    ENROLMENT.c.context_id == bindparam("of_context"),
)


@dataclass(frozen=True, slots=True)
class ByKey:
    """Two statements for the same rows: those of one key, and those of several, some of which may be of others.

    Most ask for one key, which every database finds by its index, whatever it knows of the table.
    """

    names: tuple[str, ...]
    one: Select[Any]
    several: Select[Any]

    def asked(self, keys: Sequence[tuple[str, ...]]) -> tuple[Select[Any], dict[str, object]]:
        """The statement for these keys, and its values."""
        if len(keys) == 1:
            return self.one, dict(zip(self.names, keys[0], strict=True))
        return self.several, {**key_parameters(keys), "learners": list({key[0]: None for key in keys})}


def _keyed(table: Table, width: int) -> tuple[tuple[str, ...], list[ColumnElement[bool]]]:
    """The parameters of a key of so many columns, and what makes a row one of that key's."""
    columns = list(table.columns)[:width]
    return tuple(f"of_{each.name}" for each in columns), [each == bindparam(f"of_{each.name}") for each in columns]


def _by_key(table: Table, width: int, *columns: Column[Any]) -> ByKey:
    """Rows by the first `width` columns."""
    names, is_one = _keyed(table, width)
    return ByKey(names, select(*columns).where(*is_one), joined(table, width).add_columns(*columns))


def _by_enrolment(table: Table, *columns: ColumnElement[Any]) -> tuple[tuple[str, ...], Select[Any], Select[Any]]:
    """Rows under one enrolment; and under all of some learners, by way of those."""
    names, is_one = _keyed(table, 3)
    is_under = and_(*(table.c[each.name] == each for each in list(ENROLMENT.columns)[:3]))
    under = select(*columns).select_from(ENROLMENT.join(table, is_under))
    learners = ENROLMENT.c.learner_id.in_(bindparam("learners", expanding=True))
    return names, select(*columns).where(*is_one), under.where(learners)


def _limited(asked: ByKey, most: int) -> ByKey:
    return replace(asked, one=asked.one.limit(most + 1), several=asked.several.limit(most + 1))


def _best(attempts: Select[Any]) -> Select[Any]:
    """Of each content's attempts, the last column of which is their place, the first."""
    placed = attempts.subquery()
    return select(*list(placed.columns)[:-1]).where(placed.c.place == 1)


_place = func.row_number().over(
    partition_by=tuple(ATTEMPT.columns)[:4],
    order_by=(ATTEMPT.c.score.desc(), ATTEMPT.c.attempted_at.desc(), ATTEMPT.c.attempt_id.desc()),
)
_names, _placed_of_one, _placed_of_all = _by_enrolment(ATTEMPT, *ATTEMPT_COLUMNS, _place.label("place"))
VIEWS_BY_KEY = _by_key(VIEW, 4, *VIEW.columns)
VIEWS_BY_ENROLMENT = _limited(ByKey(*_by_enrolment(VIEW, *VIEW.columns)), MOST_VIEWS)
STATUSES_BY_ENROLMENT = _limited(ByKey(*_by_enrolment(VIEW, *tuple(VIEW.columns)[:5])), MOST_ROWS)
ATTEMPTS_BY_VIEW = _limited(_by_key(ATTEMPT, 4, *ATTEMPT_COLUMNS), MOST_ROWS)
ANSWERS_BY_ATTEMPT = _by_key(ATTEMPT, 5, *tuple(ATTEMPT.columns)[:5], ATTEMPT.c.answers)
BEST_ATTEMPTS = _limited(ByKey(_names, _best(_placed_of_one), _best(_placed_of_all)), MOST_ROWS)
EXPORTED = select(EXPORT.c.content).where(
    EXPORT.c.learner_id == _of_learner,
    EXPORT.c.format == bindparam("of_format"),
    EXPORT.c.made_at > bindparam("made_after", type_=EXPORT.c.made_at.type),
)
MARKS = (
    select(ENROLMENT.c.learner_id, func.sum(ENROLMENT.c.mark), func.count())
    .where(ENROLMENT.c.learner_id.in_(bindparam("learners", expanding=True)))
    .group_by(ENROLMENT.c.learner_id)
)

_under = VIEW.alias("under")
_is_same_content = (_under.c.learner_id == _of_learner) & (_under.c.content_id == VIEW.c.content_id)
_of_collection: BindParameter[str] = bindparam("of_collection")
_of_context: BindParameter[str] = bindparam("of_context")
_context_leaves = LEAF.join(CONTEXT, CONTEXT.c.collection_id == LEAF.c.collection_id)
# What views are chosen by, by the name of the id that is given.
CHOSEN: Mapping[str, ColumnElement[bool]] = {
    "content": VIEW.c.content_id == bindparam("of_content"),
    "collection": or_(
        exists().where(LEAF.c.collection_id == _of_collection, LEAF.c.content_id == VIEW.c.content_id),
        exists().where(_is_same_content, _under.c.collection_id == _of_collection),
    ),
    "context": or_(
        exists().where(_is_same_content, _under.c.context_id == _of_context),
        exists()
        .select_from(_context_leaves)
        .where(CONTEXT.c.context_id == _of_context, LEAF.c.content_id == VIEW.c.content_id),
    ),
}


@dataclass(frozen=True, slots=True)
class Across:
    """Views of a learner under any collection and context, of the contents that all given ids stand for.

    A collection stands for its leaves and for what was viewed under it; a context for what was viewed under it and for
    the leaves of its collection.
    """

    learner_id: str
    content_id: str | None = None
    collection_id: str | None = None
    context_id: str | None = None


class Reader:
    """Reads the learning store. Each method is one call, and raises as `Database.rows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enrolments_by_learner(self, learners: Sequence[str]) -> dict[str, list[EnrolmentRecord]]:
        """Enrolments of each learner, the newest first; those of the same time by collection and context. A call each.

        Raises LimitExceeded beyond `MOST_ROWS` of them.
        """
        return {learner: await self._enrolments(learner) for learner in learners}

    async def enrolments_by_key(self, keys: Sequence[EnrolmentKey]) -> dict[EnrolmentKey, EnrolmentRecord]:
        """Enrolments by learner, collection and context. A call each."""
        found = {}
        for key in keys:
            asked = {"of_learner": key[0], "of_collection": key[1], "of_context": key[2]}
            for row in await self._database.rows(ENROLMENTS_BY_KEY, asked):
                found[key] = enrolment_of(row)
        return found

    async def views_by_key(self, keys: Sequence[ViewKey]) -> dict[ViewKey, ContentViewRecord]:
        """Views by learner, collection, context and content."""
        rows = await self._database.rows(*VIEWS_BY_KEY.asked(keys))
        return {view.key: view for view in map(view_of, rows)}

    async def views_by_enrolment(self, keys: Sequence[EnrolmentKey]) -> dict[EnrolmentKey, list[ContentViewRecord]]:
        """Views under exactly these collections and contexts, by content. Raises LimitExceeded."""
        rows = _bounded(await self._database.rows(*VIEWS_BY_ENROLMENT.asked(keys)), "views", MOST_VIEWS)
        found: dict[EnrolmentKey, list[ContentViewRecord]] = defaultdict(list)
        for view in sorted(map(view_of, rows), key=lambda view: view.content_id):
            found[view.key[:3]].append(view)
        return found

    async def statuses_by_enrolment(
        self, keys: Sequence[EnrolmentKey]
    ) -> dict[EnrolmentKey, list[ContentStatusRecord]]:
        """As `views_by_enrolment`, without what else is known of each."""
        rows = _bounded(await self._database.rows(*STATUSES_BY_ENROLMENT.asked(keys)), "views", MOST_ROWS)
        found: dict[EnrolmentKey, list[ContentStatusRecord]] = defaultdict(list)
        for learner, collection, context, content, status in sorted(rows, key=lambda row: row[3]):
            found[learner, collection, context].append(ContentStatusRecord(content, STATUSES[status]))
        return found

    async def views_across(self, asked: Across) -> list[ContentViewRecord]:
        """Views of some contents wherever they were viewed: those on their own first, then by collection and context.

        One call; three when there are more than `MOST_VIEWS`. Raises LimitExceeded beyond `MOST_ROWS` of them, and
        beyond `MOST_DETAILS` characters.
        """
        given = tuple(name for name in ("content", "collection", "context") if getattr(asked, f"{name}_id"))
        values = {f"of_{name}": getattr(asked, f"{name}_id") for name in given} | {"of_learner": asked.learner_id}
        first, length, whole = _across(given)
        rows = await self._database.rows(first, values)
        if len(rows) > MOST_VIEWS:
            [(characters,)] = await self._database.rows(length, values)
            if characters > MOST_DETAILS:
                raise LimitExceeded("characters of progress details", characters, MOST_DETAILS)
            rows = _bounded(await self._database.rows(whole, values), "views", MOST_ROWS)
        return sorted(map(view_of, rows), key=lambda view: (not view.is_on_its_own, *view.key))

    async def attempts_by_view(self, keys: Sequence[ViewKey]) -> dict[ViewKey, list[AttemptRecord]]:
        """Every attempt at these contents, the oldest first. Raises LimitExceeded."""
        rows = _bounded(await self._database.rows(*ATTEMPTS_BY_VIEW.asked(keys)), "attempts", MOST_ROWS)
        found: dict[ViewKey, list[AttemptRecord]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row[5], row[4])):
            found[row[0], row[1], row[2], row[3]].append(AttemptRecord(*row))
        return found

    async def best_attempts_by_enrolment(self, keys: Sequence[EnrolmentKey]) -> dict[EnrolmentKey, list[AttemptRecord]]:
        """Of each content the attempt with the greatest score, the latest of equals. Raises LimitExceeded."""
        rows = _bounded(await self._database.rows(*BEST_ATTEMPTS.asked(keys)), "attempts", MOST_ROWS)
        found: dict[EnrolmentKey, list[AttemptRecord]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row[3]):
            found[row[0], row[1], row[2]].append(AttemptRecord(*row))
        return found

    async def answers_by_attempt(self, keys: Sequence[AttemptKey]) -> dict[AttemptKey, list[AnswerRecord]]:
        """The answers that counted, a question each, in the order given. Raises LimitExceeded."""
        if len(keys) > MOST_ANSWERED:
            raise LimitExceeded("attempts with answers", len(keys), MOST_ANSWERED)
        rows = await self._database.rows(*ANSWERS_BY_ATTEMPT.asked(keys))
        return {(row[0], row[1], row[2], row[3], row[4]): answers_of(row[5]) for row in rows}

    async def exported(self, learner: str, kind: ExportFormat, made_after: datetime) -> str | None:
        """The content of a learner's newest file in this format, if it was made after that."""
        asked = {"of_learner": learner, "of_format": kind.value, "made_after": made_after}
        rows = await self._database.rows(EXPORTED, asked)
        return rows[0][0] if rows else None

    async def marks(self, learners: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Of each learner with enrolments what differs once one of them has changed."""
        return {row[0]: (row[1], row[2]) for row in await self._database.rows(MARKS, {"learners": list(learners)})}

    async def _enrolments(self, learner: str) -> list[EnrolmentRecord]:
        rows = await self._database.rows(ENROLMENTS, {"of_learner": learner})
        found = [enrolment_of(row) for row in _bounded(rows, "enrolments", MOST_ROWS)]
        found.sort(key=lambda each: each.key)
        return sorted(found, key=lambda each: each.enrolled_at, reverse=True)


def enrolment_of(row: Any) -> EnrolmentRecord:  # noqa: ANN401 a row as its driver has it
    """An enrolment from the values of `ENROLMENT_COLUMNS`, followed by those of its collection."""
    values = list(row[:10])
    values[5] = STATUSES[values[5]]
    values.append(CollectionRecord(*row[10:]) if row[10] is not None else None)
    return EnrolmentRecord(*values)


def view_of(row: Any) -> ContentViewRecord:  # noqa: ANN401 as above
    """A view from the values of its table's columns."""
    values = list(row)
    values[4] = STATUSES[values[4]]
    return ContentViewRecord(*values)


def _bounded(rows: Sequence[Any], what: str, most: int) -> Sequence[Any]:
    if len(rows) > most:
        raise LimitExceeded(what, len(rows), most)
    return rows


@cache
def _across(given: tuple[str, ...]) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Views of the contents that the ids of these names stand for: the first, how long all details are, and all."""
    conditions = [VIEW.c.learner_id == _of_learner, *(CHOSEN[name] for name in given)]
    views = select(*VIEW.columns).where(*conditions)
    length = select(func.coalesce(func.sum(func.length(VIEW.c.details)), 0)).where(*conditions)
    return views.limit(MOST_VIEWS + 1), length, views.limit(MOST_ROWS + 1)
