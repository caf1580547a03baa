"""What arrives in the same moment is done together: writers who share a transaction share what its commit costs."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar

from datasources.errors import BackendRefused
from datasources.timings import note_answer, note_call

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

# How long a group waits for as many as came last time: a part of what a commit to a disk takes.
GATHERING_SECONDS = 0.002


@dataclass(eq=False)
class _Entry(Generic[Item, Outcome]):
    item: Item
    outcome: asyncio.Future[Outcome]


class Together(Generic[Item, Outcome]):
    """Has groups of items done by one call to `backend` each, one group at a time.

    `do` does a group, all of it or nothing, and gives each item's outcome, in their order. `size` says how large an
    item is; a group is at most as large as `most`, unless it is one item alone: who comes later goes with the next one.
    """

    def __init__(
        self,
        backend: str,
        do: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        size: Callable[[Item], int],
        most: int,
    ) -> None:
        self._backend = backend
        self._do = do
        self._size = size
        self._most = most
        self._waiting: deque[_Entry[Item, Outcome]] = deque()
        self._doing: asyncio.Task[None] | None = None
        self._last_together = 1
        self._more = asyncio.Event()

    async def add(self, item: Item) -> Outcome:
        """The item's outcome, when the group that it came to be in is done. One call, shared with others'.

        Raises whatever the call raised; one that was refused is made again for each item alone.
        """
        entry: _Entry[Item, Outcome] = _Entry(item, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._more.set()
        if self._doing is None:
            # Outside this request: its time is not that of those who come later and share its call.
            self._doing = asyncio.create_task(self._do_all(), context=Context())
        note_call(self._backend)  # this request's share of a call that is made outside it
        began = time.monotonic()
        try:
            # Who goes away takes only itself out of the wait: its item may be in a group with others'.
            return await asyncio.shield(entry.outcome)
        finally:
            note_answer(self._backend, time.monotonic() - began)

    async def ended(self) -> None:
        """Wait until nothing is being done."""
        while self._doing is not None:
            await asyncio.wait([self._doing])

    async def _do_all(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                entries = self._taken()
                await self._do_together(entries)
                self._last_together = len(entries)
        finally:
            self._doing = None

    async def _gather(self) -> None:
        """Wait a moment for as many as came last time: those who were just answered are about to ask again."""
        try:
            async with asyncio.timeout(GATHERING_SECONDS):
                while len(self._waiting) < self._last_together:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            pass

    def _taken(self) -> list[_Entry[Item, Outcome]]:
        entries = [self._waiting.popleft()]
        size = self._size(entries[0].item)
        while self._waiting and size + self._size(self._waiting[0].item) <= self._most:
            entries.append(self._waiting.popleft())
            size += self._size(entries[-1].item)
        return entries

    async def _do_together(self, entries: Sequence[_Entry[Item, Outcome]]) -> None:
        try:
            outcomes = await self._do([entry.item for entry in entries])
        except BackendRefused as refusal:
            # Nothing was done. One of them is to blame, and the others are not to suffer for it.
            if len(entries) == 1:
                _fail(entries, refusal)
                return
            for entry in entries:
                await self._do_together([entry])
        except Exception as failure:  # noqa: BLE001 whoever waits is told, and the mask sorts bugs out
            _fail(entries, failure)
        else:
            for entry, outcome in zip(entries, outcomes, strict=True):
                if not entry.outcome.done():
                    entry.outcome.set_result(outcome)


def _fail(entries: Sequence[_Entry[Item, Outcome]], failure: Exception) -> None:
    for entry in entries:
        if not entry.outcome.done():
            entry.outcome.set_exception(failure)
