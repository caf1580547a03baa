"""The proof that no reader ever misses an event: eight writers on two processes, one of them killed, and readers.

`PROOF_SECONDS` says how long they write: six seconds, unless the long proof is run.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from support.databases import NewDatabase

from datasources.calls import Limits
from datasources.event_store.records import AccountEventRecord
from datasources.event_store.store import EventStore
from datasources.migrations.chain import Chain
from datasources.sql import driver_url
from datasources.stores import Store

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("PROOF_SECONDS", "6"))
WRITERS_OF_A_PROCESS = 4
POLLERS = 3
# What a writer that is killed may have stored without saying so: what was under way, or told to nobody any more.
UNTOLD = 2 * WRITERS_OF_A_PROCESS * 5

Seen = list[tuple[int, str]]


def opened(url: str) -> EventStore:
    store = EventStore(Store("EVENTS", url, Limits(deadline_seconds=20)), lambda: datetime.now(UTC))
    store.open()
    return store


@pytest_asyncio.fixture
async def url(new_database: NewDatabase) -> AsyncIterator[str]:
    found = driver_url(new_database())
    await Chain(Store("EVENTS", found, Limits())).run()
    yield found


async def writers(url: str, name: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("event_writers.py")), url, name, str(WRITERS_OF_A_PROCESS),
        stdout=PIPE, limit=1 << 20, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def told(process: Process, begun: asyncio.Event) -> dict[str, int]:
    """What a process acknowledged, by event, until it ended."""
    acknowledged: dict[str, int] = {}
    assert process.stdout is not None
    async for line in process.stdout:
        if not line.endswith(b"\n"):
            break  # killed in the middle of it
        first_id, *names = line.decode().split()
        acknowledged |= {name: number for number, name in enumerate(names, int(first_id))}
        begun.set()
    return acknowledged


async def polled(store: EventStore, ended: asyncio.Event, seen: Seen) -> None:
    """Ask again and again from the last id + 1, as the old service's consumers do."""
    while True:
        is_last = ended.is_set()
        found = await store.account.reader.following(seen[-1][0] + 1 if seen else 1, 100)
        seen += [(event.event_id, event.event) for event in found]
        if is_last and not found:
            return


async def followed(store: EventStore, seen: Seen) -> None:
    event: AccountEventRecord
    async for event in store.follow(store.account, 1):
        seen.append((event.event_id, event.event))


@pytest.mark.proof
async def test_every_event_is_seen_once_and_in_order(url: str) -> None:
    stores = [opened(url) for _ in range(POLLERS + 1)]
    ended, seen, live = asyncio.Event(), [Seen() for _ in range(POLLERS)], Seen()
    processes = [await writers(url, name) for name in ("a", "b")]
    begun = [asyncio.Event() for _ in processes]
    telling = [asyncio.create_task(told(*each)) for each in zip(processes, begun, strict=True)]
    await asyncio.gather(*(each.wait() for each in begun))
    polling = [asyncio.create_task(polled(store, ended, each)) for store, each in zip(stores[1:], seen, strict=True)]
    following = asyncio.create_task(followed(stores[0], live))

    await asyncio.wait(telling, timeout=SECONDS / 2)
    processes[0].send_signal(signal.SIGKILL)
    await asyncio.wait(telling, timeout=SECONDS / 2, return_when=asyncio.ALL_COMPLETED)
    assert telling[0].done()  # the other goes on without it
    assert not telling[1].done()
    processes[1].send_signal(signal.SIGKILL)
    acknowledged = {name: number for each in await asyncio.gather(*telling) for name, number in each.items()}
    await asyncio.gather(*(process.wait() for process in processes))
    ended.set()
    await asyncio.gather(*polling)

    stored = seen[0]
    assert [number for number, _ in stored] == list(range(1, len(stored) + 1))
    assert [each == stored for each in seen] == [True] * POLLERS
    names = {name: number for number, name in stored}
    assert len(names) == len(stored)
    assert {name: names.get(name) for name in acknowledged} == acknowledged
    assert len(stored) - len(acknowledged) <= 2 * UNTOLD
    assert len(acknowledged) > 20 * SECONDS
    async with asyncio.timeout(20):
        while len(live) < len(stored):
            await asyncio.wait([following], timeout=0.05)
    following.cancel()
    assert live == stored
    times = [event.created_on for event in await stores[0].account.reader.following(1, len(stored))]
    assert times == sorted(times)
    for store in stores:
        await store.close()
