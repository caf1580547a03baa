"""Reads what was sent in, and what became of it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BindParameter, Select, and_, bindparam, func, select

from datasources.exam_store.records import (
    ARRIVING,
    EducationLevel,
    EntryStatus,
    LanguageForm,
    LeaderRecord,
    RegistrationEntryRecord,
    RegistrationGroupRecord,
    RegistrationRecord,
    RegistrationStatus,
)
from datasources.exam_store.tables import CANDIDATE, ENTRY, REGISTRATION, REGISTRATION_GROUP, STATUS
from datasources.forms import Form, optional
from datasources.sql import Database

# How often a registration that somebody follows is looked at.
LOOK_SECONDS = 0.2

_REFERENCE: BindParameter[str] = bindparam("reference", type_=REGISTRATION.c.reference.type)
_REFERENCES: BindParameter[str] = bindparam("references", expanding=True)
REGISTRATIONS = select(
    REGISTRATION.c.reference, REGISTRATION.c.school, REGISTRATION.c.school_name, REGISTRATION.c.period,
    REGISTRATION.c.level, REGISTRATION.c.status, REGISTRATION.c.message, REGISTRATION.c.candidate_count,
    REGISTRATION.c.received_at, REGISTRATION.c.finished_at,
).where(REGISTRATION.c.reference.in_(_REFERENCES), REGISTRATION.c.status != ARRIVING)  # fmt: skip
GROUPS = (
    select(
        REGISTRATION_GROUP.c.ordinal, REGISTRATION_GROUP.c.name, REGISTRATION_GROUP.c.course_code,
        REGISTRATION_GROUP.c.variant, REGISTRATION_GROUP.c.leaders,
    )
    .where(REGISTRATION_GROUP.c.reference == _REFERENCE)
    .order_by(REGISTRATION_GROUP.c.ordinal)
)  # fmt: skip
# A number is one for all subjects of a period. That of one who is at another school is that school's to tell.
ENTRIES: Select[Any] = (
    select(ENTRY.c.group_ordinal, ENTRY.c.national_number, CANDIDATE.c.number, ENTRY.c.status, ENTRY.c.message)
    .join(REGISTRATION, REGISTRATION.c.reference == ENTRY.c.reference)
    .outerjoin(
        CANDIDATE,
        and_(
            CANDIDATE.c.period == REGISTRATION.c.period, CANDIDATE.c.national_number == ENTRY.c.national_number,
            ENTRY.c.status.in_((EntryStatus.REGISTERED.value, EntryStatus.PARTLY_REGISTERED.value)),
        ),
    )
    .where(ENTRY.c.reference == _REFERENCE)
    .order_by(ENTRY.c.ordinal)
)  # fmt: skip
COUNTS = (
    select(ENTRY.c.reference, ENTRY.c.status, func.count())
    .where(ENTRY.c.reference.in_(_REFERENCES))
    .group_by(ENTRY.c.reference, ENTRY.c.status)
)
CHANGES = (
    select(STATUS.c.ordinal, STATUS.c.status)
    .where(STATUS.c.reference == _REFERENCE, STATUS.c.ordinal > bindparam("after"))
    .order_by(STATUS.c.ordinal)
)


def _registration(*values: Any) -> RegistrationRecord:  # noqa: ANN401 a row's
    reference, school, name, period, level, *rest = values
    return RegistrationRecord(reference, school, name, period, EducationLevel(level) if level else None, *rest)


ENTRY_FORM = Form(
    "a registration's candidate",
    (str, optional(str), EntryStatus, str),
    RegistrationEntryRecord,
    "a candidate's status",
)
FORM = Form(
    "a registration",
    (str, str, str, str, optional(str), RegistrationStatus, optional(str), int, datetime, optional(datetime)),
    _registration,
    "a registration's status",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a registration's candidates are settled, and how they were."""

    total: int
    settled: int
    registered: int


class Registrations:
    """Reads registrations by reference. Those that have not arrived whole are not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_reference(self, references: Sequence[str]) -> dict[str, RegistrationRecord]:
        """Registrations by reference. One call. Raises as `Database.rows`."""
        rows = await self._database.rows(REGISTRATIONS, {"references": list(references)})
        return {each.reference: each for each in FORM.read_all(self._database.backend, rows)}

    async def groups(self, references: Sequence[str]) -> dict[str, list[RegistrationGroupRecord]]:
        """The groups of registrations with their candidates, in the order sent. One call each. Raises as above."""
        return {reference: await self._groups(reference) for reference in references}

    async def _groups(self, reference: str) -> list[RegistrationGroupRecord]:
        values = {"reference": reference}
        groups, rows = await self._database.rows_of_each([(GROUPS, values), (ENTRIES, values)])
        by_group: dict[int, list[Sequence[Any]]] = defaultdict(list)
        for group, *entry in rows:
            by_group[group].append(entry)
        return [
            RegistrationGroupRecord(
                name, course, variant or None, _leaders(leaders),
                tuple(ENTRY_FORM.read_all(self._database.backend, by_group[ordinal])),
            )
            for ordinal, name, course, variant, leaders in groups
        ]  # fmt: skip

    async def progress(self, references: Sequence[str]) -> dict[str, Progress]:
        """How far registrations are. One call. Raises as `Database.rows`."""
        rows = await self._database.rows(COUNTS, {"references": list(references)})
        counts: dict[str, Counter[EntryStatus]] = {reference: Counter() for reference in references}
        for reference, status, count in rows:
            counts[reference][EntryStatus(status)] = count
        return {reference: _progress(each) for reference, each in counts.items()}

    async def changes(self, reference: str) -> AsyncGenerator[RegistrationStatus]:
        """Each status that a registration has had and will have, once and in order, until the last.

        Looks every `LOOK_SECONDS`. Raises as `Database.rows`.
        """
        after = 0
        while True:
            for ordinal, value in await self._database.rows(CHANGES, {"reference": reference, "after": after}):
                after, status = ordinal, RegistrationStatus(value)
                yield status
                if status not in (RegistrationStatus.QUEUED, RegistrationStatus.PROCESSING):
                    return
            await asyncio.sleep(LOOK_SECONDS)


def _progress(counts: Counter[EntryStatus]) -> Progress:
    total = counts.total()
    return Progress(total, total - counts[EntryStatus.QUEUED], counts[EntryStatus.REGISTERED])


def _leaders(text: str) -> tuple[LeaderRecord, ...]:
    return tuple(_leader(each) for each in orjson.loads(text))


def _leader(given: dict[str, Any]) -> LeaderRecord:
    language = given["language"]
    return LeaderRecord(
        given["nationalNumber"], given["givenName"], given["familyName"],
        None if language is None else LanguageForm(language), given["email"], given["phone"],
    )  # fmt: skip
