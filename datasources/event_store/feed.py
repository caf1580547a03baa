"""Events as they become visible: each follower gets every event from its id on, once and in order, for as long as it
likes.

A follower asks for more when it has taken what it got, so nothing piles up for a slow one. What is new is read once
for all followers of a process, and kept for a while; who is further behind reads for itself.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextvars import Context
from typing import Generic, TypeVar

import structlog
from prometheus_client import Gauge

from datasources.errors import BackendError, LimitExceeded
from datasources.event_store.reading import Reader
from datasources.event_store.records import StoredEvent

Record = TypeVar("Record", bound=StoredEvent)

# The newest events, kept for all who follow.
KEPT = 2000
# Read at once by who is behind.
READ_AT_ONCE = 500
# Who has once been up to date and then falls this far behind is too slow for what happens, and is told so.
MOST_BEHIND = 10_000
# After a failure of the store: followers wait, and it is asked again.
RETRY_SECONDS = 1.0

FOLLOWERS = Gauge("examgraph_event_followers", "Subscribers to events now.", ["kind"], multiprocess_mode="livesum")

logger = structlog.get_logger(__name__)


class Feed(Generic[Record]):
    """The events of one kind, live. `event_id` reads a record's id, `newest` asks the store for the newest id."""

    def __init__(self, kind: str, reader: Reader[Record], newest: Callable[[], Awaitable[int]]) -> None:
        self._kind = kind
        self._reader = reader
        self._ask_newest = newest
        self._kept: deque[Record] = deque(maxlen=KEPT)
        self._newest = 0  # the newest visible id that is known here
        self._wanted = 0  # the newest that was heard of
        self._changed = asyncio.Event()
        self._heard = asyncio.Event()
        self._followers = 0
        self._watching: asyncio.Task[None] | None = None
        self._gauge = FOLLOWERS.labels(kind)

    def hear(self, newest: int) -> None:
        """Events up to `newest` became visible."""
        if newest > self._wanted:
            self._wanted = newest
            self._heard.set()

    async def follow(self, from_id: int | None) -> AsyncGenerator[Record]:
        """Every event from `from_id` on; without one, every event that is stored from now on. Never ends by itself.

        Raises LimitExceeded for a follower that was up to date and fell `MOST_BEHIND` behind; BackendError while it
        catches up.
        """
        newest = await self._ask_newest()
        self.hear(newest)
        next_id = newest + 1 if from_id is None else from_id
        with self._followed():
            was_level = False
            while True:
                if next_id > self._newest:
                    was_level = was_level or next_id > newest  # else it only waits for the first look at the store
                    await self._wait_beyond(next_id)
                if was_level and self._newest - next_id >= MOST_BEHIND:
                    raise LimitExceeded(f"events waiting from id {next_id} on", self._newest - next_id + 1, MOST_BEHIND)
                newest = self._newest
                batch = await self._batch(next_id)
                for record in batch:
                    yield record
                next_id = batch[-1].event_id + 1 if batch else newest + 1

    @contextlib.contextmanager
    def _followed(self) -> Iterator[None]:
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch(), context=Context())
        self._followers += 1
        self._gauge.inc()
        try:
            yield
        finally:
            self._followers -= 1
            self._gauge.dec()
            if not self._followers:
                self._watching.cancel()
                self._watching = None
                self._kept.clear()
                self._newest = 0

    async def _wait_beyond(self, next_id: int) -> None:
        while self._newest < next_id:
            changed = self._changed
            await changed.wait()

    async def _batch(self, next_id: int) -> list[Record]:
        """Some events from `next_id` on, at least one."""
        if self._kept and self._kept[0].event_id <= next_id:
            return [each for each in self._kept if each.event_id >= next_id]
        return await self._reader.following(next_id, READ_AT_ONCE)

    async def _watch(self) -> None:
        """Read what is new, once for all, whenever something is heard of."""
        while True:
            while self._wanted <= self._newest:  # what is heard of may have been read before
                self._heard.clear()
                await self._heard.wait()
            try:
                await self._read_on()
            except BackendError as failure:
                logger.warning("events_not_read", kind=self._kind, reason=failure.message)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:  # whatever it was, who follows must not be left waiting for ever
                logger.exception("events_not_read", kind=self._kind)
                await asyncio.sleep(RETRY_SECONDS)

    async def _read_on(self) -> None:
        """Take the newest events into what is kept. Far behind, only know of them: followers read for themselves.

        Nothing is passed over: when the store does not have what was heard of, it is asked again in a while.
        """
        if self._wanted - self._newest > KEPT:
            self._kept.clear()
            self._newest = self._wanted
        else:
            found = await self._reader.following(self._newest + 1, READ_AT_ONCE)
            if not found:
                logger.warning("events_not_there", kind=self._kind, from_id=self._newest + 1, heard_of=self._wanted)
                await asyncio.sleep(RETRY_SECONDS)
                return
            self._kept.extend(found)
            self._newest = found[-1].event_id
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
