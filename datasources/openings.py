"""What is being opened: who gives up waiting for it leaves nothing open behind."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

Opened = TypeVar("Opened")


class Openings(Generic[Opened]):
    """Waits for things to be opened. `close` closes one that came when nobody waited for it any more."""

    def __init__(self, close: Callable[[Opened], Awaitable[None]]) -> None:
        self._close = close
        self._left: set[asyncio.Task[None]] = set()

    async def opened(self, opening: Coroutine[Any, Any, Opened]) -> Opened:
        """What `opening` gives. Raises what it raises; when cancelled, it goes on, and what it gives is closed."""
        task = asyncio.ensure_future(opening)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            left = asyncio.ensure_future(self._closed(task))
            self._left.add(left)
            left.add_done_callback(self._left.discard)
            raise

    async def ended(self) -> None:
        """Wait until nothing is left that nobody waits for."""
        await asyncio.gather(*self._left)

    async def _closed(self, task: asyncio.Task[Opened]) -> None:
        try:
            found = await task
        except Exception:  # noqa: BLE001 who asked has left: nobody is there to be told
            return
        await self._close(found)
