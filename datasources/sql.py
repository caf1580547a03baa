"""One SQL database behind one URL: its connections, one statement a call, and its driver's errors as ours."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from sqlalchemy import Executable, MetaData, Select, Table, func, literal_column, null, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from datasources.calls import PROBES, Calls, Health, Limits, transaction_id
from datasources.driver_errors import DRIVER_ERRORS, cause_of, kind_of
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.openings import Openings
from datasources.statement import DriverStatement, Rows

# How long SQLite itself waits for a lock before it says so: a third of the usual deadline, which leaves the retries.
SQLITE_LOCK_SECONDS = 0.3
# Statements that a backend has compiled: some dozens are written, each with lists of up to ten lengths.
STATEMENTS = 500
# How many threads read one SQLite file at once. More take Python's lock from each other at every row: eight of them
# cost two to three times the CPU, and answer later.
SQLITE_IN_FLIGHT = 2
# How long a server may take to say goodbye to the pool's connections. One that hangs must not hold up our own end.
CLOSE_SECONDS = 2.0

# The drivers that this service speaks through, by the plain name that people write.
DRIVERS = {
    "sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg",
    "oracle": "oracle+oracledb_async", "mssql": "mssql+aioodbc",
}  # fmt: skip
# The package of each driver, and this project's extra that installs it.
PACKAGES = {"postgresql": ("asyncpg", "postgres"), "oracle": ("oracledb", "oracle"), "mssql": ("aioodbc", "sqlserver")}
# What asyncpg may be told of its cache of prepared statements, in the URL. It wants them as numbers.
STATEMENT_CACHE = frozenset({"statement_cache_size", "max_cached_statement_lifetime", "max_cacheable_statement_size"})


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
    for name in STATEMENT_CACHE.intersection(query):
        if not str(query[name]).isdecimal():
            raise ValueError(f"must have a whole number for {name}")
    return parsed.set(drivername=driver, query=query).render_as_string(hide_password=False)


def require_driver(url: str) -> None:
    """Raises ValueError when the driver of a `driver_url` is not installed."""
    package, extra = PACKAGES.get(make_url(url).get_backend_name(), ("", ""))
    if package and find_spec(package) is None:
        raise ValueError(f"needs the driver {package}, which is not installed: pip install 'examgraph[{extra}]'")


@dataclass(slots=True, eq=False)
class _Kept:
    """A connection that SQLAlchemy opened and will close, and its driver's own, which is asked."""

    connection: AsyncConnection
    driver: Any
    file: tuple[int, int] | None  # of SQLite: the file that it opened
    introduced: str = ""  # the transaction id that the server was told last


class Database:
    """Reads one database. Opened and closed with the process; every call has a connection of its own.

    `url` names its driver: `sqlite+aiosqlite:///path`, `postgresql+asyncpg://…`, `oracle+oracledb_async://…`. The first
    two are asked directly, with statements that were compiled once: `datasources/statement.py`.
    """

    def __init__(
        self,
        backend: str,
        url: str,
        limits: Limits,
        *,
        sends_transaction_id: bool = True,
        written_beside: "Database | None" = None,
    ) -> None:
        """One that is `written_beside` another writes what that one reads: calls of both are of one backend.

        Not on a file, which is only read here.
        """
        self.backend = backend
        self._url = make_url(url)
        self._dialect = self._url.get_backend_name()
        if self._dialect == "sqlite":
            limits = replace(limits, in_flight=min(limits.in_flight, SQLITE_IN_FLIGHT))
        self.calls: Calls = written_beside.calls if written_beside else Calls(backend, limits)
        self._sends_transaction_id = sends_transaction_id
        self._engine: AsyncEngine | None = None
        # The connections that nobody uses now, the last used one last.
        self._idle: list[_Kept] = []
        self._openings: Openings[_Kept] = Openings(partial(_drop, is_asked=True))
        self._prepared = lru_cache(STATEMENTS)(self._prepare)

    @property
    def dialect(self) -> str:
        """The kind of database: a name in `DRIVERS`."""
        return self._url.get_backend_name()

    def open(self) -> None:
        """Make the pool. Connects to nothing yet: a backend that is down now may be up when it is asked."""
        # One for each call and probe under way: who has a slot never waits for a connection as well.
        size = self.calls.limits.in_flight + PROBES
        url, arguments = _connecting(self._url)
        self._engine = create_async_engine(
            url, connect_args=arguments, pool_size=size, max_overflow=0, isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )  # fmt: skip

    async def close(self) -> None:
        """Close the pool when no call is under way, or after `CLOSE_SECONDS`. Later calls: BackendUnavailable."""
        if self._engine is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.calls.ended()
                    await self._openings.ended()
                    await self._drop_idle()
                    await self._engine.dispose()
            self._engine = None

    async def rows(self, statement: Executable, parameters: Mapping[str, object]) -> Rows:
        """All rows of one statement, in its order. One call.

        Who asks makes a statement once and keeps it: each new one is compiled. An `expanding` parameter takes a list,
        in which values may repeat: it is for IN.
        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        return (await self.rows_of_each([(statement, parameters)]))[0]

    async def rows_of_each(self, asked: Sequence[tuple[Executable, Mapping[str, object]]]) -> list[Rows]:
        """All rows of each statement, one after the other on one connection. One call, and raises, as `rows`."""

        async def ask(kept: _Kept) -> list[Rows]:
            return [await self._rows(kept, statement, parameters) for statement, parameters in asked]

        return await self.calls.read(lambda: self._connected(ask))

    async def write(
        self, statement: Executable, parameters: Mapping[str, object], *, is_repeatable: bool = False
    ) -> Rows:
        """The rows of one statement that writes, committed by itself when it returns: one round trip. One call.

        Raises as `rows`; then it is not known whether it was written.
        """
        return await self.calls.write(
            lambda: self._connected(lambda kept: self._rows(kept, statement, parameters)), is_repeatable=is_repeatable
        )

    async def probe(self) -> Health:
        """Whether the database answers now. Never raises for one that does not."""
        return await self.calls.probe(
            lambda: self._connected(lambda kept: self._rows(kept, probe_statement(self._dialect), {}))
        )

    async def missing(self, views: MetaData) -> list[str]:
        """What this database lacks of `views`, as "view" or "view.column", in order. Raises as `rows`."""

        async def ask(kept: _Kept) -> list[str]:
            return [name for view in views.sorted_tables for name in await _missing_of(kept.connection, view)]

        return await self.calls.read(lambda: self._connected(ask))

    async def _rows(self, kept: _Kept, statement: Executable, parameters: Mapping[str, object]) -> Rows:
        fetch = FETCH.get(self._dialect)
        read: Callable[[], Rows]
        if fetch is None:
            read = (await kept.connection.execute(statement, dict(parameters))).all
        else:
            prepared = self._prepared(statement)
            text, arguments = prepared.asked(parameters)
            read = partial(prepared.rows, await fetch(kept.driver, text, arguments))
        try:
            return read()
        except (TypeError, ValueError):
            # Some types are read by SQLAlchemy (SQLite's dates are text), which lets Python's own errors through.
            raise BackendRefused(self.backend, "a value is not of its column's type") from None

    def _prepare(self, statement: Executable) -> DriverStatement:
        assert self._engine is not None
        return DriverStatement(statement, self._engine.dialect)

    async def _connected(self, ask: Callable[[_Kept], Awaitable[Any]]) -> Any:  # noqa: ANN401 what `ask` gives
        try:
            kept = await self._taken()
            try:
                await self._introduce(kept)
                answer = await ask(kept)
            except BackendRefused:
                await self._give_back(kept)  # a value was wrong, not the way to it
                raise
            except BaseException:
                await _drop(kept, is_asked=True)  # whatever it saw, the next call had better look anew
                raise
        except DRIVER_ERRORS as error:
            failure = kind_of(error)
            if failure is BackendUnavailable:
                await self._drop_idle()  # they lead to the same server: who asks again gets a new one
            raise failure(self.backend, cause=cause_of(error)) from error
        await self._give_back(kept)
        return answer

    async def _taken(self) -> _Kept:
        """A connection that nobody else uses, as good as one can tell without asking it."""
        if self._engine is None:
            raise BackendUnavailable(self.backend, "it is not open")
        # Before it is opened: a file that is replaced in between differs the next time. Raises OSError for none.
        file = _identity(self._url.database) if self._dialect == "sqlite" else None
        while self._idle:
            kept = self._idle.pop()
            if kept.file == file and not (self._dialect == "postgresql" and kept.driver.is_closed()):
                return kept
            await _drop(kept, is_asked=False)
        return await self._openings.opened(_kept(self._engine, file))

    async def _give_back(self, kept: _Kept) -> None:
        if self._engine is None:  # closed in the meantime
            await _drop(kept, is_asked=False)
        else:
            self._idle.append(kept)

    async def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_drop(kept, is_asked=False) for kept in idle))

    async def _introduce(self, kept: _Kept) -> None:
        """Tell the server whose request this is, so that its own monitoring shows our caller's transaction id."""
        name = transaction_id.get()
        if not self._sends_transaction_id or kept.introduced == name:
            return
        if self._dialect == "postgresql":
            await kept.driver.execute("SELECT set_config('application_name', $1, false)", name[:63])
        elif self._dialect == "oracle":
            kept.driver.client_identifier = name[:64]  # travels with the next call
        kept.introduced = name


def _fetch_from_sqlite(driver: Any, text: str, arguments: list[Any]) -> Awaitable[Any]:  # noqa: ANN401 untyped drivers
    return driver.execute_fetchall(text, arguments)  # type: ignore[no-any-return]


def _fetch_from_postgresql(driver: Any, text: str, arguments: list[Any]) -> Awaitable[Any]:  # noqa: ANN401
    return driver.fetch(text, *arguments)  # type: ignore[no-any-return]


# How a driver is asked directly, by dialect. Any other database is asked through SQLAlchemy.
FETCH = {"sqlite": _fetch_from_sqlite, "postgresql": _fetch_from_postgresql}


async def _kept(engine: AsyncEngine, file: tuple[int, int] | None) -> _Kept:
    connection = await engine.connect()
    return _Kept(connection, (await connection.get_raw_connection()).driver_connection, file)


async def _drop(kept: _Kept, *, is_asked: bool) -> None:
    """Close a connection. Ends the statement that is under way when it `is_asked`."""
    if kept.file is not None:
        await kept.driver.interrupt()  # or the statement would run on in its thread, to its end
    elif kept.connection.dialect.name == "postgresql" and not is_asked:
        kept.driver.terminate()  # says no goodbye, for which a server that hangs has two seconds
    try:
        await kept.connection.invalidate()
    finally:
        await kept.connection.close()


@cache
def probe_statement(dialect: str) -> Executable:
    """What any database of a kind can answer; of a file something in it, which one that is gone has not."""
    if dialect == "sqlite":
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
        if kind_of(error) is not BackendRefused:
            raise
        return [view.name]
    there = {name.lower() for name in columns}
    return [f"{view.name}.{column.name}" for column in view.columns if column.name.lower() not in there]


def _connecting(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL for SQLAlchemy, and what its driver wants to be told beside."""
    if url.get_backend_name() == "sqlite":
        # Read-only, and never made where there is none.
        read_only = url.set(database=f"file:{quote(url.database or '')}", query={"mode": "ro", "uri": "true"})
        return read_only, {"timeout": SQLITE_LOCK_SECONDS}
    if url.get_backend_name() != "postgresql":
        return url, {}
    cache_of_statements = {name: int(str(url.query[name])) for name in STATEMENT_CACHE.intersection(url.query)}
    # No statement is too long to be kept: those with long lists gain most.
    return url.difference_update_query(cache_of_statements), {"max_cacheable_statement_size": 0, **cache_of_statements}


def _identity(file: str | None) -> tuple[int, int]:
    found = os.stat(file or "")  # noqa: PTH116 Path takes three times as long, at every call
    return found.st_dev, found.st_ino
