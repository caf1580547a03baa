"""New databases of both kinds, and backends opened on them."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from support.databases import NewDatabase, Opened, sqlite_url
from support.server import free_port

from datasources.calls import Limits
from datasources.sql import Database, driver_url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kinds of database that tests run on. A test that asks for it runs on each."""
    return str(request.param)


@pytest.fixture(scope="module")
def new_database(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewDatabase]:
    """Gives the URL of a new empty database each time it is called."""
    if kind == "postgresql":
        yield request.getfixturevalue("postgres").database
    else:
        numbers = itertools.count(1)
        folder = tmp_path_factory.mktemp("databases")
        yield lambda: sqlite_url(folder / f"{next(numbers)}.sqlite")


@pytest.fixture
def dead_url(kind: str, tmp_path: Path) -> str:
    """Where no database is."""
    if kind == "postgresql":
        return f"postgresql://keeper:hidden-word@127.0.0.1:{free_port()}/vault"
    return sqlite_url(tmp_path / "nowhere" / "vault.sqlite")


@pytest_asyncio.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens a backend on a URL, and closes it after the test. Further arguments are its limits.

    The deadline is far away unless a test asks for one: a busy machine is not what is tested.
    """
    databases: list[Database] = []

    def open_database(url: str, backend: str = "MEPS", *, sends_transaction_id: bool = True, **limits: Any) -> Database:
        asked = Limits(**{"deadline_seconds": 20, **limits})
        database = Database(backend, driver_url(url), asked, sends_transaction_id=sends_transaction_id)
        database.open()
        databases.append(database)
        return database

    yield open_database
    for database in databases:
        await database.close()
