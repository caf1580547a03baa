"""Settles one entry of a registration in one transaction: judged on what is stored now, stored, and marked as done.

Whoever settles an entry holds the row of its candidate in that period to the commit, so that two entries of the same
person are judged one after the other, on whatever replica. What is settled is not settled again.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, bindparam, delete, exists, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from datasources.exam_store.judging import Asked, Case, Held, Verdict, halved, judged
from datasources.exam_store.records import Attendance, EntryStatus
from datasources.exam_store.tables import CANDIDATE, ENTRY, GROUP, LEADER, PERSON, SITTING

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
QUEUED = EntryStatus.QUEUED.value
# Numbers are drawn from 17 million: of so many draws one is free, unless something is wrong.
DRAWS = 50


class Name(NamedTuple):
    """A person's name."""

    given: str
    family: str


@dataclass(frozen=True, slots=True)
class EntryToSettle:
    """An entry with what it asks for."""

    reference: str
    national_number: str
    name: Name
    language: str
    candidate_type: str
    asked: Asked
    group: "GroupToFill"


@dataclass(slots=True)
class GroupToFill:
    """A group as it was sent in; `stored_id` once it is known."""

    ordinal: int
    name: str
    name_key: str
    leaders: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    stored_id: int | None = None


class Settled(NamedTuple):
    """What became of an entry, and the id of its group's row when it went in."""

    verdict: Verdict
    group_id: int | None = None


class AlreadySettled(Exception):
    """Another settled the entry: what ours did is undone."""


HELD = (
    select(SITTING.c.course_code, SITTING.c.variant, SITTING.c.school, GROUP.c.name_key)
    .join(GROUP, GROUP.c.id == SITTING.c.group_id)
    .where(SITTING.c.period == bindparam("period"), SITTING.c.national_number == bindparam("national_number"))
)  # fmt: skip
_IS_ENTRY = and_(ENTRY.c.reference == bindparam("of_reference"), ENTRY.c.ordinal == bindparam("of_ordinal"))
SETTLE = update(ENTRY).where(_IS_ENTRY, ENTRY.c.status == QUEUED).values(
    status=bindparam("to_status"), message=bindparam("to_message")
)  # fmt: skip
RENAME = update(PERSON).where(PERSON.c.national_number == bindparam("of_number")).values(
    given_name=bindparam("to_given_name"), family_name=bindparam("to_family_name")
)  # fmt: skip
STATUSES = select(ENTRY.c.ordinal, ENTRY.c.status).where(
    ENTRY.c.reference == bindparam("of_reference"), ENTRY.c.ordinal.in_(bindparam("ordinals", expanding=True))
)
GROUP_ID = select(GROUP.c.id).where(
    *(GROUP.c[name] == bindparam(name) for name in ("school", "period", "course_code", "name_key"))
)
NEW_SITTING = insert(SITTING)


def refuse(connection: Connection, entry: EntryToSettle, verdict: Verdict, case: Case) -> Settled:
    """Mark an entry as one that does not go in. Raises AlreadySettled."""
    _settle(connection, entry, verdict)
    _tell_partners(connection, entry, case)
    return Settled(verdict)


def take_in(
    connection: Connection, entry: EntryToSettle, case: Case, registered: Name | None, now: datetime
) -> Settled:
    """Store an entry that seemed to fit, if it still does. `registered` is the name that the population register has.

    Raises AlreadySettled.
    """
    _hold_candidate(connection, entry, case.period)
    held = [Held(*row) for row in connection.execute(HELD, _of_candidate(entry, case))]
    verdict = judged(entry.asked, case, held)
    if not verdict.is_in:
        return refuse(connection, entry, verdict, case)
    group_id = _group_id(connection, entry, case)
    if all(each.course_code != entry.asked.course_code for each in held):
        connection.execute(NEW_SITTING, {
            "school": case.school, **_of_candidate(entry, case), "course_code": entry.asked.course_code,
            "variant": entry.asked.variant, "group_id": group_id, "candidate_type": entry.candidate_type,
            "attendance": Attendance.PRESENT.value, "registered_at": now,
        })  # fmt: skip
    _name(connection, entry, registered)
    verdict = _with_partners(connection, entry, verdict, case)
    _settle(connection, entry, verdict)
    return Settled(verdict, group_id)


def _of_candidate(entry: EntryToSettle, case: Case) -> dict[str, Any]:
    return {"period": case.period, "national_number": entry.national_number}


def _settle(connection: Connection, entry: EntryToSettle, verdict: Verdict) -> None:
    values = {
        "of_reference": entry.reference, "of_ordinal": entry.asked.ordinal, "to_status": verdict.status.value,
        "to_message": verdict.message,
    }  # fmt: skip
    if connection.execute(SETTLE, values).rowcount == 0:
        raise AlreadySettled


def _hold_candidate(connection: Connection, entry: EntryToSettle, period: str) -> None:
    """Have the candidate's row for ourselves, made when there is none; the language form that was sent last counts."""
    statement = _new_candidate(connection.dialect.name)
    for _ in range(DRAWS):
        values = {
            "of_period": period, "of_number": entry.national_number, "to_language": entry.language,
            "drawn": candidate_number(period),
        }  # fmt: skip
        if connection.execute(statement, values).first() is not None:
            return
    raise RuntimeError("no candidate number is free")


# A number need not be a secret.
CHANCE = random.Random()  # noqa: S311


def candidate_number(period: str, chance: random.Random = CHANCE) -> str:
    """A number as candidates of the period have, drawn by chance."""
    drawn = chance.randrange(1000)
    letters = "".join(chance.choices(CAPITALS, k=3))
    return f"{drawn:03}{letters}-{period[0]}"


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _new_candidate(dialect: str) -> Any:  # noqa: ANN401 either kind's own
    """One row back; none when the number that was drawn is another's."""
    found = _STATEMENTS.get(dialect)
    if found is None:
        drawn = bindparam("drawn", type_=CANDIDATE.c.number.type)
        columns = [
            bindparam("of_period", type_=CANDIDATE.c.period.type).label("period"),
            bindparam("of_number", type_=CANDIDATE.c.national_number.type).label("national_number"),
            drawn.label("number"),
            bindparam("to_language", type_=CANDIDATE.c.language.type).label("language"),
        ]
        other = CANDIDATE.alias()
        is_taken = exists(literal(1)).where(
            other.c.period == bindparam("of_period"), other.c.number == drawn,
            other.c.national_number != bindparam("of_number"),
        )  # fmt: skip
        chosen = select(*columns).where(~is_taken)
        new = _insert(dialect, CANDIDATE).from_select(["period", "national_number", "number", "language"], chosen)
        found = _STATEMENTS[dialect] = new.on_conflict_do_update(
            index_elements=["period", "national_number"], set_={"language": new.excluded.language}
        ).returning(CANDIDATE.c.number)
    return found


_STATEMENTS: dict[str, Any] = {}


def _group_id(connection: Connection, entry: EntryToSettle, case: Case) -> int:
    """The group's row: the one that has its name, or a new one. Its leaders are those that were sent last."""
    group = entry.group
    if group.stored_id is not None:
        return group.stored_id
    key = {
        "school": case.school, "period": case.period, "course_code": entry.asked.course_code,
        "name_key": group.name_key,
    }  # fmt: skip
    new = _insert(connection.dialect.name, GROUP).on_conflict_do_nothing(index_elements=list(key))
    connection.execute(new, {**key, "name": group.name, "variant": entry.asked.variant})
    group_id: int = connection.execute(GROUP_ID, key).scalar_one()
    if group.leaders:
        connection.execute(delete(LEADER).where(LEADER.c.group_id == group_id))
        rows = [{**leader, "group_id": group_id, "ordinal": place} for place, leader in enumerate(group.leaders, 1)]
        connection.execute(insert(LEADER), rows)
    return group_id


def _name(connection: Connection, entry: EntryToSettle, registered: Name | None) -> None:
    """Keep the person's name: the register's, or else what is stored, or else what was sent."""
    new = _insert(connection.dialect.name, PERSON).on_conflict_do_nothing(index_elements=["national_number"])
    name = registered or entry.name
    values = {"national_number": entry.national_number, "given_name": name.given, "family_name": name.family}
    if connection.execute(new, values).rowcount == 0 and registered is not None:
        connection.execute(
            RENAME, {"of_number": entry.national_number, "to_given_name": name.given, "to_family_name": name.family}
        )


def _with_partners(connection: Connection, entry: EntryToSettle, verdict: Verdict, case: Case) -> Verdict:
    """An entry that goes in is one half only when one that it goes together with has not gone in."""
    for other in case.rules.together.get(entry.asked.course_code, ()):
        statuses = _statuses(connection, entry, other, case)
        if statuses and QUEUED not in statuses and not _any_in(statuses):
            return halved(entry.asked.course_code, other)
    return verdict


def _tell_partners(connection: Connection, entry: EntryToSettle, case: Case) -> None:
    """An entry that does not go in leaves one that it goes together with as one half."""
    course = entry.asked.course_code
    for other in case.rules.together.get(course, ()):
        same = _statuses(connection, entry, course, case)
        if _any_in(same) or QUEUED in same:
            continue
        for each in case.asked_together:
            if each.course_code == other:
                half = halved(other, course)
                connection.execute(
                    update(ENTRY)
                    .where(_IS_ENTRY, ENTRY.c.status == EntryStatus.REGISTERED.value)
                    .values(status=half.status.value, message=half.message),
                    {"of_reference": entry.reference, "of_ordinal": each.ordinal},
                )


def _statuses(connection: Connection, entry: EntryToSettle, course: str, case: Case) -> list[str]:
    """The statuses of the same candidate's entries for a subject in the same registration."""
    ordinals = [each.ordinal for each in case.asked_together if each.course_code == course]
    if not ordinals:
        return []
    rows = connection.execute(STATUSES, {"of_reference": entry.reference, "ordinals": ordinals})
    return [row[1] for row in rows]


def _any_in(statuses: Sequence[str]) -> bool:
    return any(status in (EntryStatus.REGISTERED.value, EntryStatus.PARTLY_REGISTERED.value) for status in statuses)
