"""Every backend in one place."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData

from datasources import cams, eps
from datasources.calls import Health
from datasources.cams import Cams
from datasources.eps import Eps
from datasources.event_store import tables
from datasources.event_store.store import EventStore
from datasources.rm import Rm
from datasources.script_store import tables as script_store
from datasources.script_store.store import ScriptStore
from datasources.sql import Database
from datasources.stores import Store


@dataclass(frozen=True, slots=True)
class Sources:
    """The backends that resolvers may ask. Opened and closed with the process."""

    eps: Eps
    cams: Cams
    events: EventStore
    scripts: ScriptStore
    rm: Rm

    def stores(self) -> Iterator[Store]:
        """Each store that is our own, in a fixed order. Without one of them the service cannot answer."""
        yield self.events.store
        yield self.scripts.store

    def databases(self) -> Iterator[tuple[Database, MetaData]]:
        """Each SQL backend with the views or tables that it must have, in a fixed order."""
        for server in self.eps.servers.values():
            yield server, eps.VIEWS
        yield self.cams.database, cams.VIEWS
        yield self.events.store.database, tables.TABLES
        yield self.scripts.store.database, script_store.TABLES

    def open(self) -> None:
        for each in self._opened():
            each.open()

    async def close(self) -> None:
        """Side by side: one that hangs takes its time, and the others none."""
        await asyncio.gather(*(each.close() for each in self._opened()))

    async def probe(self) -> list[Health]:
        """Whether each backend answers now: all asked side by side, databases first, in their order."""
        return list(await asyncio.gather(*(database.probe() for database, _ in self.databases()), self.rm.probe()))

    def _opened(self) -> Iterator[Database | Store | EventStore | Rm]:
        """Everything with a pool of its own; a store opens the database that reads it."""
        read = {store.database for store in self.stores()}
        yield from (database for database, _ in self.databases() if database not in read)
        yield self.events
        yield self.scripts.store
        yield self.rm
