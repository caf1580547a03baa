"""Batches that go wrong: as a whole, for some keys, with keys or answers that cannot be, and cancelled under way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import RIGHT, Boom, Catastrophe, Context, World, leaving_no_tasks, returns, returns_later, world

from datasources.errors import BackendTimeout
from resolvers.context import Batch, Edge, many

SDL = """
type Query { rows: [Row!]!, again: [Row!]!, load: Int, loads: [Row!]! }
type Row { key: String, a: Int, b: Int, strict: Int!, loaded: Int, list: [Int!] }
"""
Fetch = Callable[[Sequence[Any]], Awaitable[Any]]


def one(fetch: Fetch) -> Batch[Any, Any]:
    return Batch(lambda _sources: fetch, absent=None)


def asking(batch: Batch[Any, Any], keys: Sequence[Any], **fields: Any) -> World:
    """Rows with these keys, whose fields ask `batch`; `loaded` does so from a resolver."""
    edge = Edge(batch, lambda row: row.key, RIGHT)
    rows = [SimpleNamespace(key=key) for key in keys]
    return world(
        SDL,
        {
            "Query.rows": returns(rows),
            "Query.again": returns_later(rows),
            "Query.load": lambda _source, info: info.context.load(batch, keys[0]),
            **{f"Row.{name}": edge for name in ("a", "b", "strict", "list")},
            "Row.loaded": lambda row, info: info.context.load(batch, row.key),
            **{f"Row.{name}": how for name, how in fields.items()},
        },
    )


def gone(*_: Any) -> Any:
    raise BackendTimeout("EPS")


async def gone_later(_keys: Sequence[Any]) -> Any:
    await asyncio.sleep(0)
    raise BackendTimeout("EPS")


async def bug(_keys: Sequence[Any]) -> Any:
    return 1 / 0


GONE = "EPS did not answer in time"


@pytest.mark.parametrize("name", ["a", "loaded"])
@pytest.mark.parametrize(
    ("fetch", "message"), [(gone, GONE), (gone_later, GONE), (bug, "division by zero")], ids=["now", "later", "bug"]
)
async def test_a_batch_that_fails_is_told_at_every_parent(fetch: Fetch, message: str, name: str) -> None:
    made = asking(one(fetch), [1, 2, 1])
    await made.gives(
        f"{{ rows {{ key {name} }} }}",
        {"rows": [{"key": "1", name: None}, {"key": "2", name: None}, {"key": "1", name: None}]},
        [f"{message} @ rows.{place}.{name}" for place in range(3)],
    )


async def test_a_batch_that_fails_is_told_in_both_branches() -> None:
    calls: list[list[Any]] = []

    async def fetch(keys: Sequence[Any]) -> Any:
        calls.append(list(keys))
        raise BackendTimeout("EPS")

    made = asking(one(fetch), [1])
    await made.gives(
        "{ rows { a b loaded } }",
        {"rows": [{"a": None, "b": None, "loaded": None}]},
        [f"{GONE} @ rows.0.{name}" for name in ("a", "b", "loaded")],
    )
    assert calls == [[1]] * 3  # once a run


async def test_a_batch_that_fails_where_nothing_may_be_null() -> None:
    """Which parent's error is told is left open."""
    made = asking(one(gone_later), [1, 2])
    for engine in made.runs():
        told = await made.asks(engine, "{ rows { strict } }", context=Context())
        assert told.data == "null"
        assert told.errors in ([f"{GONE} @ rows.0.strict"], [f"{GONE} @ rows.1.strict"])


@pytest.mark.parametrize("name", ["a", "loaded"])
@pytest.mark.parametrize("answer", [None, 5, [1, 2], "text", {1, 2}], ids=repr)
async def test_a_batch_that_gives_no_dict(answer: Any, name: str) -> None:
    """A bug of the source: told as one at every key, whatever the words."""

    async def fetch(_keys: Sequence[Any]) -> Any:
        return answer

    made = asking(one(fetch), [7])
    for engine in made.runs():
        told = await made.asks(engine, f"{{ rows {{ key {name} }} }}", context=Context())
        assert told.data == f'{{"rows": [{{"key": "7", "{name}": null}}]}}'
        assert len(told.errors) == 1
        assert told.errors[0].endswith(f" @ rows.0.{name}")
        assert "raises" not in told.errors[0]


@pytest.mark.parametrize("name", ["a", "loaded"])
async def test_a_batch_that_is_no_coroutine(name: str) -> None:
    made = asking(one(lambda _keys: {7: 1}), [7])  # type: ignore[arg-type,return-value]
    for engine in made.runs():
        told = await made.asks(engine, f"{{ rows {{ {name} }} }}", context=Context())
        assert told.errors == [f"object dict can't be used in 'await' expression @ rows.0.{name}"]


@pytest.mark.parametrize("name", ["a", "loaded"])
async def test_a_batch_that_cannot_be_had_of_the_sources(name: str) -> None:
    """No such source: a bug, told at the field."""
    made = asking(Batch(lambda sources: sources.no_such, absent=None), [7])
    for engine in made.runs():
        told = await made.asks(engine, f"{{ rows {{ key {name} }} }}", context=Context())
        assert told.data == f'{{"rows": [{{"key": "7", "{name}": null}}]}}'
        assert told.errors == [f"'NoneType' object has no attribute 'no_such' @ rows.0.{name}"]


@pytest.mark.parametrize("name", ["a", "loaded"])
@pytest.mark.parametrize(
    ("found", "data"),
    [
        ({1: 10, 2: 20, 3: 30}, [10, 20]),
        ({1: 10, 2: 20, None: 30, "x": 40}, [10, 20]),
        ({1: 10, 3: 30}, [10, None]),
        ({3: 30, 4: 40}, [None, None]),
        ({3: 30, 4: 40, 5: 50}, [None, None]),
    ],
)
async def test_answers_for_keys_that_nobody_asked(found: Any, data: list[Any], name: str) -> None:
    async def fetch(_keys: Sequence[Any]) -> Any:
        return found

    made = asking(one(fetch), [1, 2])
    await made.gives(f"{{ rows {{ {name} }} }}", {"rows": [{name: value} for value in data]})


async def test_an_answer_given_unasked_is_not_asked_for_later() -> None:
    """Or is: but what is answered must be the source's own word."""
    calls = []

    async def fetch(keys: Sequence[Any]) -> Any:
        calls.append(list(keys))
        return {1: 10, 2: 20}

    context, batch = Context(), one(fetch)
    assert await context.load_level(batch, [1]) == [10]
    assert await context.load_level(batch, [2, 1]) == [20, 10]
    assert calls[0] == [1]


# Whatever does not end by then never does, even on a busy machine.
ENDS_WITHIN_SECONDS = 1.0


@pytest.mark.parametrize("name", ["a", "loaded"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine:RuntimeWarning")
async def test_a_batch_that_raises_what_nobody_may_swallow(name: str) -> None:
    async def fetch(_keys: Sequence[Any]) -> Any:
        await asyncio.sleep(0)
        raise Catastrophe("stop")

    made = asking(one(fetch), [1, 2])
    for text in (f"{{ rows {{ {name} }} }}", f"{{ rows {{ {name} }} again {{ {name} key }} }}"):
        with pytest.raises(Catastrophe):
            async with asyncio.timeout(ENDS_WITHIN_SECONDS):
                await made.compiled.run(made.documents.prepared(text), None, {}, Context())


@pytest.mark.parametrize("name", ["a", "loaded"])
async def test_a_batch_whose_backend_was_cancelled(name: str) -> None:
    """What the source awaited was cancelled by somebody else: the run does not hang."""

    async def fetch(_keys: Sequence[Any]) -> Any:
        raise asyncio.CancelledError

    made = asking(one(fetch), [1])
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(ENDS_WITHIN_SECONDS):
            await made.compiled.run(made.documents.prepared(f"{{ rows {{ {name} }} }}"), None, {}, Context())


UNHASHABLE = "unhashable type: 'list'"


@pytest.mark.parametrize("name", ["a", "loaded"])
async def test_a_key_that_cannot_be_hashed(name: str) -> None:
    """A bug of the key function, told at its field; the others are answered."""

    async def fetch(keys: Sequence[Any]) -> Any:
        return dict.fromkeys(keys, 1)

    made = asking(one(fetch), [["list"]], b=returns(2))
    await made.gives(f"{{ rows {{ b {name} }} }}", {"rows": [{"b": 2, name: None}]}, [f"{UNHASHABLE} @ rows.0.{name}"])


async def test_a_key_that_cannot_be_hashed_among_others() -> None:
    """Those that can be are answered."""

    async def fetch(keys: Sequence[Any]) -> Any:
        return dict.fromkeys(keys, 1)

    made = asking(one(fetch), ["x", ["list"], "y"])
    await made.gives("{ rows { a } }", {"rows": [{"a": 1}, {"a": None}, {"a": 1}]}, [f"{UNHASHABLE} @ rows.1.a"])


async def test_a_key_that_is_null() -> None:
    """The same by both ways, whichever it is."""

    async def fetch(keys: Sequence[Any]) -> Any:
        return dict.fromkeys(keys, 1)

    made = asking(one(fetch), [None])
    told = {}
    for name in ("a", "loaded"):
        answer = await made.asks(made.compiled, f"{{ rows {{ x: {name} }} }}", context=Context())
        told[name] = answer.data, answer.errors
    assert told["a"] == told["loaded"]


class Moody:
    """A key that fails when compared."""

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        raise Boom("not comparable")


async def test_a_key_that_cannot_be_compared() -> None:
    async def fetch(keys: Sequence[Any]) -> Any:
        return dict.fromkeys(keys, 1)

    made = asking(one(fetch), [Moody(), Moody()], b=returns(2))
    told = await made.asks(made.compiled, "{ rows { b a } }", context=Context())
    assert told.data == '{"rows": [{"b": 2, "a": null}, {"b": 2, "a": null}]}'


async def test_nothing_is_given_to_each_as_its_own() -> None:
    async def fetch(_keys: Sequence[Any]) -> Any:
        return {}

    batch: Any = many(lambda _sources: fetch)
    first = await Context().load_level(batch, [1])
    first[0].append("mine")
    assert await Context().load_level(batch, [1]) == [[]]


class Slow:
    """A source whose calls never end, and that tells how each did."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.calls: list[list[Any]] = []
        self.ended: list[str] = []
        self.go = asyncio.Event()

    async def fetch(self, keys: Sequence[Any]) -> dict[Any, Any]:
        self.calls.append(list(keys))
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("answered")
        return dict.fromkeys(keys, 1)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("{ rows { a } }", 1),
        ("{ rows { a b } }", 1),
        ("{ rows { a } again { b } }", 1),
        ("{ load }", 1),
        ("{ rows { loaded } }", 1),
        ("{ rows { a loaded } }", 1),
    ],
)
async def test_a_cancelled_run_cancels_its_calls(text: str, calls: int) -> None:
    """At the latest when its context is left: a single question's call belongs to no run."""
    slow = Slow()
    made = asking(one(slow.fetch), [1, 2])
    async with leaving_no_tasks():
        with Context() as context:
            run = asyncio.create_task(made.compiled.run(made.documents.prepared(text), None, {}, context))
            await slow.begun.wait()
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
        for _ in range(5):
            await asyncio.sleep(0)
        ended, slow.ended = slow.ended, []
        slow.go.set()
    assert (ended, slow.ended) == (["cancelled"] * calls, [])


async def test_a_run_cancelled_while_its_keys_are_gathered() -> None:
    slow = Slow()
    made = asking(one(slow.fetch), [1, 2])
    async with leaving_no_tasks():
        run = asyncio.create_task(made.compiled.run(made.documents.prepared("{ rows { a b } }"), None, {}, Context()))
        await asyncio.sleep(0)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert slow.calls == []


async def test_one_who_gives_up_does_not_take_the_others_along() -> None:
    """Two ask the same key in the same context; one has a deadline of its own."""
    slow, context = Slow(), Context()
    batch = one(slow.fetch)

    async def impatient() -> None:
        async with asyncio.timeout(0.01):
            await context.load_level(batch, [1])

    patient = asyncio.create_task(context.load_level(batch, [1]))
    with pytest.raises(TimeoutError):
        await impatient()
    slow.go.set()
    assert await patient == [1]


async def test_a_context_is_whole_after_a_question_was_given_up() -> None:
    slow, context = Slow(), Context()
    batch = one(slow.fetch)
    slow.go.set()
    asked = asyncio.create_task(context.load_level(batch, [1]))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await context.load_level(batch, [1]) == [1]


async def test_a_context_is_whole_after_a_call_was_cancelled() -> None:
    slow, context = Slow(), Context()
    batch = one(slow.fetch)
    asked = asyncio.create_task(context.load_level(batch, [1]))
    await slow.begun.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    slow.go.set()
    assert await context.load_level(batch, [1, 2]) == [1, 1]
    assert slow.calls == [[1], [1, 2]]


async def test_a_question_asked_while_its_call_is_under_way_waits_for_it() -> None:
    slow, context = Slow(), Context()
    batch = one(slow.fetch)
    first = asyncio.create_task(context.load_level(batch, [1, 2]))
    await slow.begun.wait()
    second = asyncio.create_task(context.load_level(batch, [2, 3]))
    third = asyncio.create_task(context.load(batch, 1))
    for _ in range(5):
        await asyncio.sleep(0)
    slow.go.set()
    assert (await first, await second, await third) == ([1, 1], [1, 1], 1)
    assert slow.calls == [[1, 2], [3]]


async def test_a_level_and_a_single_question_share_their_memory() -> None:
    calls: list[list[Any]] = []

    async def fetch(keys: Sequence[Any]) -> dict[Any, Any]:
        calls.append(list(keys))
        return {key: key * 10 for key in keys}

    context, batch = Context(), one(fetch)
    level, single = await asyncio.gather(context.load_level(batch, [1, 2]), context.load(batch, 2))
    assert (level, single) == ([10, 20], 20)
    assert await context.load(batch, 1) == 10
    assert await context.load_level(batch, [2, 3]) == [20, 30]
    assert calls == [[1, 2], [3]]


async def test_a_failure_is_remembered_like_an_answer() -> None:
    """In one request, a backend that is down is not asked again for the same key."""
    calls = []

    async def fetch(keys: Sequence[Any]) -> dict[Any, Any]:
        calls.append(list(keys))
        raise BackendTimeout("EPS")

    context, batch = Context(), one(fetch)
    (failure,) = await context.load_level(batch, [1])
    assert isinstance(failure, BackendTimeout)
    assert await context.load_level(batch, [1]) == [failure]
    with pytest.raises(BackendTimeout):
        await context.load(batch, 1)
    assert calls == [[1]]
