"""Resolvers: whatever may be one, what it is given, and what it may give back."""

import asyncio
import functools
from collections.abc import Awaitable, Generator, Iterator
from types import SimpleNamespace, coroutine
from typing import Any

import pytest
from support.execution import Boom, Catastrophe, Context, World, later, returns, returns_later, world

from engine.fields import Computed


class Service:
    """Whose methods are resolvers."""

    def method(self, _source: Any, _info: Any, a: int = 0) -> int:
        return a + 1

    async def later(self, _source: Any, _info: Any, a: int = 0) -> int:
        await asyncio.sleep(0)
        return a + 2

    @staticmethod
    def static(_source: Any, _info: Any, a: int = 0) -> int:
        return a + 3

    @classmethod
    def of_class(cls, _source: Any, _info: Any, a: int = 0) -> int:
        return a + 4

    def __call__(self, _source: Any, _info: Any, a: int = 0) -> int:
        return a + 5


def plain(_source: Any, _info: Any, a: int = 0, add: int = 0) -> int:
    return a + add


async def later_plain(_source: Any, _info: Any, a: int = 0, add: int = 0) -> int:
    await asyncio.sleep(0)
    return a + add


class Later:
    """An awaitable of one's own."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return self._value


@coroutine
def old_style(value: Any) -> Iterator[Any]:
    """A coroutine made of a generator."""
    yield
    return value


def future(value: Any) -> "asyncio.Future[Any]":
    made = asyncio.get_running_loop().create_future()
    if isinstance(value, Exception):
        made.set_exception(value)
    else:
        made.set_result(value)
    return made


def future_later(value: Any) -> "asyncio.Future[Any]":
    made = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(made.set_result, value)
    return made


def task(value: Any) -> "asyncio.Task[Any]":
    return asyncio.get_running_loop().create_task(later(value))


RESOLVERS: dict[str, tuple[Any, int]] = {
    "a method": (Service().method, 11),
    "an asynchronous method": (Service().later, 12),
    "a static method": (Service.static, 13),
    "a class method": (Service.of_class, 14),
    "a callable object": (Service(), 15),
    "a partial": (functools.partial(plain, add=6), 16),
    "an asynchronous partial": (functools.partial(later_plain, add=7), 17),
    "a lambda": (lambda _source, _info, a: a + 8, 18),
    "any arguments": (lambda *_arguments, **named: named["a"] + 9, 19),
    "a lambda giving a coroutine": (lambda _source, _info, a: later(a + 10), 20),
    "a future": (lambda _source, _info, a: future(a + 11), 21),
    "a future to come": (lambda _source, _info, a: future_later(a + 12), 22),
    "a task": (lambda _source, _info, a: task(a + 13), 23),
    "an awaitable object": (lambda _source, _info, a: Later(a + 14), 24),
    "an old coroutine": (lambda _source, _info, a: old_style(a + 15), 25),
    "a wrapped function": (functools.wraps(plain)(lambda *_, a: a + 16), 26),
}


@pytest.mark.parametrize("name", RESOLVERS)
async def test_whatever_may_be_a_resolver(name: str) -> None:
    """At the root, and for several parents at once."""
    resolver, value = RESOLVERS[name]
    made = world(
        "type Query { x(a: Int): Int, rows: [Row] } type Row { x(a: Int): Int }",
        {"Query.x": resolver, "Row.x": resolver, "Query.rows": returns([SimpleNamespace(), SimpleNamespace()])},
    )
    await made.gives("{ x(a: 10) rows { x(a: 10) } }", {"x": value, "rows": [{"x": value}, {"x": value}]})


@pytest.mark.parametrize("wrap", [later, future, task, Later, old_style])
@pytest.mark.parametrize("null", ["", "!"])
async def test_awaitables_in_lists_and_records(wrap: Any, null: str) -> None:
    made = world(
        f"type Query {{ list: [Int{null}], objects: [Row{null}], row: Row }} type Row {{ x: Int{null} y: Row }}",
        {
            "Query.list": lambda *_: [wrap(1), 2, wrap(3)],
            "Query.objects": lambda *_: [wrap(SimpleNamespace(x=1)), SimpleNamespace(x=wrap(2))],
            "Query.row": lambda *_: SimpleNamespace(x=wrap(4), y=wrap(SimpleNamespace(x=5))),
        },
    )
    await made.gives(
        "{ list objects { x } row { x y { x } } }",
        {"list": [1, 2, 3], "objects": [{"x": 1}, {"x": 2}], "row": {"x": 4, "y": {"x": 5}}},
    )


async def test_one_future_for_several_fields_and_parents() -> None:
    def rows(*_: Any) -> list[SimpleNamespace]:
        shared = future_later(7)
        return [SimpleNamespace(shared=shared), SimpleNamespace(shared=shared)]

    made = world(
        "type Query { rows: [Row] } type Row { a: Int, b: Int, c: Int }",
        {
            "Query.rows": rows,
            "Row.a": lambda row, _info: row.shared,
            "Row.b": lambda row, _info: row.shared,
            "Row.c": Computed(lambda row: row.shared),
        },
    )
    await made.gives("{ rows { a b c } }", {"rows": [{"a": 7, "b": 7, "c": 7}] * 2})


async def test_a_future_that_fails_is_told_at_each_of_its_places() -> None:
    def rows(*_: Any) -> list[SimpleNamespace]:
        shared = future(Boom("shared"))
        return [SimpleNamespace(shared=shared), SimpleNamespace(shared=shared)]

    made = world(
        "type Query { rows: [Row] } type Row { a: Int }", {"Query.rows": rows, "Row.a": lambda row, _: row.shared}
    )
    await made.gives("{ rows { a } }", {"rows": [{"a": None}, {"a": None}]}, ["shared @ rows.0.a", "shared @ rows.1.a"])


async def test_an_awaitable_that_answers_with_an_awaitable() -> None:
    made = world("type Query { x: Int }", {"Query.x": lambda *_: later(Later(1))})
    await made.gives("{ x }", {"x": None}, ["Int cannot represent non-integer value: <Later instance> @ x"])


async def test_the_root_is_null() -> None:
    seen: list[Any] = []
    made = world(
        "type Query { x: Int, self: Query }",
        {"Query.x": lambda source, _: seen.append(source), "Query.self": returns(5)},
    )
    await made.gives("{ x self { x } }", {"x": None, "self": {"x": None}})
    assert seen == [None, 5] * 3


async def test_resolvers_are_called_once_for_each_parent() -> None:
    """Also when what they answer is odd, wrong, null where it must not be, or an exception."""
    answers = [1, None, "x", Boom("value"), True, 2.0, later(3), [4]]

    def count(source: Any, info: Any) -> Any:
        info.context.log.append(source.number)
        answer = answers[source.number]
        if source.number == 6:
            return later(3)
        return answer

    async def count_later(source: Any, info: Any) -> Any:
        await asyncio.sleep(0)
        return count(source, info)

    answers[6].close()
    for null in ("", "!"):
        made = world(
            f"type Query {{ rows: [Row] }} type Row {{ a: Int{null} }}",
            {"Query.rows": lambda *_: [SimpleNamespace(number=number) for number in range(8)], "Row.a": count},
        )
        for engine in made.runs():
            context = Context()
            await made.asks(engine, "{ rows { a } }", context=context)
            assert context.log == list(range(8))


async def test_a_resolver_that_changes_its_record() -> None:
    """What stands before it in the document is as it was; nothing breaks."""

    def change(row: Any, _info: Any) -> int:
        row.before, row.items = "changed", [1, 2, 3]
        return 1

    made = world(
        "type Query { rows: [Row] } type Row { before: String, items: [Int], change: Int }",
        {"Query.rows": lambda *_: [SimpleNamespace(before="b", items=[1]) for _ in range(3)], "Row.change": change},
    )
    await made.gives("{ rows { before items change } }", {"rows": [{"before": "b", "items": [1], "change": 1}] * 3})


async def test_a_resolver_that_changes_its_record_before_it_is_read() -> None:
    """In which order siblings run is left open: what comes after may be either, but is a whole answer."""

    def change(row: Any, _info: Any) -> int:
        row.after = "changed"
        return 1

    made = world(
        "type Query { row: Row } type Row { after: String, change: Int }",
        {"Query.row": lambda *_: SimpleNamespace(after="a"), "Row.change": change},
    )
    for engine in made.runs():
        told = await made.asks(engine, "{ row { change after } }")
        assert told.data in ('{"row": {"change": 1, "after": "a"}}', '{"row": {"change": 1, "after": "changed"}}')
        assert told.errors == []


async def test_a_resolver_that_changes_the_list_it_stands_in() -> None:
    shared = [SimpleNamespace(number=number) for number in range(3)]

    def shrink(_row: Any, _info: Any) -> int:
        shared.clear()
        return 1

    async def shrink_later(row: Any, info: Any) -> int:
        await asyncio.sleep(0)
        return shrink(row, info)

    for resolver in (shrink, shrink_later):
        made = world(
            "type Query { rows: [Row] } type Row { number: Int, x: Int }",
            {"Query.rows": returns(shared), "Row.x": resolver},
        )
        told = []
        for engine in (made.compiled, made.compiled):
            shared[:] = [SimpleNamespace(number=number) for number in range(3)]
            told.append(await made.asks(engine, "{ rows { number x } }"))
        rows = ", ".join(f'{{"number": {number}, "x": 1}}' for number in range(3))
        assert [(one.data, one.errors) for one in told] == [(f'{{"rows": [{rows}]}}', [])] * 2


@pytest.mark.parametrize(
    "names",
    ["a", "ab"],
)
async def test_an_exception_of_the_kind_nobody_catches_given_as_value(names: str) -> None:
    """It was not raised: it is a value like any other, and a wrong one here."""
    made = world(
        "type Query { rows: [Row] } type Row { a: Int, b: Int }",
        {
            "Query.rows": returns([SimpleNamespace() for _ in names]),
            **{f"Row.{name}": returns_later(Catastrophe("value")) for name in names},
        },
    )
    fields = [(place, name) for place in range(len(names)) for name in names]
    try:
        await made.gives(
            f"{{ rows {{ {' '.join(names)} }} }}",
            {"rows": [dict.fromkeys(names) for _ in names]},
            [
                f"Int cannot represent non-integer value: <Catastrophe instance> @ rows.{place}.{name}"
                for place, name in fields
            ],
        )
    except Catastrophe:
        pytest.fail("raised")


FIELDS = """
type Query { top(a: Int): Row, rows: [Row!] }
type Row { x(a: Int = 5, b: In): String, y: [[Row]], row: Row! }
input In { c: Int }
type Mutation { top: Row }
"""


def tells(seen: list[Any]) -> Any:
    def resolve(source: Any, info: Any, **arguments: Any) -> Any:
        seen.append(
            {
                "path": info.path.as_list(),
                "types": _typenames(info.path),
                "field_name": info.field_name,
                "nodes": [node.loc.start for node in info.field_nodes],
                "parent_type": info.parent_type.name,
                "return_type": str(info.return_type),
                "variables": info.variable_values.coerced,
                "operation": (info.operation.operation.value, info.operation.name and info.operation.name.value),
                "fragments": sorted(info.fragments),
                "root_value": info.root_value,
                "context": info.context,
                "has_schema": info.schema.query_type.name,
                "arguments": arguments,
                "source": getattr(source, "name", source),
            }
        )
        return SimpleNamespace(name=f"{info.field_name}", y=[[SimpleNamespace(name="y")]])

    return resolve


def _typenames(path: Any) -> list[str | None]:
    return [] if path is None else [*_typenames(path.prev), path.typename]


@pytest.fixture
def seen() -> list[Any]:
    return []


@pytest.fixture
def informed(seen: list[Any]) -> World:
    tell = tells(seen)
    return world(
        FIELDS,
        {
            "Query.top": tell,
            "Query.rows": lambda *_: [SimpleNamespace(name="r0"), SimpleNamespace(name="r1")],
            "Row.x": lambda source, info, **arguments: tell(source, info, **arguments).name,
            "Row.row": tell,
            "Mutation.top": tell,
        },
    )


async def infos(informed: World, seen: list[Any], text: str, **asked: Any) -> list[Any]:
    """What resolvers saw, in the order of paths: the same in all runs."""
    all_seen = []
    for engine in informed.runs():
        seen.clear()
        told = await informed.asks(engine, text, context="c", **asked)
        assert told.errors == []
        all_seen.append(sorted(seen, key=lambda one: str(one["path"])))
    assert all_seen[0] == all_seen[1] == all_seen[2]
    return all_seen[0]


async def test_the_info_of_a_root_field(informed: World, seen: list[Any]) -> None:
    text = (
        "query Named($v: Int, $w: In = {c: 2}) { t: top(a: $v) { ...F } top { x(b: $w) } }"
        " fragment F on Row { row { x } }"
    )
    first, *_ = [one for one in await infos(informed, seen, text, variables={"v": 3}) if one["path"] == ["t"]]
    assert first == {
        "path": ["t"],
        "types": ["Query"],
        "field_name": "top",
        "nodes": [40],
        "parent_type": "Query",
        "return_type": "Row",
        "variables": {"v": 3, "w": {"c": 2}},
        "operation": ("query", "Named"),
        "fragments": ["F"],
        "root_value": None,
        "context": "c",
        "has_schema": "Query",
        "arguments": {"a": 3},
        "source": None,
    }


async def test_the_info_below(informed: World, seen: list[Any]) -> None:
    found = await infos(informed, seen, "{ top { row { again: x(a: 1, b: {c: 2}) y { x } } } }")
    assert [
        (one["path"], one["types"], one["field_name"], one["parent_type"], one["return_type"]) for one in found
    ] == [
        (["top", "row", "again"], ["Query", "Row", "Row"], "x", "Row", "String"),
        (["top", "row", "y", 0, 0, "x"], ["Query", "Row", "Row", None, None, "Row"], "x", "Row", "String"),
        (["top", "row"], ["Query", "Row"], "row", "Row", "Row!"),
        (["top"], ["Query"], "top", "Query", "Row"),
    ]
    assert [one["arguments"] for one in found] == [{"a": 1, "b": {"c": 2}}, {"a": 5}, {}, {}]
    assert [one["source"] for one in found] == ["row", "y", "top", None]


async def test_the_info_of_each_item(informed: World, seen: list[Any]) -> None:
    found = await infos(informed, seen, "query { rows { x row { x } } }")
    assert [(one["path"], one["source"]) for one in found] == [
        (["rows", 0, "row", "x"], "row"),
        (["rows", 0, "row"], "r0"),
        (["rows", 0, "x"], "r0"),
        (["rows", 1, "row", "x"], "row"),
        (["rows", 1, "row"], "r1"),
        (["rows", 1, "x"], "r1"),
    ]
    assert {one["operation"] for one in found} == {("query", None)}


async def test_the_nodes_of_a_merged_field(informed: World, seen: list[Any]) -> None:
    text = "{ rows { x row { x } } rows { x ...F } } fragment F on Row { row { x y { x } } }"
    found = await infos(informed, seen, text)
    assert {str(one["path"]): one["nodes"] for one in found if one["path"][:2] == ["rows", 0]} == {
        "['rows', 0, 'x']": [9, 30],
        "['rows', 0, 'row']": [11, 61],
        "['rows', 0, 'row', 'x']": [17, 67],
        "['rows', 0, 'row', 'y', 0, 0, 'x']": [73],
    }


async def test_the_info_of_a_mutation(informed: World, seen: list[Any]) -> None:
    (found,) = await infos(
        informed, seen, "query Q { rows { x } } mutation M { top { y { __typename } } }", operation="M"
    )
    assert (found["operation"], found["parent_type"], found["types"]) == (("mutation", "M"), "Mutation", ["Mutation"])


async def test_the_variables_are_those_of_this_run(informed: World, seen: list[Any]) -> None:
    text = "query ($v: Int) { top(a: $v) { y { __typename } } }"
    for variables, arguments in (({"v": 1}, {"a": 1}), ({"v": None}, {"a": None}), ({}, {}), ({"v": 2}, {"a": 2})):
        (found,) = await infos(informed, seen, text, variables=variables)
        assert (found["variables"], found["arguments"]) == (variables, arguments)


async def test_a_resolver_may_look_ahead(informed: World, seen: list[Any]) -> None:
    """The nodes, the fragments and the variables that the info brings are enough to see what was asked below."""

    def names(_source: Any, info: Any) -> list[str]:
        selections = info.field_nodes[0].selection_set.selections
        return [(getattr(node, "alias", None) and node.alias.value) or node.name.value for node in selections]

    made = world("type Query { rows: Rows } type Rows { a: Int, names: [String] }", {
        "Query.rows": lambda source, info: SimpleNamespace(a=1, names=names(source, info))
    })  # fmt: skip
    await made.gives("{ rows { z: a names } }", {"rows": {"z": 1, "names": ["z", "names"]}})


async def test_gathering_through_the_info() -> None:
    """graphql-core's own helper for awaiting several things works from a resolver."""

    async def resolve(_source: Any, info: Any) -> list[int]:
        found: Awaitable[list[int]] = info.async_helpers.gather([later(1), later(2)])
        return await found

    made = world("type Query { x: [Int] }", {"Query.x": resolve})
    await made.gives("{ x }", {"x": [1, 2]})
