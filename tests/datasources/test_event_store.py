"""The event store: pages as a plain list would give them, transactions that are shared, and who follows."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import create_async_engine
from support.databases import NewDatabase

from datasources.calls import Limits, counting_calls
from datasources.errors import BackendRefused, Conflict
from datasources.event_store.reading import EventSelection
from datasources.event_store.records import AccountEventRecord, NewAccountEvent
from datasources.event_store.store import EventStore
from datasources.idempotency import request_of
from datasources.migrations.chain import Chain
from datasources.paging import PageKey
from datasources.sandbox.events import fill_events
from datasources.sql import driver_url
from datasources.stores import Store

BEGIN = datetime(2017, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def events(new_database: NewDatabase) -> AsyncIterator[EventStore]:
    store = Store("EVENTS", driver_url(new_database()), Limits(deadline_seconds=20))
    await Chain(store).run()
    made = EventStore(store, lambda: datetime.now(UTC))
    made.open()
    yield made
    await made.close()


def new(name: Any) -> NewAccountEvent:
    return NewAccountEvent(event=name, resource_uri="/")


async def fill(events: EventStore, rows: list[dict[str, Any]]) -> None:
    engine = create_async_engine(events.store.url)
    async with engine.begin() as connection:
        await connection.run_sync(fill_events, {"account": rows})
    await engine.dispose()


def rows(ids: list[int], times: list[int]) -> list[dict[str, Any]]:
    return [
        {"id": number, "created_on": BEGIN + timedelta(milliseconds=time), "event": "E", "resource_uri": "/"}
        for number, time in zip(ids, times, strict=True)
    ]


async def page_ids(events: EventStore, selection: EventSelection, first: int, after: AccountEventRecord | None) -> Any:
    key = PageKey(selection, first, after.position if after else None)
    page = (await events.account.reader.pages([key]))[key]
    return page.rows, page.has_more


EVEN = (list(range(1, 41)), sorted([7 * (number // 3) for number in range(40)]))
GAPS = ([1, 2, 5, 6, 7, 11, 12, 20, 21, 22], [0, 5, 5, 5, 9, 9, 12, 20, 20, 31])
UNSORTED = (list(range(1, 21)), [9, 3, 3, 40, 0, 12, 12, 7, 1, 1, 30, 2, 2, 2, 50, 6, 6, 0, 0, 44])


@pytest.mark.parametrize("given", [EVEN, GAPS, UNSORTED], ids=["even", "with gaps", "unsorted"])
async def test_a_page_is_a_slice_of_what_there_is(given: tuple[list[int], list[int]], events: EventStore) -> None:
    stored = rows(*given)
    await fill(events, stored)
    for name in ("later", "latest"):  # and events that were stored here after those that were brought in
        [told] = await events.account.store([new(name)])
        stored.append({"id": told.event_id, "created_on": told.created_on})
    chance = random.Random(1)
    for _ in range(60):
        first, offset = chance.randrange(1, 12), chance.choice((0, 0, 1, 3, 10, 50))
        start, end = sorted(BEGIN + timedelta(milliseconds=chance.randrange(-2, 60)) for _ in range(2))
        end = chance.choice((end, END))
        from_id = chance.choice((None, None, chance.randrange(1, 45)))
        if from_id is None:
            wanted = [each for each in stored if start <= each["created_on"] < end]
            wanted.sort(key=lambda each: (each["created_on"], each["id"]))
        else:
            wanted = [each for each in stored if each["id"] >= from_id]
        selection = EventSelection(from_id, start, end, offset=offset)
        found, has_more = await page_ids(events, selection, first, None)
        rest = wanted[offset:]
        assert [each.event_id for each in found] == [each["id"] for each in rest[:first]], selection
        assert has_more == (len(rest) > first)
        assert await events.account.reader.counts([selection]) == {selection: len(wanted)}
        if found and offset == 0:
            more, _ = await page_ids(events, selection, first, found[-1])
            assert [each.event_id for each in more] == [each["id"] for each in rest[first : 2 * first]]


def together() -> tuple[float, float]:
    """Transactions so far, and events stored in them."""
    labels = {"kind": "account"}
    count = REGISTRY.get_sample_value("examgraph_events_stored_together_count", labels)
    total = REGISTRY.get_sample_value("examgraph_events_stored_together_sum", labels)
    return count or 0, total or 0


async def test_events_that_arrive_together_share_a_transaction(events: EventStore) -> None:
    before = together()
    with counting_calls() as calls:
        told = await asyncio.gather(*(events.account.store([new(str(number))]) for number in range(50)))
    transactions, stored = (now - then for now, then in zip(together(), before, strict=True))
    assert stored == 50
    assert transactions <= 3
    assert calls == {"EVENTS": 50}  # each request has asked once
    assert sorted(each.event_id for [each] in told) == list(range(1, 51))
    read = await events.account.reader.following(1, 100)
    assert sorted(read, key=lambda each: each.event) == sorted((each for [each] in told), key=lambda each: each.event)


async def test_one_that_is_refused_takes_no_other_with_it(events: EventStore) -> None:
    asked = [events.account.store([new(name)]) for name in ("a", None, "b")]
    first, refused, last = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(refused, BackendRefused)
    assert isinstance(first, list)
    assert isinstance(last, list)
    assert [(each.event_id, each.event) for each in await events.account.reader.following(1, 9)] == [(1, "a"), (2, "b")]


async def test_who_goes_away_takes_no_other_with_it(events: EventStore) -> None:
    storing = [asyncio.create_task(events.account.store([new(name)])) for name in ("a", "b")]
    await asyncio.sleep(0)
    storing[0].cancel()
    await asyncio.wait(storing)
    assert storing[0].cancelled()
    [told] = storing[1].result()
    assert told in await events.account.reader.following(1, 9)


async def test_the_same_key_in_one_transaction_and_later(events: EventStore) -> None:
    one, other = (request_of("me", "record", "k", asked) for asked in ("a", "b"))
    asked = [events.account.store([new("a")], one), events.account.store([new("a")], one)]
    first, again, conflict = await asyncio.gather(
        *asked, events.account.store([new("b")], other), return_exceptions=True
    )
    assert first == again == await events.account.store([new("a")], one)
    assert isinstance(conflict, Conflict)
    with pytest.raises(Conflict):
        await events.account.store([new("b")], other)
    assert len(await events.account.reader.following(1, 9)) == 1


async def test_a_follower_catches_up_and_goes_on_and_leaves_nothing_behind(events: EventStore) -> None:
    await events.account.store([new(str(number)) for number in range(1200)])
    seen: list[int] = []
    before = asyncio.all_tasks()
    async with asyncio.timeout(20), aclosing(events.follow(events.account, 3)) as found:
        async for event in found:
            seen.append(event.event_id)
            if event.event_id == 1200:
                await events.account.store([new("live"), new("live")])
            if event.event_id == 1202:
                break
    assert seen == list(range(3, 1203))
    async with asyncio.timeout(10):  # what was told to stop takes a moment, and may leave a connection to be closed
        while left := asyncio.all_tasks() - before:
            await asyncio.wait(left)


async def test_kinds_are_numbered_and_followed_apart(events: EventStore) -> None:
    await events.account.store([new("a")])
    following = asyncio.create_task(anext(events.follow(events.generic, None)))
    await asyncio.wait([following], timeout=0.3)
    assert not following.done()
    following.cancel()
    assert await events.generic.reader.following(1, 9) == []
