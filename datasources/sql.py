"""One SQL database behind one URL: its pool, one statement a call, and its driver's errors as ours."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import CursorResult, Executable, MetaData, Select, Table, event, func, literal_column, null, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from datasources.calls import PROBES, Calls, Health, Limits, transaction_id
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable

Rows = Sequence[tuple[Any, ...]]

# How long SQLite itself waits for a lock before it says so: a third of the usual deadline, which leaves the retries.
SQLITE_LOCK_SECONDS = 0.3
# The SQLite result codes that mean "this file does not answer now"; any other is an answer we cannot use.
SQLITE_OUTAGES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip
# Classes of SQLSTATE with the same meaning: connection, authorisation, database missing, resources, shutdown.
SQLSTATE_OUTAGES = ("08", "28", "3D", "53", "57P")
# The server ended the statement itself, at a time limit of its own.
SQLSTATE_CANCELLED = "57014"
# How long a server may take to say goodbye to the pool's connections. One that hangs must not hold up our own end.
CLOSE_SECONDS = 2.0

# The drivers that this service speaks through, by the plain name that people write.
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "oracle": "oracle+oracledb_async",
}


def driver_url(url: str) -> str:
    """`url` with the driver we use for its kind of database. Raises ValueError, which never repeats the URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("must be a database URL such as postgresql://user:password@host/name") from None
    driver = DRIVERS.get(parsed.drivername, parsed.drivername)
    if driver not in DRIVERS.values():
        raise ValueError(f"must begin with one of {', '.join(f'{name}://' for name in DRIVERS)}")
    # `sslmode` is what everybody but this driver calls it.
    query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
    return parsed.set(drivername=driver, query=query).render_as_string(hide_password=False)


class Database:
    """Reads one database. Opened and closed with the process; every call has a connection of its own.

    `url` names its driver: `sqlite+aiosqlite:///path`, `postgresql+asyncpg://…`, `oracle+oracledb_async://…`.
    """

    def __init__(self, backend: str, url: str, limits: Limits, *, sends_transaction_id: bool = True) -> None:
        self.backend = backend
        self.calls = Calls(backend, limits)
        self._url = make_url(url)
        self._sends_transaction_id = sends_transaction_id
        self._engine: AsyncEngine | None = None

    def open(self) -> None:
        """Make the pool. Connects to nothing yet: a backend that is down now may be up when it is asked."""
        # As many connections as calls and probes under way: who has a slot never waits for a connection as well.
        size = self.calls.limits.in_flight + PROBES
        if self._url.get_backend_name() == "sqlite":
            self._engine = _sqlite_engine(self._url, size)
        else:
            self._engine = create_async_engine(
                self._url, pool_size=size, max_overflow=0, isolation_level="AUTOCOMMIT", hide_parameters=True
            )

    async def close(self) -> None:
        """Close the pool when no call is under way, or after `CLOSE_SECONDS`. Later calls: BackendUnavailable."""
        if self._engine is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.calls.ended()
                    await self._engine.dispose()
            self._engine = None

    async def rows(self, statement: Executable, parameters: Mapping[str, object]) -> Rows:
        """All rows of one statement, in its order. One call.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """

        async def ask(connection: AsyncConnection) -> Rows:
            return self._all(await connection.execute(statement, dict(parameters)))

        return await self.calls.read(lambda: self._connected(ask))

    async def rows_of_each(self, asked: Sequence[tuple[Executable, Mapping[str, object]]]) -> list[Rows]:
        """All rows of each statement, one after the other on one connection. One call, and raises, as `rows`."""

        async def ask(connection: AsyncConnection) -> list[Rows]:
            return [self._all(await connection.execute(one, dict(values))) for one, values in asked]

        return await self.calls.read(lambda: self._connected(ask))

    async def probe(self) -> Health:
        """Whether the database answers now. Never raises for one that does not."""
        return await self.calls.probe(lambda: self._connected(_answers))

    async def missing(self, views: MetaData) -> list[str]:
        """What this database lacks of `views`, as "view" or "view.column", in order. Raises as `rows`."""

        async def ask(connection: AsyncConnection) -> list[str]:
            return [name for view in views.sorted_tables for name in await _missing_of(connection, view)]

        return await self.calls.read(lambda: self._connected(ask))

    async def _connected(self, ask: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:  # noqa: ANN401 what `ask` gives
        if self._engine is None:
            raise BackendUnavailable(self.backend, "it is not open")
        try:
            async with self._engine.connect() as connection:
                try:
                    await self._introduce(connection)
                    return await ask(connection)
                except (SQLAlchemyError, OSError):
                    await connection.invalidate()  # whatever it saw, the next call had better look anew
                    raise
        except (SQLAlchemyError, OSError) as error:
            raise self._as_ours(error) from error

    def _all(self, result: CursorResult[Any]) -> Rows:
        try:
            return result.all()
        except (TypeError, ValueError):
            # SQLAlchemy reads some types itself (SQLite's dates are text) and lets Python's own errors through.
            raise BackendRefused(self.backend, "a value is not of its column's type") from None

    async def _introduce(self, connection: AsyncConnection) -> None:
        """Tell the server whose request this is, so that its own monitoring shows our caller's transaction id."""
        if not self._sends_transaction_id:
            return
        name = transaction_id.get()
        if connection.dialect.name == "postgresql" and connection.info.get("introduced", "") != name:
            await connection.exec_driver_sql("SELECT set_config('application_name', $1, false)", (name[:63],))
            connection.info["introduced"] = name  # forgotten with the connection
        elif connection.dialect.name == "oracle":
            raw = await connection.get_raw_connection()
            raw.driver_connection.client_identifier = name[:64]  # type: ignore[union-attr] # travels with the next call

    def _as_ours(self, error: SQLAlchemyError | OSError) -> BackendError:
        return _kind_of(error)(self.backend)


def as_backend_error(backend: str, error: SQLAlchemyError | OSError) -> BackendError:
    """A driver's error as one of ours."""
    return _kind_of(error)(backend)


def _kind_of(error: SQLAlchemyError | OSError) -> type[BackendError]:
    """Which of our failures a driver's error is."""
    if isinstance(error, OSError | PoolTimeoutError | DisconnectionError):
        return BackendUnavailable
    cause = error.orig if isinstance(error, DBAPIError) else None
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
    if state == SQLSTATE_CANCELLED:
        return BackendTimeout
    code = getattr(cause, "sqlite_errorcode", None)
    is_outage = (
        isinstance(cause, OSError)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
        or state.startswith(SQLSTATE_OUTAGES)
        or (code is not None and code & 0xFF in SQLITE_OUTAGES)
    )
    return BackendUnavailable if is_outage else BackendRefused


async def _answers(connection: AsyncConnection) -> None:
    await connection.execute(probe_statement(connection.dialect.name))


@cache
def probe_statement(dialect: str) -> Executable:
    """What any database of a kind can answer."""
    if dialect == "sqlite":
        # Touches the file; a bare SELECT 1 would answer from a database that is gone.
        return select(func.count()).select_from(Table("sqlite_schema", MetaData()))
    one: Select[Any] = select(literal_column("1"))
    return one.select_from(Table("dual", MetaData())) if dialect == "oracle" else one


def columns_statement(view: Table) -> Executable:
    """All columns that `view` has, and none of its rows."""
    return select(literal_column("*")).select_from(view).where(null().is_not(None))


async def _missing_of(connection: AsyncConnection, view: Table) -> list[str]:
    try:
        columns = (await connection.execute(columns_statement(view))).keys()
    except DBAPIError as error:
        if _kind_of(error) is not BackendRefused:
            raise
        return [view.name]
    there = {name.lower() for name in columns}
    return [f"{view.name}.{column.name}" for column in view.columns if column.name.lower() not in there]


def _sqlite_engine(url: URL, size: int) -> AsyncEngine:
    """A read-only pool on one file, which notices when the file is deleted or another is put in its place."""
    path = Path(url.database or "")
    engine = create_async_engine(
        url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}),
        pool_size=size, max_overflow=0, isolation_level="AUTOCOMMIT", hide_parameters=True,
        connect_args={"timeout": SQLITE_LOCK_SECONDS},
    )  # fmt: skip

    # Before it is opened: a file that is replaced in between differs at the next checkout, and is opened again.
    @event.listens_for(engine.sync_engine, "do_connect")
    def _remember_file(_dialect: object, record: Any, _args: object, _kwargs: object) -> None:  # noqa: ANN401 no public type
        # Raises OSError for a file that is not there, before a thread is started for it.
        record.info["file"] = _identity(path.stat())

    # A statement that nobody waits for any more would run on in its thread, to its end.
    @event.listens_for(engine.sync_engine, "invalidate")
    def _interrupt(connection: Any, _record: object, _error: object) -> None:  # noqa: ANN401
        connection.run_async(lambda driver: driver.interrupt())

    @event.listens_for(engine.sync_engine, "checkout")
    def _same_file(_connection: object, record: Any, _proxy: object) -> None:  # noqa: ANN401
        if record.info["file"] != _identity(path.stat()):
            raise DisconnectionError("the file was replaced")

    return engine


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
