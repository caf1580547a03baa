"""An owned store: transactions whole or not at all, durable once told, on SQLite and on PostgreSQL."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from support.databases import NewDatabase

from datasources.calls import Limits, counting_calls
from datasources.columns import Instant, Money
from datasources.errors import BackendRefused, BackendTimeout, BackendUnavailable, Conflict
from datasources.event_store.tables import ACCOUNT, COUNTER
from datasources.migrations.chain import Chain
from datasources.sql import driver_url
from datasources.stores import Store

NOW = datetime(2026, 11, 22, 9, 0, 0, 123000, UTC)
ROW = {"created_on": NOW, "event": "AccountCreated", "resource_uri": "/api/accounts/abc"}
ROOT = Path(__file__).parents[2]
IDS = select(ACCOUNT.c.id).order_by(ACCOUNT.c.id)

OpenStore = Callable[..., Store]


@pytest_asyncio.fixture
async def open_store() -> AsyncIterator[OpenStore]:
    stores: list[Store] = []

    def made(url: str, **limits: Any) -> Store:
        store = Store("EVENTS", driver_url(url), Limits(**{"deadline_seconds": 20, **limits}))
        store.open()
        stores.append(store)
        return store

    yield made
    for store in stores:
        await store.close()


@pytest_asyncio.fixture
async def store(new_database: NewDatabase, open_store: OpenStore) -> Store:
    store = open_store(new_database())
    await Chain(store).run()
    return store


def put(*ids: int) -> Callable[[AsyncConnection], Any]:
    async def work(connection: AsyncConnection) -> int:
        await connection.execute(insert(ACCOUNT), [{**ROW, "id": each} for each in ids])
        return len(ids)

    return work


async def ids_in(store: Store) -> list[int]:
    return [each for (each,) in await store.database.rows(IDS, {})]


async def test_what_is_written_is_read(store: Store) -> None:
    with counting_calls() as calls:
        assert await store.write(put(1, 2)) == 2
    assert calls == {"EVENTS": 1}
    rows = await store.database.rows(select(ACCOUNT).order_by(ACCOUNT.c.id), {})
    found = [dict(zip(ACCOUNT.columns.keys(), row, strict=True)) for row in rows]
    assert found == [{**ROW, "id": 1}, {**ROW, "id": 2}]


async def test_a_refused_statement_undoes_the_transaction(store: Store) -> None:
    await store.write(put(1))
    with pytest.raises(BackendRefused):
        await store.write(put(2, 1))
    assert await ids_in(store) == [1]


async def test_a_failure_of_the_work_undoes_it_and_is_told_as_it_is(store: Store) -> None:
    async def work(connection: AsyncConnection) -> None:
        await put(5)(connection)
        raise Conflict("taken")

    for _ in range(8):  # as often as would open a breaker
        with pytest.raises(Conflict, match=r"^taken$"):
            await store.write(work)
    assert await ids_in(store) == []
    assert await store.write(put(6)) == 1


async def test_a_write_is_asked_once_unless_it_is_repeatable(store: Store) -> None:
    asked: list[int] = []

    async def work(_connection: AsyncConnection) -> None:
        asked.append(1)
        raise BackendUnavailable("EVENTS")

    with pytest.raises(BackendUnavailable):
        await store.write(work)
    assert len(asked) == 1
    with pytest.raises(BackendUnavailable):
        await store.write(work, is_repeatable=True)
    assert len(asked) == 4


async def test_writers_who_read_first_lose_no_update(store: Store, open_store: OpenStore) -> None:
    async def count(connection: AsyncConnection) -> None:
        kind = COUNTER.c.kind == "account"
        found = await connection.execute(select(COUNTER.c.last_id).where(kind).with_for_update())
        await connection.execute(update(COUNTER).where(kind).values(last_id=found.scalar_one() + 1))

    other = open_store(store.url)
    await asyncio.gather(*(each.write(count) for each in (store, other) for _ in range(40)))
    rows = await store.database.rows(select(COUNTER.c.last_id).where(COUNTER.c.kind == "account"), {})
    assert list(rows) == [(80,)]


async def test_a_lock_that_is_held_too_long_ends_the_write_in_time(store: Store, open_store: OpenStore) -> None:
    hasty = open_store(store.url, deadline_seconds=0.3)
    engine = create_async_engine(driver_url(store.url))
    async with engine.connect() as holder:
        is_file = holder.dialect.name == "sqlite"
        await holder.exec_driver_sql("BEGIN IMMEDIATE" if is_file else f"LOCK TABLE {ACCOUNT.name}")
        with pytest.raises(BackendTimeout):
            await hasty.write(put(1))
        await holder.rollback()
    await engine.dispose()
    assert await ids_in(store) == []
    assert await store.write(put(1)) == 1  # nothing of it holds up the next one


async def test_a_cancelled_write_is_undone(store: Store) -> None:
    begun = asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        await put(1)(connection)
        begun.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(store.write(work))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await store.write(put(1)) == 1


async def test_a_store_that_is_gone_or_closed_is_unavailable(dead_url: str, open_store: OpenStore) -> None:
    gone = open_store(dead_url)
    with pytest.raises(BackendUnavailable):
        await gone.write(put(1))
    await gone.close()
    with pytest.raises(BackendUnavailable, match="not open"):
        await gone.write(put(1))


async def test_a_file_is_written_through_to_the_disk(tmp_path: Path, open_store: OpenStore) -> None:
    async def pragmas(connection: AsyncConnection) -> list[Any]:
        return [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    store = open_store(f"sqlite:///{tmp_path}/deep/er/e.sqlite")
    await Chain(store).run()
    assert await store.write(pragmas) == ["wal", 2, 1]
    assert (tmp_path / "deep" / "er").stat().st_mode & 0o777 == 0o700


STORE_ONE = (
    insert(ACCOUNT)
    .values({name: bindparam(f"new_{name}") for name in ("id", "created_on", "event", "resource_uri")})
    .returning(ACCOUNT.c.id)
)


def one(number: int) -> dict[str, object]:
    return {"new_id": number, **{f"new_{name}": value for name, value in ROW.items()}}


async def test_one_statement_is_a_transaction_by_itself(store: Store) -> None:
    with counting_calls() as calls:
        rows = await store.write_one(STORE_ONE, one(1))
    assert ([tuple(row) for row in rows], calls) == ([(1,)], {"EVENTS": 1})
    with pytest.raises(BackendRefused):
        await store.write_one(STORE_ONE, one(1))
    assert [tuple(row) for row in await store.database.rows(IDS, {})] == [(1,)]


async def test_one_statement_is_on_the_disk_when_it_is_told(store: Store) -> None:
    if store.is_file:
        assert [tuple(row) for row in await store.write_one(text("PRAGMA synchronous"), {})] == [(2,)]  # FULL


async def test_statements_and_transactions_of_several_processes_take_turns(store: Store, open_store: OpenStore) -> None:
    others = [store, open_store(store.url), open_store(store.url)]
    asked = [others[number % 3].write_one(STORE_ONE, one(number)) for number in range(1, 61)]
    asked += [others[number % 3].write(put(number)) for number in range(61, 91)]
    await asyncio.gather(*asked)
    assert [row[0] for row in await store.database.rows(IDS, {})] == list(range(1, 91))


async def test_one_statement_waits_for_a_lock_no_longer_than_its_deadline(store: Store, open_store: OpenStore) -> None:
    impatient = open_store(store.url, deadline_seconds=0.3)
    engine = create_async_engine(driver_url(store.url))
    async with engine.connect() as connection:
        if store.is_file:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.exec_driver_sql(f"LOCK TABLE {ACCOUNT.name}")
        with pytest.raises(BackendTimeout):
            await impatient.write_one(STORE_ONE, one(1))
        await connection.rollback()
    await engine.dispose()
    await impatient.write_one(STORE_ONE, one(2))
    # After a timeout it is not known whether it was stored: a file's lock may have come free as it gave up.
    assert [row[0] for row in await store.database.rows(IDS, {})] in ([2], [1, 2])


async def test_instants_and_amounts_keep_every_digit(new_database: NewDatabase, open_store: OpenStore) -> None:
    tables = MetaData()
    kept = Table("kept", tables, Column("id", Integer, primary_key=True), Column("at", Instant), Column("cost", Money))
    values = [
        (datetime.min.replace(tzinfo=UTC), Decimal("0.00")),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), Decimal("9999999999999999.99")),
        (NOW, Decimal("1500.00")),
        (None, None),
    ]
    store = open_store(new_database())
    await Chain(store).run()

    async def work(connection: AsyncConnection) -> None:
        await connection.run_sync(tables.create_all)
        rows = [{"id": place, "at": at, "cost": cost} for place, (at, cost) in enumerate(values)]
        await connection.execute(insert(kept), rows)

    await store.write(work)
    rows = await store.database.rows(select(kept.c.at, kept.c.cost).order_by(kept.c.id), {})
    assert [tuple(row) for row in rows] == values
    assert [str(cost) for _, cost in rows] == [str(cost) for _, cost in values]


async def test_what_was_told_survives_a_kill_and_nothing_is_halved(store: Store) -> None:
    """A writer is killed while it writes: all it told is there, whole."""
    for wanted in (1, 40):

        async def empty(connection: AsyncConnection) -> None:
            await connection.execute(ACCOUNT.delete())

        await store.write(empty)
        told = await asyncio.to_thread(_killed_after, store.url, wanted)
        found = await ids_in(store)
        counted = await store.database.rows(select(COUNTER.c.last_id).where(COUNTER.c.kind == "account"), {})
        assert found == list(range(1, len(found) + 1))
        assert len(found) in (told, told + 1)  # one may have been stored that it could not tell any more
        assert list(counted) == [(len(found),)]


def _killed_after(url: str, wanted: int) -> int:
    """How many writes a process had told when it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(Path(__file__).with_name("writing_process.py")), url],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= wanted:
            break
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().splitlines()
    process.stdout.close()
    process.wait(10)
    return int(rest[-1]) if rest else wanted
