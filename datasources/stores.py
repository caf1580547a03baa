"""A database of our own: read like any backend, and written in transactions that are durable once they are told."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Executable, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool
from sqlalchemy.util import await_only

from datasources.calls import Limits
from datasources.driver_errors import as_backend_error
from datasources.errors import BackendUnavailable
from datasources.sql import Database
from datasources.statement import Rows

Answer = TypeVar("Answer")
Work = Callable[[AsyncConnection], Awaitable[Answer]]

# How long a write waits for other processes' transactions on a file: shorter than its deadline, to tell why.
LOCK_SECONDS = 3.0
# SQLite itself waits in steps that grow to a tenth of a second: next to a busy writer it would never get its turn. So
# it waits only where it must, and we ask for our turn about as often as others take theirs.
BUSY_MILLISECONDS = 20
TURN_SECONDS = 0.001


class Store:
    """One owned store: `database` reads it, `write` writes. Its tables are made by its migrations.

    `url` names its driver, as for `Database`: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.
    """

    def __init__(self, backend: str, url: str, limits: Limits, *, sends_transaction_id: bool = True) -> None:
        self.backend = backend
        self.url = url
        self.database = Database(backend, url, limits, sends_transaction_id=sends_transaction_id)
        self._statements = Database(backend, url, limits, sends_transaction_id=False, written_beside=self.database)
        self._writer: AsyncEngine | None = None

    @property
    def is_file(self) -> bool:
        """Whether the store is an SQLite file of this machine."""
        return make_url(self.url).get_backend_name() == "sqlite"

    def open(self) -> None:
        """Make the pools. Connects to nothing yet."""
        self.database.open()
        self._statements.open()
        # A file has one writer at a time: who waits for it waits here, and not in a thread.
        size = 1 if self.is_file else self.database.calls.limits.in_flight
        self._writer = writing_engine(self.url, size, LOCK_SECONDS)

    async def close(self) -> None:
        """Close the pools when no call is under way, or soon. Later calls: BackendUnavailable."""
        # Both wait for the writes too: they are calls of the same backend.
        await asyncio.gather(self.database.close(), self._statements.close())
        if self._writer is not None:
            await self._writer.dispose()
            self._writer = None

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
        """The rows of one statement that is a transaction by itself: one round trip. One call; raises as `write`."""
        return await self._statements.write(statement, parameters, is_repeatable=is_repeatable)

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
        url.set(database=f"file:{quote(url.database or '')}", query={"mode": mode, "uri": "true"}),
        connect_args={"timeout": lock_seconds}, hide_parameters=True, **pooled,
    )  # fmt: skip

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 no public type
        connection.isolation_level = None  # transactions begin where we say so
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # told is stored: a commit returns when it is on the disk
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.close()

    # At once for writing: one that reads first could find on its first write that another was quicker.
    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401
        ends_at = time.monotonic() + lock_seconds
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as refusal:
                is_busy = getattr(refusal.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > ends_at:
                    raise
            await_only(asyncio.sleep(TURN_SECONDS))

    # A statement that nobody waits for any more would hold up all other writers to its end.
    @event.listens_for(engine.sync_engine, "invalidate")
    def _interrupt(connection: Any, _record: object, _error: object) -> None:  # noqa: ANN401
        connection.run_async(lambda driver: driver.interrupt())

    return engine
