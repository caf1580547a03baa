"""The exam store on both kinds of database: what is stored of a registration, by whom, and what becomes of it."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from support.databases import NewDatabase
from support.exams import (
    ANNEN,
    FIKTIVDAL,
    GRONN,
    LUN,
    NOW,
    RASK,
    STILLE,
    Clock,
    Register,
    Sent,
    exam_store,
    outcome,
    people,
    processed,
    registration,
    sent,
)

from app.jobs import MOST_ATTEMPTS, Workers
from datasources.calls import counting_calls
from datasources.errors import BackendRefused, Conflict
from datasources.exam_store.jobs import JobLost, Jobs
from datasources.exam_store.new import RegistrationToDelete
from datasources.exam_store.processing import ENTRIES_IN_CALL
from datasources.exam_store.receiving import GIVEN_UP_AFTER, TOGETHER
from datasources.exam_store.records import DeletionStatus, EntryStatus, RegistrationStatus
from datasources.exam_store.settling import Name
from datasources.exam_store.store import ExamStore
from datasources.exam_store.tables import ENTRY, JOB, REGISTRATION, REGISTRATION_GROUP, SITTING
from datasources.idempotency import request_of
from datasources.mail import Mail, MailServer
from rest_compat.exams.dialect import FAULT

ROOT = Path(__file__).parents[2]
COMPLETED = RegistrationStatus.COMPLETED
REGISTERED = (EntryStatus.REGISTERED, "")
MATHS = ("10A", "MAT0010", None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    return new_database()


@pytest_asyncio.fixture
async def exams(url: str, clock: Clock, register: Register) -> AsyncIterator[ExamStore]:
    found = await exam_store(url, clock, register)
    yield found
    await found.store.close()


async def count(exams: ExamStore, table: object) -> int:
    rows = await exams.store.database.rows(select(func.count()).select_from(table), {})  # type: ignore[arg-type]
    return int(rows[0][0])


async def names_of(exams: ExamStore, school: str = FIKTIVDAL) -> dict[str, tuple[str, str]]:
    """Who is registered at a school, by number: candidate number and whole name."""
    found = (await exams.sittings.registered([(school, "V-2018")]))[school, "V-2018"]
    return {
        each.national_number: (each.candidate_number, f"{each.given_name} {each.family_name}")
        for exam in found.exams
        for group in exam.groups
        for each in group.candidates
    }


async def test_a_registration_is_stored_in_one_call_and_seen_at_once(exams: ExamStore) -> None:
    with counting_calls() as calls:
        reference = await sent(exams, (*MATHS, [RASK, LUN]))
    assert calls == {"EXAMS": 1}
    queued = (EntryStatus.QUEUED, "")
    assert await outcome(exams, reference) == (
        RegistrationStatus.QUEUED, {f"{RASK}/MAT0010": queued, f"{LUN}/MAT0010": queued},
    )  # fmt: skip
    assert await processed(exams, reference) == (
        COMPLETED, {f"{RASK}/MAT0010": REGISTERED, f"{LUN}/MAT0010": REGISTERED},
    )  # fmt: skip


async def test_a_large_one_is_stored_in_steps_and_not_seen_before_the_last(exams: ExamStore) -> None:
    numbers = people(2 * TOGETHER + 1)
    seen: list[bool] = []
    groups = [(f"{place}", "MAT0010", None, numbers[place : place + 1000]) for place in range(0, len(numbers), 1000)]
    storing = asyncio.create_task(exams.receiver.receive(registration(), Sent(groups), None))
    while not storing.done():
        rows = await exams.store.database.rows(select(REGISTRATION.c.reference), {})
        found = await exams.registrations.by_reference([row[0] for row in rows])
        seen.append(bool(found) and not await exams.jobs.has_due())
    reference = await storing
    assert not any(seen)  # never there without its job
    assert len((await outcome(exams, reference))[1]) == len(numbers)


async def test_what_never_arrived_whole_is_swept_up(exams: ExamStore, clock: Clock) -> None:
    reference = await sent(exams, (*MATHS, [RASK]))

    async def unfinished(connection: AsyncConnection) -> None:
        row = (await connection.execute(select(REGISTRATION))).mappings().one()
        left = {**row, "reference": "left", "status": "ARRIVING"}
        await connection.execute(insert(REGISTRATION), left)
        await connection.execute(insert(REGISTRATION_GROUP), {
            "reference": "left", "ordinal": 1, "course_code": "MAT0010", "variant": "", "leaders": "[]",
        })  # fmt: skip

    await exams.store.write(unfinished)
    assert await exams.registrations.by_reference(["left"]) == {}
    clock.at = NOW + GIVEN_UP_AFTER - timedelta(seconds=1)
    await exams.receiver.sweep()
    assert await count(exams, REGISTRATION) == 2
    clock.at = NOW + GIVEN_UP_AFTER + timedelta(seconds=1)
    await exams.receiver.sweep()
    assert (await count(exams, REGISTRATION), await count(exams, REGISTRATION_GROUP)) == (1, 1)
    clock.at = NOW
    assert (await processed(exams, reference))[0] is COMPLETED


async def test_the_same_request_again_is_the_same_registration(exams: ExamStore) -> None:
    asked = request_of("tok-gs", "registerCandidates", "key", {"a": 1})
    other = request_of("tok-gs", "registerCandidates", "key", {"a": 2})
    one = Sent([(*MATHS, [RASK])])
    first, again = await asyncio.gather(*(exams.receiver.receive(registration(), one, asked) for _ in range(2)))
    assert first == again
    with pytest.raises(Conflict):
        await exams.receiver.receive(registration(), one, other)
    assert (await count(exams, REGISTRATION), await count(exams, ENTRY), await count(exams, JOB)) == (1, 1, 1)


async def test_one_candidate_has_one_number_for_all_subjects(exams: ExamStore) -> None:
    reference = await sent(exams, ("10A", "NOR0214", None, [STILLE]), ("10A", "NOR0215", None, [STILLE]))
    assert (await processed(exams, reference))[0] is COMPLETED
    [(number, _)] = (await names_of(exams)).values()
    assert re.fullmatch("[0-9]{3}[A-Z]{3}-V", number)
    again = await sent(exams, ("10B", "ENG0012", None, [STILLE]))
    assert (await processed(exams, again))[0] is COMPLETED
    assert [found for found, _ in (await names_of(exams)).values()] == [number]


async def test_a_half_that_went_in_before_the_other_was_refused_is_one_half(exams: ExamStore) -> None:
    # In its second group NOR0215 is a second time, and so the first is the one that counts.
    reference = await sent(
        exams, ("10A", "NOR0214", None, [STILLE, RASK]), ("10A", "NOR0215", None, [RASK]),
        ("10A", "MAT0010", None, [STILLE]), ("10B", "NOR1415", None, [RASK]),
    )  # fmt: skip
    status, found = await processed(exams, reference)
    assert status is RegistrationStatus.PARTLY_COMPLETED
    assert found == {
        f"{STILLE}/NOR0214": (
            EntryStatus.NOT_REGISTERED, "Fagkode NOR0214 requires pamelding to NOR0215 for the same kandidat",
        ),
        f"{RASK}/NOR0214": REGISTERED,
        f"{RASK}/NOR0215": REGISTERED,
        f"{STILLE}/MAT0010": REGISTERED,
        f"{RASK}/NOR1415": (
            EntryStatus.NOT_REGISTERED, "Fagkode NOR1415 cannot be combined with NOR0214 or NOR0215",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("is_first", [True, False])
async def test_of_two_halves_one_may_be_at_another_school(exams: ExamStore, *, is_first: bool) -> None:
    elsewhere = await sent(exams, ("9", "NOR0214", None, [LUN]), ("9", "NOR0215", None, [LUN]), school=ANNEN)
    assert (await processed(exams, elsewhere))[0] is COMPLETED
    [number] = [number for person, (number, _) in (await names_of(exams, ANNEN)).items() if person == LUN]
    await exams.sittings.delete(ANNEN, "V-2018", [RegistrationToDelete(number, "NOR0215")])
    halves = [("10A", "NOR0214", None, [LUN]), ("10A", "NOR0215", None, [LUN])]
    reference = await sent(exams, *(halves if is_first else halves[::-1]))
    assert await processed(exams, reference) == (
        RegistrationStatus.PARTLY_COMPLETED,
        {
            f"{LUN}/NOR0214": (
                EntryStatus.REGISTERED_AT_OTHER_SCHOOL,
                "Kandidat is already registered in fagkode NOR0214 at another skole",
            ),
            f"{LUN}/NOR0215": (
                EntryStatus.PARTLY_REGISTERED, "Fagkode NOR0215 requires pamelding to NOR0214 for the same kandidat",
            ),
        },
    )  # fmt: skip


async def test_the_same_candidate_twice_for_one_subject_goes_in_once(exams: ExamStore) -> None:
    reference = await sent(exams, ("10A", "MAT0010", None, [RASK, RASK]), ("10B", "MAT0010", None, [RASK]))
    assert (await processed(exams, reference))[0] is RegistrationStatus.PARTLY_COMPLETED
    [first, second] = (await exams.registrations.groups([reference]))[reference]
    twice = (EntryStatus.NOT_REGISTERED, "Kandidat is already registered in fagkode MAT0010")
    assert [(each.status, each.message) for each in (*first.candidates, *second.candidates)] == [
        REGISTERED, twice, twice,
    ]  # fmt: skip


async def test_names_are_the_registers_or_those_that_are_stored_or_those_that_were_sent(
    exams: ExamStore, register: Register
) -> None:
    register.names = {LUN: Name("Lun", "Steinvik")}
    await processed(exams, await sent(exams, (*MATHS, [RASK, LUN])))
    assert register.asked == [RASK, LUN]
    assert {number: name for number, (_, name) in (await names_of(exams)).items()} == {
        RASK: "Rask Elv", LUN: "Lun Steinvik",
    }  # fmt: skip
    register.asked.clear()
    register.is_down = True
    await processed(exams, await sent(exams, ("10A", "ENG0012", None, [RASK, LUN])))
    # Rask's name is the one that is stored: blanks and letters' case aside there is nothing to ask.
    assert register.asked == [LUN]
    assert (await names_of(exams))[LUN][1] == "Lun Steinvik"


async def test_two_alike_at_the_same_moment_register_everyone_once(exams: ExamStore) -> None:
    numbers = people(40)
    references = await asyncio.gather(*(sent(exams, (*MATHS, numbers)) for _ in range(2)))
    jobs = [await exams.jobs.take(), await exams.jobs.take()]
    assert {job.reference for job in jobs if job} == set(references)
    await asyncio.gather(*(exams.processor.process(job) for job in jobs if job))
    for reference in references:
        status, found = await outcome(exams, reference)
        assert (status, Counter(found.values())) == (COMPLETED, {REGISTERED: 40})
    assert len(await names_of(exams)) == 40


async def test_a_job_is_one_processs_until_it_lapses(exams: ExamStore) -> None:
    await sent(exams, (*MATHS, [RASK]))
    job = await exams.jobs.take()
    assert job is not None
    others = Jobs(exams.store)
    assert (await others.take(), await others.has_due()) == (None, False)
    await exams.jobs.keep(job, has_gone_on=True)

    async def lapse(connection: AsyncConnection) -> None:
        await connection.execute(update(JOB).values(held_until=datetime.now(UTC) - timedelta(seconds=1)))

    await exams.store.write(lapse)
    assert await others.take() == job._replace(attempts=1)
    with pytest.raises(JobLost):
        await exams.processor.process(job)
    assert await exams.registrations.by_reference([job.reference])


@dataclass(frozen=True)
class WithAnOddLeader(Sent):
    """The last group's leader has no number, which no caller can send and the store refuses."""

    def parts(self) -> Iterator[dict[str, Any]]:
        *parts, last = super().parts()
        nobody = dict.fromkeys(("nationalNumber", "givenName", "familyName", "language", "email", "phone"))
        yield from [*parts, {**last, "leaders": [nobody]}]


async def test_what_can_never_be_settled_is_given_up(exams: ExamStore) -> None:
    good = people(ENTRIES_IN_CALL)
    odd = WithAnOddLeader([("A", "MAT0010", None, good), ("B", "ENG0012", None, [LUN])])
    reference = await exams.receiver.receive(registration(), odd, None)
    attempts = []
    for _ in range(MOST_ATTEMPTS + 1):
        job = await exams.jobs.take()
        assert job is not None
        attempts.append(job.attempts)
        with pytest.raises(BackendRefused):
            await exams.processor.process(job)
        await exams.jobs.put_off(job, 0.0, is_counted=True)
    assert attempts == [1, 1, 2, 3, 4, 5]  # some were settled the first time, and none since
    workers = Workers(exams, Mail(MailServer(None)), 1)
    workers.open()
    *_, status = [each async for each in exams.registrations.changes(reference)]
    await workers.close()
    assert status is RegistrationStatus.FAILED
    assert await exams.jobs.take() is None
    ended, entries = await outcome(exams, reference)
    assert (ended, entries) == (
        RegistrationStatus.FAILED,
        {**{f"{each}/MAT0010": REGISTERED for each in good}, f"{LUN}/ENG0012": (EntryStatus.QUEUED, "")},
    )
    message = (await exams.registrations.by_reference([reference]))[reference].message
    assert re.fullmatch(FAULT.format("[0-9a-f-]{36}").replace(".", "[.]"), message or "")


async def test_deleting_while_it_is_processed_leaves_both_whole(exams: ExamStore) -> None:
    numbers = people(60)
    await processed(exams, await sent(exams, (*MATHS, numbers[:30])))
    reference = await sent(exams, (*MATHS, numbers))
    job = await exams.jobs.take()
    assert job is not None
    there = [RegistrationToDelete(number, "MAT0010") for number, _ in (await names_of(exams)).values()]
    _, deleted = await asyncio.gather(
        exams.processor.process(job), exams.sittings.delete(FIKTIVDAL, "V-2018", there)
    )  # fmt: skip
    assert {each.status for each in deleted} == {DeletionStatus.DELETED}
    status, found = await outcome(exams, reference)
    assert (status, Counter(found.values())) == (COMPLETED, {REGISTERED: 60})
    assert set(await names_of(exams)) >= set(numbers[30:])


async def test_nothing_is_deleted_of_which_something_has_come(exams: ExamStore, clock: Clock) -> None:
    [gronn] = [RegistrationToDelete(number, "ENG0012") for number, _ in (await names_of(exams, ANNEN)).values()]
    clock.at = datetime(2018, 5, 20, tzinfo=UTC)
    asked = [gronn, gronn, replace(gronn, course_code="MAT0010")]
    found = await exams.sittings.delete(ANNEN, "V-2018", asked)
    assert [(each.course_code, each.status, each.message) for each in found] == [
        ("ENG0012", DeletionStatus.NOT_DELETED, "The exam has started"),
        ("MAT0010", DeletionStatus.NOT_FOUND, "No such pamelding at this skole in this eksamensperiode"),
    ]
    assert GRONN in await names_of(exams, ANNEN)


async def test_statuses_are_followed_in_their_order(exams: ExamStore) -> None:
    reference = await sent(exams, (*MATHS, [RASK]))
    changes = exams.registrations.changes(reference)
    seen = [await anext(changes)]
    await processed(exams, reference)
    seen += [status async for status in changes]
    assert seen == [RegistrationStatus.QUEUED, RegistrationStatus.PROCESSING, COMPLETED]


async def test_processes_share_the_work_and_one_that_is_killed_is_gone_on_for(exams: ExamStore, url: str) -> None:
    numbers = people(900)
    references = [
        await sent(exams, (f"{place}", "MAT0010", None, numbers[300 * place : 300 * place + 300]))
        for place in range(3)
    ]  # fmt: skip
    workers = [await _worker(url) for _ in range(2)]
    try:
        while await _settled(exams, references) < 100:  # noqa: ASYNC110 another process does it
            await asyncio.sleep(0.01)
        workers[0].send_signal(signal.SIGKILL)
        await workers[0].wait()
        await _lapsed(exams)
        while await _settled(exams, references) < len(numbers):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
    assert set(await names_of(exams)) == set(numbers)
    assert await count(exams, SITTING) == len(numbers) + 7  # those of the contract
    for reference in references:
        assert Counter((await outcome(exams, reference))[1].values()) == {REGISTERED: 300}


async def _worker(url: str) -> asyncio.subprocess.Process:
    script = str(Path(__file__).with_name("exam_worker.py"))
    worker = await asyncio.create_subprocess_exec(
        sys.executable, script, url, stdout=PIPE, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    return worker


async def _settled(exams: ExamStore, references: list[str]) -> int:
    return sum(each.settled for each in (await exams.registrations.progress(references)).values())


async def _lapsed(exams: ExamStore) -> None:
    """As if half a minute had gone by since the one who was killed said that it holds its job."""

    async def lapse(connection: AsyncConnection) -> None:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await connection.execute(update(JOB).values(held_until=past))

    await exams.store.write(lapse)
