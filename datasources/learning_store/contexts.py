"""Contexts that are known: asked for once a minute, because every view names one."""

import time
from collections import OrderedDict
from collections.abc import Callable

from sqlalchemy import bindparam, select

from datasources.learning_store.tables import CONTEXT
from datasources.records import record
from datasources.sql import Database

# For so long a context that was withdrawn is still taken for one.
KNOWN_SECONDS = 60.0
MOST_KNOWN = 10_000

BY_ID = select(*CONTEXT.columns).where(CONTEXT.c.context_id == bindparam("of_context"))


@record
class ContextRecord:
    """In what something is learned. A programme has no collection of its own."""

    context_id: str
    collection_id: str | None


class KnownContexts:
    """The contexts of one store. Only those that there are get remembered: a new one is known at once."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic, most: int = MOST_KNOWN) -> None:
        self._database = database
        self._clock = clock
        self._most = most
        self._known: OrderedDict[str, tuple[float, ContextRecord]] = OrderedDict()

    async def context(self, context_id: str) -> ContextRecord | None:
        """The context with this id. No call for one that is remembered, else one. Raises as `Database.rows`."""
        ends_at, found = self._known.get(context_id, (0.0, None))
        if found is not None and self._clock() < ends_at:
            return found
        rows = await self._database.rows(BY_ID, {"of_context": context_id})
        self._known.pop(context_id, None)
        if not rows:
            return None
        asked = ContextRecord(*rows[0])
        self._known[context_id] = (self._clock() + KNOWN_SECONDS, asked)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return asked
