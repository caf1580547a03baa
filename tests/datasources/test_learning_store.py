"""The learning store on both kinds of database: its order rules, one after the other and all at once."""

import asyncio
import os
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from support.databases import NewDatabase
from support.learners import (
    COLLECTION_ID,
    CONTENTS,
    CONTEXT_ID,
    LEARNER,
    LEAVES,
    NOW,
    Model,
    Step,
    do,
    expected,
    fill,
    found,
)

from datasources.calls import Limits, counting_calls
from datasources.errors import LimitExceeded
from datasources.learning_store import reading
from datasources.learning_store.contexts import KNOWN_SECONDS, MOST_KNOWN, ContextRecord, KnownContexts
from datasources.learning_store.reading import Across
from datasources.learning_store.records import EnrolmentRecord, ExportFormat, LearningStatus, ScoredAttempt
from datasources.learning_store.store import EXPORT_KEPT, LearningStore
from datasources.learning_store.tables import CONTEXT, EXPORT, LEAF, VIEW
from datasources.migrations.chain import Chain
from datasources.sql import driver_url
from datasources.stores import Store

PROOF_SECONDS = float(os.environ.get("PROOF_SECONDS", "4"))
OTHER = "another"
DEVICES = 2


class Clock:
    """An instant that tests move on."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@asynccontextmanager
async def opened(url: str, now: Callable[[], datetime]) -> AsyncIterator[LearningStore]:
    store = LearningStore(Store("LEARNING", driver_url(url), Limits(deadline_seconds=30)), now)
    store.open()
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    """A store with a collection and its context."""
    made = new_database()

    async def prepare() -> None:
        store = Store("LEARNING", driver_url(made), Limits(deadline_seconds=30))
        await Chain(store).run()
        store.open()
        await store.write(fill)
        await store.close()

    asyncio.run(prepare())
    return made


@pytest_asyncio.fixture
async def learning(url: str, clock: Clock) -> AsyncIterator[LearningStore]:
    async with opened(url, clock) as store:
        yield store


@pytest.fixture
def learner() -> str:
    """A learner whom no other test knows."""
    return f"{LEARNER}{uuid.uuid4().hex}"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "update", "end", "submit"]), st.sampled_from(CONTENTS), st.integers(1, 5),
        st.integers(0, 10),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_ends_as_the_order_rules_say(url: str, steps: list[Step]) -> None:
    learner = f"p{uuid.uuid4().hex}"

    async def play() -> object:
        async with opened(url, lambda: NOW) as store:
            await store.enrol((learner, COLLECTION_ID, CONTEXT_ID))
            for step in steps:
                await do(store, step, learner)
            return await found(store, learner)

    assert asyncio.run(play()) == expected(Model().take(steps))


def _interleaved(chance: random.Random) -> list[list[Step]]:
    """What each device sends: all starts, ends and attempts of a learner, twice, in an order of its own."""
    common: list[Step] = [("start", content, 0, 0) for content in CONTENTS]
    common += [("end", content, 0, 0) for content in chance.sample(CONTENTS, chance.randrange(len(CONTENTS) + 1))]
    common += [
        ("submit", chance.choice(CONTENTS), number, chance.randrange(11))
        for number in chance.sample(range(1, 9), 4)  # no two of the same time
    ]
    sent = []
    for device in range(DEVICES):
        updates: list[Step] = [("update", content, 100 * (device + 1), 0) for content in CONTENTS]
        steps = [*common, *common, *updates, *updates]
        chance.shuffle(steps)
        sent.append(steps)
    return sent


@pytest.mark.proof
async def test_two_devices_end_where_the_order_rules_say(url: str) -> None:
    """Started, updated, ended and tried at once, twice and out of order, from two processes' stores."""
    chance = random.Random(7)
    ends_at = asyncio.get_running_loop().time() + PROOF_SECONDS / 2
    rounds = 0
    async with opened(url, lambda: NOW) as first, opened(url, lambda: NOW) as second:
        while asyncio.get_running_loop().time() < ends_at or rounds < 3:
            rounds += 1
            learner = f"d{uuid.uuid4().hex}"
            await first.enrol((learner, COLLECTION_ID, CONTEXT_ID))
            sent = _interleaved(chance)

            async def device(store: LearningStore, steps: list[Step], learner: str = learner) -> None:
                # A device has several requests under way.
                for start in range(0, len(steps), 4):
                    await asyncio.gather(*(do(store, step, learner) for step in steps[start : start + 4]))

            await asyncio.gather(device(first, sent[0]), device(second, sent[1]))
            told = await found(first, learner)
            wanted = expected(Model().take(step for steps in sent for step in steps))
            details = told.pop("details")
            wanted.pop("details")
            assert told == wanted
            # Which update came last is not said; that it is one of them, and of a view that was there, is.
            assert set(details.values()) <= {100, 200}
            assert set(details) <= set(told["statuses"])


async def test_two_who_complete_the_last_leaves_at_once_complete_the_collection(url: str) -> None:
    async with opened(url, lambda: NOW) as first, opened(url, lambda: NOW) as second:
        for number in range(25):
            learner = f"l{number}-{uuid.uuid4().hex}"
            await first.enrol((learner, COLLECTION_ID, CONTEXT_ID))
            stores = (first, second, first)
            await asyncio.gather(
                *(do(store, ("end", leaf, 0, 0), learner) for store, leaf in zip(stores, LEAVES, strict=True))
            )
            assert (await found(first, learner))["enrolment"] == (LearningStatus.COMPLETED, 100, True)


async def test_views_before_and_beside_an_enrolment_count_once_there_is_one(url: str) -> None:
    async with opened(url, lambda: NOW) as first, opened(url, lambda: NOW) as second:
        for number in range(10):
            learner = f"e{number}-{uuid.uuid4().hex}"
            key = (learner, COLLECTION_ID, CONTEXT_ID)
            await asyncio.gather(first.enrol(key), do(second, ("end", "a", 0, 0), learner), second.enrol(key))
            assert (await found(first, learner))["enrolment"] == (LearningStatus.IN_PROGRESS, 33, False)


async def test_how_many_calls_each_takes(learning: LearningStore, learner: str) -> None:
    key = (learner, COLLECTION_ID, CONTEXT_ID, "a")
    for call in (
        learning.enrol(key[:3]), learning.start_view(key), learning.update_view(key, "{}", 1.0),
        learning.end_view(key, None), learning.delete_enrolments(learner),
        learning.store_attempt(ScoredAttempt((*key, "t"), NOW, 1.0, 1.0, "[]")),
    ):  # fmt: skip
        with counting_calls() as calls:
            await call
        assert calls == {"LEARNING": 1}


async def test_when_an_update_is_kept(learning: LearningStore, learner: str, clock: Clock) -> None:
    key = (learner, "z", "z", "z")
    assert await learning.update_view(key, '{"a":1}', 1.0) is None
    await learning.start_view(key)
    clock.at += timedelta(seconds=5)
    assert await learning.update_view(key, '{"a":1}', 1.5) == clock.at
    view = (await learning.reader.views_by_key([key]))[key]
    assert (view.details_json, view.time_spent_seconds, view.accessed_at, view.updated_at, view.status) == (
        '{"a":1}', 1.5, clock.at, clock.at, LearningStatus.IN_PROGRESS,
    )  # fmt: skip
    await learning.end_view(key, '{"a":2}')
    assert await learning.update_view(key, '{"a":3}', 2.0) is None
    await learning.end_view(key, '{"a":4}')
    view = (await learning.reader.views_by_key([key]))[key]
    assert (view.progress_details, view.time_spent_seconds) == ({"a": 2}, 1.5)


async def test_a_completion_is_never_earlier_than_it_was(learning: LearningStore, learner: str, clock: Clock) -> None:
    key = (learner, "z", "z", "z")
    await learning.end_view(key, None)
    clock.at -= timedelta(hours=1)  # another replica's clock is behind
    await learning.end_view(key, None)
    assert (await learning.reader.views_by_key([key]))[key].completed_at == NOW


async def test_an_enrolment_that_is_completed_stays_so(learning: LearningStore, learner: str) -> None:
    key = (learner, COLLECTION_ID, CONTEXT_ID)
    await learning.enrol(key)
    for leaf in LEAVES:
        await do(learning, ("end", leaf, 0, 0), learner)

    async def grow(connection: AsyncConnection) -> None:
        await connection.execute(
            insert(LEAF), {"collection_id": COLLECTION_ID, "content_id": "n", "is_optional": False}
        )

    async def shrink(connection: AsyncConnection) -> None:
        await connection.execute(LEAF.delete().where(LEAF.c.content_id == "n"))

    await learning.store.write(grow)
    try:
        await do(learning, ("start", "n", 0, 0), learner)
        assert (await found(learning, learner))["enrolment"] == (LearningStatus.COMPLETED, 100, True)
    finally:
        await learning.store.write(shrink)


async def test_an_optional_leaf_is_not_needed(learning: LearningStore, learner: str) -> None:
    key = (learner, COLLECTION_ID, CONTEXT_ID)
    await learning.enrol(key)

    async def make(connection: AsyncConnection, *, is_optional: bool) -> None:
        await connection.execute(update(LEAF).where(LEAF.c.content_id == "d").values(is_optional=is_optional))

    await learning.store.write(lambda connection: make(connection, is_optional=True))
    try:
        await do(learning, ("end", "a", 0, 0), learner)
        assert (await found(learning, learner))["enrolment"] == (LearningStatus.IN_PROGRESS, 50, False)
        await do(learning, ("end", "b", 0, 0), learner)
        assert (await found(learning, learner))["enrolment"] == (LearningStatus.COMPLETED, 100, True)
    finally:
        await learning.store.write(lambda connection: make(connection, is_optional=False))


async def test_deleting_removes_what_was_named_and_nothing_else(learning: LearningStore, learner: str) -> None:
    other = f"{learner}2"
    for who in (learner, other):
        for context in (CONTEXT_ID, "y"):
            await learning.enrol((who, COLLECTION_ID, context))
            await learning.end_view((who, COLLECTION_ID, context, "a"), None)
            attempt = ScoredAttempt((who, COLLECTION_ID, context, "b", "t"), NOW, 1.0, 1.0, "[]")
            await learning.store_attempt(attempt)
        await learning.start_view((who, "a", "a", "a"))
        await learning.start_view((who, COLLECTION_ID, "not enrolled", "a"))
    await learning.delete_enrolments(learner, (learner, COLLECTION_ID, CONTEXT_ID))
    await learning.delete_enrolments(learner, (learner, COLLECTION_ID, "not enrolled"))  # which is no enrolment

    async def left(who: str) -> tuple[list[str], list[str], list[str]]:
        views = await learning.reader.views_across(Across(who, content_id="a"))
        enrolments = (await learning.reader.enrolments_by_learner([who]))[who]
        keys = [(who, COLLECTION_ID, context, "b") for context in (CONTEXT_ID, "y")]
        attempts = await learning.reader.attempts_by_view(keys)
        return (
            [view.context_id for view in views], sorted(each.context_id for each in enrolments),
            [key[2] for key in keys if key in attempts],
        )  # fmt: skip

    assert await left(learner) == (["a", "not enrolled", "y"], ["y"], ["y"])
    assert await left(other) == (["a", "not enrolled", CONTEXT_ID, "y"], [CONTEXT_ID, "y"], [CONTEXT_ID, "y"])
    await learning.delete_enrolments(learner)
    assert await left(learner) == (["a", "not enrolled"], [], [])
    assert await left(other) == (["a", "not enrolled", CONTEXT_ID, "y"], [CONTEXT_ID, "y"], [CONTEXT_ID, "y"])


async def test_a_file_is_its_learners_for_a_while(learning: LearningStore, learner: str, clock: Clock) -> None:
    until = await learning.store_export(learner, ExportFormat.CSV, "first")
    assert until == NOW + EXPORT_KEPT
    await learning.store_export(learner, ExportFormat.CSV, "second")
    await learning.store_export(f"{learner}2", ExportFormat.CSV, "another's")
    assert await learning.exported(learner, ExportFormat.CSV) == "second"
    assert await learning.exported(learner, ExportFormat.JSON) is None
    clock.at = until - timedelta(microseconds=1)
    assert await learning.exported(learner, ExportFormat.CSV) == "second"
    clock.at = until
    assert await learning.exported(learner, ExportFormat.CSV) is None
    clock.at = until + timedelta(seconds=1)
    await learning.store_export(learner, ExportFormat.JSON, "[]")
    rows = await learning.store.database.rows(select(EXPORT.c.content), {})
    assert [row[0] for row in rows] == ["[]"]  # what nobody can fetch any more is not kept


async def test_a_context_is_asked_for_once_a_minute(learning: LearningStore) -> None:
    now = 0.0
    contexts = KnownContexts(learning.store.database, lambda: now)
    with counting_calls() as calls:
        assert await contexts.context(CONTEXT_ID) == ContextRecord(CONTEXT_ID, COLLECTION_ID)
        now = KNOWN_SECONDS - 1
        assert await contexts.context(CONTEXT_ID) == ContextRecord(CONTEXT_ID, COLLECTION_ID)
        assert calls == {"LEARNING": 1}
        now = KNOWN_SECONDS
        assert await contexts.context(CONTEXT_ID) == ContextRecord(CONTEXT_ID, COLLECTION_ID)
        assert calls == {"LEARNING": 2}
        # One that is not known may be in a moment.
        assert await contexts.context("nowhere") is None
        assert await contexts.context("nowhere") is None
        assert calls == {"LEARNING": 4}


async def test_so_many_contexts_are_remembered(learning: LearningStore) -> None:
    async def insert_many(connection: AsyncConnection) -> None:
        rows = [{"context_id": f"many {number}", "collection_id": None} for number in range(3)]
        await connection.execute(insert(CONTEXT), rows)

    await learning.store.write(insert_many)
    contexts = KnownContexts(learning.store.database, most=2)
    for number in range(3):
        await contexts.context(f"many {number}")
    with counting_calls() as calls:
        await contexts.context("many 1")
        await contexts.context("many 2")
        assert calls == {}
        await contexts.context("many 0")
        assert calls == {"LEARNING": 1}
    assert MOST_KNOWN == 10_000


async def test_updates_that_arrive_together_are_kept_one_by_one(learning: LearningStore, learner: str) -> None:
    begun = [(learner, COLLECTION_ID, CONTEXT_ID, content) for content in ("a", "b")]
    for key in begun:
        await learning.start_view(key)
    never = (learner, COLLECTION_ID, CONTEXT_ID, "never begun")
    asked = [(key, number) for number in range(75) for key in (*begun, never)]
    with counting_calls() as calls:
        told = await asyncio.gather(*(learning.update_view(key, str(number), number) for key, number in asked))
    assert [at is not None for at in told] == [True, True, False] * 75
    assert calls == {"LEARNING": 225}  # each has its part in one
    views = await learning.reader.views_by_key(begun)
    kept = [(views[key].progress_details, views[key].time_spent_seconds) for key in begun]
    assert all(details == seconds for details, seconds in kept)
    if learning.store.is_file:  # in their order, which nobody can tell on several connections
        assert kept == [(74, 74.0)] * 2


async def view_often(learning: LearningStore, learner: str, times: int, details: str = "{}") -> None:
    """Have a learner view one content under so many collections."""

    async def insert_many(connection: AsyncConnection) -> None:
        row = {"learner_id": learner, "context_id": "y", "content_id": "a", "status": 1, "accessed_at": NOW}
        row |= {"updated_at": NOW, "details": details}
        await connection.execute(insert(VIEW), [{**row, "collection_id": f"c{number}"} for number in range(times)])

    await learning.store.write(insert_many)


async def test_every_view_is_told_however_many_there_are(learning: LearningStore, learner: str) -> None:
    await view_often(learning, learner, reading.MOST_VIEWS + 1)
    with counting_calls() as calls:
        views = await learning.reader.views_across(Across(learner, content_id="a"))
    assert len({view.collection_id for view in views}) == reading.MOST_VIEWS + 1
    assert calls == {"LEARNING": 3}


async def test_too_much_is_refused_and_never_cut(
    learning: LearningStore, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await view_often(learning, learner, reading.MOST_VIEWS + 1, '{"progress":1}')
    monkeypatch.setattr(reading, "MOST_ROWS", 1000)
    with pytest.raises(LimitExceeded, match=r"^views is 1001, the limit is 1000$"):
        await learning.reader.views_across(Across(learner, content_id="a"))
    monkeypatch.setattr(reading, "MOST_DETAILS", 14_013)
    with pytest.raises(LimitExceeded, match=r"^characters of progress details is 14014, the limit is 14013$"):
        await learning.reader.views_across(Across(learner, content_id="a"))


async def test_progress_is_followed_whoever_makes_it(url: str, learner: str) -> None:
    told: asyncio.Queue[EnrolmentRecord] = asyncio.Queue()
    key = (learner, COLLECTION_ID, CONTEXT_ID)

    async def follow(store: LearningStore) -> None:
        async for enrolment in store.follow(learner):
            await told.put(enrolment)

    async def next_percent() -> tuple[str, int]:
        async with asyncio.timeout(20):
            enrolment = await told.get()
        return enrolment.learner_id, enrolment.progress_percent

    async with opened(url, lambda: NOW) as first, opened(url, lambda: NOW) as second:
        await first.enrol(key)
        await first.enrol((f"{learner}2", COLLECTION_ID, CONTEXT_ID))
        following = asyncio.create_task(follow(first))
        assert await next_percent() == (learner, 0)
        await do(first, ("end", "a", 0, 0), learner)
        assert await next_percent() == (learner, 33)
        await do(second, ("end", "a", 0, 0), f"{learner}2")  # another learner's
        await do(second, ("end", "b", 0, 0), learner)  # as from another process
        assert await next_percent() == (learner, 66)
        await second.delete_enrolments(learner)
        await second.enrol(key)
        assert await next_percent() == (learner, 0)
        following.cancel()
        await asyncio.wait([following])
        assert told.empty()


def test_every_statement_that_reads_a_learners_names_the_learner() -> None:
    """What one costs does not grow with the store: the learner is the first column of each key."""
    found = {name: value for name, value in vars(reading).items() if not name.startswith("_")}
    statements = {name: value for name, value in found.items() if isinstance(value, Select)}
    for name, value in found.items():
        if isinstance(value, reading.ByKey):
            statements |= {f"{name}, one": value.one, f"{name}, several": value.several}
    assert len(statements) == 16
    for name, statement in statements.items():
        asked = str(statement.compile(dialect=sqlite.dialect())).replace("\n", " ")
        conditions = (".learner_id = ?", ".learner_id = asked.learner_id", ".learner_id IN (")
        assert any(condition in asked for condition in conditions), name


async def test_enrolments_come_newest_first(learning: LearningStore, learner: str, clock: Clock) -> None:
    for context, seconds in (("b", 0), ("a", 0), ("c", 5)):
        clock.at = NOW + timedelta(seconds=seconds)
        await learning.enrol((learner, COLLECTION_ID, context))
    found_now = (await learning.reader.enrolments_by_learner([learner]))[learner]
    assert [each.context_id for each in found_now] == ["c", "a", "b"]
