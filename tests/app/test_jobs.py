"""Jobs of the exam store: done in the background, told of by mail once at most, and given up when they cannot be."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs
from support.databases import sqlite_url
from support.exams import LUN, RASK, Clock, Register, exam_store, outcome, sent
from support.server import free_port
from support.smtp import HOST, SENDER, TO, Inbox, serving

from app.jobs import MOST_ATTEMPTS, Workers
from datasources.exam_store.records import EntryStatus, RegistrationStatus
from datasources.exam_store.store import ExamStore
from datasources.exam_store.tables import JOB, REGISTRATION
from datasources.mail import Mail, MailServer

HALF = [("10A", "MAT0010", None, [RASK]), ("10A", "NOR0214", None, [LUN])]
GIVEN_UP = re.compile(
    r"Failed to process request\. Exception logged on server with reference ([0-9a-f-]{36})\."
    r" Contact PAS system administrators\."
)  # fmt: skip


@pytest_asyncio.fixture
async def exams(tmp_path: Path) -> AsyncIterator[ExamStore]:
    found = await exam_store(sqlite_url(tmp_path / "exams.sqlite"), Clock(), Register())
    yield found
    await found.store.close()


@asynccontextmanager
async def working(exams: ExamStore, port: int | None = None) -> AsyncIterator[None]:
    """Somebody does the jobs, and gives mail to the server at `port`."""
    server = MailServer(None) if port is None else MailServer(HOST, port, "none", sender=SENDER)
    workers = Workers(exams, Mail(server), 2)
    workers.open()
    try:
        yield
    finally:
        await workers.close()


async def until(is_so: Callable[[], bool | object]) -> None:
    async with asyncio.timeout(20):
        while not await is_so():  # type: ignore[misc] # noqa: ASYNC110 the store is asked, which tells nobody
            await asyncio.sleep(0.01)


async def mail_of(exams: ExamStore, reference: str) -> str | None:
    statement = select(REGISTRATION.c.mail).where(REGISTRATION.c.reference == reference)
    return str((await exams.store.database.rows(statement, {}))[0][0])


async def left(exams: ExamStore) -> list[tuple[str, int]]:
    """The jobs that nobody holds: kind and attempts."""
    statement = select(JOB.c.kind, JOB.c.attempts).where(JOB.c.holder.is_(None))
    rows = await exams.store.database.rows(statement, {})
    return [(row[0], row[1]) for row in rows]


async def test_who_wants_to_be_told_of_errors_is_told_once(exams: ExamStore) -> None:
    with serving("none") as (inbox, port):
        async with working(exams, port):
            reference = await sent(exams, *HALF, error_email=TO)

            async def is_told() -> bool:
                return await mail_of(exams, reference) == "SENT"

            await until(is_told)
        async with working(exams, port):  # another start finds nothing to do
            again = await sent(exams, ("10A", "MAT0010", None, [RASK]), error_email=TO)

            async def is_processed() -> bool:
                return (await outcome(exams, again))[0] is RegistrationStatus.COMPLETED

            await until(is_processed)
    _assert_told(inbox, reference)


def _assert_told(inbox: Inbox, reference: str) -> None:
    [message] = inbox.messages
    assert inbox.envelopes == [(SENDER, [TO])]
    assert message["Subject"] == f"Exam registration {reference}: not all candidates were registered"
    assert message.get_content().replace("\r\n", "\n") == (
        f"Registration {reference} of En skole (310000019) for V-2018 is processed.\n\n"
        "Registered: 1 of 2.\n\n"
        "Why the others were not is in the registration's report, under its reference.\n"
    )


async def test_what_may_have_been_sent_is_not_sent_again(exams: ExamStore) -> None:
    """As when a process dies after it has begun to send."""
    reference = await sent(exams, *HALF, error_email=TO)
    await exams.processor.process(await _taken(exams))
    job = await _taken(exams)
    assert job.kind == "MAIL"
    assert await exams.teller.begin(job) is not None
    with serving("none") as (inbox, port):
        async with working(exams, port):
            await asyncio.sleep(0)
            other = await sent(exams, *HALF, error_email=TO)

            async def is_told() -> bool:
                return await mail_of(exams, other) == "SENT"

            await until(is_told)
    _assert_told(inbox, other)
    assert await mail_of(exams, reference) == "SENDING"


async def test_a_server_that_takes_no_connection_is_tried_again_later(exams: ExamStore) -> None:
    async with working(exams, free_port()):
        reference = await sent(exams, *HALF, error_email=TO)

        async def is_put_off() -> bool:
            return await left(exams) == [("MAIL", 1)]

        await until(is_put_off)
        assert (await outcome(exams, reference))[0] is RegistrationStatus.PARTLY_COMPLETED
    await _set(exams, due_at=select(REGISTRATION.c.received_at).scalar_subquery())
    with serving("none") as (inbox, port):
        async with working(exams, port):

            async def is_told() -> bool:
                return await mail_of(exams, reference) == "SENT"

            await until(is_told)
    _assert_told(inbox, reference)


async def test_what_cannot_be_processed_is_given_up_and_says_under_which_reference(exams: ExamStore) -> None:
    reference = await sent(exams, *HALF, error_email=TO)
    await _set(exams, attempts=MOST_ATTEMPTS)
    with capture_logs() as logs:
        async with working(exams):

            async def is_over() -> bool:
                return (await outcome(exams, reference))[0] is RegistrationStatus.FAILED

            await until(is_over)
    message = (await exams.registrations.by_reference([reference]))[reference].message
    found = GIVEN_UP.fullmatch(message or "")
    assert found
    assert [line["failure"] for line in logs if line["event"] == "registration_given_up"] == [found[1]]
    assert set((await outcome(exams, reference))[1].values()) == {(EntryStatus.QUEUED, "")}


async def _taken(exams: ExamStore):  # type: ignore[no-untyped-def] # noqa: ANN202 a job
    job = await exams.jobs.take()
    assert job is not None
    return job


async def _set(exams: ExamStore, **values: object) -> None:
    async def change(connection: AsyncConnection) -> None:
        await connection.execute(update(JOB).values(**values))

    await exams.store.write(change)
