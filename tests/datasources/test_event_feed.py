"""The feed over a store that changes while it is read, at moments that a real one cannot be made to choose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from datasources.errors import BackendUnavailable
from datasources.event_store import feed as feeds
from datasources.event_store.feed import KEPT, MOST_BEHIND, Feed


@dataclass(frozen=True, slots=True)
class Event:
    event_id: int


@dataclass
class Memory:
    """A store in which everything up to `newest` is visible. A read ends when it is `let` to."""

    newest: int = 0
    reads: list[int] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    let: asyncio.Event = field(default_factory=asyncio.Event)

    async def following(self, from_id: int, most: int) -> list[Event]:
        self.reads.append(from_id)
        visible = self.newest
        await self.let.wait()
        if self.failures:
            raise self.failures.pop()
        return [Event(number) for number in range(from_id, min(visible, from_id + most - 1) + 1)]

    async def ask_newest(self) -> int:
        return self.newest


@asynccontextmanager
async def followed(memory: Memory, from_id: int | None) -> AsyncIterator[tuple[Feed[Event], list[int]]]:
    """A feed, and the ids that a follower of it has seen so far."""
    feed: Feed[Event] = Feed("account", memory, memory.ask_newest)  # type: ignore[arg-type] # all of it that is used
    seen: list[int] = []

    async def follow() -> None:
        async with aclosing(feed.follow(from_id)) as found:
            async for event in found:
                seen.append(event.event_id)  # noqa: PERF401 to be looked at while it goes on

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        following = group.create_task(follow())
        await settled()
        yield feed, seen
        following.cancel()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_is_heard_of_during_a_read_that_finds_nothing_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "RETRY_SECONDS", 0)
    memory = Memory(newest=1)
    memory.let.set()
    async with followed(memory, 1) as (feed, seen):
        memory.newest = 3
        feed.hear(2)  # the read finds 3 as well
        await settled()
        assert seen == [1, 2, 3]
        memory.let.clear()
        feed.hear(3)
        await settled()
        memory.newest = 4
        feed.hear(4)
        await settled()
        memory.let.set()
        await settled()
        assert seen == [1, 2, 3, 4]
        assert memory.reads[-1] == 4


async def test_what_is_heard_of_and_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "RETRY_SECONDS", 0)
    memory = Memory()
    memory.let.set()
    async with followed(memory, 1) as (feed, seen):
        feed.hear(2)
        await settled()
        assert seen == []
        memory.newest = 2
        await settled()
        assert seen == [1, 2]


async def test_the_first_follower_may_begin_as_far_back_as_it_likes() -> None:
    memory = Memory(newest=MOST_BEHIND + KEPT + 7)
    memory.let.set()
    async with followed(memory, 1) as (_, seen):
        while len(seen) < memory.newest:
            await settled()
    assert seen == list(range(1, memory.newest + 1))


@pytest.mark.parametrize("failure", [BackendUnavailable("EVENTS"), RuntimeError("a bug")], ids=["outage", "bug"])
async def test_a_failure_delays_and_ends_nothing(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "RETRY_SECONDS", 0)
    memory = Memory(failures=[failure])
    memory.let.set()
    async with followed(memory, 1) as (feed, seen):
        memory.newest = 1
        feed.hear(1)
        await settled()
        assert seen == [1]
