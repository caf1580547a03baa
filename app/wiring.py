"""Puts the parts together: settings become sources, schema, operations and the checks of who asks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

import strawberry

from app.auth import Clients, Headers, Tokens, hashed_secret
from app.connections import (
    BackendSettings,
    MailSettings,
    PopulationRegisterSettings,
    RmSettings,
    StoreSettings,
)
from app.eksamen_tokens import EksamenTokens
from app.event_tokens import EventTokens
from app.execution import Described
from app.jobs import Workers
from app.sandbox import SandboxFiles
from app.settings import ConfigurationProblem, Settings, legacy_routes
from app.surfaces import EksamenToken
from app.viewer_tokens import ViewerTokens
from datasources import calls, timings
from datasources.audit_store.store import AuditStore
from datasources.cams import Cams
from datasources.ci_direct import CiDirect
from datasources.eps import BusinessStreamRecord, Eps
from datasources.errors import BackendError
from datasources.event_store.store import EventStore
from datasources.exam_store.processing import NamesByNumber
from datasources.exam_store.settling import Name
from datasources.exam_store.store import ExamStore, Offer
from datasources.interchange import Interchange
from datasources.learning_store.store import LearningStore
from datasources.libs import Libs
from datasources.mail import Mail, MailServer
from datasources.population_register import PopulationRegister
from datasources.rm import Rm
from datasources.script_store.store import ScriptStore
from datasources.sources import Sources
from datasources.sql import Database
from datasources.stores import Store
from engine.documents import Document, Documents
from engine.limits import Limits
from engine.run import Answer, Engine
from resolvers.access import EVERY_ORGANISATION, Viewer
from resolvers.context import RequestContext
from rest_compat.routes import RouteTable
from rest_compat.translate import Outcome
from schema.errors import public_errors
from schema.execution import SchemaFacts
from schema.root import SCHEMA

# Our own documents are as long as their domain needs.
OWN_LIMITS = Limits(tokens=100_000, aliases=10_000, directives=10_000, root_fields=1000, depth=100)


@dataclass(frozen=True)
class Service:
    """Everything that answers requests, ready once `open` has been called in the running event loop."""

    settings: Settings
    sources: Sources
    engine: Engine
    documents: Documents
    routes: RouteTable
    operations: Mapping[str, Document]
    tokens: Tokens
    credentials: Mapping[str, Callable[[Headers], Awaitable[Viewer]]]  # by the name that dialects have for each
    development_key_file: Path | None
    workers: Workers | None
    now: Callable[[], datetime]

    async def open(self) -> None:
        self.sources.open()
        if self.workers is not None:
            self.workers.open()

    async def close(self) -> None:
        if self.workers is not None:
            await self.workers.close()
        await self.sources.close()

    def context(self, viewer: Viewer) -> RequestContext:
        """A fresh context: what one request asked is not remembered for the next."""
        return RequestContext(viewer, self.sources)

    async def run_operation(self, name: str, variables: Mapping[str, Any], viewer: Viewer) -> Outcome:
        """Run one of the saved operations."""
        timings.operation.set(name)
        answer = await self.run(self.operations[name], name, variables, viewer)
        return Outcome(answer.data, public_errors(answer.errors))

    async def run(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any], viewer: Viewer
    ) -> Answer:
        """Execute one operation of a prepared document for `viewer`, timed."""
        began = perf_counter()
        with self.context(viewer) as context:
            answer = await self.engine.run(document, operation_name, variables, context)
        if answer.is_executed:
            timings.note_phase("execute", perf_counter() - began)
        return answer


def make_service(settings: Settings) -> Service:
    """The service of one process. Touches no network. Raises ConfigurationProblem."""
    sources = make_sources(settings)
    workers = Workers(sources.exams, sources.mail, settings.eksamen.registrations_at_once)
    return assembled(settings, SCHEMA, sources, legacy_routes(settings), workers)


def assembled(
    settings: Settings,
    schema: strawberry.Schema,
    sources: Sources,
    routes: RouteTable,
    workers: Workers | None = None,
) -> Service:
    """A service that answers `schema` and `routes` from `sources`, with the settings' checks around both.

    `workers` do what is left to be done after answers. Without them it is left to other processes.

    Raises ConfigurationProblem for a route whose operation the schema cannot answer.
    """
    sandbox = SandboxFiles(settings.data_dir) if settings.is_sandbox else None
    tokens = Tokens(settings.auth, sandbox.development_jwk() if sandbox else None)
    graphql_schema = schema._schema  # noqa: SLF001 Strawberry has no public way to the schema it builds
    documents = Documents(
        graphql_schema,
        limits_of(settings),
        allows_introspection=settings.has_introspection,
        capacity=settings.graphql.documents_kept,
        note=timings.note_phase,
    )
    engine, operations = prepared(schema, settings.graphql.executor, routes)
    return Service(
        settings=settings,
        sources=sources,
        engine=engine,
        documents=documents,
        routes=routes,
        operations=operations,
        tokens=tokens,
        credentials=checks_of_credentials(settings, sandbox, tokens),
        development_key_file=sandbox.development_key if sandbox else None,
        workers=workers,
        now=clock(settings),
    )


def checks_of_credentials(
    settings: Settings, sandbox: SandboxFiles | None, tokens: Tokens
) -> Mapping[str, Callable[[Headers], Awaitable[Viewer]]]:
    """How each old service's callers are told apart. Raises ConfigurationProblem."""
    clients = Clients({**settings.cambridge.clients, **(sandbox.client_hashes() if sandbox else {})})
    key = settings.events.hs256_key.get_secret_value() if settings.events.hs256_key else None
    if key is None and sandbox:
        key = sandbox.read_events_key()
    exams = {**settings.eksamen.tokens, **(sandbox_tokens(sandbox) if sandbox else {})}
    return {
        "client": clients.viewer,
        "events": EventTokens(settings.events, key).viewer,
        "eksamen": EksamenTokens(exams, tokens).viewer,
        "viewer": ViewerTokens(settings.viewer, sandbox.viewer_keys() if sandbox else None).viewer,
    }


def sandbox_tokens(sandbox: SandboxFiles) -> dict[str, EksamenToken]:
    """The sandbox's own token of the exam API, for all schools."""
    kept = hashed_secret(sandbox.read_eksamen_token())
    return {"sandbox": EksamenToken(hash=kept, organisations=(EVERY_ORGANISATION,))}


def make_sources(settings: Settings) -> Sources:
    """Every backend: the configured one, or the sandbox's in its place."""
    now = clock(settings)
    servers = {"MEPS": settings.eps.meps, "OEPS": settings.eps.oeps}
    streams = [BusinessStreamRecord(stream.code, stream.name, stream.server) for stream in settings.eps.streams]
    register = _population_register(settings.population_register)
    return Sources(
        eps=Eps({name: _database(settings, name, backend) for name, backend in servers.items()}, streams, now),
        cams=Cams(_database(settings, "CAMS", settings.cams)),
        interchange=Interchange(_database(settings, "Interchange", settings.interchange)),
        ci_direct=CiDirect(_database(settings, "CI Direct", settings.ci_direct)),
        libs=Libs(_database(settings, "LIBS", settings.libs)),
        events=EventStore(_store(settings, "EVENTS", settings.stores.events), now),
        scripts=ScriptStore(_store(settings, "SCRIPTS", settings.stores.scripts), now),
        exams=ExamStore(_store(settings, "EXAMS", settings.stores.exams), now, names_in(register), _offer(settings)),
        audit=AuditStore(_store(settings, "AUDIT", settings.stores.audit), now, audit_key(settings)),
        learning=LearningStore(_store(settings, "LEARNING", settings.stores.learning), now),
        rm=_rm(settings.rm),
        population_register=register,
        mail=Mail(_mail_server(settings.mail)),
    )


def names_in(register: PopulationRegister) -> NamesByNumber:
    """How the exam store asks the population register; of whom it could not look up, it knows nothing."""

    async def names_by_number(numbers: Sequence[str]) -> Mapping[str, Name]:
        found = await register.names_by_number(numbers)
        return {
            number: Name(name.first_name, name.last_name)
            for number, name in found.items()
            if not isinstance(name, BackendError)
        }

    return names_by_number


def _offer(settings: Settings) -> Offer:
    told = settings.eksamen.offers_examiner_assignments
    is_told = settings.is_sandbox if told is None else told
    return Offer(settings.number_series, settings.eksamen.numbers_follow_2032, is_told)


def audit_key(settings: Settings) -> str | None:
    """The key of the audit records' digests; None in a sandbox that is not made yet."""
    if settings.stores.audit_key is not None:
        return settings.stores.audit_key.get_secret_value()
    return SandboxFiles(settings.data_dir).read_audit_key() if settings.is_sandbox else None


def limits_of(settings: Settings) -> Limits:
    asked = settings.graphql
    return Limits(
        tokens=asked.max_tokens,
        aliases=asked.max_aliases,
        directives=asked.max_directives,
        root_fields=asked.max_root_fields,
        depth=asked.max_depth,
    )


def clock(settings: Settings) -> Callable[[], datetime]:
    """Now, in UTC; or the instant at which the settings make it stand still."""
    if settings.clock is None:
        return lambda: datetime.now(UTC)
    still = settings.clock.astimezone(UTC)
    return lambda: still


@lru_cache(maxsize=4)
def prepared(schema: strawberry.Schema, executor: str, routes: RouteTable) -> tuple[Engine, Mapping[str, Document]]:
    """What executes operations, and the saved ones by name, planned. Once in a process, however many services it has.

    Raises ConfigurationProblem for a saved operation that is wrong, and for one that no file holds.
    """
    graphql_schema = schema._schema  # noqa: SLF001 Strawberry has no public way to the schema it builds
    description = Described(SchemaFacts(schema)) if executor == "compiled" else None
    engine = Engine(graphql_schema, schema.execution_context_class, description, note=timings.note_phase)
    documents = Documents(graphql_schema, OWN_LIMITS)
    operations: dict[str, Document] = {}
    for file, text in routes.documents.items():
        document = documents.prepared(text)
        if document.errors:
            raise ConfigurationProblem([f"{file}: {error.message}" for error in document.errors])
        engine.prepare(document)
        operations.update({name: document for name in document.operations if name is not None})
    missing = {route.operation for route in routes.routes} - set(operations)
    if missing:
        raise ConfigurationProblem([f"no file holds the operation {name}" for name in sorted(missing)])
    return engine, operations


def _database(settings: Settings, name: str, backend: BackendSettings) -> Database:
    url = backend.url.get_secret_value() if backend.url else SandboxFiles(settings.data_dir).url(name)
    return Database(name, url, _limits(backend), sends_transaction_id=backend.sends_transaction_id)


def _store(settings: Settings, name: str, store: StoreSettings) -> Store:
    file = settings.data_dir / "stores" / f"{name.lower()}.sqlite"
    url = store.url.get_secret_value() if store.url else f"sqlite+aiosqlite:///{file}"
    return Store(name, url, _limits(store), sends_transaction_id=store.sends_transaction_id)


def _rm(rm: RmSettings) -> Rm:
    secret = rm.client_secret.get_secret_value() if rm.client_secret else ""
    return Rm(str(rm.url) if rm.url else None, rm.client_id, secret, _limits(rm), downloads=rm.downloads)


def _population_register(register: PopulationRegisterSettings) -> PopulationRegister:
    token = register.token.get_secret_value() if register.token else ""
    return PopulationRegister(str(register.url) if register.url else None, token, _limits(register))


def _mail_server(mail: MailSettings) -> MailServer:
    password = mail.password.get_secret_value() if mail.password else ""
    return MailServer(mail.host, mail.port, mail.tls, mail.user, password, mail.sender, mail.timeout_seconds)


def _limits(backend: BackendSettings | RmSettings | PopulationRegisterSettings) -> calls.Limits:
    return calls.Limits(backend.deadline_seconds, backend.in_flight, backend.breaker_open_seconds)
