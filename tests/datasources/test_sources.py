"""Every backend in one place: opened, probed and closed together."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from support.databases import sqlite_url
from support.exams import Register
from support.postgres import Postgres

from datasources import cams, eps, libs
from datasources.audit_store import tables as audit_store
from datasources.audit_store.store import AuditStore
from datasources.calls import BreakerState, Limits, Status, counting_calls
from datasources.cams import Cams
from datasources.ci_direct import CiDirect
from datasources.eps import BusinessStreamRecord, Eps
from datasources.errors import BackendUnavailable
from datasources.event_store import tables as event_store
from datasources.event_store.store import EventStore
from datasources.exam_store import tables as exam_store
from datasources.exam_store.store import ExamStore, Offer
from datasources.interchange import Interchange
from datasources.learning_store import tables as learning_store
from datasources.learning_store.store import LearningStore
from datasources.libs import Libs
from datasources.mail import Mail, MailServer
from datasources.population_register import PopulationRegister
from datasources.rm import Rm
from datasources.sandbox.fill import file_name, fill
from datasources.script_store import tables as script_store
from datasources.script_store.store import ScriptStore
from datasources.sources import Sources
from datasources.sql import CLOSE_SECONDS, Database, driver_url
from datasources.stores import Store

# Every backend that is a database, in their order.
STORES = ("EVENTS", "SCRIPTS", "EXAMS", "AUDIT", "LEARNING")
DATABASES = ("MEPS", "OEPS", "CAMS", "Interchange", "CI Direct", "LIBS", *STORES)


def _now() -> datetime:
    return datetime.now(UTC)


def sources(urls: Mapping[str, str]) -> Sources:
    """Every backend at its own URL; RM nowhere."""

    def database(name: str) -> Database:
        return Database(name, driver_url(urls[name]), Limits(deadline_seconds=20, in_flight=1))

    def store(name: str) -> Store:
        return Store(name, driver_url(urls[name]), Limits(deadline_seconds=20, in_flight=1))

    servers = {name: database(name) for name in ("MEPS", "OEPS")}
    streams = [BusinessStreamRecord("02", "Cambridge International", "MEPS")]
    return Sources(
        Eps(servers, streams, _now),
        Cams(database("CAMS")),
        Interchange(database("Interchange")),
        CiDirect(database("CI Direct")),
        Libs(database("LIBS")),
        EventStore(store("EVENTS"), _now),
        ScriptStore(store("SCRIPTS"), _now),
        ExamStore(store("EXAMS"), _now, Register().names_by_number, Offer()),
        AuditStore(store("AUDIT"), _now, "a key"),
        LearningStore(store("LEARNING"), _now),
        Rm(None, "", "", Limits()),
        PopulationRegister(None, "", Limits()),
        Mail(MailServer(None)),
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    fill(tmp_path, 0, 1, lambda _server, _filled: None)
    return tmp_path


async def test_probes_all_in_a_fixed_order(sandbox: Path) -> None:
    (sandbox / "oeps.sqlite").unlink()
    made = sources({name: sqlite_url(sandbox / file_name(name)) for name in DATABASES})
    assert [(database.backend, needs.views.tables.keys()) for database, needs in made.databases()] == [
        ("MEPS", eps.VIEWS.tables.keys()),
        ("OEPS", eps.VIEWS.tables.keys()),
        ("CAMS", cams.VIEWS.tables.keys()),
        ("Interchange", set()),
        ("CI Direct", set()),
        ("LIBS", libs.VIEWS.tables.keys()),
        ("EVENTS", event_store.TABLES.tables.keys()),
        ("SCRIPTS", script_store.TABLES.tables.keys()),
        ("EXAMS", exam_store.TABLES.tables.keys()),
        ("AUDIT", audit_store.TABLES.tables.keys()),
        ("LEARNING", learning_store.TABLES.tables.keys()),
    ]
    assert [store.backend for store in made.stores()] == list(STORES)
    made.open()
    with counting_calls() as counted:
        found = await made.probe()
    assert [(health.name, health.status, health.breaker) for health in found] == [
        ("MEPS", Status.UP, BreakerState.CLOSED),
        ("OEPS", Status.DOWN, BreakerState.CLOSED),
        ("CAMS", Status.UP, BreakerState.CLOSED),
        ("Interchange", Status.UP, BreakerState.CLOSED),
        ("CI Direct", Status.UP, BreakerState.CLOSED),
        ("LIBS", Status.UP, BreakerState.CLOSED),
        ("EVENTS", Status.DOWN, BreakerState.CLOSED),
        ("SCRIPTS", Status.DOWN, BreakerState.CLOSED),
        ("EXAMS", Status.DOWN, BreakerState.CLOSED),
        ("AUDIT", Status.DOWN, BreakerState.CLOSED),
        ("LEARNING", Status.DOWN, BreakerState.CLOSED),
        ("RM", Status.DOWN, BreakerState.CLOSED),
        ("population register", Status.DOWN, BreakerState.CLOSED),
    ]
    assert counted == dict.fromkeys((*DATABASES, "RM", "population register"), 1)
    await made.close()
    for database, needs in made.databases():
        with pytest.raises(BackendUnavailable, match=f"^{database.backend} cannot be reached: it is not open$"):
            await needs.missing_in(database)


async def test_servers_that_hang_are_closed_side_by_side(postgres: Postgres) -> None:
    made = sources({name: postgres.database() for name in DATABASES})
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
    made = sources({name: postgres.database() for name in DATABASES})
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
