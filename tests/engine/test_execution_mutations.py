"""Mutations: their root fields one after the other, what lies below each side by side."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import Boom, Context, World, world

SDL = """
type Query { now: Int }
type Mutation {
  set(to: Int!): State, setLater(to: Int!): State, strict(to: Int!): State!
  fail: State, failLater: State, failStrict: State!, failStrictLater: State!, nothing: State!
  list(to: [Int!]!): [State!]
}
type State { value: Int, later: Int, also: Int, bad: Int!, other: State }
"""


class Store(Context):
    """A context that holds what mutations change; its log says in which order things happened."""

    def __init__(self) -> None:
        super().__init__()
        self.value = 0


def set_now(_source: Any, info: Any, to: int) -> SimpleNamespace:
    info.context.log.append(f"{info.path.key}: {info.context.value} -> {to}")
    info.context.value = to
    return SimpleNamespace(value=to, other=None)


async def set_later(_source: Any, info: Any, to: int) -> SimpleNamespace:
    info.context.log.append(f"{info.path.key} begins")
    for _ in range(5 - to):  # the later ones would be done first, if they ran side by side
        await asyncio.sleep(0)
    return set_now(None, info, to)


def fail(_source: Any, info: Any) -> None:
    info.context.log.append(f"{info.path.key} fails")
    raise Boom("boom")


async def fail_later(_source: Any, info: Any) -> None:
    await asyncio.sleep(0)
    fail(None, info)


def note(_source: Any, info: Any) -> int:
    info.context.log.append(f"{info.path.prev.key}.{info.path.key} sees {info.context.value}")
    return info.context.value


async def note_later(_source: Any, info: Any) -> int:
    info.context.log.append(f"{info.path.prev.key}.{info.path.key} begins")
    await asyncio.sleep(0)
    return note(None, info)


@pytest.fixture
def store() -> World:
    return world(
        SDL,
        {
            "Query.now": lambda _source, info: info.context.value,
            "Mutation.set": set_now,
            "Mutation.setLater": set_later,
            "Mutation.strict": set_now,
            "Mutation.fail": fail,
            "Mutation.failLater": fail_later,
            "Mutation.failStrict": fail,
            "Mutation.failStrictLater": fail_later,
            "Mutation.nothing": lambda *_: None,
            "Mutation.list": lambda _source, info, to: [set_now(None, info, one) for one in to],
            "State.later": note_later,
            "State.also": note_later,
            "State.bad": fail_later,
        },
        make_context=Store,
    )


CASES: dict[str, tuple[str, Any, list[str], list[str]]] = {
    "ordinary functions": (
        "mutation { a: set(to: 1) { value } b: set(to: 2) { value } c: set(to: 3) { value } }",
        {"a": {"value": 1}, "b": {"value": 2}, "c": {"value": 3}},
        [],
        ["a: 0 -> 1", "b: 1 -> 2", "c: 2 -> 3"],
    ),
    "coroutines": (
        "mutation { a: setLater(to: 1) { value } b: setLater(to: 2) { value } c: setLater(to: 4) { value } }",
        {"a": {"value": 1}, "b": {"value": 2}, "c": {"value": 4}},
        [],
        ["a begins", "a: 0 -> 1", "b begins", "b: 1 -> 2", "c begins", "c: 2 -> 4"],
    ),
    "mixed": (
        "mutation { a: setLater(to: 1) { value } b: set(to: 2) { value } c: setLater(to: 3) { value } }",
        {"a": {"value": 1}, "b": {"value": 2}, "c": {"value": 3}},
        [],
        ["a begins", "a: 0 -> 1", "b: 1 -> 2", "c begins", "c: 2 -> 3"],
    ),
    "all below one is done before the next": (
        "mutation { a: set(to: 1) { later } b: set(to: 2) { later } }",
        {"a": {"later": 1}, "b": {"later": 2}},
        [],
        ["a: 0 -> 1", "a.later begins", "a.later sees 1", "b: 1 -> 2", "b.later begins", "b.later sees 2"],
    ),
    "what lies below one runs side by side": (
        "mutation { a: set(to: 1) { later also } }",
        {"a": {"later": 1, "also": 1}},
        [],
        ["a: 0 -> 1", "a.later begins", "a.also begins", "a.later sees 1", "a.also sees 1"],
    ),
    "the order of the document, not of names": (
        "mutation { z: set(to: 1) { value } a: set(to: 2) { value } }",
        {"z": {"value": 1}, "a": {"value": 2}},
        [],
        ["z: 0 -> 1", "a: 1 -> 2"],
    ),
    "through fragments": (
        (
            "mutation { a: set(to: 1) { value } ...F c: set(to: 3) { value } }"
            " fragment F on Mutation { b: set(to: 2) { value } }"
        ),
        {"a": {"value": 1}, "b": {"value": 2}, "c": {"value": 3}},
        [],
        ["a: 0 -> 1", "b: 1 -> 2", "c: 2 -> 3"],
    ),
    "merged fields run once": (
        "mutation { a: set(to: 1) { value } a: set(to: 1) { later } }",
        {"a": {"value": 1, "later": 1}},
        [],
        ["a: 0 -> 1", "a.later begins", "a.later sees 1"],
    ),
    "one that fails in the middle": (
        "mutation { a: set(to: 1) { value } fail { value } b: setLater(to: 2) { value } }",
        {"a": {"value": 1}, "fail": None, "b": {"value": 2}},
        ["boom @ fail"],
        ["a: 0 -> 1", "fail fails", "b begins", "b: 1 -> 2"],
    ),
    "one that fails later in the middle": (
        "mutation { a: set(to: 1) { value } failLater { value } b: set(to: 2) { value } }",
        {"a": {"value": 1}, "failLater": None, "b": {"value": 2}},
        ["boom @ failLater"],
        ["a: 0 -> 1", "failLater fails", "b: 1 -> 2"],
    ),
    "a failure below": (
        "mutation { a: set(to: 1) { bad } b: set(to: 2) { value } }",
        {"a": None, "b": {"value": 2}},
        ["boom @ a.bad"],
        ["a: 0 -> 1", "bad fails", "b: 1 -> 2"],
    ),
    "the last cannot be null and fails": (
        "mutation { a: set(to: 1) { value } failStrict { value } }",
        None,
        ["boom @ failStrict"],
        ["a: 0 -> 1", "failStrict fails"],
    ),
    "lists": (
        "mutation { list(to: [1, 2]) { value } b: set(to: 3) { value } }",
        {"list": [{"value": 1}, {"value": 2}], "b": {"value": 3}},
        [],
        ["list: 0 -> 1", "list: 1 -> 2", "b: 2 -> 3"],
    ),
    "skipped ones have no effect": (
        "mutation { a: set(to: 1) @skip(if: true) { value } b: set(to: 2) { value } __typename }",
        {"b": {"value": 2}, "__typename": "Mutation"},
        [],
        ["b: 0 -> 2"],
    ),
    "nothing below": ("mutation { a: set(to: 1) { __typename } }", {"a": {"__typename": "State"}}, [], ["a: 0 -> 1"]),
}


@pytest.mark.parametrize("name", CASES)
async def test_order(store: World, name: str) -> None:
    text, data, errors, log = CASES[name]
    for context in await store.gives(text, data, errors):
        assert context.log == log


@pytest.mark.parametrize(
    ("first", "error", "log"),
    [
        ("failStrict { value }", "boom @ failStrict", ["failStrict fails"]),
        ("failStrictLater { value }", "boom @ failStrictLater", ["failStrictLater fails"]),
        ("nothing { value }", "Cannot return null for non-nullable field Mutation.nothing. @ nothing", []),
        ("strict(to: 1) { bad }", "boom @ strict.bad", ["strict: 0 -> 1", "bad fails"]),
    ],
)
async def test_nothing_runs_after_all_data_is_lost(store: World, first: str, error: str, log: list[str]) -> None:
    text = f"mutation {{ {first} b: set(to: 2) {{ value }} c: setLater(to: 3) {{ value }} }}"
    for context in await store.gives(text, None, [error]):
        assert context.log == log


async def test_a_query_runs_its_root_fields_side_by_side() -> None:
    """Each waits for the other."""
    waiting = world(
        "type Query { a: Int, b: Int, c: Int }",
        {f"Query.{name}": _meets(2) for name in "ab"},
        make_context=lambda: SimpleNamespace(arrived=asyncio.Event(), here=0),
    )
    await waiting.gives("{ a b c }", {"a": 2, "b": 2, "c": None})


def _meets(expected: int) -> Any:
    async def resolve(_source: Any, info: Any) -> int:
        info.context.here += 1
        if info.context.here == expected:
            info.context.arrived.set()
        await info.context.arrived.wait()
        return info.context.here

    return resolve


@pytest.mark.parametrize("parents", [1, 3])
async def test_all_resolvers_of_a_level_run_side_by_side(parents: int) -> None:
    """Two fields of every parent: all meet."""
    waiting = world(
        "type Query { rows: [Row!]! } type Row { a: Int, b: Int, inner: Row }",
        {
            "Query.rows": lambda *_: [SimpleNamespace() for _ in range(parents)],
            "Row.a": _meets(2 * parents),
            "Row.b": _meets(2 * parents),
        },
        make_context=lambda: SimpleNamespace(arrived=asyncio.Event(), here=0),
    )
    row = {"a": 2 * parents, "b": 2 * parents}
    await waiting.gives("{ rows { a b } }", {"rows": [row] * parents})


async def test_a_slow_branch_does_not_hold_up_what_lies_below_another() -> None:
    """The slow field of one level waits for a field two levels below its sibling."""

    async def slow(_source: Any, info: Any) -> int:
        await info.context.arrived.wait()
        return 1

    def sets(_source: Any, info: Any) -> int:
        info.context.arrived.set()
        return 2

    waiting = world(
        "type Query { slow: Int, quick: Row } type Row { inner: Row, sets: Int }",
        {
            "Query.slow": slow,
            "Query.quick": lambda *_: SimpleNamespace(inner=SimpleNamespace()),
            "Row.sets": sets,
        },
        make_context=lambda: SimpleNamespace(arrived=asyncio.Event()),
    )
    await waiting.gives("{ slow quick { inner { sets } } }", {"slow": 1, "quick": {"inner": {"sets": 2}}})


async def test_an_awaitable_attribute_is_waited_for_beside_its_siblings() -> None:
    """The record holds a future; a resolver beside it gives it its result."""

    def sets(source: Any, _info: Any) -> int:
        source.held.set_result(1)
        return 2

    waiting = world(
        "type Query { row: Row } type Row { held: Int, sets: Int }",
        {
            "Query.row": lambda *_: SimpleNamespace(held=asyncio.get_running_loop().create_future()),
            "Row.sets": sets,
        },
    )
    await waiting.gives("{ row { held sets } }", {"row": {"held": 1, "sets": 2}}, hangs_after=0.2)


async def test_awaitable_attributes_of_several_records_are_waited_for_together() -> None:
    def rows(*_: Any) -> list[SimpleNamespace]:
        done = asyncio.Event()

        async def first() -> int:
            await done.wait()
            return 1

        async def second() -> int:
            done.set()
            return 2

        return [SimpleNamespace(x=first()), SimpleNamespace(x=second())]

    waiting = world("type Query { rows: [Row] } type Row { x: Int }", {"Query.rows": rows})
    await waiting.gives("{ rows { x } }", {"rows": [{"x": 1}, {"x": 2}]}, hangs_after=0.2)
