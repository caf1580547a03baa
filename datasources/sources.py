"""Every backend in one place."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData

from datasources import cams, ci_direct, eps, interchange, libs
from datasources.audit_store import tables as audit_store
from datasources.audit_store.store import AuditStore
from datasources.calls import Health
from datasources.cams import Cams
from datasources.ci_direct import CiDirect
from datasources.eps import Eps
from datasources.event_store import tables
from datasources.event_store.store import EventStore
from datasources.exam_store import tables as exam_store
from datasources.exam_store.store import ExamStore
from datasources.interchange import Interchange
from datasources.learning_store import tables as learning_store
from datasources.learning_store.store import LearningStore
from datasources.libs import Libs
from datasources.mail import Mail
from datasources.population_register import PopulationRegister
from datasources.procedures import Procedure, missing_procedures
from datasources.rm import Rm
from datasources.script_store import tables as script_store
from datasources.script_store.store import ScriptStore
from datasources.sql import Database
from datasources.stores import Store


@dataclass(frozen=True, slots=True)
class Needs:
    """What a SQL backend must have."""

    views: MetaData
    procedures: tuple[Procedure, ...] = ()

    async def missing_in(self, database: Database) -> list[str]:
        """What `database` lacks, as "view", "procedure" or one with ".column". Raises as Database.missing."""
        return [*await database.missing(self.views), *await missing_procedures(database, self.procedures)]


@dataclass(frozen=True, slots=True)
class Sources:
    """The backends that resolvers may ask. Opened and closed with the process."""

    eps: Eps
    cams: Cams
    interchange: Interchange
    ci_direct: CiDirect
    libs: Libs
    events: EventStore
    scripts: ScriptStore
    exams: ExamStore
    audit: AuditStore
    learning: LearningStore
    rm: Rm
    population_register: PopulationRegister
    mail: Mail

    def stores(self) -> Iterator[Store]:
        """Each store that is our own, in a fixed order. Without one of them the service cannot answer."""
        yield self.events.store
        yield self.scripts.store
        yield self.exams.store
        yield self.audit.store
        yield self.learning.store

    def databases(self) -> Iterator[tuple[Database, Needs]]:
        """Each SQL backend with what it must have, in a fixed order."""
        for server in self.eps.servers.values():
            yield server, Needs(eps.VIEWS)
        yield self.cams.database, Needs(cams.VIEWS)
        yield self.interchange.database, Needs(MetaData(), interchange.PROCEDURES)
        yield self.ci_direct.database, Needs(MetaData(), ci_direct.PROCEDURES)
        yield self.libs.database, Needs(libs.VIEWS)
        yield self.events.store.database, Needs(tables.TABLES)
        yield self.scripts.store.database, Needs(script_store.TABLES)
        yield self.exams.store.database, Needs(exam_store.TABLES)
        yield self.audit.store.database, Needs(audit_store.TABLES)
        yield self.learning.store.database, Needs(learning_store.TABLES)

    def open(self) -> None:
        for each in self._opened():
            each.open()

    async def close(self) -> None:
        """Side by side: one that hangs takes its time, and the others none."""
        await asyncio.gather(*(each.close() for each in self._opened()))

    async def probe(self) -> list[Health]:
        """Whether each backend answers now: all asked side by side, databases first, in their order.

        But mail: a server that is greeted and given nothing takes it for an attack.
        """
        databases = (database.probe() for database, _ in self.databases())
        return list(await asyncio.gather(*databases, self.rm.probe(), self.population_register.probe()))

    def _opened(self) -> Iterator[Database | Store | EventStore | AuditStore | LearningStore | Rm | PopulationRegister]:
        """Everything with a pool of its own; a store opens the database that reads it."""
        read = {store.database for store in self.stores()}
        yield from (database for database, _ in self.databases() if database not in read)
        yield self.events
        yield self.scripts.store
        yield self.exams.store
        yield self.audit
        yield self.learning
        yield self.rm
        yield self.population_register
