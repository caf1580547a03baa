"""Lists: every nullability, whatever a resolver may give for one, by every way a field may come about."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import (
    WAYS,
    Boom,
    Context,
    Holder,
    HolderContext,
    World,
    holder_of_context,
    later,
    returns,
    way_to_field,
    world,
)

# graphql-core leaves awaitables of failed siblings behind.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

TYPES = ("[Int]", "[Int]!", "[Int!]", "[Int!]!")
NULL = "Cannot return null for non-nullable field Holder.field."
NO_LIST = "Expected Iterable, but did not find one for field 'Holder.field'."


def generator(*items: Any) -> Iterator[Any]:
    for item in items:
        if isinstance(item, Exception):
            raise item
        yield item


async def stream(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        if isinstance(item, Exception):
            raise item
        yield item


class Stream:
    """An asynchronous iterator that is no generator."""

    def __init__(self, *items: Any) -> None:
        self._items = iter(items)

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Any:
        for item in self._items:
            return item
        raise StopAsyncIteration


class Sized(list[Any]):
    """A list of one's own."""


class Awaitable:
    """Gives a list when it is awaited."""

    def __await__(self) -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        return [1]


class Indexed:
    """Iterable only by the old protocol: not taken for a list."""

    def __getitem__(self, index: int) -> int:
        raise IndexError


# What the field gives; the list as an answer, "null" as a string where an item is null; the errors, by item's index,
# or by None for the whole list.
CASES: dict[str, tuple[Callable[[], Any], Any, dict[int | None, str]]] = {
    "a list": (lambda: [1, 2], [1, 2], {}),
    "an empty list": (list, [], {}),
    "a tuple": (lambda: (1, 2), [1, 2], {}),
    "a set": (lambda: {1}, [1], {}),
    "a frozen set": (lambda: frozenset({1}), [1], {}),
    "a deque": (lambda: deque([1, 2]), [1, 2], {}),
    "a range": (lambda: range(3), [0, 1, 2], {}),
    "keys of a dict": ({1: "a", 2: "b"}.keys, [1, 2], {}),
    "a generator": (lambda: generator(1, 2), [1, 2], {}),
    "an iterator": (lambda: iter([1, 2]), [1, 2], {}),
    "a map": (lambda: map(abs, [-1, 2]), [1, 2], {}),
    "a list of one's own": (lambda: Sized([1, 2]), [1, 2], {}),
    "an asynchronous generator": (lambda: stream(1, 2), [1, 2], {}),
    "an asynchronous iterator": (lambda: Stream(1, 2), [1, 2], {}),
    "an empty asynchronous generator": (stream, [], {}),
    "null": (lambda: None, None, {}),
    "a null item": (lambda: [1, None, 3], [1, None, 3], {1: NULL}),
    "only null items": (lambda: [None, None], [None, None], {0: NULL, 1: NULL}),
    "a null item of a generator": (lambda: generator(1, None), [1, None], {1: NULL}),
    "a null item of a stream": (lambda: stream(1, None), [1, None], {1: NULL}),
    "an exception as item": (lambda: [1, Boom("item"), 3], [1, None, 3], {1: "item"}),
    "an exception as item of a tuple": (lambda: (Boom("item"), 3), [None, 3], {0: "item"}),
    "an exception as item of a set": (lambda: {Boom("item")}, [None], {0: "item"}),
    "a wrong item": (lambda: [1, "x"], [1, None], {1: "Int cannot represent non-integer value: 'x'"}),
    "an item that is a list": (lambda: [[1], 2], [None, 2], {0: "Int cannot represent non-integer value: [1]"}),
    "an odd but good item": (lambda: [1, True, 4.0, "5"], [1, 1, 4, 5], {}),
    "an awaitable item": (lambda: [1, later(2), 3], [1, 2, 3], {}),
    "only awaitable items": (lambda: [later(1), later(2)], [1, 2], {}),
    "awaitable items of a generator": (lambda: generator(later(1), 2, later(3)), [1, 2, 3], {}),
    "an awaitable item that is null": (lambda: [later(None), 2], [None, 2], {0: NULL}),
    "an awaitable item that fails": (lambda: [1, later(Boom("late"))], [1, None], {1: "late"}),
    "an awaitable list": (lambda: later([1, 2]), [1, 2], {}),
    "an awaitable list with an awaitable item": (lambda: later([later(1), 2]), [1, 2], {}),
    "an awaitable null": (lambda: later(None), None, {}),
    "an awaitable that fails": (lambda: later(Boom("late")), None, {None: "late"}),
    "an exception": (lambda: Boom("whole"), None, {None: "whole"}),
    "a number": (lambda: 5, None, {None: NO_LIST}),
    "a string": (lambda: "12", None, {None: NO_LIST}),
    "bytes": (lambda: b"12", None, {None: NO_LIST}),
    "a dict": (lambda: {1: 2}, None, {None: NO_LIST}),
    "an object": (lambda: SimpleNamespace(a=1), None, {None: NO_LIST}),
    "an object with an index": (Indexed, None, {None: NO_LIST}),
    "a generator that fails": (lambda: generator(1, Boom("half way")), None, {None: "half way"}),
    "a stream that fails": (lambda: stream(1, Boom("half way")), None, {None: "half way"}),
}


@pytest.fixture(scope="module")
def worlds() -> dict[tuple[str, str], World]:
    """A world for each type and way, its holder given by the context."""
    return {
        (type_, way): world(
            f"type Query {{ holder: Holder }} type Holder {{ field: {type_} }}",
            {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        )
        for type_ in TYPES
        for way in WAYS
    }


def expected(type_: str, answer: Any, failures: dict[int | None, str]) -> tuple[Any, list[str]]:
    """What a case gives as `type_`: a failure goes up to the first place that may be null."""
    is_strict_list, is_strict_item = type_.endswith("!"), "Int!" in type_
    nulled = {"holder": None} if is_strict_list else {"holder": {"field": None}}
    if None in failures:
        return nulled, [f"{failures[None]} @ holder.field"]
    if answer is None:
        return nulled, [f"{NULL} @ holder.field"] if is_strict_list else []
    if failures and is_strict_item:
        first = min(index for index in failures if index is not None)
        return nulled, [f"{failures[first]} @ holder.field.{first}"]
    told = [f"{message} @ holder.field.{index}" for index, message in failures.items() if message != NULL]
    return {"holder": {"field": answer}}, told


# Below: what was awaited is not awaited again.
AWAITED = (
    "an awaitable list",
    "an awaitable list with an awaitable item",
    "an awaitable null",
    "an awaitable that fails",
)


@pytest.mark.parametrize(
    ("way", "case"),
    [(way, case) for way in WAYS for case in CASES if way not in ("async", "relation") or case not in AWAITED],
)
async def test_list(worlds: dict[tuple[str, str], World], way: str, case: str) -> None:
    make, answer, failures = CASES[case]
    for type_ in TYPES:
        held = worlds[type_, way]
        held.make_context = lambda: HolderContext(make)
        data, errors = expected(type_, answer, failures)
        await held.gives("{ holder { field } }", data, errors)


@pytest.mark.parametrize("way", ["async", "relation"])
async def test_what_was_awaited_is_not_awaited_again(worlds: dict[tuple[str, str], World], way: str) -> None:
    held = worlds["[Int]", way]
    held.make_context = lambda: HolderContext(Awaitable)
    await held.gives("{ holder { field } }", {"holder": {"field": None}}, [f"{NO_LIST} @ holder.field"])


NULL_X = "Cannot return null for non-nullable field Query.x."
NOT_IN = "Expected Iterable, but did not find one for field 'Query.x'."
GRIDS: list[tuple[str, Callable[[], Any], Any, list[str]]] = [
    ("[[Int]]", lambda: [[1, 2], [], None, (3,)], [[1, 2], [], None, [3]], []),
    ("[[Int]]", lambda: [[1, None], None], [[1, None], None], []),
    ("[[Int]]", lambda: generator(generator(1), stream(2, 3)), [[1], [2, 3]], []),
    ("[[Int]]", lambda: stream([1], later([2]), [later(3)]), [[1], [2], [3]], []),
    (
        "[[Int]]",
        lambda: [later([1, later(2)]), Boom("inner"), 5],
        [[1, 2], None, None],
        ["inner @ x.1", f"{NOT_IN} @ x.2"],
    ),
    ("[[Int]]", lambda: [1, 2], [None, None], [f"{NOT_IN} @ x.0", f"{NOT_IN} @ x.1"]),
    ("[[Int]]", lambda: ["ab"], [None], [f"{NOT_IN} @ x.0"]),
    ("[[Int]]", lambda: [["a"], [1]], [[None], [1]], ["Int cannot represent non-integer value: 'a' @ x.0.0"]),
    ("[[Int]]", list, [], []),
    ("[[Int!]]", lambda: [[1], [2, None], [3]], [[1], None, [3]], [f"{NULL_X} @ x.1.1"]),
    ("[[Int!]]", lambda: [[None], None, [Boom("b")]], [None, None, None], [f"{NULL_X} @ x.0.0", "b @ x.2.0"]),
    ("[[Int!]!]", lambda: [[1], [2, None], [3]], None, [f"{NULL_X} @ x.1.1"]),
    ("[[Int!]!]", lambda: [[1], None], None, [f"{NULL_X} @ x.1"]),
    ("[[Int]!]", lambda: [[None], [1]], [[None], [1]], []),
    ("[[Int]!]", lambda: [[None], None], None, [f"{NULL_X} @ x.1"]),
    ("[[Int]!]", lambda: [[1], later(None)], None, [f"{NULL_X} @ x.1"]),
    ("[[Int!]!]!", lambda: [[1, 2], [3]], [[1, 2], [3]], []),
    ("[[[Int!]]!]", lambda: [[[1], [None]], [None]], [[[1], None], [None]], [f"{NULL_X} @ x.0.1.0"]),
    ("[[[Int]!]]", lambda: [[[1]], [None], [[2], later([None])]], [[[1]], None, [[2], [None]]], [f"{NULL_X} @ x.1.0"]),
    ("[[P]]", lambda: [[Thing(1), None], [Thing(2)]], [[{"n": 1}, None], [{"n": 2}]], []),
    ("[[P!]]", lambda: [[Thing(1), None], [Thing(2)]], [None, [{"n": 2}]], [f"{NULL_X} @ x.0.1"]),
    (
        "[[P]]",
        lambda: [[Thing(None), Thing(1)]],
        [[None, {"n": 1}]],
        ["Cannot return null for non-nullable field P.n. @ x.0.0.n"],
    ),
    (
        "[[P!]]",
        lambda: [[Thing(None), Thing(1)], [Thing(2)]],
        [None, [{"n": 2}]],
        ["Cannot return null for non-nullable field P.n. @ x.0.0.n"],
    ),
    (
        "[[P]]",
        lambda: [[later(Thing(1)), Boom("p")], later([Thing("z")])],
        [[{"n": 1}, None], [None]],
        ["p @ x.0.1", "Int cannot represent non-integer value: 'z' @ x.1.0.n"],
    ),
    ("[P]", lambda: [[Thing(1)]], [None], ["'list' object has no attribute 'n' @ x.0.n"]),
]


class Thing:
    """A record with one attribute."""

    def __init__(self, n: Any) -> None:
        self.n = n


@pytest.mark.parametrize(("type_", "make", "answer", "errors"), GRIDS)
async def test_list_of_lists(type_: str, make: Callable[[], Any], answer: Any, errors: list[str]) -> None:
    grid = world(f"type Query {{ x: {type_} }} type P {{ n: Int! }}", {"Query.x": lambda *_: make()})
    await grid.gives("{ x { n } }" if "P" in type_ else "{ x }", {"x": answer}, errors)


ROWS = (
    "type Query { rows: [Row!]! } type Row { lists: [[Int!]], items: [Item!], n: Int }  type Item { n: Int!, up: Row }"
)


async def test_lists_of_several_parents_keep_their_items_apart() -> None:
    def row(*lists: Any) -> SimpleNamespace:
        return SimpleNamespace(lists=list(lists), items=[SimpleNamespace(n=items) for items in lists], n=len(lists))

    rows = world(
        ROWS, {"Query.rows": lambda *_: [row(), row([1], [2, 3]), row(None), row([4, None], []), row(later([5]))]}
    )
    await rows.gives(
        "{ rows { n lists } }",
        {
            "rows": [
                {"n": 0, "lists": []},
                {"n": 2, "lists": [[1], [2, 3]]},
                {"n": 1, "lists": [None]},
                {"n": 2, "lists": [None, []]},
                {"n": 1, "lists": [[5]]},
            ]
        },
        ["Cannot return null for non-nullable field Row.lists. @ rows.3.lists.0.1"],
    )


@pytest.mark.parametrize("resolver", ["attribute", "sync", "async"])
async def test_failures_among_items_of_several_parents(resolver: str) -> None:
    def item(value: Any) -> SimpleNamespace:
        return SimpleNamespace(field=value)

    def rows_of(*_: Any) -> Any:
        return [
            SimpleNamespace(items=[item(1), item(2)]),
            SimpleNamespace(items=[]),
            SimpleNamespace(items=[item(3), item(None), item(4)]),
            SimpleNamespace(items=None),
            SimpleNamespace(items=[item("x")]),
            SimpleNamespace(items=[item(5)]),
        ]

    rows = world(
        "type Query { rows: [Row!]! } type Row { items: [Item!] } type Item { n: Int! }",
        {"Query.rows": rows_of, "Item.n": way_to_field(resolver)},
    )
    await rows.gives(
        "{ rows { items { n } } }",
        {
            "rows": [
                {"items": [{"n": 1}, {"n": 2}]},
                {"items": []},
                {"items": None},
                {"items": None},
                {"items": None},
                {"items": [{"n": 5}]},
            ]
        },
        [
            "Cannot return null for non-nullable field Item.n. @ rows.2.items.1.n",
            "Int cannot represent non-integer value: 'x' @ rows.4.items.0.n",
        ],
    )


async def test_an_endless_generator_is_the_resolvers_fault_only_until_it_fails() -> None:
    """A list ends where its generator raises."""

    def endless() -> Iterator[int]:
        for number in count():
            if number > 1000:
                raise Boom("enough")
            yield number

    lists = world("type Query { x: [Int] }", {"Query.x": lambda *_: endless()})
    await lists.gives("{ x }", {"x": None}, ["enough @ x"])


async def test_a_list_given_twice_is_not_consumed() -> None:
    shared = [1, 2]
    lists = world("type Query { x: [Int], y: [Int!]! }", {"Query.x": returns(shared), "Query.y": returns(shared)})
    await lists.gives("{ x y z: x }", {"x": [1, 2], "y": [1, 2], "z": [1, 2]})
    assert shared == [1, 2]


async def test_an_answer_does_not_share_its_list_with_the_record() -> None:
    """Whoever changes the answer must not change the record."""
    shared = [1, 2]
    lists = world("type Query { x: [Int] }", {"Query.x": returns(shared)})
    answer = await lists.compiled.run(lists.documents.prepared("{ x }"), None, {}, Context())
    assert answer.data is not None
    answer.data["x"].append(3)
    assert shared == [1, 2]


@pytest.mark.parametrize("way", WAYS)
async def test_awaitable_items_are_awaited_side_by_side(way: str) -> None:
    """The first waits for what the second does: one after the other would never end."""

    def items() -> list[Any]:
        done = asyncio.Event()

        async def first() -> int:
            await done.wait()
            return 1

        async def second() -> int:
            done.set()
            return 2

        return [first(), second()]

    lists = world(
        "type Query { holder: Holder } type Holder { field: [Int] }",
        {"Query.holder": lambda *_: Holder(items), "Holder.field": way_to_field(way)},
    )
    await lists.gives("{ holder { field } }", {"holder": {"field": [1, 2]}}, hangs_after=0.2)
