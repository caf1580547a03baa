"""Hears which events other processes made visible."""

from collections.abc import Callable

from sqlalchemy import select

from datasources.event_store.appending import CHANNEL
from datasources.event_store.tables import COUNTER
from datasources.hearing import Hearing
from datasources.stores import Store

NEWEST = select(COUNTER.c.kind, COUNTER.c.last_id)


class News:
    """Tells of the newest ids of all kinds, whoever stored them, while it is `heard`."""

    def __init__(self, store: Store, told: Callable[[str, int], None]) -> None:
        self._store = store
        self._told = told
        self._hearing = Hearing(store, CHANNEL, self._ask, self._notified, "events_not_heard")

    async def newest(self) -> dict[str, int]:
        """The newest visible id of each kind; 0 when there is none. One call. Raises as `Database.rows`."""
        return {row[0]: row[1] for row in await self._store.database.rows(NEWEST, {})}

    async def heard(self) -> None:
        """Tell what is new until cancelled."""
        await self._hearing.heard()

    async def _ask(self) -> None:
        for kind, newest in (await self.newest()).items():
            self._told(kind, newest)

    def _notified(self, payload: str) -> None:
        kind, _, newest = payload.partition(":")
        self._told(kind, int(newest))
