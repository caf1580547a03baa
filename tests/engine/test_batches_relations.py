"""Relations over the real context: asked once for all parents of a level, remembered, shared with single questions."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import RIGHT, Boom, Context, World, returns, world

from datasources.errors import Conflict, Forbidden, ServiceError, Unauthenticated
from resolvers.access import NOBODY, Viewer
from resolvers.context import Edge, many, one


class Source:
    """A backend that answers from `answers`, and notes the keys of each call."""

    def __init__(self, answers: Mapping[Any, Any]) -> None:
        self.answers = answers
        self.calls: list[list[Any]] = []

    async def by_key(self, keys: Sequence[Any]) -> dict[Any, Any]:
        self.calls.append(list(keys))
        await asyncio.sleep(0)
        return {key: self.answers[key] for key in keys if key in self.answers}


class Sourced(Context):
    """A context over one such backend."""

    def __init__(self, answers: Mapping[Any, Any]) -> None:
        self.source = Source(answers)
        super().__init__(self.source)


ONE = one(lambda sources: sources.by_key)
MANY = many(lambda sources: sources.by_key)
SDL = """
type Query { rows: [Row!]!, row: Row, load(key: Int!): Row, again: [Row!]! }
type Row {
  id: Int, owner: Row, friend: Row, strict: Row!, loaded: Row, children: [Row!]!, maybe: [Row]
  asked(key: Int, more: String): Row
}
"""


def row(id_: int, **more: Any) -> SimpleNamespace:
    return SimpleNamespace(**({"id": id_, "owner_id": id_ + 100, "friend_id": id_ + 100} | more))


def edge(name: str, batch: Any = ONE) -> Edge[Any, Any]:
    return Edge(batch, lambda parent: getattr(parent, name), RIGHT)


async def loaded(parent: Any, info: Any) -> Any:
    return await info.context.load(ONE, parent.owner_id)


def rows_world(rows: Sequence[Any], answers: Mapping[Any, Any], **fields: Any) -> World:
    return world(
        SDL,
        {
            "Query.rows": returns(rows),
            "Query.again": returns(rows),
            "Query.row": returns(rows[0] if rows else None),
            "Query.load": lambda _source, info, key: info.context.load(ONE, key),
            "Row.owner": edge("owner_id"),
            "Row.friend": edge("friend_id"),
            "Row.strict": edge("owner_id"),
            "Row.loaded": loaded,
            "Row.children": edge("owner_id", MANY),
            "Row.maybe": edge("owner_id", MANY),
            "Row.asked": Edge(ONE, lambda parent, **arguments: arguments.get("key") or parent.owner_id, RIGHT),
            **{f"Row.{name}": how for name, how in fields.items()},
        },
        make_context=lambda: Sourced(answers),
    )


ROWS = [row(number) for number in range(4)]
OWNERS = {number + 100: row(number + 100) for number in range(4)} | {
    number + 200: row(number + 200) for number in range(4)
}
# The document, its data, and the calls that it makes of the source.
CASES: dict[str, tuple[str, Any, list[list[int]]]] = {
    "one call for all parents": (
        "{ rows { id owner { id } } }",
        {"rows": [{"id": number, "owner": {"id": number + 100}} for number in range(4)]},
        [[100, 101, 102, 103]],
    ),
    "one parent": ("{ row { owner { id } } }", {"row": {"owner": {"id": 100}}}, [[100]]),
    "one call for two fields of one level": (
        "{ rows { owner { id } friend { id } } }",
        {"rows": [{"owner": {"id": number + 100}, "friend": {"id": number + 100}} for number in range(4)]},
        [[100, 101, 102, 103]],
    ),
    "one call for one field under two names": (
        "{ row { a: owner { id } b: owner { id } } }",
        {"row": {"a": {"id": 100}, "b": {"id": 100}}},
        [[100]],
    ),
    "one call for two branches of one level": (
        "{ rows { owner { id } } again { friend { id } } }",
        {
            "rows": [{"owner": {"id": number + 100}} for number in range(4)],
            "again": [{"friend": {"id": number + 100}} for number in range(4)],
        },
        [[100, 101, 102, 103]],
    ),
    "one call a level": (
        "{ rows { owner { friend { id } } } }",
        {"rows": [{"owner": {"friend": {"id": number + 200}}} for number in range(4)]},
        [[100, 101, 102, 103], [200, 201, 202, 203]],
    ),
    "a resolver's own question comes along": (
        "{ rows { owner { id } loaded { id } } }",
        {"rows": [{"owner": {"id": number + 100}, "loaded": {"id": number + 100}} for number in range(4)]},
        [[100, 101, 102, 103]],
    ),
    "a question at the root": ("{ load(key: 100) { id } }", {"load": {"id": 100}}, [[100]]),
    "what the root asked is not asked again below": (
        "{ load(key: 100) { id } rows { id } }",
        {"load": {"id": 100}, "rows": [{"id": number} for number in range(4)]},
        [[100]],
    ),
    "arguments make the key": (
        "{ rows { asked { id } } row { a: asked(key: 201) { id } b: asked(key: 202, more: null) { id } } }",
        {
            "rows": [{"asked": {"id": number + 100}} for number in range(4)],
            "row": {"a": {"id": 201}, "b": {"id": 202}},
        },
        [[100, 101, 102, 103, 201, 202]],
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_calls(name: str) -> None:
    text, data, calls = CASES[name]
    for context in await rows_world(ROWS, OWNERS).gives(text, data):
        assert [sorted(keys) for keys in context.source.calls] == calls


async def test_equal_keys_of_several_parents_are_asked_once() -> None:
    """Equal is enough: they need not be the same."""
    keys = [1, True, 1.0, Decimal(1), 2, 2.0]
    rows = [row(place, owner_id=key) for place, key in enumerate(keys)]
    made = rows_world(rows, {1: row(1), 2: row(2)})
    data = {"rows": [{"owner": {"id": int(key)}} for key in keys]}
    for context in await made.gives("{ rows { owner { id } } }", data):
        assert context.source.calls == [[1, 2]]


async def test_keys_that_are_equal_but_made_anew() -> None:
    rows = [row(place, owner_id=("02", str(place % 2) + "x")) for place in range(4)]
    answers = {("02", "0x"): row(10), ("02", "1x"): row(11)}
    data = {"rows": [{"owner": {"id": 10 + place % 2}} for place in range(4)]}
    for context in await rows_world(rows, answers).gives("{ rows { owner { id } } }", data):
        assert context.source.calls == [[("02", "0x"), ("02", "1x")]]


async def test_a_key_asked_at_a_higher_level_is_not_asked_again() -> None:
    """Owner of row 0 is its own owner; its friend is new."""
    answers = {100: row(100, owner_id=100, friend_id=101), 101: row(101, owner_id=100, friend_id=100)}
    made = rows_world([row(0)], answers)
    data: Any = {"rows": [{"owner": {"owner": {"id": 100}, "friend": {"owner": {"id": 100}, "friend": {"id": 100}}}}]}
    for context in await made.gives("{ rows { owner { owner { id } friend { owner { id } friend { id } } } } }", data):
        assert context.source.calls == [[100], [101]]


async def test_a_single_question_for_another_key_comes_along() -> None:
    """In the same moment, from a resolver beside a relation."""

    def load_other(parent: Any, info: Any) -> Any:
        return info.context.load(ONE, parent.id + 200)

    made = rows_world(ROWS[:2], OWNERS, loaded=load_other)
    data = {"rows": [{"owner": {"id": number + 100}, "loaded": {"id": number + 200}} for number in range(2)]}
    for context in await made.gives("{ rows { owner { id } loaded { id } } }", data):
        assert [sorted(keys) for keys in context.source.calls] == [[100, 101, 200, 201]]


async def test_another_request_asks_anew() -> None:
    made = rows_world(ROWS, OWNERS)
    for context in await made.gives("{ row { owner { id } } }", {"row": {"owner": {"id": 100}}}):
        assert context.source.calls == [[100]]


async def test_absent_answers() -> None:
    """Null for a to-one question, nothing for a to-many one; and not asked for again."""
    made = rows_world(ROWS[:2], {101: row(101)}, children=edge("id", MANY), maybe=edge("id", MANY))
    for context in await made.gives(
        "{ rows { owner { id } children { id } maybe { id } } again { owner { id } } }",
        {
            "rows": [
                {"owner": None, "children": [], "maybe": []},
                {"owner": {"id": 101}, "children": [], "maybe": []},
            ],
            "again": [{"owner": None}, {"owner": {"id": 101}}],
        },
    ):
        assert sorted(sorted(keys) for keys in context.source.calls) == [[0, 1], [100, 101]]


async def test_an_absent_answer_where_none_may_be() -> None:
    made = rows_world(ROWS[:1], {})
    await made.gives(
        "{ row { strict { id } } }",
        {"row": None},
        ["Cannot return null for non-nullable field Row.strict. @ row.strict"],
    )


async def test_lists_of_a_relation() -> None:
    """Lists, a null among them where none may be, and one where it may."""
    answers: dict[Any, Any] = {100: [row(1), row(2)], 101: (), 102: [row(3), None]}
    made = rows_world(ROWS[:3], answers)
    await made.gives(
        "{ rows { maybe { id } } }",
        {"rows": [{"maybe": [{"id": 1}, {"id": 2}]}, {"maybe": []}, {"maybe": [{"id": 3}, None]}]},
    )
    await made.gives(
        "{ rows { id children { id } } }",
        None,
        ["Cannot return null for non-nullable field Row.children. @ rows.2.children.1"],
    )
    for context in await rows_world(ROWS[:2], answers).gives(
        "{ rows { children { id } maybe { id } } }",
        {
            "rows": [
                {"children": [{"id": 1}, {"id": 2}], "maybe": [{"id": 1}, {"id": 2}]},
                {"children": [], "maybe": []},
            ]
        },
    ):
        assert context.source.calls == [[100, 101]]


async def test_no_parents_no_call() -> None:
    for context in await rows_world([], {}).gives(
        "{ rows { owner { id } } row { owner { id } } }", {"rows": [], "row": None}
    ):
        assert context.source.calls == []


async def test_ten_thousand_parents() -> None:
    rows = [row(number, owner_id=number % 5000) for number in range(10_000)]
    made = rows_world(rows, {number: row(number) for number in range(5000)})
    context = Sourced(made.make_context().source.answers)
    told = await made.asks(made.compiled, "{ rows { owner { id } } }", context=context)
    assert told.errors == []
    assert [len(keys) for keys in context.source.calls] == [5000]


async def test_two_batches_of_one_source_are_two_questions() -> None:
    made = rows_world(ROWS[:1], {100: row(100), 0: [row(5)]}, children=edge("id", MANY))
    for context in await made.gives(
        "{ row { owner { id } children { id } } }", {"row": {"owner": {"id": 100}, "children": [{"id": 5}]}}
    ):
        assert sorted(context.source.calls) == [[0], [100]]


@pytest.mark.parametrize(
    ("viewer", "kind", "message"),
    [
        (NOBODY, Unauthenticated, "this needs a credential with the scope x"),
        (Viewer("somebody", frozenset({"y"})), Forbidden, "this needs the scope x"),
    ],
)
async def test_a_right_that_lacks(viewer: Viewer, kind: type[ServiceError], message: str) -> None:
    """Every parent is refused, and nothing is asked."""

    def without_right() -> Sourced:
        context = Sourced(OWNERS)
        context.viewer = viewer
        return context

    made = rows_world(ROWS[:2], OWNERS)
    made.make_context = without_right
    text = "{ rows { id owner { id } } }"
    for context in await made.gives(
        text,
        {"rows": [{"id": 0, "owner": None}, {"id": 1, "owner": None}]},
        [f"{message} @ rows.{place}.owner" for place in (0, 1)],
    ):
        assert context.source.calls == []
    for engine in made.runs():
        answer = await engine.run(made.documents.prepared(text), None, {}, without_right())
        assert [type(error.original_error) for error in answer.errors] == [kind, kind]


KEY_FAILS = "no key"


def key_of_even(parent: Any) -> int:
    if parent.id % 2:
        raise Boom(KEY_FAILS)
    return parent.owner_id


async def test_a_key_function_that_fails_for_some_parents() -> None:
    made = rows_world(ROWS, OWNERS, owner=Edge(ONE, key_of_even, RIGHT))
    for context in await made.gives(
        "{ rows { id owner { id } } }",
        {"rows": [{"id": number, "owner": None if number % 2 else {"id": number + 100}} for number in range(4)]},
        [f"{KEY_FAILS} @ rows.1.owner", f"{KEY_FAILS} @ rows.3.owner"],
    ):
        assert context.source.calls == [[100, 102]]


async def test_a_key_function_that_fails_for_all_asks_nothing() -> None:
    made = rows_world([row(1), row(3)], OWNERS, owner=Edge(ONE, key_of_even, RIGHT))
    for context in await made.gives(
        "{ rows { owner { id } } }",
        {"rows": [{"owner": None}, {"owner": None}]},
        [f"{KEY_FAILS} @ rows.0.owner", f"{KEY_FAILS} @ rows.1.owner"],
    ):
        assert context.source.calls == []


async def test_failing_keys_beside_good_ones() -> None:
    """An error that the source gives for a key is told at each of its parents."""
    answers: dict[Any, Any] = {100: row(100), 101: Conflict("gone"), 102: Boom("bug")}
    rows = [*ROWS[:3], row(9, owner_id=101)]
    made = rows_world(rows, answers)
    errors = ["gone @ rows.1.owner", "bug @ rows.2.owner", "gone @ rows.3.owner"]
    for context in await made.gives(
        "{ rows { owner { id } } }",
        {"rows": [{"owner": {"id": 100}}, {"owner": None}, {"owner": None}, {"owner": None}]},
        errors,
    ):
        assert context.source.calls == [[100, 101, 102]]


async def test_a_failing_key_where_nothing_may_be_null() -> None:
    made = rows_world(ROWS[:2], {100: row(100), 101: Conflict("gone")})
    await made.gives("{ rows { strict { id } } }", None, ["gone @ rows.1.strict"])
