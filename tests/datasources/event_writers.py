"""A process with several writers of events, who store until they are killed, and tell what was acknowledged.

Each line on standard output is `<first id> <name> <name> …`: events that were stored together, by the names they have.
"""

import asyncio
import itertools
import random
import sys
from datetime import UTC, datetime

import structlog

from datasources.calls import Limits
from datasources.errors import BackendError
from datasources.event_store.records import NewAccountEvent
from datasources.event_store.store import EventStore
from datasources.stores import Store


async def write(store: EventStore, name: str) -> None:
    chance = random.Random(name)
    for number in itertools.count(1):
        names = [f"{name}-{number}-{part}" for part in range(chance.choice((1, 1, 1, 2, 5)))]
        events = [NewAccountEvent(event=each, resource_uri="/") for each in names]
        try:
            stored = await store.account.appender.append(events, None)
        except BackendError:
            continue  # not acknowledged, and perhaps stored all the same
        sys.stdout.write(f"{stored.first_id} {' '.join(names)}\n")
        sys.stdout.flush()


async def main(url: str, name: str, writers: int) -> None:
    store = EventStore(Store("EVENTS", url, Limits(deadline_seconds=20)), lambda: datetime.now(UTC))
    store.open()
    await asyncio.gather(*(write(store, f"{name}{number}") for number in range(writers)))


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
