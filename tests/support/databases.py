"""Backends' databases filled with chosen rows, on SQLite or on PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import create_async_engine

from datasources.sql import Database, driver_url

# Fixtures of these types: one gives the URL of a new empty database, the other opens a backend on a URL.
NewDatabase = Callable[[], str]
Opened = Callable[..., Database]
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


async def filled(url: str, views: MetaData, rows: Rows) -> str:
    """Create `views` in the database at `url` and put `rows` into them, by view name. Gives the URL back."""
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(views.create_all)
        for name, values in rows.items():
            if values:
                await connection.execute(insert(views.tables[name]), list(values))
    await engine.dispose()
    return url


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"
