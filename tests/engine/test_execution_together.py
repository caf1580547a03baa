"""Side by side: what waits for one another in one operation, and operations that run at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import RIGHT, Context, Holder, World, returns, way_to_field, world

from engine.fields import Attribute
from resolvers.context import Edge, one


async def _first(done: asyncio.Event) -> int:
    await done.wait()
    return 1


async def _second(done: asyncio.Event) -> int:
    done.set()
    return 2


async def _first_items(done: asyncio.Event) -> AsyncIterator[int]:
    await done.wait()
    yield 1


async def _second_items(done: asyncio.Event) -> AsyncIterator[int]:
    done.set()
    yield 2


def two(first: Callable[[asyncio.Event], Any], second: Callable[[asyncio.Event], Any]) -> Any:
    """A resolver of two holders: the first holds what waits for what the second holds."""

    def resolve(_source: Any, _info: Any) -> list[Holder]:
        done = asyncio.Event()
        return [Holder(lambda: first(done)), Holder(lambda: second(done))]

    return resolve


@pytest.mark.parametrize("way", ["attribute", "computed", "sync"])
async def test_awaitables_of_two_parents(way: str) -> None:
    made = world(
        "type Query { rows: [Row] } type Row { field: Int }",
        {"Query.rows": two(_first, _second), "Row.field": way_to_field(way)},
    )
    await made.gives("{ rows { field } }", {"rows": [{"field": 1}, {"field": 2}]}, hangs_after=1)


@pytest.mark.parametrize("way", ["attribute", "async"])
async def test_asynchronous_lists_of_two_parents(way: str) -> None:
    made = world(
        "type Query { rows: [Row] } type Row { field: [Int] }",
        {"Query.rows": two(_first_items, _second_items), "Row.field": way_to_field(way)},
    )
    await made.gives("{ rows { field } }", {"rows": [{"field": [1]}, {"field": [2]}]}, hangs_after=1)


async def test_asynchronous_lists_in_a_list() -> None:
    def lists(_source: Any, _info: Any) -> list[Any]:
        done = asyncio.Event()
        return [_first_items(done), _second_items(done)]

    made = world("type Query { lists: [[Int]] }", {"Query.lists": lists})
    await made.gives("{ lists }", {"lists": [[1], [2]]}, hangs_after=1)


def _sets(source: Any, _info: Any) -> int:
    source.future.set_result(1)
    return 2


def _row(name: str, wrap: Callable[[Any], Any]) -> Any:
    def resolve(_source: Any, _info: Any) -> SimpleNamespace:
        future = asyncio.get_running_loop().create_future()
        return SimpleNamespace(future=future, **{name: wrap(future)})

    return resolve


@pytest.mark.parametrize(
    ("type_", "wrap", "answer"),
    [
        ("Int", lambda future: future, 1),
        ("[Int]", lambda future: [future], [1]),
    ],
)
async def test_an_awaitable_in_a_record_that_a_sibling_settles(type_: str, wrap: Any, answer: Any) -> None:
    made = world(
        f"type Query {{ row: Row }} type Row {{ held: {type_}, sets: Int }}",
        {"Query.row": _row("held", wrap), "Row.sets": _sets, "Row.held": Attribute("held")},
    )
    await made.gives("{ row { held sets } }", {"row": {"held": answer, "sets": 2}}, hangs_after=1)


@pytest.fixture
def shared() -> World:
    async def owners(keys: Any) -> dict[Any, Any]:
        await asyncio.sleep(0)
        return {key: SimpleNamespace(id=key * 10) for key in keys}

    async def number(source: Any, info: Any, add: int) -> int:
        for _ in range(source.id % 3):
            await asyncio.sleep(0)
        return source.id + add + info.context.number

    batch = one(lambda _sources: owners)
    return world(
        "type Query { rows(ids: [Int!]!): [Row!]! } type Row { id: Int, number(add: Int!): Int, owner: Row }",
        {
            "Query.rows": lambda _source, _info, ids: [SimpleNamespace(id=id_) for id_ in ids],
            "Row.number": number,
            "Row.owner": Edge(batch, lambda row: row.id, RIGHT),
        },
    )


async def test_a_hundred_runs_of_one_document_at_once(shared: World) -> None:
    """They share a plan, and nothing else."""
    text = (
        "query ($ids: [Int!]!, $add: Int!, $own: Boolean!)"
        " { rows(ids: $ids) { id number(add: $add) owner @include(if: $own) { id } } }"
    )
    document = shared.documents.prepared(text)

    async def run(number: int) -> Any:
        context = Context()
        context.number = number  # type: ignore[attr-defined]
        variables = {"ids": [number, number + 1], "add": 1000, "own": number % 2 == 0}
        return await shared.compiled.run(document, None, variables, context)

    answers = await asyncio.gather(*map(run, range(100)))
    for number, answer in enumerate(answers):
        rows = [
            {"id": id_, "number": id_ + 1000 + number} | ({"owner": {"id": id_ * 10}} if number % 2 == 0 else {})
            for id_ in (number, number + 1)
        ]
        assert (answer.data, answer.errors) == ({"rows": rows}, [])


async def test_errors_that_are_not_to_travel() -> None:
    """Experimental, and only where a schema declares it."""
    row = SimpleNamespace(id=1, row=SimpleNamespace(id=2, strict=None))
    made = world(
        "directive @experimental_disableErrorPropagation on QUERY"
        " type Query { row: Row } type Row { id: Int, strict: Int!, row: Row! }",
        {"Query.row": returns(row)},
    )
    await made.gives(
        "query @experimental_disableErrorPropagation { row { id row { id strict } } }",
        {"row": {"id": 1, "row": {"id": 2, "strict": None}}},
        ["Cannot return null for non-nullable field Row.strict. @ row.row.strict"],
        compiled=False,
    )
