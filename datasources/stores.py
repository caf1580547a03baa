"""A database of our own: read like any backend, and written in transactions that are durable once they are told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, QueuePool
from sqlalchemy.util import await_only

from datasources.calls import Limits
from datasources.driver_errors import DRIVER_ERRORS, as_backend_error
from datasources.errors import BackendUnavailable
from datasources.sql import Database
from datasources.statement import Rows
from datasources.steps import TURN_SECONDS, Step, Steps, wait_for_turn
from datasources.together import Together

Answer = TypeVar("Answer")
Work = Callable[[AsyncConnection], Awaitable[Answer]]

# How long a write waits for other processes' transactions on a file: shorter than its deadline, to tell why.
LOCK_SECONDS = 3.0
# SQLite waits itself only where it must: see `wait_for_turn`.
BUSY_MILLISECONDS = 20
# A file's commit takes longer than many statements. This many take no longer than it: nobody else writes meanwhile.
STATEMENTS_TOGETHER = 100


class Store:
    """One owned store: `database` reads it, `write` writes. Its tables are made by its migrations.

    `url` names its driver, as for `Database`: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.
    """

    def __init__(self, backend: str, url: str, limits: Limits, *, sends_transaction_id: bool = True) -> None:
        self.backend = backend
        self.url = url
        self.database = Database(backend, url, limits, sends_transaction_id=sends_transaction_id)
        # Whether the store is an SQLite file of this machine.
        self.is_file = self.database.dialect == "sqlite"
        # Of a server: what writes single statements. In a file they are shared out among transactions.
        self._statements: Database | None = None
        if not self.is_file:
            self._statements = Database(backend, url, limits, sends_transaction_id=False, written_beside=self.database)
        self._together = Together(backend, self._write_together, lambda _: 1, STATEMENTS_TOGETHER)
        self._writer: AsyncEngine | None = None
        self._steps: Steps | None = None
        # Of a file: its own connection for steps, and the thread that makes them.
        self._stepping_engine: Engine | None = None
        self._stepping: ThreadPoolExecutor | None = None

    def open(self) -> None:
        """Make the pools. Connects to nothing yet."""
        self.database.open()
        if self._statements is not None:
            self._statements.open()
        # A file has one writer at a time: who waits for it waits here, and not in a thread.
        size = 1 if self.is_file else self.database.calls.limits.in_flight
        self._writer = writing_engine(self.url, size, LOCK_SECONDS)
        self._steps = Steps(self._writer.dialect)
        if self.is_file:
            self._stepping_engine = _stepping_engine(make_url(self.url))
            self._stepping = ThreadPoolExecutor(1, f"{self.backend.lower()}-steps")

    async def close(self) -> None:
        """Close the pools when no call is under way, or soon. Later calls: BackendUnavailable."""
        await self._together.ended()
        # Both wait for the writes too: they are calls of the same backend.
        await asyncio.gather(self.database.close(), *([self._statements.close()] if self._statements else ()))
        if self._writer is not None:
            await self._writer.dispose()
            self._writer = None
        if self._stepping is not None and self._stepping_engine is not None:
            self._stepping.shutdown()  # what it does is as long as a few small transactions
            self._stepping_engine.dispose()
            self._stepping_engine = self._stepping = None

    async def write(self, work: Work[Answer], *, is_repeatable: bool = False) -> Answer:
        """What `work` gives, in one transaction: committed when it returns, undone when it raises. One call.

        On a file all writers of all processes stand in line from the transaction's start. Tried again when the
        store cannot be reached only if `is_repeatable`. Raises BackendTimeout and BackendUnavailable, after which it
        is not known whether it was stored; BackendRefused; and whatever `work` raises.
        """
        return await self.database.calls.write(lambda: self._in_transaction(work), is_repeatable=is_repeatable)

    async def write_one(
        self, statement: Executable, parameters: Mapping[str, object], *, is_repeatable: bool = False
    ) -> Rows:
        """The rows of one statement that stands or falls by itself: one round trip. One call; raises as `write`.

        In a file, those that arrive in the same moment share a commit, and none is tried again: a file that cannot be
        written is locked, and others wait behind it.
        """
        if self._statements is None:
            return await self._together.add((statement, parameters))
        return await self._statements.write(statement, parameters, is_repeatable=is_repeatable)

    async def steps(self, works: Sequence[Callable[[Step], Answer]]) -> list[Answer | None]:
        """What each of `works` gives, one after the other, each in a transaction of its own; None for one undone.

        For small transactions that are some of many: of several statements that follow each other, asked directly, on
        a file in one thread, which takes a fifth of the time. One call. Raises as `write`, after which some are stored;
        when it is cancelled, all may still be.
        """
        return await self.database.calls.write(lambda: self._stepped(works))

    async def _write_together(self, asked: Sequence[tuple[Executable, Mapping[str, object]]]) -> Sequence[Rows]:
        """The rows of each statement, in their order, in one transaction."""
        [found] = await self.steps([lambda step: [step.rows(*each) for each in asked]])
        assert found is not None  # none undoes the others
        return found

    async def _stepped(self, works: Sequence[Callable[[Step], Answer]]) -> list[Answer | None]:
        try:
            if self._stepping is None:
                return await self._stepped_on_server(works)
            return await asyncio.get_running_loop().run_in_executor(self._stepping, self._stepped_in_file, works)
        except DRIVER_ERRORS as error:
            raise as_backend_error(self.backend, error) from error

    def _stepped_in_file(self, works: Sequence[Callable[[Step], Answer]]) -> list[Answer | None]:
        if self._stepping_engine is None or self._steps is None:
            raise BackendUnavailable(self.backend, "it is not open")
        with self._stepping_engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return [self._steps.in_file(driver, LOCK_SECONDS, work) for work in works]

    async def _stepped_on_server(self, works: Sequence[Callable[[Step], Answer]]) -> list[Answer | None]:
        if self._writer is None or self._steps is None:
            raise BackendUnavailable(self.backend, "it is not open")
        async with self._writer.connect() as connection:
            try:
                return [await self._steps.on_postgresql(connection, work) for work in works]
            except BaseException:
                await connection.invalidate()  # whatever it saw, the next one had better look anew
                raise

    async def _in_transaction(self, work: Work[Answer]) -> Answer:
        if self._writer is None:
            raise BackendUnavailable(self.backend, "it is not open")
        try:
            async with self._writer.begin() as connection:
                return await work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise as_backend_error(self.backend, error) from error


def writing_engine(url: str, size: int, lock_seconds: float, *, makes_file: bool = False) -> AsyncEngine:
    """A pool of `size` connections that may write, or none kept for 0; a transaction waits `lock_seconds` to begin.

    A file that is not there is made only when asked: an empty one would look like a store.
    """
    parsed = make_url(url)
    pooled: dict[str, Any] = {"poolclass": AsyncAdaptedQueuePool, "pool_size": size, "max_overflow": 0}
    if size == 0:
        pooled = {"poolclass": NullPool}
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, pooled, lock_seconds, "rwc" if makes_file else "rw")
    # Asked before use whether it still lives: a write that met a dead connection could not be tried again.
    return create_async_engine(parsed, pool_pre_ping=True, hide_parameters=True, **pooled)


def _sqlite_engine(url: URL, pooled: dict[str, Any], lock_seconds: float, mode: str) -> AsyncEngine:
    engine = create_async_engine(
        _as_file(url, mode), connect_args={"timeout": lock_seconds}, hide_parameters=True, **pooled
    )
    _prepare_to_write(engine.sync_engine)

    # At once for writing: one that reads first could find on its first write that another was quicker.
    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401
        wait_for_turn(
            lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"), lock_seconds, OperationalError,
            lambda: await_only(asyncio.sleep(TURN_SECONDS)),
        )  # fmt: skip

    # A statement that nobody waits for any more would hold up all other writers to its end.
    @event.listens_for(engine.sync_engine, "invalidate")
    def _interrupt(connection: Any, _record: object, _error: object) -> None:  # noqa: ANN401
        connection.run_async(lambda driver: driver.interrupt())

    return engine


def _stepping_engine(url: URL) -> Engine:
    engine = create_engine(
        _as_file(url, "rw").set(drivername="sqlite"), connect_args={"check_same_thread": False}, hide_parameters=True,
        poolclass=QueuePool, pool_size=1, max_overflow=0,
    )  # fmt: skip
    _prepare_to_write(engine)
    return engine


def _as_file(url: URL, mode: str) -> URL:
    return url.set(database=f"file:{quote(url.database or '')}", query={"mode": mode, "uri": "true"})


def _prepare_to_write(engine: Engine) -> None:
    """Make connections to a file ones that write, durably."""

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 no public type
        connection.isolation_level = None  # transactions begin where we say so
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # told is stored: a commit returns when it is on the disk
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.close()
