"""Who is told by mail that not all of a registration went in: each registration once at most, whoever dies over it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.exam_store.jobs import Job, Jobs
from datasources.exam_store.records import EntryStatus
from datasources.exam_store.tables import ENTRY, JOB, REGISTRATION
from datasources.stores import Store

# How far the mail about a registration is; NULL before it is begun.
SENDING, SENT, NOT_SENT = "SENDING", "SENT", "NOT_SENT"


@dataclass(frozen=True, slots=True)
class Errors:
    """What is told: to whom, and of which registration."""

    address: str
    reference: str
    school: str
    school_name: str
    period: str
    candidates: int
    registered: int


class Teller:
    """Says who is to be told, and keeps what became of it."""

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    async def begin(self, job: Job) -> Errors | None:
        """What is to be told now, by us and by nobody after us; None when somebody has begun to before.

        From here on it is never begun again: what dies now is not sent. One call. Raises JobLost; BackendTimeout,
        BackendUnavailable, BackendRefused.
        """

        async def begin(connection: AsyncConnection) -> Errors | None:
            await self._jobs.done(connection, job)
            is_it = REGISTRATION.c.reference == job.reference
            begun = update(REGISTRATION).where(is_it, REGISTRATION.c.mail.is_(None)).values(mail=SENDING)
            if (await connection.execute(begun)).rowcount == 0:
                return None
            row: Any = (await connection.execute(select(REGISTRATION).where(is_it))).one()
            counts = select(ENTRY.c.status, func.count()).where(ENTRY.c.reference == job.reference)
            found = (await connection.execute(counts.group_by(ENTRY.c.status))).all()
            by_status = {row[0]: row[1] for row in found}
            return Errors(
                row.error_email, job.reference, row.school, row.school_name, row.period, row.candidate_count,
                by_status.get(EntryStatus.REGISTERED.value, 0),
            )  # fmt: skip

        return await self._store.write(begin)

    async def ended(self, reference: str, outcome: str) -> None:
        """Keep what became of it: `SENT` or `NOT_SENT`. One call. Raises as `Store.write`."""

        async def keep(connection: AsyncConnection) -> None:
            is_it = REGISTRATION.c.reference == reference
            await connection.execute(update(REGISTRATION).where(is_it).values(mail=outcome))

        await self._store.write(keep, is_repeatable=True)

    async def again(self, job: Job, row: dict[str, Any]) -> None:
        """Nobody has taken it, for certain: let it be begun again by the job of `row`. One call. Raises as above."""

        async def again(connection: AsyncConnection) -> None:
            is_it = REGISTRATION.c.reference == job.reference
            await connection.execute(update(REGISTRATION).where(is_it).values(mail=None))
            await connection.execute(insert(JOB), row)

        await self._store.write(again)
