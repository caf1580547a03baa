"""Hears which events other processes made visible: PostgreSQL tells it, a file is asked every so often."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from datasources.driver_errors import DRIVER_ERRORS, cause_of
from datasources.errors import BackendError
from datasources.event_store.appending import CHANNEL
from datasources.event_store.tables import COUNTER
from datasources.stores import Store

# How often a file is asked while somebody follows.
FILE_SECONDS = 0.15
# PostgreSQL tells by itself. Asked all the same: a pooler between us may pass on no notifications.
SERVER_SECONDS = 5.0
# After a failure: soon, but the store may have enough to do.
RETRY_SECONDS = 1.0

NEWEST = select(COUNTER.c.kind, COUNTER.c.last_id)

logger = structlog.get_logger(__name__)


class News:
    """Tells of the newest ids of all kinds, whoever stored them, while it is `heard`."""

    def __init__(self, store: Store, told: Callable[[str, int], None]) -> None:
        self._store = store
        self._told = told

    async def newest(self) -> dict[str, int]:
        """The newest visible id of each kind; 0 when there is none. One call. Raises as `Database.rows`."""
        return {row[0]: row[1] for row in await self._store.database.rows(NEWEST, {})}

    async def heard(self) -> None:
        """Tell what is new until cancelled."""
        if self._store.is_file:
            await self._ask(FILE_SECONDS, asyncio.Event())
        engine = create_async_engine(self._store.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            while True:
                await self._listen(engine)
        finally:
            await engine.dispose()

    async def _listen(self, engine: AsyncEngine) -> None:
        """Listen until the connection is lost. What was told before it was made, and while it was not, is asked for."""
        is_lost = asyncio.Event()
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                driver.add_termination_listener(lambda *_: is_lost.set())
                await driver.add_listener(CHANNEL, self._notified)
                await self._ask(SERVER_SECONDS, is_lost)
                await connection.invalidate()
        except DRIVER_ERRORS as error:
            logger.warning("events_not_heard", reason=cause_of(error))
            await self._ask_once()
            await asyncio.sleep(RETRY_SECONDS)

    def _notified(self, _connection: object, _process: int, _channel: str, payload: str) -> None:
        kind, _, newest = payload.partition(":")
        self._told(kind, int(newest))

    async def _ask(self, seconds: float, is_over: asyncio.Event) -> None:
        """Ask for the newest ids now and every `seconds`, until it is over."""
        while not is_over.is_set():
            await self._ask_once()
            try:
                async with asyncio.timeout(seconds):
                    await is_over.wait()
            except TimeoutError:
                continue

    async def _ask_once(self) -> None:
        try:
            for kind, newest in (await self.newest()).items():
                self._told(kind, newest)
        except BackendError as failure:
            logger.warning("events_not_heard", reason=failure.message)
