"""Migrations: what they make is what is declared; many may start at once; a newer store is left alone."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from support.databases import NewDatabase

from datasources.audit_store import tables as audit_store
from datasources.calls import Limits
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.event_store.tables import TABLES
from datasources.exam_store import tables as exam_store
from datasources.learning_store import tables as learning_store
from datasources.migrations.chain import Chain
from datasources.script_store import tables as script_store
from datasources.sql import driver_url
from datasources.stores import Store

ROOT = Path(__file__).parents[2]
# Each store's name, its tables as they are declared, and its migrations.
STORES = {
    "EVENTS": (TABLES, ["0001_events"]),
    "SCRIPTS": (script_store.TABLES, ["0001_scripts"]),
    "EXAMS": (exam_store.TABLES, ["0001_exams"]),
    "AUDIT": (audit_store.TABLES, ["0001_audit"]),
    "LEARNING": (learning_store.TABLES, ["0001_learning"]),
}


def chain(name: str, url: str) -> Chain:
    return Chain(Store(name, driver_url(url), Limits()))


@pytest.mark.parametrize("name", STORES)
async def test_migrations_make_what_is_declared(name: str, new_database: NewDatabase) -> None:
    tables, steps = STORES[name]
    url = new_database()
    migrating = chain(name, url)
    if migrating.store.is_file:
        with pytest.raises(BackendUnavailable, match="its file is not there yet"):
            await migrating.pending()
    else:
        assert await migrating.pending() == steps
    assert await migrating.run() == steps
    assert await migrating.pending() == []
    assert await migrating.run() == []
    engine = create_async_engine(driver_url(url))
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences, migrating.version_table, tables) == []
    await engine.dispose()


def _differences(connection: Connection, version_table: str, tables: MetaData) -> list[object]:
    context = MigrationContext.configure(connection, opts={"version_table": version_table, "compare_type": True})
    return list(compare_metadata(context, tables))


async def test_many_processes_may_start_at_once(new_database: NewDatabase) -> None:
    url = new_database()
    script = (
        "import asyncio, sys; from datasources.stores import Store; from datasources.calls import Limits\n"
        "from datasources.migrations.chain import Chain\n"
        "print(asyncio.run(Chain(Store('EVENTS', sys.argv[1], Limits())).run()))"
    )
    made = await asyncio.gather(*(
        asyncio.create_subprocess_exec(
            sys.executable, "-c", script, driver_url(url), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(6)
    ))  # fmt: skip
    told = await asyncio.gather(*(process.communicate() for process in made))
    assert sorted(out.decode().strip() for out, _ in told) == ["['0001_events']", *["[]"] * 5], told


async def test_a_store_of_a_newer_version_is_left_alone(new_database: NewDatabase) -> None:
    migrating = chain("EVENTS", new_database())
    await migrating.run()

    async def renew(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("UPDATE events_version SET version_num = '9999_later'")

    migrating.store.open()
    await migrating.store.write(renew)
    await migrating.store.close()
    for ask in (migrating.run, migrating.pending):
        with pytest.raises(BackendRefused, match="newer version than this service"):
            await ask()


async def test_a_store_that_cannot_be_reached_is_told_without_its_address(dead_url: str) -> None:
    if dead_url.startswith("sqlite"):
        dead_url = "sqlite:////proc/nowhere/vault.sqlite"
    with pytest.raises(BackendUnavailable) as caught:
        await chain("EVENTS", dead_url).run()
    assert caught.value.message == "EVENTS cannot be reached"


async def test_a_migration_that_fails_leaves_nothing(new_database: NewDatabase) -> None:
    url = new_database()
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE account_event (id INTEGER)")
    await engine.dispose()
    migrating = chain("EVENTS", url)
    migrating.store.open()
    with pytest.raises(BackendRefused, match=r"account_event.*already exists"):
        await migrating.run()
    missing = {name.partition(".")[0] for name in await migrating.store.database.missing(TABLES)}
    assert missing == set(TABLES.tables)  # also account_event, which lacks columns
    await migrating.store.close()
    assert await migrating.pending() == ["0001_events"]
