"""Connections of bare drivers, kept: `async with pool.acquire() as connection`, then `await connection.fetch(...)`.

That is asyncpg's own way; aiosqlite has no pool, so it gets one here that costs next to nothing.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiosqlite
import asyncpg  # type: ignore[import-untyped] # has no types

CONNECTIONS = 8


class Pools:
    """A pool for each database: backends that share one share its connections, too."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._pools: dict[str, Any] = {}

    @property
    def is_sqlite(self) -> bool:
        return all(url.startswith("sqlite") for url in self._urls.values())

    def __getitem__(self, backend: str) -> Any:  # noqa: ANN401 asyncpg has no types
        return self._pools[self._urls[backend]]

    async def open(self) -> None:
        self._pools = {url: await _pool(url) for url in set(self._urls.values())}

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.close()


async def _pool(url: str) -> Any:  # noqa: ANN401
    if url.startswith("sqlite"):
        return SqlitePool(url.partition(":///")[2])
    return await asyncpg.create_pool(url.replace("+asyncpg", "", 1), min_size=CONNECTIONS, max_size=CONNECTIONS)


class SqlitePool:
    """Connections to one file, opened as they are needed: one for each request under way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.free: list[aiosqlite.Connection] = []

    def acquire(self) -> "_Acquired":
        return _Acquired(self)

    async def close(self) -> None:
        for connection in self.free:
            await connection.close()


class _Acquired:
    """One of a pool's connections, until it is given back."""

    def __init__(self, pool: SqlitePool) -> None:
        self._pool = pool
        self._connection: Any = None

    async def __aenter__(self) -> Self:
        pool = self._pool
        self._connection = pool.free.pop() if pool.free else await aiosqlite.connect(pool.path)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.free.append(self._connection)

    async def fetch(self, text: str, *values: object) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = await self._connection.execute_fetchall(text, values)
        return found
