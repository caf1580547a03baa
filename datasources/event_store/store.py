"""The event store: what is stored stays, is numbered without gaps, and is read by page or as it happens."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from datasources.event_store.appending import Appender
from datasources.event_store.feed import Feed
from datasources.event_store.news import News
from datasources.event_store.reading import Reader
from datasources.event_store.records import ACCOUNTS, AGREEMENTS, APPRENTICESHIPS, GENERICS, Kind, StoredEvent
from datasources.idempotency import Request
from datasources.stores import Store

New = TypeVar("New")
Record = TypeVar("Record", bound=StoredEvent)


@dataclass(frozen=True)
class Events(Generic[New, Record]):
    """All that can be done with events of one kind."""

    kind: Kind[New, Record]
    reader: Reader[Record]
    appender: Appender[New, Record]
    feed: Feed[Record]

    async def store(self, events: Sequence[New], request: Request | None = None) -> list[Record]:
        """Store events, and give them as they are stored, in their order. One call; two for what came before.

        Raises Conflict, BackendTimeout, BackendUnavailable, BackendRefused; see `Appender.append`.
        """
        stored = await self.appender.append(events, request)
        if stored.created_on is not None:
            return [
                self.kind.stored(event, number, stored.created_on)
                for number, event in enumerate(events, stored.first_id)
            ]
        found = await self.reader.by_id(range(stored.first_id, stored.first_id + stored.count))
        return [found[number] for number in sorted(found)]


class EventStore:
    """Stores events and reads them back. Opened and closed with the process."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self.store = store
        self._now = now
        self._news = News(store, self._told)
        self._hearing: asyncio.Task[None] | None = None
        self._followers = 0
        self._feeds: dict[str, Feed[Any]] = {}
        self.apprenticeship = self._events(APPRENTICESHIPS)
        self.agreement = self._events(AGREEMENTS)
        self.account = self._events(ACCOUNTS)
        self.generic = self._events(GENERICS)

    def open(self) -> None:
        self.store.open()

    async def close(self) -> None:
        """End what follows events, let what is being stored end, and close the store."""
        if self._hearing is not None:
            self._hearing.cancel()
        for events in (self.apprenticeship, self.agreement, self.account, self.generic):
            await events.appender.ended()
        await self.store.close()

    async def follow(self, events: Events[Any, Record], from_id: int | None) -> AsyncGenerator[Record]:
        """Every event of one kind from `from_id` on, or from now on, as `Feed.follow`; whoever stored it."""
        self._followers += 1
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._news.heard(), context=Context())
        try:
            async with aclosing(events.feed.follow(from_id)) as found:
                async for record in found:
                    yield record
        finally:
            self._followers -= 1
            if not self._followers and self._hearing is not None:
                self._hearing.cancel()
                self._hearing = None

    def _events(self, kind: Kind[New, Record]) -> Events[New, Record]:
        reader = Reader(kind, self.store.database)

        async def newest() -> int:
            return (await self._news.newest())[kind.name]

        feed = self._feeds[kind.name] = Feed(kind.name, reader, newest)
        return Events(kind, reader, Appender(kind, self.store, self._now, self._told), feed)

    def _told(self, kind: str, newest: int) -> None:
        self._feeds[kind].hear(newest)
