"""Hears what other processes made visible in a store: PostgreSQL tells it, a file is asked every so often."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from datasources.driver_errors import DRIVER_ERRORS, cause_of
from datasources.errors import BackendError
from datasources.stores import Store

# How often a file is asked while somebody follows.
FILE_SECONDS = 0.15
# PostgreSQL tells by itself. Asked all the same: a pooler between us may pass on no notifications.
SERVER_SECONDS = 5.0
# After a failure: soon, but the store may have enough to do.
RETRY_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class Hearing:
    """Tells of what is new, whoever stored it, while it is `heard`.

    `ask` looks into the store and tells of what it finds; it may raise BackendError. `notified` is given what was sent
    on `channel`. `failed` is what the log calls it when neither is possible.
    """

    def __init__(
        self,
        store: Store,
        channel: str,
        ask: Callable[[], Awaitable[None]],
        notified: Callable[[str], None],
        failed: str,
    ) -> None:
        self._store = store
        self._channel = channel
        self._ask_store = ask
        self._notified = notified
        self._failed = failed

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
                await driver.add_listener(self._channel, lambda *told: self._notified(told[-1]))
                await self._ask(SERVER_SECONDS, is_lost)
                await connection.invalidate()
        except DRIVER_ERRORS as error:
            logger.warning(self._failed, reason=cause_of(error))
            await self._ask_once()
            await asyncio.sleep(RETRY_SECONDS)

    async def _ask(self, seconds: float, is_over: asyncio.Event) -> None:
        """Ask now and every `seconds`, until it is over."""
        while not is_over.is_set():
            await self._ask_once()
            try:
                async with asyncio.timeout(seconds):
                    await is_over.wait()
            except TimeoutError:
                continue

    async def _ask_once(self) -> None:
        try:
            await self._ask_store()
        except BackendError as failure:
            logger.warning(self._failed, reason=failure.message)
