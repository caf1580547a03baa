"""Every backend in one place: opened, probed and closed together."""

import asyncio
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from support.databases import sqlite_url
from support.postgres import Postgres

from datasources import cams, eps
from datasources.calls import BreakerState, Limits, Status, counting_calls
from datasources.cams import Cams
from datasources.eps import BusinessStreamRecord, Eps
from datasources.errors import BackendUnavailable
from datasources.event_store import tables as event_store
from datasources.event_store.store import EventStore
from datasources.rm import Rm
from datasources.sandbox.fill import fill
from datasources.script_store import tables as script_store
from datasources.script_store.store import ScriptStore
from datasources.sources import Sources
from datasources.sql import CLOSE_SECONDS, Database, driver_url
from datasources.stores import Store


def _now() -> datetime:
    return datetime.now(UTC)


def sources(meps: str, oeps: str, vocational: str, events: str, scripts: str) -> Sources:
    def database(name: str, url: str) -> Database:
        return Database(name, driver_url(url), Limits(deadline_seconds=20, in_flight=1))

    servers = {"MEPS": database("MEPS", meps), "OEPS": database("OEPS", oeps)}
    streams = [BusinessStreamRecord("02", "Cambridge International", "MEPS")]
    return Sources(
        Eps(servers, streams, _now),
        Cams(database("CAMS", vocational)),
        EventStore(Store("EVENTS", driver_url(events), Limits(deadline_seconds=20, in_flight=1)), _now),
        ScriptStore(Store("SCRIPTS", driver_url(scripts), Limits(deadline_seconds=20, in_flight=1)), _now),
        Rm(None, "", "", Limits()),
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    fill(tmp_path, 0, 1, lambda _server, _filled: None)
    return tmp_path


async def test_probes_all_in_a_fixed_order(sandbox: Path) -> None:
    made = sources(
        *(sqlite_url(sandbox / name) for name in ("meps.sqlite", "gone.sqlite", "cams.sqlite", "e.sqlite", "s.sqlite"))
    )
    assert [(database.backend, views) for database, views in made.databases()] == [
        ("MEPS", eps.VIEWS),
        ("OEPS", eps.VIEWS),
        ("CAMS", cams.VIEWS),
        ("EVENTS", event_store.TABLES),
        ("SCRIPTS", script_store.TABLES),
    ]
    assert [store.backend for store in made.stores()] == ["EVENTS", "SCRIPTS"]
    made.open()
    with counting_calls() as counted:
        found = await made.probe()
    assert [(health.name, health.status, health.breaker) for health in found] == [
        ("MEPS", Status.UP, BreakerState.CLOSED),
        ("OEPS", Status.DOWN, BreakerState.CLOSED),
        ("CAMS", Status.UP, BreakerState.CLOSED),
        ("EVENTS", Status.DOWN, BreakerState.CLOSED),
        ("SCRIPTS", Status.DOWN, BreakerState.CLOSED),
        ("RM", Status.DOWN, BreakerState.CLOSED),
    ]
    assert counted == {"MEPS": 1, "OEPS": 1, "CAMS": 1, "EVENTS": 1, "SCRIPTS": 1, "RM": 1}
    await made.close()
    for database, views in made.databases():
        with pytest.raises(BackendUnavailable, match=f"^{database.backend} cannot be reached: it is not open$"):
            await database.missing(views)


async def test_servers_that_hang_are_closed_side_by_side(postgres: Postgres) -> None:
    made = sources(*(postgres.database() for _ in range(5)))
    made.open()
    me = text("SELECT pg_backend_pid()")
    servers = [(await database.rows(me, {}))[0][0] for database, _ in made.databases()]
    for process in servers:
        os.kill(process, signal.SIGSTOP)
    asked = [asyncio.create_task(database.rows(me, {})) for database, _ in made.databases()]
    await asyncio.sleep(0)
    try:
        started = time.monotonic()
        await made.close()
        assert CLOSE_SECONDS <= time.monotonic() - started <= CLOSE_SECONDS + 1
    finally:
        for process in servers:
            os.kill(process, signal.SIGCONT)
    assert [rows[0][0] for rows in await asyncio.gather(*asked)] == servers  # they wake, and answer whom nobody stopped


async def test_servers_that_hang_and_are_asked_nothing_are_not_waited_for(postgres: Postgres) -> None:
    made = sources(postgres.database(), postgres.database(), postgres.database())
    made.open()
    me = text("SELECT pg_backend_pid()")
    servers = [(await database.rows(me, {}))[0][0] for database, _ in made.databases()]
    for process in servers:
        os.kill(process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        await made.close()
        assert time.monotonic() - started <= CLOSE_SECONDS / 2
    finally:
        for process in servers:
            os.kill(process, signal.SIGCONT)
