"""Settles one entry of a registration in one transaction: judged on what is stored now, stored, and marked as done.

Whoever settles an entry holds the row of its candidate in that period to the commit, so that two entries of the same
person are judged one after the other, on whatever replica. What is settled is not settled again.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Executable,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)

from datasources.columns import upsert
from datasources.exam_store.judging import Asked, Case, Held, Verdict, halved, judged
from datasources.exam_store.records import Attendance, EntryStatus
from datasources.exam_store.tables import CANDIDATE, ENTRY, GROUP, LEADER, PERSON, SITTING
from datasources.steps import Step, Undone

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


class AlreadySettled(Undone):
    """Another settled the entry: what ours did is undone."""


def _parameters(table: Table, *names: str) -> dict[str, BindParameter[Any]]:
    """A parameter for each of some columns that are written: its name after `to_`."""
    return {name: bindparam(f"to_{name}", type_=table.c[name].type) for name in names}


HELD = (
    select(SITTING.c.course_code, SITTING.c.variant, SITTING.c.school, GROUP.c.name_key)
    .join(GROUP, GROUP.c.id == SITTING.c.group_id)
    .where(SITTING.c.period == bindparam("period"), SITTING.c.national_number == bindparam("national_number"))
)  # fmt: skip
_IS_ENTRY = and_(ENTRY.c.reference == bindparam("of_reference"), ENTRY.c.ordinal == bindparam("of_ordinal"))
_WRITE_ENTRY = update(ENTRY).where(_IS_ENTRY).values(_parameters(ENTRY, "status", "message"))
SETTLE = _WRITE_ENTRY.where(ENTRY.c.status == QUEUED).returning(ENTRY.c.ordinal)
HALVE = _WRITE_ENTRY.where(ENTRY.c.status == EntryStatus.REGISTERED.value).returning(ENTRY.c.ordinal)
RENAME = (
    update(PERSON)
    .where(PERSON.c.national_number == bindparam("of_number"))
    .values(_parameters(PERSON, "given_name", "family_name"))
    .returning(PERSON.c.national_number)
)  # fmt: skip
STATUSES = select(ENTRY.c.status).where(
    ENTRY.c.reference == bindparam("of_reference"), ENTRY.c.ordinal.in_(bindparam("ordinals", expanding=True))
)
GROUP_ID = select(GROUP.c.id).where(
    *(GROUP.c[name] == bindparam(f"to_{name}") for name in ("school", "period", "course_code", "name_key"))
)
NEW_SITTING = insert(SITTING).values(
    _parameters(
        SITTING, "school", "period", "national_number", "course_code", "variant", "group_id", "candidate_type",
        "attendance", "registered_at",
    )
).returning(SITTING.c.id)  # fmt: skip
NO_LEADERS = delete(LEADER).where(LEADER.c.group_id == bindparam("of_group")).returning(LEADER.c.ordinal)
NEW_LEADER = insert(LEADER).values(_parameters(LEADER, *LEADER.c.keys())).returning(LEADER.c.ordinal)


class _New(NamedTuple):
    """Rows of which there may be one already, in the words of one kind of database."""

    candidate: Executable  # one row back; none when the number that was drawn is another's
    group: Executable
    person: Executable  # one row back when there was none


@cache
def _new(dialect: str) -> _New:
    drawn = bindparam("drawn", type_=CANDIDATE.c.number.type)
    of_candidate = _parameters(CANDIDATE, "period", "national_number", "language")
    other = CANDIDATE.alias()
    is_taken = exists(literal(1)).where(
        other.c.period == of_candidate["period"], other.c.number == drawn,
        other.c.national_number != of_candidate["national_number"],
    )  # fmt: skip
    chosen = select(*(value.label(name) for name, value in of_candidate.items()), drawn.label("number"))
    candidate = upsert(dialect, CANDIDATE).from_select([*of_candidate, "number"], chosen.where(~is_taken))
    of_group = _parameters(GROUP, "school", "period", "course_code", "name_key", "name", "variant")
    of_person = _parameters(PERSON, *PERSON.c.keys())
    return _New(
        candidate.on_conflict_do_update(
            index_elements=["period", "national_number"], set_={"language": candidate.excluded.language}
        ).returning(CANDIDATE.c.number),
        upsert(dialect, GROUP)
        .values(of_group)
        .on_conflict_do_nothing(index_elements=["school", "period", "course_code", "name_key"])
        .returning(GROUP.c.id),
        upsert(dialect, PERSON)
        .values(of_person)
        .on_conflict_do_nothing(index_elements=["national_number"])
        .returning(PERSON.c.national_number),
    )


def refuse(step: Step, entry: EntryToSettle, verdict: Verdict, case: Case) -> Verdict:
    """Mark an entry as one that does not go in; why. Raises AlreadySettled."""
    _settle(step, entry, verdict)
    _tell_partners(step, entry, case)
    return verdict


def take_in(step: Step, entry: EntryToSettle, case: Case, registered: Name | None, now: datetime) -> Verdict:
    """Store an entry that seemed to fit, if it still does; what became of it.

    `registered` is the name that the population register has. Raises AlreadySettled.
    """
    _hold_candidate(step, entry, case.period)
    held = [Held(*row) for row in step.rows(HELD, {"period": case.period, "national_number": entry.national_number})]
    verdict = judged(entry.asked, case, held)
    if not verdict.is_in:
        return refuse(step, entry, verdict, case)
    group_id = _group_id(step, entry, case)
    if all(each.course_code != entry.asked.course_code for each in held):
        step.rows(NEW_SITTING, {
            "to_school": case.school, "to_period": case.period, "to_national_number": entry.national_number,
            "to_course_code": entry.asked.course_code, "to_variant": entry.asked.variant, "to_group_id": group_id,
            "to_candidate_type": entry.candidate_type, "to_attendance": Attendance.PRESENT.value,
            "to_registered_at": now,
        })  # fmt: skip
    _name(step, entry, registered)
    verdict = _with_partners(step, entry, verdict, case)
    _settle(step, entry, verdict)
    # Last of all: of what is undone it would not hold, and when the commit fails, nobody goes on with this group.
    entry.group.stored_id = group_id
    return verdict


def _settle(step: Step, entry: EntryToSettle, verdict: Verdict) -> None:
    if not step.rows(SETTLE, _marked(entry.reference, entry.asked.ordinal, verdict)):
        raise AlreadySettled


def _marked(reference: str, ordinal: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "of_reference": reference, "of_ordinal": ordinal, "to_status": verdict.status.value,
        "to_message": verdict.message,
    }  # fmt: skip


def _hold_candidate(step: Step, entry: EntryToSettle, period: str) -> None:
    """Have the candidate's row for ourselves, made when there is none; the language form that was sent last counts."""
    for _ in range(DRAWS):
        values = {
            "to_period": period, "to_national_number": entry.national_number, "to_language": entry.language,
            "drawn": candidate_number(period),
        }  # fmt: skip
        if step.rows(_new(step.dialect).candidate, values):
            return
    raise RuntimeError("no candidate number is free")


# A number need not be a secret.
CHANCE = random.Random()  # noqa: S311


def candidate_number(period: str, chance: random.Random = CHANCE) -> str:
    """A number as candidates of the period have, drawn by chance."""
    drawn = chance.randrange(1000)
    letters = "".join(chance.choices(CAPITALS, k=3))
    return f"{drawn:03}{letters}-{period[0]}"


def _group_id(step: Step, entry: EntryToSettle, case: Case) -> int:
    """The group's row: the one that has its name, or a new one. Its leaders are those that were sent last."""
    group = entry.group
    if group.stored_id is not None:
        return group.stored_id
    key = {
        "to_school": case.school, "to_period": case.period, "to_course_code": entry.asked.course_code,
        "to_name_key": group.name_key,
    }  # fmt: skip
    step.rows(_new(step.dialect).group, {**key, "to_name": group.name, "to_variant": entry.asked.variant})
    [(group_id,)] = step.rows(GROUP_ID, key)
    if group.leaders:
        step.rows(NO_LEADERS, {"of_group": group_id})
    for place, leader in enumerate(group.leaders, 1):
        values = {**leader, "group_id": group_id, "ordinal": place}
        step.rows(NEW_LEADER, {f"to_{name}": value for name, value in values.items()})
    return int(group_id)


def _name(step: Step, entry: EntryToSettle, registered: Name | None) -> None:
    """Keep the person's name: the register's, or else what is stored, or else what was sent."""
    name = registered or entry.name
    written = {"to_given_name": name.given, "to_family_name": name.family}
    is_new = step.rows(_new(step.dialect).person, {"to_national_number": entry.national_number, **written})
    if not is_new and registered is not None:
        step.rows(RENAME, {"of_number": entry.national_number, **written})


def _with_partners(step: Step, entry: EntryToSettle, verdict: Verdict, case: Case) -> Verdict:
    """An entry that goes in is one half only when one that it goes together with has not gone in."""
    for other in case.rules.together.get(entry.asked.course_code, ()):
        statuses = _statuses(step, entry, other, case)
        if statuses and QUEUED not in statuses and not _any_in(statuses):
            return halved(entry.asked.course_code, other)
    return verdict


def _tell_partners(step: Step, entry: EntryToSettle, case: Case) -> None:
    """An entry that does not go in leaves one that it goes together with as one half."""
    course = entry.asked.course_code
    for other in case.rules.together.get(course, ()):
        same = _statuses(step, entry, course, case)
        if _any_in(same) or QUEUED in same:
            continue
        for each in case.asked_together:
            if each.course_code == other:
                step.rows(HALVE, _marked(entry.reference, each.ordinal, halved(other, course)))


def _statuses(step: Step, entry: EntryToSettle, course: str, case: Case) -> list[str]:
    """The statuses of the same candidate's entries for a subject in the same registration."""
    ordinals = [each.ordinal for each in case.asked_together if each.course_code == course]
    if not ordinals:
        return []
    return [status for (status,) in step.rows(STATUSES, {"of_reference": entry.reference, "ordinals": ordinals})]


def _any_in(statuses: Sequence[str]) -> bool:
    return any(status in (EntryStatus.REGISTERED.value, EntryStatus.PARTLY_REGISTERED.value) for status in statuses)
