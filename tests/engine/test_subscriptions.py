"""Subscriptions: an answer for each event, by a plan made once; and how they end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLObjectType
from support.execution import RIGHT, Boom, Context, World, leaving_no_tasks, world

from engine.run import Answer
from resolvers.context import Edge, one

SDL = """
type Query { a: Int }
type Subscription { tick(from: Int = 0): Tick, strict: Tick!, number: Int }
type Tick { n: Int, strict: Int!, owner: Tick, fails: Int }
"""


class Source:
    """Events, and how the source ended."""

    def __init__(self, count: int = 3, failure: BaseException | None = None) -> None:
        self.count, self.failure = count, failure
        self.ended = False

    async def events(self, _root: Any, _info: Any, **arguments: Any) -> AsyncIterator[Any]:
        try:
            for number in range(self.count):
                yield tick(number + arguments.get("from", 0))
            if self.failure is not None:
                raise self.failure
        finally:
            self.ended = True


def tick(number: int) -> SimpleNamespace:
    return SimpleNamespace(n=number, strict=None if number == 1 else number, key=number)


def fails(_tick: Any, _info: Any) -> int:
    raise Boom("boom")


def subscribed(subscribe: Callable[..., Any]) -> World:
    async def owners(keys: Any) -> dict[Any, Any]:
        calls.append(list(keys))
        return {key: tick(key * 10) for key in keys}

    calls: list[list[Any]] = []
    made = world(
        SDL,
        {
            "Subscription.tick": lambda event, _info, **_: event,
            "Subscription.strict": lambda event, _info: event,
            "Subscription.number": lambda event, _info: event.n,
            "Tick.owner": Edge(one(lambda _sources: owners), lambda event: event.key, RIGHT),
            "Tick.fails": fails,
        },
    )
    made.calls = calls  # type: ignore[attr-defined]
    assert isinstance(made.schema.subscription_type, GraphQLObjectType)
    for definition in made.schema.subscription_type.fields.values():
        definition.subscribe = subscribe
    return made


def told(answer: Answer) -> tuple[Any, list[str], bool]:
    return answer.data, [error.message for error in answer.errors], answer.is_executed


async def answers(made: World, text: str, variables: Any = None) -> list[Any]:
    """What all events were answered with; the same by both engines."""
    found = []
    for engine in made.runs():
        stream = await engine.subscribe(made.documents.prepared(text), None, variables or {}, Context)
        found.append([told(stream)] if isinstance(stream, Answer) else [told(answer) async for answer in stream])
    assert found[0] == found[1] == found[2]
    return found[1]


async def test_an_answer_for_each_event() -> None:
    source = Source()
    made = subscribed(source.events)
    assert await answers(made, "subscription ($f: Int!) { tick(from: $f) { n } }", {"f": 5}) == [
        ({"tick": {"n": number}}, [], True) for number in (5, 6, 7)
    ]
    assert source.ended


async def test_the_selection_is_planned_once() -> None:
    made = subscribed(Source(count=50).events)
    document = made.documents.prepared("subscription { tick { n strict owner { n } } }")
    stream = await made.compiled.subscribe(document, None, {}, Context)
    assert not isinstance(stream, Answer)
    planned = set()
    async for _ in stream:
        planned |= {(id(plan), plan.fields) for plan in document.plans.values()}
    assert len({plan for plan, _ in planned}) == 1
    assert max(fields for _, fields in planned) == 5


async def test_nothing_is_remembered_from_one_event_to_the_next() -> None:
    async def same(_root: Any, _info: Any, **_: Any) -> AsyncIterator[Any]:
        for _ in range(3):
            yield tick(7)

    made = subscribed(same)
    stream = await made.compiled.subscribe(
        made.documents.prepared("subscription { tick { owner { n } } }"), None, {}, Context
    )
    assert not isinstance(stream, Answer)
    assert [told(answer) async for answer in stream] == [({"tick": {"owner": {"n": 70}}}, [], True)] * 3
    assert made.calls == [[7]] * 3  # type: ignore[attr-defined]


async def test_an_event_that_fails_does_not_end_the_others() -> None:
    made = subscribed(Source().events)
    null = "Cannot return null for non-nullable field Tick.strict."
    assert await answers(made, "subscription { tick { strict } }") == [
        ({"tick": {"strict": 0}}, [], True),
        ({"tick": None}, [null], True),
        ({"tick": {"strict": 2}}, [], True),
    ]
    assert await answers(made, "subscription { strict { strict } }") == [
        ({"strict": {"strict": 0}}, [], True),
        (None, [null], True),
        ({"strict": {"strict": 2}}, [], True),
    ]
    assert await answers(made, "subscription { tick { n fails } }") == [
        ({"tick": {"n": number, "fails": None}}, ["boom"], True) for number in range(3)
    ]


async def test_a_source_that_fails_under_way_is_told_last() -> None:
    source = Source(count=1, failure=Boom("the source is gone"))
    assert await answers(subscribed(source.events), "subscription { tick { n } }") == [
        ({"tick": {"n": 0}}, [], True),
        (None, ["the source is gone"], True),
    ]
    assert source.ended


def raises(*_: Any, **__: Any) -> Any:
    raise Boom("no source")


async def raises_later(*_: Any, **__: Any) -> Any:
    await asyncio.sleep(0)
    raise Boom("no source")


@pytest.mark.parametrize(
    ("subscribe", "message"),
    [
        (raises, "no source"),
        (raises_later, "no source"),
        (lambda *_, **__: 5, "Subscription field must return AsyncIterable. Received: 5."),
        (lambda *_, **__: None, "Subscription field must return AsyncIterable. Received: None."),
    ],
)
async def test_a_source_that_never_is(subscribe: Any, message: str) -> None:
    assert await answers(subscribed(subscribe), "subscription { tick { n } }") == [(None, [message], True)]


async def test_does_not_begin_with_what_is_wrong() -> None:
    made = subscribed(Source().events)
    assert await answers(made, "subscription ($f: Int!) { tick(from: $f) { n } }") == [
        (None, ["Variable '$f' has invalid value: Expected a value of non-null type 'Int!' to be provided."], False)
    ]
    stream = await made.compiled.subscribe(made.documents.prepared("subscription { no }"), None, {}, Context)
    assert told(stream) == (None, ["Cannot query field 'no' on type 'Subscription'."], False)  # type: ignore[arg-type]
    stream = await made.compiled.subscribe(made.documents.prepared("subscription A { number }"), "B", {}, Context)
    assert told(stream) == (None, ["the document holds no operation named 'B'"], False)  # type: ignore[arg-type]


async def test_a_subscription_is_not_run_once() -> None:
    made = subscribed(Source().events)
    answer = await made.compiled.run(made.documents.prepared("subscription { number }"), None, {}, Context())
    assert told(answer) == (None, ["a subscription needs a connection that stays"], False)


@pytest.mark.parametrize("is_compiled", [True, False])
async def test_who_stops_listening_closes_the_source(*, is_compiled: bool) -> None:
    source = Source(count=1000)
    made = subscribed(source.events)
    engine = made.compiled if is_compiled else made.reference
    stream = await engine.subscribe(made.documents.prepared("subscription { number }"), None, {}, Context)
    assert not isinstance(stream, Answer)
    assert told(await anext(stream)) == ({"number": 0}, [], True)
    await stream.aclose()  # type: ignore[attr-defined]
    assert source.ended


async def test_a_listener_that_is_cancelled_closes_the_source() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def never(_root: Any, _info: Any) -> AsyncIterator[Any]:
        try:
            begun.set()
            await asyncio.Event().wait()
            yield tick(1)
        finally:
            ended.set()

    made = subscribed(never)

    async def listen() -> None:
        stream = await made.compiled.subscribe(made.documents.prepared("subscription { number }"), None, {}, Context)
        assert not isinstance(stream, Answer)
        async for _ in stream:
            raise AssertionError

    async with leaving_no_tasks():
        listening = asyncio.create_task(listen())
        await begun.wait()
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        assert ended.is_set()
