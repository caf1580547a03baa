"""Jobs: who does which, so that each is done, by one at a time, whoever dies over it.

A job is held until a time. Who holds it says so again as it goes on; when nobody does, another takes it.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.exam_store.tables import JOB
from datasources.stores import Store

# For how long a job is held without a word: longer than any step of one takes.
HELD = timedelta(seconds=30)

_IS_DUE = and_(JOB.c.due_at <= bindparam("now"), or_(JOB.c.held_until.is_(None), JOB.c.held_until < bindparam("now")))
DUE = select(JOB.c.id).where(_IS_DUE).limit(1)
OLDEST = select(JOB.c.id).where(_IS_DUE).order_by(JOB.c.due_at, JOB.c.id).limit(1).with_for_update(skip_locked=True)


class Job(NamedTuple):
    """A job that is ours. `attempts` counts how often it was begun since it last went on."""

    id: int
    kind: str
    reference: str
    attempts: int


class JobLost(Exception):
    """Another has taken the job: ours took too long."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"job {job.id} is another's now")
        self.job = job


class Jobs:
    """Takes jobs of an exam store for one process, and gives them back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = str(uuid.uuid4())

    async def take(self) -> Job | None:
        """The oldest job that is due and that nobody holds; None when there is none. One call.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        now = datetime.now(UTC)
        take = (
            update(JOB).where(JOB.c.id.in_(OLDEST.scalar_subquery()))
            .values(holder=self._holder, held_until=now + HELD, attempts=JOB.c.attempts + 1)
            .returning(JOB.c.id, JOB.c.kind, JOB.c.reference, JOB.c.attempts)
        )  # fmt: skip

        async def taken(connection: AsyncConnection) -> Job | None:
            row = (await connection.execute(take, {"now": now})).one_or_none()
            return None if row is None else Job(*row)

        return await self._store.write(taken)

    async def has_due(self) -> bool:
        """Whether a job is due that nobody holds. One call, which writes nothing. Raises as `take`."""
        return bool(await self._store.database.rows(DUE, {"now": datetime.now(UTC)}))

    async def keep(self, job: Job, *, has_gone_on: bool) -> None:
        """Hold on to a job, which is begun anew when it has gone on. One call. Raises JobLost, and as `take`."""
        values = {"held_until": datetime.now(UTC) + HELD, **({"attempts": 0} if has_gone_on else {})}

        async def keep(connection: AsyncConnection) -> None:
            if (await connection.execute(update(JOB).where(*self._is_ours(job)).values(values))).rowcount == 0:
                raise JobLost(job)

        await self._store.write(keep, is_repeatable=True)

    async def put_off(self, job: Job, seconds: float, *, is_counted: bool) -> None:
        """Give a job back, to be begun again after `seconds`; that it was begun may not count. One call.

        Raises as `take`.
        """
        due_at = datetime.now(UTC) + timedelta(seconds=seconds)
        values: dict[str, Any] = {"holder": None, "held_until": None, "due_at": due_at}
        if not is_counted:
            values["attempts"] = max(0, job.attempts - 1)

        async def give_back(connection: AsyncConnection) -> None:
            await connection.execute(update(JOB).where(*self._is_ours(job)).values(values))

        await self._store.write(give_back, is_repeatable=True)

    async def done(self, connection: AsyncConnection, job: Job) -> None:
        """Remove a job in the transaction that ends it. Raises JobLost."""
        if (await connection.execute(delete(JOB).where(*self._is_ours(job)))).rowcount == 0:
            raise JobLost(job)

    def _is_ours(self, job: Job) -> tuple[ColumnElement[bool], ...]:
        return JOB.c.id == job.id, JOB.c.holder == self._holder
