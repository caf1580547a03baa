"""Every backend in one place."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData

from datasources import cams, eps
from datasources.calls import Health
from datasources.cams import Cams
from datasources.eps import Eps
from datasources.rm import Rm
from datasources.sql import Database


@dataclass(frozen=True, slots=True)
class Sources:
    """The backends that resolvers may ask. Opened and closed with the process."""

    eps: Eps
    cams: Cams
    rm: Rm

    def databases(self) -> Iterator[tuple[Database, MetaData]]:
        """Each SQL backend with the views that it must have, in a fixed order."""
        for server in self.eps.servers.values():
            yield server, eps.VIEWS
        yield self.cams.database, cams.VIEWS

    def open(self) -> None:
        for database, _ in self.databases():
            database.open()
        self.rm.open()

    async def close(self) -> None:
        """Side by side: one that hangs takes its time, and the others none."""
        await asyncio.gather(*(database.close() for database, _ in self.databases()), self.rm.close())

    async def probe(self) -> list[Health]:
        """Whether each backend answers now: all asked side by side, databases first, in their order."""
        return list(await asyncio.gather(*(database.probe() for database, _ in self.databases()), self.rm.probe()))
