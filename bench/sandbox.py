"""The sandbox as the product's own generator fills it: files of SQLite, and a PostgreSQL that holds the same."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from app.sandbox import SandboxFiles
from bench.stores import postgres
from datasources.sandbox import fill
from datasources.sandbox.population import Population
from datasources.sandbox.publications import embargoes

# Enough for most sessions to have candidates, and so few that both stores are filled within ten seconds.
CANDIDATES = 12_000
SEED = 1
BACKENDS = ("MEPS", "OEPS", "Interchange", "CI Direct", "LIBS")


@dataclass(frozen=True, slots=True)
class Filled:
    """Where the sandbox is: `urls` of each store by backend, with SQLAlchemy's drivers in them."""

    folder: Path
    urls: Mapping[str, Mapping[str, str]]
    # Of Cambridge International: the one with the most embargoes.
    busiest_session: str


@contextmanager
def filled(folder: Path) -> Iterator[Filled]:
    """Both stores, filled alike, for as long as they are asked."""
    files = SandboxFiles(folder)
    files.fill(CANDIDATES, SEED, lambda _what, _done: None)
    for backend in BACKENDS:
        with sqlite3.connect(files.folder / fill.file_name(backend)) as connection:
            connection.execute("ANALYZE")  # so that plans are the same in every run
        connection.close()
    population = Population(CANDIDATES, SEED)
    busiest = Counter(str(row[0]) for row in embargoes(population)).most_common(1)[0][0]
    with postgres("bench") as [url]:
        asyncio.run(_fill_postgres(url, population))
        yield Filled(
            folder,
            {
                "sqlite": {backend: files.url(backend) for backend in BACKENDS},
                # One server for all: each backend's tables have names of their own.
                "postgres": dict.fromkeys(BACKENDS, url),
            },
            busiest,
        )


async def _fill_postgres(url: str, population: Population) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(_fill, population)
        await connection.exec_driver_sql("ANALYZE")
    await engine.dispose()


def _fill(connection: Connection, population: Population) -> None:
    for streams in fill.SERVERS.values():
        for _ in fill.fill_eps(connection, population, streams):
            pass
    for fill_backend in (fill.fill_interchange, fill.fill_ci_direct, fill.fill_libs):
        fill_backend(connection, population)
