"""The event store asked in this process: events acknowledged a second by many writers, and what a page costs."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

import uvloop

from bench.event_stores import BEGINS, opened
from bench.figures import Pace
from bench.serve.event_answers import event_answers
from bench.workloads import WRITERS
from datasources.event_store.reading import EventPageKey, EventSelection
from datasources.event_store.records import NewAccountEvent
from datasources.event_store.store import EventStore
from datasources.paging import PageKey

PEERS = ("driver", "numbered")
EVENT = NewAccountEvent("Created", "/api/accounts/7b3f2a")
PAGE = 100
# Before a round counts: connections are open, and as many write as will.
WARM_UP_SECONDS = 0.2
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

Ask = Callable[[], Awaitable[object]]
Closed = TypeVar("Closed", bound="Closable")


class Closable(Protocol):
    """What has threads or connections: left open, they would keep the bench from ending."""

    async def close(self) -> None: ...


@asynccontextmanager
async def _closing(one: Closed) -> AsyncIterator[Closed]:
    try:
        yield one
    finally:
        await one.close()


def stored_a_second(store: str, url: str, pace: Pace) -> dict[str, list[float]]:
    """Acknowledged events a second of 32 writers, by round: ours, and one commit for each event by hand."""
    return uvloop.run(_stored_a_second(store, url, pace))


async def _stored_a_second(store: str, url: str, pace: Pace) -> dict[str, list[float]]:
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(_closing(opened(url)))
        asked: dict[str, Ask] = {"ours": partial(ours.account.appender.append, [EVENT], None)}
        for variant in PEERS:
            peer = await stack.enter_async_context(_closing(event_answers(variant, store, url)))
            await peer.open()
            asked[variant] = partial(peer.store, EVENT.event, EVENT.resource_uri)
        found: dict[str, list[float]] = {name: [] for name in asked}
        for number in range(pace.rounds):
            for name in sorted(asked, reverse=number % 2 == 1):
                await _rate(asked[name], WARM_UP_SECONDS)
                found[name].append(await _rate(asked[name], pace.seconds))
            pace.say(f"stored at the call, {store}: round {number + 1} of {pace.rounds}")
        return found


async def _rate(ask: Ask, seconds: float) -> float:
    """How often `ask` is answered a second, with all writers asking again when they are answered."""
    answered = 0
    began = time.perf_counter()

    async def write() -> None:
        nonlocal answered
        while time.perf_counter() - began < seconds:
            await ask()
            answered += 1

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return answered / (time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many account events the small and the large store hold, and how many pages of each kind are read."""

    small: int
    large: int
    pages: int


# By what is asked: which store, and what makes a page's key.
Questions = Mapping[str, tuple[EventStore, Callable[[], EventPageKey]]]


def _by_id(event_id: int, offset: int = 0) -> EventPageKey:
    return PageKey(EventSelection(event_id, offset=offset), PAGE)


def _by_time(event_id: int, offset: int = 0) -> EventPageKey:
    return PageKey(EventSelection(None, BEGINS + timedelta(seconds=event_id), LATEST, offset=offset), PAGE)


def page_milliseconds(small_url: str, large_url: str, sizes: Sizes) -> Mapping[str, float]:
    """The median milliseconds of a page at the store call, by what is asked; one at a time, in turn."""
    return uvloop.run(_page_milliseconds(small_url, large_url, sizes))


async def _page_milliseconds(small_url: str, large_url: str, sizes: Sizes) -> Mapping[str, float]:
    async with _closing(opened(small_url)) as small, _closing(opened(large_url)) as large:
        return await _medians(_questions(small, large, sizes), sizes.pages)


def _questions(small: EventStore, large: EventStore, sizes: Sizes) -> Questions:
    chance = random.Random(2026)
    deepest = sizes.large - PAGE  # rows before the last page
    return {
        "first, small": (small, lambda: _by_id(1)),
        "first": (large, lambda: _by_id(1)),
        "anywhere by id, small": (small, lambda: _by_id(chance.randrange(1, sizes.small - PAGE))),
        "anywhere by id": (large, lambda: _by_id(chance.randrange(1, deepest))),
        "anywhere by time, small": (small, lambda: _by_time(chance.randrange(1, sizes.small - PAGE))),
        "anywhere by time": (large, lambda: _by_time(chance.randrange(1, deepest))),
        "last by id": (large, lambda: _by_id(deepest + 1)),
        "last by number": (large, lambda: _by_id(1, deepest)),
        "last by number of a time": (large, lambda: _by_time(0, deepest)),
        "anywhere by number": (large, lambda: _by_id(1, chance.randrange(1, deepest))),
    }


async def _medians(questions: Questions, pages: int) -> Mapping[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in questions}
    for _ in range(pages):
        for name, (store, key) in questions.items():
            taken[name].append(await _seconds(store, key()))
    return {name: statistics.median(seconds) * 1000 for name, seconds in taken.items()}


async def _seconds(store: EventStore, key: EventPageKey) -> float:
    began = time.perf_counter()
    found: Any = (await store.account.reader.pages([key]))[key]
    seconds = time.perf_counter() - began
    assert len(found.rows) == PAGE, f"{key} gave {len(found.rows)} events"
    return seconds


def write_milliseconds(store: str, url: str, rounds: int) -> float:
    """The median milliseconds of one commit by one writer on the bare driver: what the disk costs."""
    return uvloop.run(_write_milliseconds(store, url, rounds))


async def _write_milliseconds(store: str, url: str, rounds: int) -> float:
    async with _closing(event_answers("numbered", store, url)) as peer:
        await peer.open()
        ask = partial(peer.store, EVENT.event, EVENT.resource_uri)
        taken = [await _timed(ask) for _ in range(rounds)]
    return statistics.median(taken) * 1000


async def _timed(ask: Ask) -> float:
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began
