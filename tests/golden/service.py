"""The whole service for one test: over databases filled with chosen rows, asked over ASGI, its calls counted."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, MetaData, insert
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.types import ASGIApp
from support.databases import Rows, filled, sqlite_url
from support.postgres import Postgres
from support.rm import CLIENT_ID, CLIENT_SECRET, RunningRm

from app.auth import development_token, hashed_secret
from app.event_tokens import PERMISSIONS, event_token
from app.main import application
from app.sandbox import SandboxFiles
from app.settings import Settings
from app.viewer_tokens import learner_token
from app.wiring import make_service
from datasources import cams, eps, libs
from datasources.audit_store import tables as audit_store
from datasources.calls import Limits, counting_calls
from datasources.event_store.tables import REQUESTS
from datasources.exam_store import tables as exam_store
from datasources.migrations.chain import Chain
from datasources.sandbox import stand_ins
from datasources.sandbox.events import KINDS, fill_events
from datasources.sandbox.exam_contract import ANNEN, FIKTIVDAL, OPPDIKTET, TENKT
from datasources.sandbox.exams import fill_exams
from datasources.sandbox.fill import file_name
from datasources.sandbox.learning import fill_learning
from datasources.script_store.tables import REQUEST
from datasources.sql import driver_url
from datasources.stores import Store

VIEWS = {
    "MEPS": eps.VIEWS,
    "OEPS": eps.VIEWS,
    "CAMS": cams.VIEWS,
    "Interchange": stand_ins.INTERCHANGE,
    "CI Direct": stand_ins.CI_DIRECT,
    "LIBS": libs.VIEWS,
}
# Stores of our own: their tables come from their migrations.
STORES = ("EVENTS", "SCRIPTS", "EXAMS", "AUDIT", "LEARNING")
# What of an exam store its sandbox leaves empty. Jobs first: a worker that is at one takes its locks in this order.
SENT_IN = (
    exam_store.JOB, exam_store.REGISTRATION, exam_store.REGISTRATION_GROUP, exam_store.ENTRY, exam_store.STATUS,
    exam_store.REQUESTS,
)  # fmt: skip
# Stores that a test looks at only when it names them.
UNSEEN: dict[str, Rows | None] = dict.fromkeys(("EVENTS", "LEARNING"))
CLIENT = {"client_id": "portal", "client_secret": "portal's own secret"}
# Tokens of the exam API, which are called as they are, and the schools for which they stand.
EXAM_TOKENS = {
    name: {"hash": hashed_secret(name), "organisations": organisations}
    for name, organisations in (("tok-gs", (FIKTIVDAL, ANNEN)), ("tok-vgs", (TENKT, OPPDIKTET)), ("tok-all", ("*",)))
}
# The clock stands still, so that answers which tell the time can be compared whole.
CLOCK = "2026-11-22T09:00:00Z"
TOKEN_SECONDS = 300
# Much shorter than SQLite waits for a lock, so that it is always the deadline that ends the wait.
HELD_SECONDS = 0.1


class Databases:
    """One database of one kind for each backend, filled anew when other rows are asked for."""

    def __init__(self, folder: Path, postgres: Postgres | None, rm: RunningRm) -> None:
        self.folder = folder
        self.rm = rm
        self._postgres = postgres
        self._urls: dict[str, str] = {}
        self._rows: dict[str, Rows] = {}
        self._numbers = itertools.count(1)
        SandboxFiles(folder).prepare()

    async def url(self, backend: str, rows: Rows | None) -> str:
        """The backend's database, which now holds `rows` and nothing else; for None one that nobody looks at."""
        if backend not in self._urls:
            self._urls[backend] = await self._new_store(backend) if backend in STORES else self._new(backend)
        if rows is not None:
            return await self._holding(backend, rows)
        return self._urls[backend]

    async def _holding(self, backend: str, rows: Rows) -> str:
        if backend == "AUDIT":
            if rows:
                return await filled(await self.new_audit_store(), audit_store.TABLES, rows)
        elif backend == "SCRIPTS":
            await _without_requests(self._urls[backend])
        elif backend == "EXAMS":
            if rows:  # who asks for none does not look: most cases are not about exams
                await _with_exams(self._urls[backend], rows)
        elif backend == "LEARNING":
            await _with_learning(self._urls[backend], rows)
        elif backend in STORES:
            await _with_events(self._urls[backend], rows)  # each time: a case may store some
        elif self._rows.get(backend) != rows:
            await _emptied(self._urls[backend], VIEWS[backend])
            await filled(self._urls[backend], VIEWS[backend], rows)
            self._rows[backend] = rows
        return self._urls[backend]

    async def new_audit_store(self) -> str:
        """An audit store without records: none is ever deleted."""
        return await self._new_store("AUDIT")

    @cached_property
    def absent_url(self) -> str:
        """A database that is not there, on a server that is."""
        if self._postgres is None:
            return sqlite_url(self.folder / "absent.sqlite")
        return self._postgres.database().replace("/test_", "/absent_")

    async def _new_store(self, name: str) -> str:
        url = self._new(name)
        await Chain(Store(name, driver_url(url), Limits())).run()
        return url

    def _new(self, backend: str) -> str:
        if self._postgres is None:
            return sqlite_url(self.folder / f"{next(self._numbers)}-{file_name(backend)}")
        return self._postgres.database()


async def _with_events(url: str, rows: Rows) -> None:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.execute(REQUESTS.delete())
        await connection.run_sync(fill_events, {kind: rows.get(kind, ()) for kind in KINDS})
    await engine.dispose()


async def _with_exams(url: str, rows: Rows) -> None:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(_fill_exams, rows)
    await engine.dispose()


def _fill_exams(connection: Connection, rows: Rows) -> None:
    """Just these rows: of the plan and of who is registered, and of what was sent in and is done with it."""
    for table in SENT_IN:
        connection.execute(table.delete())
    fill_exams(connection, rows)
    for table in SENT_IN:
        if rows.get(table.name):
            connection.execute(insert(table), list(rows[table.name]))


async def _with_learning(url: str, rows: Rows) -> None:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(fill_learning, rows)
    await engine.dispose()


async def _without_requests(url: str) -> None:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.execute(REQUEST.delete())
    await engine.dispose()


async def _emptied(url: str, views: MetaData) -> None:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(views.drop_all)
    await engine.dispose()


@dataclass(frozen=True, slots=True)
class Told:
    """One reply, and the calls that it took."""

    response: httpx.Response
    calls: dict[str, int]

    @property
    def json(self) -> Any:
        return self.response.json()


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers."""

    settings: Settings
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None) -> Told:
        """Send one request, with just these headers; `path` goes over the wire as it is written."""
        url = httpx.URL("http://service").copy_with(raw_path=path.encode())
        raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        sent = httpx.Request(method, url, headers=raw, **_as_body(body))
        with counting_calls() as calls:
            response = await self.client.send(sent)
        return Told(response, calls)

    async def graphql(self, query: str, scopes: Sequence[str] | None, **variables: object) -> Told:
        """POST a query as the holder of a signed token with `scopes`; as nobody for None."""
        headers = {} if scopes is None else self.bearer(scopes)
        return await self.ask("POST", "/graphql", headers, {"query": query, "variables": variables})

    async def legacy(self, path: str) -> Told:
        """GET an old path as a known client."""
        return await self.ask("GET", path, CLIENT)

    def events_bearer(self, permissions: str) -> dict[str, str]:
        """A token of the old Events API, with all permissions for "all"."""
        key = SandboxFiles(self.settings.data_dir).read_events_key()
        held = tuple(PERMISSIONS) if permissions == "all" else tuple(permissions.split())
        token = event_token(self.settings.events, key, lifetime_seconds=TOKEN_SECONDS, permissions=held)
        return {"authorization": f"bearer {token}"}

    def learner(self, learner: str) -> dict[str, str]:
        """What the learning-progress service's callers send for a learner."""
        files = SandboxFiles(self.settings.data_dir)
        token = learner_token(files.development_key, self.settings.viewer, learner, lifetime_seconds=TOKEN_SECONDS)
        authorization = files.read_credentials()["viewer"]["authorization"]
        return {"authorization": authorization, "x-authenticated-user-token": token}

    def bearer(
        self, scopes: Sequence[str], *, organisations: Sequence[str] = (), learner: str | None = None
    ) -> dict[str, str]:
        key = SandboxFiles(self.settings.data_dir).development_key
        token = development_token(
            key, self.settings.auth, lifetime_seconds=TOKEN_SECONDS, scopes=tuple(scopes),
            organisations=tuple(organisations), learner=learner,
        )  # fmt: skip
        return {"authorization": f"Bearer {token}"}


def _as_body(body: object) -> dict[str, Any]:
    if body is None:
        return {}
    return {"content": body} if isinstance(body, bytes | str) else {"json": body}


@asynccontextmanager
async def running(
    databases: Databases,
    urls: Mapping[str, str],
    deadline_seconds: float = 10.0,
    held: Collection[str] = (),
    clients: Mapping[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    """The service over the databases at `urls`; a backend without one has a database without rows.

    Backends that are `held` by a lock are not waited for; all others are, however slow the machine is. Nobody processes
    registrations unless the settings of `eksamen` say so.
    """
    found = {name: urls.get(name) or await databases.url(name, UNSEEN.get(name, {})) for name in (*VIEWS, *STORES)}
    deadlines = {name: HELD_SECONDS if name in held else deadline_seconds for name in found}
    backends = {name: {"url": url, "deadline_seconds": deadlines[name]} for name, url in found.items()}
    eksamen = {"tokens": EXAM_TOKENS, "registrations_at_once": 0, **settings.pop("eksamen", {})}
    rm = {"url": urls.get("RM") or databases.rm.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    register = {"url": urls.get("population register") or databases.rm.register_url, "token": CLIENT_SECRET}
    made = Settings(
        data_dir=databases.folder, rm=rm, population_register=register, log_level="error",
        clock=settings.pop("clock", CLOCK), eksamen=eksamen,
        cams=backends["CAMS"], interchange=backends["Interchange"], ci_direct=backends["CI Direct"],
        libs=backends["LIBS"], eps={"meps": backends["MEPS"], "oeps": backends["OEPS"], **settings.pop("eps", {})},
        stores={name.lower(): backends[name] for name in STORES},
        cambridge={"clients": clients or {CLIENT["client_id"]: hashed_secret(CLIENT["client_secret"])}}, **settings,
    )  # fmt: skip
    app = application(make_service(made))
    async with _lived(app), httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        yield Running(made, client)


@asynccontextmanager
async def locked(url: str, backend: str) -> AsyncIterator[None]:
    """Somebody else holds all tables of the database, so that whoever reads or writes them waits."""
    tables = audit_store.TABLES if backend == "AUDIT" else VIEWS[backend]
    engine = create_async_engine(driver_url(url))
    async with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            await connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables.tables)}")
        yield
    await engine.dispose()


@asynccontextmanager
async def _lived(app: ASGIApp) -> AsyncIterator[None]:
    """`app` between its start and its end, as a server tells it by the lifespan protocol."""
    told: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, told.get, heard.put))
    await told.put({"type": "lifespan.startup"})
    assert await heard.get() == {"type": "lifespan.startup.complete"}
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        assert await heard.get() == {"type": "lifespan.shutdown.complete"}
        await life
