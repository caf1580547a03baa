"""Response names made to meet the generated code: keywords, dunder names, and the names that the code itself uses."""

import builtins
import keyword
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLScalarType
from support.execution import RIGHT, World, returns, world

from engine.fields import Attribute, Computed
from resolvers.context import Batch, Edge


class Mood(Enum):
    GOOD = 1


async def _twice(keys: Any) -> dict[Any, Any]:
    return {key: key * 2 for key in keys}


@pytest.fixture(scope="module")
def rows() -> World:
    """Rows with a leaf of every sort that the generated code knows."""
    record = SimpleNamespace(text="t", number=5, mood=Mood.GOOD, odd="o", numbers=[1, 2], row=None, dotted=7)
    setattr(record, "class", 8)
    record.row = record
    return world(
        """
        enum Mood { GOOD }
        scalar Odd
        type Query { rows: [Row], row: Row }
        type Row {
          text: String, number: Int, mood: Mood, odd: Odd, numbers: [Int], row: Row, computed: Int, reserved: Int
          resolved: Int, related: Int
        }
        """,
        {
            "Query.rows": returns([record, record]),
            "Query.row": returns(record),
            "Row.computed": Computed(lambda record: record.number + 1),
            "Row.reserved": Attribute("class"),
            "Row.resolved": lambda record, _info: record.number + 2,
            "Row.related": Edge(Batch(lambda _sources: _twice, absent=None), lambda record: record.number, RIGHT),
        },
        enums={"Mood": Mood},
        scalars={"Odd": str.upper},
    )


ANSWERS: dict[str, Any] = {
    "text": "t",
    "number": 5,
    "mood": "GOOD",
    "odd": "O",
    "numbers": [1, 2],
    "computed": 6,
    "reserved": 8,
    "resolved": 7,
    "related": 10,
    "row { text }": {"text": "t"},
    "__typename": "Row",
}
GENERATED = [
    "rows", "append", "surprise", "records", "shell", "v", "o", "len", "type", "str", "int", "float", "bool", "leaves",
    "values", "done", "odd", "names", "place", "plan", "row", "index", "path", "errors", "data", "self", "cls",
    *(f"{letter}{place}" for letter in "TNHCR" for place in range(12)),
]  # fmt: skip
DUNDER = [
    "__class__", "__dict__", "__init__", "__builtins__", "__import__", "__name__", "__getattribute__", "__slots__",
    "__doc__", "__globals__", "__code__", "__closure__", "__mro__", "__subclasses__", "__debug__", "__",
    "_", "___", "__a",
]  # fmt: skip
INTROSPECTIVE = ["__typename", "__schema", "__type"]
LITERALS = [
    "None",
    "True",
    "False",
    "null",
    "true",
    "false",
    "on",
    "fragment",
    "query",
    "NaN",
    "undefined",
    "NotImplemented",
]
NAMES = [*keyword.kwlist, *keyword.softkwlist, *GENERATED, *DUNDER, *INTROSPECTIVE, *LITERALS, "A" * 255]


@pytest.mark.parametrize("field", ANSWERS)
async def test_every_name_for_every_sort_of_field(rows: World, field: str) -> None:
    """All names in one selection, in their order."""
    names = list(dict.fromkeys(NAMES))
    asked = " ".join(f"{name}: {field}" for name in names)
    answer = dict.fromkeys(names, ANSWERS[field])
    await rows.gives(f"{{ rows {{ {asked} }} }}", {"rows": [answer, answer]})


@pytest.mark.parametrize("name", [*DUNDER, *INTROSPECTIVE, "rows", "surprise", "v", "o", "None", "class"])
async def test_every_name_at_the_root_and_below_itself(rows: World, name: str) -> None:
    await rows.gives(
        f"query {name if name != 'null' else 'x'} {{ {name}: row {{ {name}: row {{ {name}: number ...{name} }} }} }}"
        f" fragment {name} on Row {{ {name}: number }}",
        {name: {name: {name: 5}}},
    )


async def test_all_builtins_as_names(rows: World) -> None:
    names = [name for name in dir(builtins) if name.isidentifier()]
    asked = " ".join(f"{name}: text" for name in names)
    await rows.gives(f"{{ row {{ {asked} }} }}", {"row": dict.fromkeys(names, "t")})


async def test_names_exchanged_among_sorts(rows: World) -> None:
    """Each field under another's name."""
    text = (
        "{ row { text: number number: mood mood: odd odd: numbers numbers: computed computed: resolved resolved:"
        " related related: __typename reserved: text __typename: reserved } }"
    )
    data = {
        "text": 5, "number": "GOOD", "mood": "O", "odd": [1, 2], "numbers": 6, "computed": 7, "resolved": 10,
        "related": "Row", "reserved": "t", "__typename": 8,
    }  # fmt: skip
    await rows.gives(text, {"row": data})


async def test_names_that_differ_little(rows: World) -> None:
    names = ["a", "A", "_a", "a_", "a1", "a10", "a01", "aa"]
    asked = " ".join(f"{name}: number" for name in names)
    await rows.gives(f"{{ row {{ {asked} }} }}", {"row": dict.fromkeys(names, 5)})


@pytest.mark.parametrize("name", ["é", "a-b", "a.b", "1a", "a'b", "a b:", "ﬁ", "\u202ea", "a\\n", "__import__('os')"])
async def test_other_names_are_not_graphql(rows: World, name: str) -> None:
    document = rows.documents.prepared(f"{{ row {{ {name}: text }} }}")
    assert document.tree is None
    assert document.errors[0].message.startswith(("Syntax Error", "Cannot query field"))


HOSTILE_NAMES = [
    "class",
    "None",
    "def",
    "lambda",
    "import",
    "records",
    "surprise",
    "rows",
    "append",
    "v",
    "o",
    "T0",
    "len",
]


async def test_types_and_fields_with_such_names() -> None:
    """The schema's own names are not hostile, but may be unlucky."""
    for name in HOSTILE_NAMES:
        record = SimpleNamespace(**{name: 1})
        unlucky = world(
            f"type Query {{ {name}: {name} }} type {name} {{ {name}: Int, other(x: Int): Int }}",
            {f"Query.{name}": returns(record), f"{name}.other": lambda _source, _info, x=0: x},
        )
        await unlucky.gives(
            f"{{ {name} {{ {name} __typename other(x: 2) }} }}", {name: {name: 1, "__typename": name, "other": 2}}
        )


async def test_scalars_and_enums_with_such_names() -> None:
    for name in ("str", "type", "len", "T0", "rows"):
        unlucky = world(
            f"scalar {name} type Query {{ row: Row, list: [{name}] }} type Row {{ x: {name} }}",
            {"Query.row": returns(SimpleNamespace(x="x")), "Query.list": returns(["a", "b"])},
            scalars={name: str.upper},
        )
        assert isinstance(unlucky.schema.type_map[name], GraphQLScalarType)
        await unlucky.gives("{ row { x } list }", {"row": {"x": "X"}, "list": ["A", "B"]})


async def test_operations_variables_and_fragments_with_such_names(rows: World) -> None:
    for name in [*HOSTILE_NAMES, *DUNDER, "null", "true"]:
        text = (
            f"query {name}(${name}: Boolean!) {{ row {{ ...{name} @include(if: ${name}) }} }}"
            f" fragment {name} on Row {{ text }}"
        )
        await rows.gives(text, {"row": {"text": "t"}}, variables={name: True}, operation=name)
