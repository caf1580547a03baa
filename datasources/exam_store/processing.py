"""Processes registrations: entry by entry, each in a transaction of its own, from wherever it was left."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import structlog
from prometheus_client import Counter as Metric
from sqlalchemy import BindParameter, Select, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.errors import BackendError
from datasources.exam_store.jobs import Job, Jobs
from datasources.exam_store.judging import Asked, Case, CourseRules, Held, Verdict, judged
from datasources.exam_store.names import group_name_key, same_name
from datasources.exam_store.plan import ONE_PERIOD, PERIOD_FORM
from datasources.exam_store.receiving import job_row
from datasources.exam_store.records import EntryStatus, RegistrationStatus
from datasources.exam_store.settling import EntryToSettle, GroupToFill, Name, refuse, take_in
from datasources.exam_store.tables import (
    AVAILABILITY,
    ENTRY,
    EXAM,
    GROUP,
    JOB,
    PERSON,
    REGISTRATION,
    REGISTRATION_GROUP,
    RULE,
    SITTING,
    STATUS,
)
from datasources.steps import Step
from datasources.stores import Store

# Entries whose facts are asked for together.
ENTRIES_AT_ONCE = 200
# Entries that are settled in one call, each in a transaction of its own: on the slowest disk well within its deadline.
ENTRIES_IN_CALL = 10

# The names that the population register has, by national number; absent for persons that it does not know.
NamesByNumber = Callable[[Sequence[str]], Awaitable[Mapping[str, Name]]]

SETTLED = Metric("examgraph_exam_entries_settled_total", "Entries of registrations that were settled.", ["status"])

logger = structlog.get_logger(__name__)

_REFERENCE = bindparam("reference", type_=REGISTRATION.c.reference.type)
_NUMBERS: BindParameter[str] = bindparam("numbers", expanding=True)
HEAD = select(
    REGISTRATION.c.school, REGISTRATION.c.period, REGISTRATION.c.status, REGISTRATION.c.received_at,
    REGISTRATION.c.error_email,
).where(REGISTRATION.c.reference == _REFERENCE)  # fmt: skip
GROUPS = select(
    REGISTRATION_GROUP.c.ordinal, REGISTRATION_GROUP.c.name, REGISTRATION_GROUP.c.course_code,
    REGISTRATION_GROUP.c.variant, REGISTRATION_GROUP.c.leaders,
).where(REGISTRATION_GROUP.c.reference == _REFERENCE)  # fmt: skip
EXAMS = select(EXAM.c.course_code, EXAM.c.variant, EXAM.c.is_restricted).where(EXAM.c.period == bindparam("period"))
AVAILABLE = select(AVAILABILITY.c.course_code, AVAILABILITY.c.variant, AVAILABILITY.c.school).where(
    AVAILABILITY.c.period == bindparam("period")
)
RULES = select(RULE.c.kind, RULE.c.course_code, RULE.c.other_code).order_by(*RULE.c)
NEXT: Select[Any] = (
    select(
        ENTRY.c.ordinal, ENTRY.c.group_ordinal, ENTRY.c.national_number, ENTRY.c.given_name, ENTRY.c.family_name,
        ENTRY.c.language, ENTRY.c.candidate_type,
    )
    .where(ENTRY.c.reference == _REFERENCE, ENTRY.c.ordinal > bindparam("after"))
    .where(ENTRY.c.status == EntryStatus.QUEUED.value)
    .order_by(ENTRY.c.ordinal)
    .limit(ENTRIES_AT_ONCE)
)  # fmt: skip
SAME_CANDIDATES = select(ENTRY.c.national_number, ENTRY.c.ordinal, ENTRY.c.group_ordinal).where(
    ENTRY.c.reference == _REFERENCE, ENTRY.c.national_number.in_(_NUMBERS)
)
HELD_BY = (
    select(SITTING.c.national_number, SITTING.c.course_code, SITTING.c.variant, SITTING.c.school, GROUP.c.name_key)
    .join(GROUP, GROUP.c.id == SITTING.c.group_id)
    .where(SITTING.c.period == bindparam("period"), SITTING.c.national_number.in_(_NUMBERS))
)
NAMES = select(PERSON.c.national_number, PERSON.c.given_name, PERSON.c.family_name).where(
    PERSON.c.national_number.in_(_NUMBERS)
)
COUNTS = (
    select(ENTRY.c.status, func.count()).where(ENTRY.c.reference == _REFERENCE).group_by(ENTRY.c.status)
)  # fmt: skip
LAST_STATUS = select(func.max(STATUS.c.ordinal)).where(STATUS.c.reference == _REFERENCE)


@dataclass(frozen=True)
class Facts:
    """What is known of some entries' candidates before each is settled."""

    asked: Mapping[str, Sequence[Asked]]
    held: Mapping[str, Sequence[Held]]
    names: dict[str, Name]


@dataclass(frozen=True)
class Registration:
    """A registration that is processed."""

    job: Job
    school: str
    period: str
    is_open: bool
    tells_errors: bool
    rules: CourseRules
    groups: Mapping[int, tuple[str, str, GroupToFill]]  # subject, variant, group

    @property
    def reference(self) -> str:
        return self.job.reference


class Processor:
    """Processes registrations of one store. `names_by_number` asks the population register."""

    def __init__(self, store: Store, jobs: Jobs, now: Callable[[], datetime], names_by_number: NamesByNumber) -> None:
        self._store = store
        self._jobs = jobs
        self._now = now
        self._names_by_number = names_by_number

    async def process(self, job: Job) -> RegistrationStatus:
        """Settle what is not settled of a registration, and end it; how it ended.

        Raises JobLost when another goes on with it; BackendTimeout, BackendUnavailable, BackendRefused, after which
        it can be begun again.
        """
        registration = await self._begun(job)
        after = 0
        while rows := await self._store.database.rows(NEXT, {"reference": job.reference, "after": after}):
            await self._jobs.keep(job, has_gone_on=False)
            await self._settle(registration, rows)
            after = rows[-1][0]
        return await self._end(registration)

    async def fail(self, job: Job, message: str) -> None:
        """End a registration that cannot be processed, with what its senders are told. Raises JobLost, and as above."""
        await self._finish(job, RegistrationStatus.FAILED, message, tells_errors=False)

    async def _begun(self, job: Job) -> Registration:
        values = {"reference": job.reference}
        heads, groups = await self._store.database.rows_of_each([(HEAD, values), (GROUPS, values)])
        [(school, period, status, received_at, error_email)] = heads
        if status == RegistrationStatus.QUEUED.value:
            await self._store.write(
                partial(_set_status, job.reference, RegistrationStatus.PROCESSING, None, self._now())
            )
        of_period = {"period": period}
        periods, *rules = await self._store.database.rows_of_each(
            [(ONE_PERIOD, of_period), (EXAMS, of_period), (AVAILABLE, of_period), (RULES, {})]
        )
        is_open = any(PERIOD_FORM.read(self._store.backend, row).is_open_at(received_at) for row in periods)
        subjects = {
            ordinal: (course, variant, _group(ordinal, name, leaders))
            for ordinal, name, course, variant, leaders in groups
        }
        tells_errors = error_email is not None
        return Registration(job, school, period, is_open, tells_errors, CourseRules.of(*rules), subjects)

    async def _settle(self, registration: Registration, rows: Sequence[Sequence[Any]]) -> None:
        """Settle some entries, one after the other."""
        entries = [_entry(registration, row) for row in rows]
        facts = await self._facts(registration, list(dict.fromkeys(each.national_number for each in entries)))
        asked_for = self._worth_asking(registration, entries, facts)
        found = await self._registered_names(asked_for)
        works = [partial(self._settled, registration, each, facts, found.get(each.national_number)) for each in entries]
        for start in range(0, len(works), ENTRIES_IN_CALL):
            for verdict in await self._store.steps(works[start : start + ENTRIES_IN_CALL]):
                if verdict is not None:
                    SETTLED.labels(verdict.status.value).inc()
            if not start:
                # Not before: a job that never gets so far would be begun for ever.
                await self._jobs.keep(registration.job, has_gone_on=True)

    def _settled(
        self, registration: Registration, entry: EntryToSettle, facts: Facts, name: Name | None, step: Step
    ) -> Verdict:
        case = _case(registration, entry, facts)
        verdict = judged(entry.asked, case, facts.held[entry.national_number])
        # What seems not to fit may fit by now, but no rule says so of what is sent in together; and what was stored
        # meanwhile only adds reasons.
        if not verdict.is_in:
            return refuse(step, entry, verdict, case)
        return take_in(step, entry, case, name, self._now())

    def _worth_asking(self, registration: Registration, entries: Sequence[EntryToSettle], facts: Facts) -> list[str]:
        """The numbers of those who seem to go in and whose name, as it was sent, is not the one that is stored."""
        numbers: dict[str, None] = {}
        for entry in entries:
            stored = facts.names.get(entry.national_number)
            if stored is not None and same_name(stored, entry.name):
                continue
            if judged(entry.asked, _case(registration, entry, facts), facts.held[entry.national_number]).is_in:
                numbers[entry.national_number] = None
        return list(numbers)

    async def _registered_names(self, numbers: Sequence[str]) -> Mapping[str, Name]:
        """The register's names; none when it cannot be asked, because it never stops a registration."""
        if not numbers:
            return {}
        try:
            return await self._names_by_number(numbers)
        except BackendError as failure:
            logger.warning("names_not_checked", reason=failure.message, persons=len(numbers))
            return {}

    async def _facts(self, registration: Registration, numbers: Sequence[str]) -> Facts:
        values = {"reference": registration.reference, "period": registration.period, "numbers": numbers}
        same, held, names = await self._store.database.rows_of_each(
            [(SAME_CANDIDATES, values), (HELD_BY, values), (NAMES, values)]
        )
        asked: dict[str, list[Asked]] = defaultdict(list)
        for number, ordinal, group_ordinal in same:
            course, variant, group = registration.groups[group_ordinal]
            asked[number].append(Asked(ordinal, course, variant, group.name_key))
        held_by: dict[str, list[Held]] = defaultdict(list)
        for number, *subject in held:
            held_by[number].append(Held(*subject))
        return Facts(asked, held_by, {number: Name(*name) for number, *name in names})

    async def _end(self, registration: Registration) -> RegistrationStatus:
        rows = await self._store.database.rows(COUNTS, {"reference": registration.reference})
        counts = Counter({EntryStatus(status): count for status, count in rows})
        status = _ended(counts)
        tells_errors = registration.tells_errors and status is not RegistrationStatus.COMPLETED
        await self._finish(registration.job, status, None, tells_errors=tells_errors)
        return status

    async def _finish(self, job: Job, status: RegistrationStatus, message: str | None, *, tells_errors: bool) -> None:
        async def finish(connection: AsyncConnection) -> None:
            await self._jobs.done(connection, job)
            await _set_status(job.reference, status, message, self._now(), connection, is_end=True)
            if tells_errors:
                await connection.execute(insert(JOB), job_row("MAIL", job.reference))

        await self._store.write(finish)


async def _set_status(
    reference: str, status: RegistrationStatus, message: str | None, now: datetime, connection: AsyncConnection,
    *, is_end: bool = False,
) -> None:  # fmt: skip
    values: dict[str, Any] = {"status": status.value, "message": message}
    if is_end:
        values["finished_at"] = now
    await connection.execute(update(REGISTRATION).where(REGISTRATION.c.reference == reference).values(values))
    last = (await connection.execute(LAST_STATUS, {"reference": reference})).scalar_one()
    row = {"reference": reference, "ordinal": last + 1, "status": status.value, "since": now}
    await connection.execute(insert(STATUS), row)


def _ended(counts: Counter[EntryStatus]) -> RegistrationStatus:
    """How a registration ended whose entries ended so."""
    registered = counts[EntryStatus.REGISTERED]
    if registered == counts.total():
        return RegistrationStatus.COMPLETED
    if registered or counts[EntryStatus.PARTLY_REGISTERED]:
        return RegistrationStatus.PARTLY_COMPLETED
    return RegistrationStatus.FAILED


def _group(ordinal: int, name: str | None, leaders: str) -> GroupToFill:
    rows = [
        {
            "national_number": leader["nationalNumber"], "given_name": leader["givenName"],
            "family_name": leader["familyName"], "language": leader["language"], "email": leader["email"],
            "phone": leader["phone"],
        }
        for leader in orjson.loads(leaders)
    ]  # fmt: skip
    return GroupToFill(ordinal, (name or "").strip(), group_name_key(name), rows)


def _entry(registration: Registration, row: Sequence[Any]) -> EntryToSettle:
    ordinal, group_ordinal, number, given_name, family_name, language, candidate_type = row
    course, variant, group = registration.groups[group_ordinal]
    return EntryToSettle(
        registration.reference, number, Name(given_name, family_name), language, candidate_type,
        Asked(ordinal, course, variant, group.name_key), group,
    )  # fmt: skip


def _case(registration: Registration, entry: EntryToSettle, facts: Facts) -> Case:
    return Case(
        registration.school, registration.period, registration.is_open, registration.rules,
        facts.asked[entry.national_number],
    )  # fmt: skip
