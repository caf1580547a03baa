"""Arguments: literals of every kind, defaults, null and absent, variables in literals, and what is wrong with them."""

from enum import Enum
from typing import Any

import pytest
from graphql import GraphQLError
from support.execution import RIGHT, World, returns, world

from resolvers.context import Batch, Edge


class Size(Enum):
    SMALL = "s"
    LARGE = ("l", 1)


SDL = """
enum Size { SMALL LARGE }
enum Plain { YES NO }
scalar Any
scalar Even
input Point { x: Int!, y: Int = 7, tags: [String!], size: Size = SMALL, inner: Point }
input Choice @oneOf { name: String, point: Point }
type Query {
  int(v: Int): String
  float(v: Float): String
  string(v: String): String
  boolean(v: Boolean): String
  id(v: ID): String
  size(v: Size): String
  plain(v: Plain): String
  ints(v: [Int]): String
  strict(v: [Int!]!): String
  grid(v: [[Int]]): String
  point(v: Point): String
  points(v: [Point!]): String
  choice(v: Choice): String
  any(v: Any): String
  even(v: Even): String
  required(v: Int!): String
  preset(v: Int! = 3): String
  defaults(i: Int = 1, f: Float = 2, s: String = "three", b: Boolean = false, l: [Int] = [4], n: Int = null,
           e: Size = LARGE, p: Point = {x: 5}, none: Int): String
  two(a: Int, b: Int): String
  via: Via
}
type Via { relation(a: Int, b: String = "d"): String }
"""


def told(_source: Any, _info: Any, **arguments: Any) -> str:
    return repr(arguments)


def even(value: Any) -> int:
    if value % 2:
        raise GraphQLError(f"odd: {value}")
    return value


async def _repeat(keys: Any) -> dict[Any, Any]:
    return {key: repr(dict(key)) for key in keys}


@pytest.fixture(scope="module")
def asked() -> World:
    names = [line.split("(")[0].strip() for line in SDL.splitlines() if "(v:" in line]
    made = world(
        SDL,
        {
            **{f"Query.{name}": told for name in (*names, "defaults", "two")},
            "Query.via": returns(object()),
            "Via.relation": Edge(
                Batch(lambda _sources: _repeat, absent=None),
                lambda _parent, **arguments: tuple(sorted(arguments.items())),
                RIGHT,
            ),
        },
        enums={"Size": Size},
    )
    scalar: Any = made.schema.type_map["Even"]
    scalar.coerce_input_value = even
    scalar.coerce_input_literal = lambda node, *_: even(int(node.value))
    return made


LITERALS = [
    ("int(v: 0)", "{'v': 0}"),
    ("int(v: -2147483648)", "{'v': -2147483648}"),
    ("int(v: 2147483647)", "{'v': 2147483647}"),
    ("int(v: null)", "{'v': None}"),
    ("int", "{}"),
    ("float(v: 1)", "{'v': 1.0}"),
    ("float(v: -1.5e-3)", "{'v': -0.0015}"),
    ("float(v: 1e400)", "{'v': inf}"),
    ('string(v: "")', "{'v': ''}"),
    ('string(v: "a\\u00e9\\n\\"\\\\")', r"""{'v': 'aé\n"\\'}"""),
    ('string(v: "\\uD83D\\uDE00\\u{1F600}")', "{'v': '😀😀'}"),
    ('string(v: """\n    block\n      "quoted"\n    """)', "{'v': 'block\\n  \"quoted\"'}"),
    ("boolean(v: true)", "{'v': True}"),
    ("boolean(v: false)", "{'v': False}"),
    ('id(v: "07")', "{'v': '07'}"),
    ("id(v: 7)", "{'v': '7'}"),
    ("size(v: SMALL)", "{'v': <Size.SMALL: 's'>}"),
    ("size(v: LARGE)", "{'v': <Size.LARGE: ('l', 1)>}"),
    ("plain(v: NO)", "{'v': 'NO'}"),
    ("ints(v: [])", "{'v': []}"),
    ("ints(v: [1, null, 3])", "{'v': [1, None, 3]}"),
    ("ints(v: 1)", "{'v': [1]}"),
    ("ints(v: null)", "{'v': None}"),
    ("strict(v: 1)", "{'v': [1]}"),
    ("grid(v: [[1], [2, 3], null])", "{'v': [[1], [2, 3], None]}"),
    ("grid(v: [1, 2])", "{'v': [[1], [2]]}"),
    ("grid(v: 1)", "{'v': [[1]]}"),
    ("point(v: {x: 1})", "{'v': {'x': 1, 'y': 7, 'size': <Size.SMALL: 's'>}}"),
    ("point(v: {y: null, x: 1, size: null})", "{'v': {'x': 1, 'y': None, 'size': None}}"),
    ('point(v: {x: 1, y: 2, tags: "a"})', "{'v': {'x': 1, 'y': 2, 'tags': ['a'], 'size': <Size.SMALL: 's'>}}"),
    (
        "point(v: {x: 1, size: LARGE, inner: {x: 2, y: 0, size: null}})",
        "{'v': {'x': 1, 'y': 7, 'size': <Size.LARGE: ('l', 1)>, 'inner': {'x': 2, 'y': 0, 'size': None}}}",
    ),
    ("points(v: {x: 1, y: 1, size: null})", "{'v': [{'x': 1, 'y': 1, 'size': None}]}"),
    ('choice(v: {name: "n"})', "{'v': {'name': 'n'}}"),
    ("choice(v: {point: {x: 1, y: 1, size: null}})", "{'v': {'point': {'x': 1, 'y': 1, 'size': None}}}"),
    ('any(v: [1, 2.5, "s", true, null, NAME, {k: [1]}])', "{'v': [1, 2.5, 's', True, None, 'NAME', {'k': [1]}]}"),
    ("even(v: 4)", "{'v': 4}"),
    ("required(v: 1)", "{'v': 1}"),
    ("preset", "{'v': 3}"),
    ("preset(v: 4)", "{'v': 4}"),
    ("two(b: 2, a: 1)", "{'a': 1, 'b': 2}"),
    ("two(b: 2)", "{'b': 2}"),
    (
        "defaults",
        (
            "{'i': 1, 'f': 2.0, 's': 'three', 'b': False, 'l': [4], 'n': None, 'e': <Size.LARGE: ('l', 1)>,"
            " 'p': {'x': 5, 'y': 7, 'size': <Size.SMALL: 's'>}}"
        ),
    ),
    (
        "defaults(i: null, f: null, s: null, b: null, l: null, n: 0, e: null, p: null, none: null)",
        "{'i': None, 'f': None, 's': None, 'b': None, 'l': None, 'n': 0, 'e': None, 'p': None, 'none': None}",
    ),
]


@pytest.mark.parametrize(("field", "value"), LITERALS)
async def test_literal(asked: World, field: str, value: str) -> None:
    await asked.gives(f"{{ answer: {field} }}", {"answer": value})


@pytest.mark.parametrize(
    ("arguments", "variables", "value"),
    [
        ("", {}, "{'b': 'd'}"),
        ("(a: 1)", {}, "{'a': 1, 'b': 'd'}"),
        ("(a: null, b: null)", {}, "{'a': None, 'b': None}"),
        ("(a: $a, b: $b)", {"a": 1, "b": "x"}, "{'a': 1, 'b': 'x'}"),
        ("(a: $a, b: $b)", {"b": None}, "{'b': None}"),
        ("(a: $a, b: $b)", {}, "{'b': 'd'}"),
    ],
)
async def test_arguments_of_a_relation(asked: World, arguments: str, variables: Any, value: str) -> None:
    head = "query ($a: Int, $b: String) " if "$" in arguments else ""
    await asked.gives(f"{head}{{ via {{ relation{arguments} }} }}", {"via": {"relation": value}}, variables=variables)


# What is declared, the field, and for variables: what the resolver is given.
VARIABLES = [
    ("$v: Int", "int(v: $v)", {"v": 1}, "{'v': 1}"),
    ("$v: Int", "int(v: $v)", {"v": None}, "{'v': None}"),
    ("$v: Int", "int(v: $v)", {}, "{}"),
    ("$v: Int = 5", "int(v: $v)", {}, "{'v': 5}"),
    ("$v: Int = 5", "int(v: $v)", {"v": None}, "{'v': None}"),
    ("$v: Int = null", "int(v: $v)", {}, "{'v': None}"),
    ("$v: Int", "int(v: $v)", {"v": 3.0}, "{'v': 3}"),
    ("$v: Float", "float(v: $v)", {"v": 3}, "{'v': 3.0}"),
    ("$v: ID", "id(v: $v)", {"v": 9}, "{'v': '9'}"),
    ("$v: Int", "preset(v: $v)", {}, "{'v': 3}"),
    ("$v: Int", "preset(v: $v)", {"v": 8}, "{'v': 8}"),
    ("$v: Int = 6", "preset(v: $v)", {}, "{'v': 6}"),
    ("$v: Int = 6", "required(v: $v)", {}, "{'v': 6}"),
    ("$v: [Int]", "ints(v: $v)", {"v": [1, None]}, "{'v': [1, None]}"),
    ("$v: [Int]", "ints(v: $v)", {"v": 1}, "{'v': [1]}"),
    ("$v: [Int]", "ints(v: $v)", {"v": (1, 2)}, "{'v': [1, 2]}"),
    ("$v: Int", "ints(v: [1, $v])", {"v": 2}, "{'v': [1, 2]}"),
    ("$v: Int", "ints(v: [1, $v])", {"v": None}, "{'v': [1, None]}"),
    ("$v: Int", "ints(v: [1, $v])", {}, "{'v': [1, None]}"),
    ("$v: [[Int]]", "grid(v: $v)", {"v": [1, [2]]}, "{'v': [[1], [2]]}"),
    ("$v: Size", "size(v: $v)", {"v": "LARGE"}, "{'v': <Size.LARGE: ('l', 1)>}"),
    ("$v: Point", "point(v: $v)", {"v": {"x": 1}}, "{'v': {'x': 1, 'y': 7, 'size': <Size.SMALL: 's'>}}"),
    ("$v: Point", "point(v: $v)", {"v": None}, "{'v': None}"),
    ("$v: Point", "point(v: $v)", {}, "{}"),
    ("$v: Int!", "point(v: {x: $v, size: null})", {"v": 1}, "{'v': {'x': 1, 'y': 7, 'size': None}}"),
    ("$v: Int", "point(v: {x: 1, y: $v, size: null})", {}, "{'v': {'x': 1, 'y': 7, 'size': None}}"),
    ("$v: Int", "point(v: {x: 1, y: $v, size: null})", {"v": None}, "{'v': {'x': 1, 'y': None, 'size': None}}"),
    ("$v: Point = {x: 9, size: null}", "point(v: $v)", {}, "{'v': {'x': 9, 'y': 7, 'size': None}}"),
    ("$v: Choice", "choice(v: $v)", {"v": {"name": "n"}}, "{'v': {'name': 'n'}}"),
    ("$v: String!", "choice(v: {name: $v})", {"v": "n"}, "{'v': {'name': 'n'}}"),
    ("$v: Any", "any(v: $v)", {"v": {"a": [1, {"b": None}]}}, "{'v': {'a': [1, {'b': None}]}}"),
    ("$v: Any", "any(v: {k: $v})", {"v": [1]}, "{'v': {'k': [1]}}"),
    ("$v: Even", "even(v: $v)", {"v": 2}, "{'v': 2}"),
    ("$v: Int, $w: Int", "two(a: $v, b: $w)", {"w": 2}, "{'b': 2}"),
    ("$v: Int, $w: Int = 4", "two(a: $v, b: $w)", {"v": None}, "{'a': None, 'b': 4}"),
    ("$v: Int", "two(a: $v, b: $v)", {"v": 1, "unknown": 2}, "{'a': 1, 'b': 1}"),
]


@pytest.mark.parametrize(("declared", "field", "variables", "value"), VARIABLES)
async def test_variable(asked: World, declared: str, field: str, variables: dict[str, Any], value: str) -> None:
    await asked.gives(f"query ({declared}) {{ answer: {field} }}", {"answer": value}, variables=variables)


async def test_one_document_with_ever_other_variables(asked: World) -> None:
    """The plan is kept; the values are not."""
    text = "query ($v: Int, $w: Int = 4) { a: two(a: $v, b: $w) b: two(a: 1, b: $v) c: two(a: 1) }"
    for variables, a, b in (
        ({"v": 1, "w": 2}, "{'a': 1, 'b': 2}", "{'a': 1, 'b': 1}"),
        ({"v": None}, "{'a': None, 'b': 4}", "{'a': 1, 'b': None}"),
        ({}, "{'b': 4}", "{'a': 1}"),
        ({"w": None}, "{'b': None}", "{'a': 1}"),
        ({"v": 5, "w": 5}, "{'a': 5, 'b': 5}", "{'a': 1, 'b': 5}"),
    ):
        await asked.gives(text, {"a": a, "b": b, "c": "{'a': 1}"}, variables=variables)


ONE_OF = (
    "Within OneOf Input Object type 'Choice', exactly one field must be specified,"
    " and the value for that field must be non-null."
)
# What is declared, the field, a wrong value (ABSENT: none), and what is told after "Variable '$v' has invalid value".
ABSENT = object()
REFUSED = [
    ("Int!", "required", ABSENT, ": Expected a value of non-null type 'Int!' to be provided."),
    ("Int!", "required", None, ": Expected value of non-null type 'Int!' not to be None."),
    ("Int", "int", "1", ": Int cannot represent non-integer value: '1'"),
    ("Int", "int", True, ": Int cannot represent non-integer value: True"),
    ("Int", "int", 2**31, ": Int cannot represent non 32-bit signed integer value: 2147483648"),
    ("Int", "int", 1.5, ": Int cannot represent non-integer value: 1.5"),
    ("Int", "int", [1], ": Int cannot represent non-integer value: [1]"),
    ("Float", "float", float("nan"), ": Float cannot represent non numeric value: nan"),
    ("Float", "float", "1.5", ": Float cannot represent non numeric value: '1.5'"),
    ("String", "string", 1, ": String cannot represent a non string value: 1"),
    ("Boolean", "boolean", 1, ": Boolean cannot represent a non boolean value: 1"),
    ("ID", "id", 1.5, ": ID cannot represent value: 1.5"),
    ("Size", "size", "s", ": Value 's' does not exist in 'Size' enum."),
    ("Size", "size", 1, ": Enum 'Size' cannot represent non-string value: 1."),
    ("[Int!]!", "strict", [1, None], " at [1]: Expected value of non-null type 'Int!' not to be None."),
    ("[Int!]!", "strict", [1, "x"], " at [1]: Int cannot represent non-integer value: 'x'"),
    ("[Int!]!", "strict", None, ": Expected value of non-null type '[Int!]!' not to be None."),
    ("[[Int]]", "grid", [[1], [2, "x"]], " at [1][1]: Int cannot represent non-integer value: 'x'"),
    ("Point", "point", {}, ": Expected value of type 'Point' to include required field 'x', found: {}."),
    (
        "Point",
        "point",
        {"x": 1, "z": 2},
        (
            ": Expected value of type 'Point' not to include unknown field 'z'. Did you mean 'x' or 'y'?"
            " Found: {'x': 1, 'z': 2}."
        ),
    ),
    (
        "Point",
        "point",
        {"x": 1, "inner": {"x": 2, "inner": {"x": "3"}}},
        " at .inner.inner.x: Int cannot represent non-integer value: '3'",
    ),
    (
        "Point",
        "point",
        {"x": 1, "tags": ["a", None]},
        " at .tags[1]: Expected value of non-null type 'String!' not to be None.",
    ),
    ("Point", "point", "text", ": Expected value of type 'Point' to be an object, found: 'text'."),
    ("Point", "point", {"x": 1, "size": "HUGE"}, " at .size: Value 'HUGE' does not exist in 'Size' enum."),
    (
        "[Point!]",
        "points",
        [{"x": 1}, {"x": None}],
        " at [1].x: Expected value of non-null type 'Int!' not to be None.",
    ),
    ("Choice", "choice", {}, f": {ONE_OF}"),
    ("Choice", "choice", {"name": "a", "point": {"x": 1}}, f": {ONE_OF}"),
    ("Choice", "choice", {"name": None}, f" at .name: {ONE_OF}"),
    ("Even", "even", 3, ": odd: 3"),
]


@pytest.mark.parametrize(("declared", "field", "value", "told"), REFUSED)
async def test_a_wrong_variable_runs_nothing(asked: World, declared: str, field: str, value: Any, told: str) -> None:
    text = f"query ($v: {declared}) {{ answer: {field}(v: $v) }}"
    variables = {} if value is ABSENT else {"v": value}
    await asked.gives(text, None, [f"Variable '$v' has invalid value{told}"], variables=variables, executed=False)


async def test_every_wrong_variable_is_told() -> None:
    asked = world("type Query { two(a: Int, b: [Int!]): String }", {"Query.two": told})
    await asked.gives(
        "query ($a: Int, $b: [Int!]) { two(a: $a, b: $b) }",
        None,
        [
            "Variable '$a' has invalid value: Int cannot represent non-integer value: 'x'",
            "Variable '$b' has invalid value at [0]: Int cannot represent non-integer value: 'y'",
            "Variable '$b' has invalid value at [2]: Expected value of non-null type 'Int!' not to be None.",
        ],
        variables={"a": "x", "b": ["y", 1, None]},
        executed=False,
    )


async def test_but_only_the_first_of_thousands() -> None:
    asked = world("type Query { many(b: [Int!]): String }", {"Query.many": told})
    wrong = "Variable '$b' has invalid value at [{}]: Int cannot represent non-integer value: 'x'"
    await asked.gives(
        "query ($b: [Int!]) { many(b: $b) }",
        None,
        [
            *(wrong.format(index) for index in range(20)),
            "Too many errors processing variables, error limit reached. Execution aborted.",
        ],
        variables={"b": ["x"] * 5000},
        executed=False,
    )


async def test_a_null_for_an_argument_with_a_default_that_may_not_be_null(asked: World) -> None:
    """Valid by the rules, for the argument has a default; found out when the field is asked."""
    await asked.gives(
        "query ($v: Int) { fine: preset a: preset(v: $v) via { relation } }",
        {"fine": "{'v': 3}", "a": None, "via": {"relation": "{'b': 'd'}"}},
        ["Argument 'v' has invalid value: Expected variable '$v' provided to non-null type 'Int!' not to be None. @ a"],
        variables={"v": None},
    )


async def test_an_argument_error_at_every_parent() -> None:
    """Also where parents are asked together."""

    async def never(_keys: Any) -> dict[Any, Any]:
        raise AssertionError

    edge = Edge(Batch(lambda _sources: never, absent=None), lambda _parent, v: v, RIGHT)
    for how in (told, edge):
        rows = world(
            "type Query { rows: [Row] } type Row { a(v: Int! = 1): String, b: Int }",
            {"Query.rows": returns([object(), object()]), "Row.a": how, "Row.b": returns(1)},
        )
        message = (
            "Argument 'v' has invalid value: Expected variable '$v' provided to non-null type 'Int!' not to be None."
        )
        await rows.gives(
            "query ($v: Int) { rows { b a(v: $v) } }",
            {"rows": [{"b": 1, "a": None}, {"b": 1, "a": None}]},
            [f"{message} @ rows.0.a", f"{message} @ rows.1.a"],
            variables={"v": None},
        )


async def test_arguments_under_other_names_for_python() -> None:
    asked = world("type Query { f(camelCase: Int, class: Int): String }", {"Query.f": told})
    arguments = asked.schema.query_type.fields["f"].args  # type: ignore[union-attr]
    arguments["camelCase"].out_name, arguments["class"].out_name = "snake_case", "class_"
    await asked.gives("{ f(camelCase: 1, class: 2) }", {"f": "{'snake_case': 1, 'class_': 2}"})
    await asked.gives(
        "query ($v: Int) { f(camelCase: $v, class: 2) }", {"f": "{'snake_case': 3, 'class_': 2}"}, variables={"v": 3}
    )


async def test_an_argument_that_is_no_python_name() -> None:
    asked = world("type Query { f(class: Int, def: Int): String }", {"Query.f": told})
    await asked.gives("{ f(class: 1, def: 2) }", {"f": "{'class': 1, 'def': 2}"})


async def test_a_resolver_that_does_not_take_its_arguments() -> None:
    def narrow(_source: Any, _info: Any) -> str:
        return "never"

    asked = world("type Query { f(a: Int): String }", {"Query.f": narrow})
    message = (
        "test_a_resolver_that_does_not_take_its_arguments.<locals>.narrow() got an unexpected keyword argument 'a'"
    )
    await asked.gives("{ f }  # without", {"f": "never"})
    await asked.gives("{ f(a: 1) }", {"f": None}, [f"{message} @ f"])


async def test_what_a_resolver_does_to_its_arguments_is_forgotten() -> None:
    """The constants of a document are worked out once and for all who send it."""

    def greedy(_source: Any, _info: Any, tags: list[str], point: dict[str, Any]) -> str:
        told = repr((tags, point))
        tags.append("changed")
        point["x"] = "changed"
        return told

    asked = world(
        "input Point { x: Int, inner: Point } type Query { f(tags: [String], point: Point): String }",
        {"Query.f": greedy},
    )
    first = "(['a'], {'x': 1, 'inner': {'x': 2}})"
    await asked.gives('{ f(tags: ["a"], point: {x: 1, inner: {x: 2}}) }', {"f": first})


async def test_a_default_mutated_by_one_resolver_is_whole_for_its_sibling() -> None:
    def greedy(_source: Any, _info: Any, tags: list[str]) -> str:
        told = repr(tags)
        tags.append("changed")
        return told

    asked = world("type Query { f(tags: [String]): String }", {"Query.f": greedy})
    await asked.gives(
        'query ($tags: [String] = ["d"]) { a: f(tags: $tags) b: f(tags: ["l"]) }', {"a": "['d']", "b": "['l']"}
    )
