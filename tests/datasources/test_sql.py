"""One SQL database: its pool, its failures, and what the server is told of us. On real SQLite and PostgreSQL."""
# ruff: noqa: ASYNC240  the loop has nothing else to do while a test harms its files

import asyncio
import contextlib
import os
import random
import signal
import socket
import sqlite3
import threading
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Column, Date, Integer, MetaData, String, Table, bindparam, select, text
from structlog.testing import capture_logs
from support.databases import NewDatabase, Opened, filled, sqlite_url
from support.postgres import Postgres
from support.server import free_port

from datasources.calls import (
    PROBE_SECONDS,
    BreakerState,
    Health,
    Limits,
    Status,
    counting_calls,
    request_budget,
    transaction_id,
)
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable
from datasources.sql import Database, driver_url

# What a busy machine may add to a wait that is measured.
SLACK_SECONDS = 1.0

VIEWS = MetaData()
FRUIT = Table("fruit", VIEWS, Column("name", String(20), primary_key=True), Column("ripe_on", Date, nullable=False))
TREE = Table("tree", VIEWS, Column("name", String(20), primary_key=True), Column("height", Integer, nullable=False))
FRUITS = select(FRUIT).order_by(FRUIT.c.name)
FRUITS_NAMED = select(FRUIT.c.name).where(FRUIT.c.name == bindparam("name"))
APPLE = ("apple", date(2026, 9, 1))
PEAR = ("pear", date(2026, 10, 1))
SLOW = text("SELECT * FROM slow")
WHO = text("SELECT * FROM who")

UNAVAILABLE = (BackendUnavailable, "MEPS cannot be reached")
REFUSED = (BackendRefused, "MEPS gave an unusable answer")
TIMEOUT = (BackendTimeout, "MEPS did not answer in time")


def fruit_rows(*rows: tuple[str, date]) -> dict[str, list[dict[str, Any]]]:
    return {"fruit": [{"name": name, "ripe_on": ripe_on} for name, ripe_on in rows]}


async def failed_within(seconds: float, asked: Awaitable[Any]) -> tuple[type[Exception], str]:
    """How a call failed for which its request had only so much time. It kept to that."""
    with takes_at_most(seconds), request_budget(seconds):
        return await failed(asked)


async def failed(asked: Awaitable[Any]) -> tuple[type[Exception], str]:
    """How a call failed, in type and words; nothing else of it is public."""
    with pytest.raises(BackendError) as raised:
        await asked
    assert raised.value.details == {"backend": "MEPS"}
    return type(raised.value), raised.value.message


@contextlib.contextmanager
def takes_at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started <= seconds + SLACK_SECONDS


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    """A database of `kind` with an apple, a pear, and no tree. Tests only read it."""
    return asyncio.run(filled(new_database(), VIEWS, fruit_rows(APPLE, PEAR)))


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """An SQLite database with an apple, a pear, and no tree."""
    file = tmp_path / "orchard.sqlite"
    await filled(sqlite_url(file), VIEWS, fruit_rows(APPLE, PEAR))
    return file


@pytest.fixture(scope="module")
def filled_server_url(postgres: Postgres) -> str:
    """A PostgreSQL database with an apple, a pear, no tree, and a view that takes a minute."""

    async def fill() -> str:
        url = await filled(postgres.database(), VIEWS, fruit_rows(APPLE, PEAR))
        async with connected(url) as connection:
            await connection.execute("CREATE VIEW slow AS SELECT pg_sleep(60)::text AS nothing")
            await connection.execute(
                "CREATE VIEW who AS SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            )
        return url

    return asyncio.run(fill())


@pytest.fixture
async def server_url(filled_server_url: str) -> str:
    """The same, to which nobody is connected any more."""
    async with connected(filled_server_url) as connection:
        await becomes(connection, f"SELECT count(*) {OTHERS}", 0)
    return filled_server_url


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection beside the pool, to look at the server and to do it harm."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def becomes(connection: asyncpg.Connection, query: str, expected: object) -> None:
    """Wait until the server shows it, for five seconds at most: it ends connections in its own time."""
    ends_at = time.monotonic() + 5
    while (found := await connection.fetchval(query)) != expected:
        assert time.monotonic() < ends_at, found
        await asyncio.sleep(0.01)


# URLs


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///data/eps.sqlite", "sqlite+aiosqlite:///data/eps.sqlite"),
        ("sqlite+aiosqlite:////srv/eps.sqlite", "sqlite+aiosqlite:////srv/eps.sqlite"),
        ("postgresql://u:p@h:5433/eps", "postgresql+asyncpg://u:p@h:5433/eps"),
        ("postgres://u:p@h/eps", "postgresql+asyncpg://u:p@h/eps"),
        ("postgresql+asyncpg://u@h/eps", "postgresql+asyncpg://u@h/eps"),
        ("postgresql://u:@/eps?host=/run/postgresql", "postgresql+asyncpg://u:@/eps?host=%2Frun%2Fpostgresql"),
        ("postgresql://u:p@h/eps?sslmode=require", "postgresql+asyncpg://u:p@h/eps?ssl=require"),
        ("postgresql://u:%40%3A%2F@h/eps", "postgresql+asyncpg://u:%40%3A%2F@h/eps"),
        ("oracle://u:p@h:1521/?service_name=eps", "oracle+oracledb_async://u:p@h:1521/?service_name=eps"),
        ("oracle+oracledb_async://u:p@h/sid", "oracle+oracledb_async://u:p@h/sid"),
    ],
)
def test_a_url_gets_our_driver(url: str, expected: str) -> None:
    assert driver_url(url) == expected


KINDS = "must begin with one of sqlite://, postgresql://, postgres://, oracle://"
WHOLE = "must have a whole number for"
FORM = "must be a database URL such as postgresql://user:password@host/name"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("mysql://keeper:hidden-word@vault/eps", KINDS),
        ("postgresql+psycopg2://keeper:hidden-word@vault/eps", KINDS),
        ("sqlite+pysqlite:///hidden-word", KINDS),
        ("https://keeper:hidden-word@vault/", KINDS),
        ("Postgresql://keeper:hidden-word@vault/eps", KINDS),
        ("postgresql://keeper:hidden-word@vault:port/eps", FORM),
        ("keeper:hidden-word@vault", FORM),
        ("hidden-word", FORM),
        ("", FORM),
        ("postgresql://keeper:hidden-word@vault/eps?statement_cache_size=none", f"{WHOLE} statement_cache_size"),
        ("postgresql://keeper@vault/eps?max_cacheable_statement_size=-1", f"{WHOLE} max_cacheable_statement_size"),
    ],
)
def test_another_url_is_refused_and_not_repeated(url: str, rule: str) -> None:
    with pytest.raises(ValueError, match="must") as raised:
        driver_url(url)
    assert str(raised.value) == rule
    assert "hidden-word" not in "".join(traceback.format_exception(raised.value))


# Answers, on both kinds


async def test_rows_of_a_statement_in_its_order(url: str, opened: Opened) -> None:
    database = opened(url)
    with counting_calls() as counted:
        assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
        assert list(await database.rows(FRUITS_NAMED, {"name": "pear"})) == [("pear",)]
        assert list(await database.rows(FRUITS_NAMED, {"name": "'; DROP TABLE fruit;--"})) == []
    assert counted == {"MEPS": 3}


async def test_rows_of_each_are_one_call_on_one_connection(kind: str, url: str, opened: Opened) -> None:
    database = opened(url, in_flight=4)
    me = text("SELECT pg_backend_pid()") if kind == "postgresql" else select(FRUIT.c.name)
    with counting_calls() as counted:
        found = await database.rows_of_each(
            [(me, {}), (FRUITS_NAMED, {"name": "pear"}), (FRUITS_NAMED, {"name": "plum"}), (FRUITS, {}), (me, {})]
        )
    assert [list(rows) for rows in found[1:4]] == [[("pear",)], [], [APPLE, PEAR]]
    assert found[0] == found[4]
    assert counted == {"MEPS": 1}
    assert await database.rows_of_each([]) == []


async def test_calls_side_by_side_each_have_a_connection(url: str, opened: Opened) -> None:
    database = opened(url, in_flight=3)
    found = await asyncio.gather(*(database.rows(FRUITS_NAMED, {"name": "apple"}) for _ in range(30)))
    assert [list(rows) for rows in found] == [[("apple",)]] * 30


async def test_two_hundred_calls_at_once_keep_to_their_connections(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=4)
    pid = text("SELECT pg_backend_pid() FROM fruit WHERE name = :name")
    found = await asyncio.gather(*(database.rows(pid, {"name": "apple"}) for _ in range(200)))
    assert len({rows[0][0] for rows in found}) <= 4
    async with connected(server_url) as connection:
        assert await connection.fetchval(f"SELECT count(*) {OTHERS}") <= 4


async def test_missing_names_views_and_columns(new_database: NewDatabase, opened: Opened) -> None:
    there = MetaData()
    Table("tree", there, Column("NAME", String(20)), Column("colour", String(20)))
    database = opened(await filled(new_database(), there, {}))
    assert await database.missing(VIEWS) == ["fruit", "tree.height"]
    assert await database.missing(MetaData()) == []


async def test_nothing_is_missing(url: str, opened: Opened) -> None:
    with counting_calls() as counted:
        assert await opened(url).missing(VIEWS) == []
    assert counted == {"MEPS": 1}


async def test_a_probe_finds_it_up(url: str, opened: Opened) -> None:
    found = await opened(url).probe()
    assert found.latency_ms is not None
    assert found == Health("MEPS", Status.UP, found.latency_ms, BreakerState.CLOSED)


async def test_a_probe_finds_it_down(dead_url: str, opened: Opened) -> None:
    with takes_at_most(PROBE_SECONDS):
        found = await opened(dead_url).probe()
    assert found == Health("MEPS", Status.DOWN, latency_ms=None, breaker=BreakerState.CLOSED)


# Failures, on both kinds


async def test_nothing_there(dead_url: str, opened: Opened) -> None:
    database = opened(dead_url)
    with takes_at_most(0.5):
        assert await failed(database.rows(FRUITS, {})) == UNAVAILABLE
        assert await failed(database.rows_of_each([(FRUITS, {})])) == UNAVAILABLE
        assert await failed(database.missing(VIEWS)) == UNAVAILABLE


async def test_a_missing_view_or_column_is_refused(new_database: NewDatabase, opened: Opened) -> None:
    there = MetaData()
    Table("fruit", there, Column("name", String(20)))
    database = opened(await filled(new_database(), there, {}))
    assert await failed(database.rows(FRUITS, {})) == REFUSED
    assert await failed(database.rows(select(TREE), {})) == REFUSED
    assert await failed(database.rows_of_each([(FRUITS_NAMED, {"name": "pear"}), (FRUITS, {})])) == REFUSED
    assert list(await database.rows(FRUITS_NAMED, {"name": "pear"})) == []


async def test_a_view_that_changes_while_running(kind: str, new_database: NewDatabase, opened: Opened) -> None:
    url = await filled(new_database(), VIEWS, fruit_rows(APPLE))
    database = opened(url, in_flight=1)
    everything = text("SELECT * FROM fruit")
    assert len((await database.rows(everything, {}))[0]) == 2
    await change(kind, url, "ALTER TABLE fruit ADD COLUMN colour VARCHAR(20)")
    ends_at = time.monotonic() + 2
    while len((await rows_or_nothing(database, everything) or [()])[0]) != 3:
        assert time.monotonic() < ends_at


async def rows_or_nothing(database: Database, statement: Any) -> Any:
    """A prepared statement is refused once when its table has changed under it."""
    try:
        return await database.rows(statement, {})
    except BackendRefused:
        return None


async def change(kind: str, url: str, statement: str) -> None:
    if kind == "postgresql":
        async with connected(url) as connection:
            await connection.execute(statement)
    else:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute(statement)
            connection.commit()


async def test_one_that_is_not_open(url: str) -> None:
    database = Database("MEPS", driver_url(url), Limits())
    assert await failed(database.rows(FRUITS, {})) == (BackendUnavailable, "MEPS cannot be reached: it is not open")
    database.open()
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
    await database.close()
    await database.close()
    assert await failed(database.rows(FRUITS, {})) == (BackendUnavailable, "MEPS cannot be reached: it is not open")


async def causes(asked: Awaitable[Any]) -> list[Any]:
    """What the log is told of a call's failure."""
    with capture_logs() as logs:
        await failed(asked)
    return [entry.get("cause") for entry in logs if entry["event"] in ("backend_refused", "backend_unavailable")]


async def test_the_log_names_the_cause_and_no_more(kind: str, url: str, dead_url: str, opened: Opened) -> None:
    database = opened(url)
    no_view, nowhere = ("42P01", "ECONNREFUSED") if kind == "postgresql" else ("SQLITE_ERROR", "ENOENT")
    nothing = text("SELECT * FROM nothing WHERE name = :name")
    assert await causes(database.rows(nothing, {"name": "pear"})) == [no_view]
    assert await causes(opened(dead_url).rows(FRUITS, {})) == [nowhere]
    assert await causes(Database("MEPS", driver_url(url), Limits()).rows(FRUITS, {})) == [None]
    with capture_logs() as logs:
        await failed(database.rows(nothing, {"name": "hidden-word"}))
    assert "hidden-word" not in repr(logs)
    assert "SELECT" not in repr(logs)


# SQLite


@pytest.fixture
def orchard(file: Path, opened: Opened) -> Database:
    """The SQLite database of `file`, open."""
    return opened(sqlite_url(file), breaker_open_seconds=0.01)


async def test_a_file_that_is_deleted_and_comes_back(file: Path, orchard: Database) -> None:
    await asyncio.gather(*(orchard.rows(FRUITS, {}) for _ in range(8)))
    file.unlink()
    assert await failed(orchard.rows(FRUITS, {})) == UNAVAILABLE
    assert (await orchard.probe()).status is Status.DOWN
    assert not file.exists()
    await filled(sqlite_url(file), VIEWS, fruit_rows(PEAR))
    assert (await orchard.probe()).status is Status.UP
    found = await asyncio.gather(*(orchard.rows(FRUITS, {}) for _ in range(8)))
    assert [list(rows) for rows in found] == [[PEAR]] * 8


async def test_a_file_that_another_replaces(file: Path, orchard: Database, tmp_path: Path) -> None:
    await asyncio.gather(*(orchard.rows(FRUITS, {}) for _ in range(8)))
    for number in range(3):
        other = tmp_path / "other.sqlite"
        row = (f"plum {number}", date(2026, 8, 1))
        await filled(sqlite_url(other), VIEWS, fruit_rows(row))
        other.replace(file)
        found = await asyncio.gather(*(orchard.rows(FRUITS, {}) for _ in range(8)))
        assert [list(rows) for rows in found] == [[row]] * 8


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.rollback()


async def test_a_locked_file_is_an_outage_until_it_is_free(file: Path, opened: Opened) -> None:
    database = opened(sqlite_url(file))
    await database.rows(FRUITS, {})
    with locked(file):
        assert await failed(database.rows(FRUITS, {})) == UNAVAILABLE
        assert await failed(database.missing(VIEWS)) == UNAVAILABLE
        assert (await database.probe()).status is Status.DOWN
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
    assert await database.missing(VIEWS) == []


async def test_a_locked_file_costs_no_more_than_the_time_there_is(file: Path, opened: Opened) -> None:
    database = opened(sqlite_url(file), in_flight=1)
    await database.rows(FRUITS, {})
    with locked(file):
        assert await failed_within(0.2, database.rows(FRUITS, {})) == TIMEOUT
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]


NOISE = {
    "noise": lambda size: random.Random(1).randbytes(size),
    "zeros": bytes,
    "half of it": lambda size: random.Random(2).randbytes(size // 2),
    "text": b"<html>not a database</html>".ljust,
}


@pytest.mark.parametrize("noise", NOISE)
async def test_a_file_filled_with_noise_and_then_restored(file: Path, orchard: Database, noise: str) -> None:
    assert list(await orchard.rows(FRUITS, {})) == [APPLE, PEAR]
    good = file.read_bytes()
    file.write_bytes(NOISE[noise](len(good)))
    assert await failed(orchard.rows(FRUITS, {})) == UNAVAILABLE
    assert (await orchard.probe()).status is Status.DOWN
    file.write_bytes(good)
    assert list(await orchard.rows(FRUITS, {})) == [APPLE, PEAR]
    assert (await orchard.probe()).status is Status.UP


async def test_an_emptied_file_has_no_views(file: Path, orchard: Database) -> None:
    await orchard.rows(FRUITS, {})
    file.write_bytes(b"")
    assert await failed(orchard.rows(FRUITS, {})) == REFUSED
    assert await orchard.missing(VIEWS) == ["fruit", "tree"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("'soon'", ": a value is not of its column's type"),
        ("20260901", ": a value is not of its column's type"),
        ("CAST(x'ff' AS TEXT)", ""),
    ],
)
async def test_a_value_of_another_type_is_refused(file: Path, orchard: Database, value: str, words: str) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(f"INSERT INTO fruit VALUES ('quince', {value})")
        connection.commit()
    for asked in (orchard.rows(FRUITS, {}), orchard.rows_of_each([(FRUITS, {})])):
        assert await failed(asked) == (BackendRefused, f"MEPS gave an unusable answer{words}")


async def test_a_value_of_another_type_costs_no_connection(file: Path, orchard: Database) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO fruit VALUES ('quince', 'soon')")
        connection.commit()
    assert list(await orchard.rows(FRUITS_NAMED, {"name": "pear"})) == [("pear",)]
    threads = set(threading.enumerate())
    assert await failed(orchard.rows(FRUITS, {})) == (
        BackendRefused, "MEPS gave an unusable answer: a value is not of its column's type",
    )  # fmt: skip
    assert list(await orchard.rows(FRUITS_NAMED, {"name": "pear"})) == [("pear",)]
    assert set(threading.enumerate()) == threads


async def test_a_file_is_never_made_nor_changed(file: Path, orchard: Database, opened: Opened) -> None:
    nowhere = file.with_name("other.sqlite")
    assert await failed(opened(sqlite_url(nowhere)).rows(FRUITS, {})) == UNAVAILABLE
    assert not nowhere.exists()
    before = file.read_bytes()
    assert await failed(orchard.rows(text("DELETE FROM fruit"), {})) == REFUSED
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["with blanks", "50%41 off", "nr #1", "Prüfung", "a&b=c;d"])
async def test_any_file_name_will_do(tmp_path: Path, opened: Opened, name: str) -> None:
    url = await filled(sqlite_url(tmp_path / f"{name}.sqlite"), VIEWS, fruit_rows(APPLE))
    assert list(await opened(url).rows(FRUITS, {})) == [APPLE]


SLOW_VIEW = """CREATE VIEW slow AS
WITH RECURSIVE number(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < 200000000)
SELECT count(*) AS numbers FROM number"""


@pytest.fixture
def slow_file(file: Path) -> Path:
    """With a view that takes a minute."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(SLOW_VIEW)
    return file


async def test_a_slow_file_ends_at_the_deadline(slow_file: Path, opened: Opened) -> None:
    database = opened(sqlite_url(slow_file), deadline_seconds=1, in_flight=1)
    with takes_at_most(1):
        assert await failed(database.rows(SLOW, {})) == TIMEOUT


async def test_slow_statements_do_not_go_on_in_their_threads(slow_file: Path, opened: Opened) -> None:
    database = opened(sqlite_url(slow_file), in_flight=1)
    for _ in range(3):
        assert await failed_within(0.1, database.rows(SLOW, {})) == TIMEOUT
        assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
    with locked(slow_file):  # nothing goes on reading
        pass


async def test_a_cancelled_call_on_a_file_gives_its_connection_back(slow_file: Path, opened: Opened) -> None:
    database = opened(sqlite_url(slow_file), in_flight=1)
    await cancelled_in_the_middle(database.rows(SLOW, {}))
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]


async def cancelled_in_the_middle(asked: Awaitable[Any]) -> None:
    asking = asyncio.ensure_future(asked)
    await asyncio.sleep(0.1)
    asking.cancel()
    with takes_at_most(0), pytest.raises(asyncio.CancelledError):
        await asking


async def test_closing_a_file_leaves_no_thread(slow_file: Path, opened: Opened) -> None:
    before = set(threading.enumerate())
    database = opened(sqlite_url(slow_file), in_flight=4)
    await asyncio.gather(*(database.rows(FRUITS, {}) for _ in range(20)))
    await asyncio.gather(*(failed_within(0.1, database.rows(SLOW, {})) for _ in range(2)))
    ours = set(threading.enumerate()) - before
    assert ours
    await database.close()
    for thread in ours:
        thread.join(1)
    assert [thread for thread in ours if thread.is_alive()] == []


async def test_closing_lets_calls_end(slow_file: Path) -> None:
    database = Database("MEPS", driver_url(sqlite_url(slow_file)), Limits(deadline_seconds=0.3))
    database.open()
    asking = asyncio.create_task(failed(database.rows(SLOW, {})))
    await asyncio.sleep(0)
    with takes_at_most(0.3):
        await database.close()
    assert await asking == TIMEOUT


# PostgreSQL


@pytest.fixture
def served(server_url: str, opened: Opened) -> Database:
    """The PostgreSQL database of `server_url`, open."""
    return opened(server_url, breaker_open_seconds=0.01)


async def test_connections_that_the_server_ended_are_replaced(server_url: str, served: Database) -> None:
    pid = text("SELECT pg_backend_pid(), pg_sleep(0.05)::text")
    before = await asyncio.gather(*(served.rows(pid, {}) for _ in range(8)))
    async with connected(server_url) as connection:
        assert await connection.fetchval(f"SELECT count(pg_terminate_backend(pid)) {OTHERS}") == 8
        await becomes(connection, f"SELECT count(*) {OTHERS}", 0)
    assert list(await served.rows(FRUITS, {})) == [APPLE, PEAR]
    after = await asyncio.gather(*(served.rows(pid, {}) for _ in range(8)))
    assert {rows[0][0] for rows in before}.isdisjoint({rows[0][0] for rows in after})


async def test_ended_connections_that_nobody_noticed_yet_cost_no_answer(server_url: str, served: Database) -> None:
    await asyncio.gather(*(served.rows(text("SELECT pg_sleep(0.05)::text"), {}) for _ in range(8)))

    async def end_all() -> int:
        async with connected(server_url) as connection:
            ended = await connection.fetchval(f"SELECT count(pg_terminate_backend(pid)) {OTHERS}")
            await becomes(connection, f"SELECT count(*) {OTHERS}", 0)
        return int(ended)

    with ThreadPoolExecutor(1) as beside:  # our own loop hears nothing of it
        assert beside.submit(asyncio.run, end_all()).result() == 8
    found = await asyncio.gather(*(served.rows(FRUITS, {}) for _ in range(8)))
    assert [list(rows) for rows in found] == [[APPLE, PEAR]] * 8


async def test_the_cache_of_prepared_statements_can_be_off(server_url: str, opened: Opened) -> None:
    database = opened(f"{server_url}&statement_cache_size=0&max_cached_statement_lifetime=60", in_flight=1)
    for _ in range(2):
        assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
        kept = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%fruit.name%'")
        assert list(await database.rows(kept, {})) == [(0,)]
    cached = opened(server_url, in_flight=1)
    assert list(await cached.rows(FRUITS, {})) == [APPLE, PEAR]
    assert list(await cached.rows(kept, {})) == [(2,)]  # that, and this one itself


async def test_a_connection_that_ends_in_the_middle_is_asked_again(server_url: str, served: Database) -> None:
    asking = asyncio.create_task(served.rows(text("SELECT 1 FROM pg_sleep(0.3)"), {}))
    async with connected(server_url) as connection:
        await becomes(connection, f"SELECT count(*) {OTHERS} AND wait_event = 'PgSleep'", 1)
        await connection.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
    assert list(await asking) == [(1,)]


async def test_a_database_that_is_not_there(server_url: str, opened: Opened) -> None:
    database = opened(server_url.replace("/test_", "/vault_"))
    with takes_at_most(0.5):
        assert await failed(database.rows(FRUITS, {})) == UNAVAILABLE


async def test_a_user_that_is_not_there(server_url: str, opened: Opened) -> None:
    database = opened(server_url.replace("postgres:@", "keeper:hidden-word@"))
    assert await failed(database.rows(FRUITS, {})) == UNAVAILABLE


@pytest.fixture
async def guarded_url(server_url: str) -> AsyncIterator[str]:
    """The same database for a user who has a password and may not read anything."""
    async with connected(server_url) as connection:
        rules = Path(await connection.fetchval("SHOW hba_file"))
        kept = rules.read_text()
        await connection.execute("CREATE ROLE keeper LOGIN PASSWORD 'hidden-word'")
        rules.write_text(f"local all keeper scram-sha-256\n{kept}")
        await connection.execute("SELECT pg_reload_conf()")
        await _until_guarded(server_url.replace("postgres:@", "keeper:wrong@"))
        try:
            yield server_url.replace("postgres:@", "keeper:hidden-word@")
        finally:
            rules.write_text(kept)
            await connection.execute("SELECT pg_reload_conf()")
            await connection.execute("DROP ROLE keeper")


async def _until_guarded(url: str) -> None:
    ends_at = time.monotonic() + 5
    while time.monotonic() < ends_at:
        try:
            await (await asyncpg.connect(url)).close()
        except asyncpg.InvalidPasswordError:
            return
    raise AssertionError("the server asks for no password")


async def test_a_wrong_password_and_a_right_that_lacks(guarded_url: str, opened: Opened) -> None:
    assert await failed(opened(guarded_url.replace("hidden-word", "guess")).rows(FRUITS, {})) == UNAVAILABLE
    allowed = opened(guarded_url)
    assert (await allowed.probe()).status is Status.UP
    assert await failed(allowed.rows(FRUITS, {})) == REFUSED
    assert await allowed.missing(VIEWS) == ["fruit", "tree"]


async def test_a_port_that_speaks_something_else(opened: Opened) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        database = opened(f"postgresql://keeper:hidden-word@127.0.0.1:{port}/vault?sslmode=disable")
        assert await failed(database.rows(FRUITS, {})) == UNAVAILABLE


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield int(listening.getsockname()[1])


async def test_a_port_that_says_nothing(silent_port: int, opened: Opened) -> None:
    database = opened(f"postgresql://keeper:hidden-word@127.0.0.1:{silent_port}/vault", deadline_seconds=0.3)
    with takes_at_most(PROBE_SECONDS):
        found = await asyncio.gather(failed(database.rows(FRUITS, {})), database.probe())
    assert found == [TIMEOUT, Health("MEPS", Status.DOWN, latency_ms=None, breaker=BreakerState.CLOSED)]


async def test_a_host_that_has_no_name(opened: Opened) -> None:
    database = opened(f"postgresql://keeper:hidden-word@vault.invalid:{free_port()}/vault")
    assert await failed(database.rows(FRUITS, {})) == UNAVAILABLE


async def test_a_slow_statement_ends_at_the_deadline(server_url: str, opened: Opened) -> None:
    with takes_at_most(0.3):
        assert await failed(opened(server_url, deadline_seconds=0.3).rows(SLOW, {})) == TIMEOUT


async def test_slow_statements_do_not_use_up_the_pool(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=2)
    for _ in range(3):
        told = await asyncio.gather(*(failed_within(0.2, database.rows(SLOW, {})) for _ in range(3)))
        assert told == [TIMEOUT] * 3
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
    async with connected(server_url) as connection:  # and the server is rid of them too
        await becomes(connection, f"SELECT count(*) {OTHERS} AND wait_event = 'PgSleep'", 0)


async def test_a_server_that_freezes_costs_no_more_than_the_deadline(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=1)
    pid = (await database.rows(text("SELECT pg_backend_pid()"), {}))[0][0]
    with frozen(pid):
        assert await failed_within(0.3, database.rows(FRUITS, {})) == TIMEOUT
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]


@contextlib.contextmanager
def frozen(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.fixture
async def impatient_url(server_url: str) -> AsyncIterator[str]:
    """The same, on a server that itself ends what takes longer than 50 ms."""
    async with connected(server_url) as connection:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET statement_timeout = 50")
        yield server_url
        await connection.execute(f"ALTER DATABASE {name} RESET statement_timeout")


async def test_a_limit_of_the_servers_own_is_a_timeout(impatient_url: str, opened: Opened) -> None:
    database = opened(impatient_url)
    with takes_at_most(0.1):
        assert await failed(database.rows(SLOW, {})) == TIMEOUT
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]


async def test_a_cancelled_call_gives_its_connection_back(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=1)
    await cancelled_in_the_middle(database.rows(SLOW, {}))
    assert list(await database.rows(FRUITS, {})) == [APPLE, PEAR]
    async with connected(server_url) as connection:
        await becomes(connection, f"SELECT count(*) {OTHERS} AND wait_event = 'PgSleep'", 0)
        assert await connection.fetchval(f"SELECT count(*) {OTHERS}") == 1


async def test_closing_leaves_no_connection(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=4)
    await asyncio.gather(*(database.rows(text("SELECT pg_sleep(0.05)::text"), {}) for _ in range(8)))
    await asyncio.gather(*(failed_within(0.2, database.rows(SLOW, {})) for _ in range(2)))
    await database.close()
    async with connected(server_url) as connection:
        await becomes(connection, f"SELECT count(*) {OTHERS}", 0)


async def asked_as(database: Database, name: str) -> Any:
    """Whom the server sees when a request with this transaction id asks."""
    token = transaction_id.set(name)
    try:
        return (await database.rows(WHO, {}))[0][0]
    finally:
        transaction_id.reset(token)


async def test_the_server_sees_the_transaction_id(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=1)  # one connection for all
    names = ["t-1", "t-1", "t-2", "", "x" * 128, "", "'; DROP TABLE fruit;--", "t-1"]
    seen = [await asked_as(database, name) for name in names]
    assert seen == ["t-1", "t-1", "t-2", "", "x" * 63, "", "'; DROP TABLE fruit;--", "t-1"]
    assert await database.missing(VIEWS) == []
    assert (await database.rows(WHO, {}))[0][0] == ""


async def test_requests_side_by_side_are_not_mistaken(server_url: str, opened: Opened) -> None:
    database = opened(server_url, in_flight=3)
    names = [f"t-{number}" if number % 4 else "" for number in range(40)]
    asked = [asyncio.create_task(asked_as(database, name)) for name in names]
    assert await asyncio.gather(*asked) == names


async def test_the_server_is_told_nothing_where_it_should_not(server_url: str, opened: Opened) -> None:
    database = opened(server_url, sends_transaction_id=False)
    assert await asked_as(database, "t-1") == ""
