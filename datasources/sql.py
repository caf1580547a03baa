"""One SQL database behind one URL: its pool, one statement a call, and its driver's errors as ours."""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, MetaData, Table, event, literal_column, null, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from datasources.calls import Calls, Health, Limits, transaction_id
from datasources.errors import BackendRefused, BackendUnavailable

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
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


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
        # As many connections as calls in flight: a call that has its slot never waits for a connection as well.
        size = self.calls.limits.in_flight
        if self._url.get_backend_name() == "sqlite":
            self._engine = _sqlite_engine(self._url, size)
        else:
            self._engine = create_async_engine(
                self._url, pool_size=size, max_overflow=0, isolation_level="AUTOCOMMIT", hide_parameters=True
            )

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    async def rows(self, statement: Executable, parameters: Mapping[str, object]) -> Rows:
        """All rows of one statement, in its order. One call.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """

        async def ask(connection: AsyncConnection) -> Rows:
            result = await connection.execute(statement, dict(parameters))
            return result.tuples().all()

        return await self.calls.read(lambda: self._connected(ask))

    async def rows_of_each(self, asked: Sequence[tuple[Executable, Mapping[str, object]]]) -> list[Rows]:
        """All rows of each statement, one after the other on one connection. One call, and raises, as `rows`."""

        async def ask(connection: AsyncConnection) -> list[Rows]:
            return [(await connection.execute(one, dict(values))).tuples().all() for one, values in asked]

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
                await self._introduce(connection)
                return await ask(connection)
        except (SQLAlchemyError, OSError) as error:
            raise self._as_ours(error) from error

    async def _introduce(self, connection: AsyncConnection) -> None:
        """Tell the server whose request this is, so that its own monitoring shows our caller's transaction id."""
        name = transaction_id.get()
        if not name or not self._sends_transaction_id:
            return
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql("SELECT set_config('application_name', $1, false)", (name[:63],))
        elif connection.dialect.name == "oracle":
            raw = await connection.get_raw_connection()
            raw.driver_connection.client_identifier = name[:64]  # type: ignore[union-attr] # travels with the next call

    def _as_ours(self, error: SQLAlchemyError | OSError) -> BackendUnavailable | BackendRefused:
        if isinstance(error, OSError | PoolTimeoutError | DisconnectionError):
            return BackendUnavailable(self.backend)
        cause = error.orig if isinstance(error, DBAPIError) else None
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in SQLITE_OUTAGES:
            return BackendUnavailable(self.backend)
        state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
        if (isinstance(error, DBAPIError) and error.connection_invalidated) or state.startswith(SQLSTATE_OUTAGES):
            return BackendUnavailable(self.backend)
        if isinstance(cause, OSError):
            return BackendUnavailable(self.backend)
        return BackendRefused(self.backend)


async def _answers(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        # Touches the file; a bare SELECT 1 would answer from a database that is gone.
        await connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
    else:
        await connection.execute(select(literal_column("1")) if connection.dialect.name != "oracle" else _DUAL)


_DUAL: Executable = select(literal_column("1")).select_from(Table("dual", MetaData()))


async def _missing_of(connection: AsyncConnection, view: Table) -> list[str]:
    never = null().is_not(None)
    try:
        columns = (await connection.execute(select(literal_column("*")).select_from(view).where(never))).keys()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return [view.name]
    there = {name.lower() for name in columns}
    return [f"{view.name}.{column.name}" for column in view.columns if column.name.lower() not in there]


def _sqlite_engine(url: URL, size: int) -> AsyncEngine:
    """A read-only pool on one file, which notices when the file is deleted or another is put in its place."""
    path = Path(url.database or "")
    engine = create_async_engine(
        url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"}),
        pool_size=size, max_overflow=0, isolation_level="AUTOCOMMIT", hide_parameters=True,
        connect_args={"timeout": SQLITE_LOCK_SECONDS},
    )  # fmt: skip

    @event.listens_for(engine.sync_engine, "connect")
    def _remember_file(_connection: object, record: Any) -> None:  # noqa: ANN401 the pool's record has no public type
        record.info["file"] = _identity(path)

    @event.listens_for(engine.sync_engine, "checkout")
    def _same_file(_connection: object, record: Any, _proxy: object) -> None:  # noqa: ANN401
        if record.info["file"] != _identity(path):
            raise DisconnectionError("the file was replaced")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
