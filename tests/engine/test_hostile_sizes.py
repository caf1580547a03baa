"""Documents that are too large: refused at once under normal limits, and harmless under none to speak of."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType
from support.execution import GENEROUS, NORMAL, Context, World, returns, world

from engine.fields import FieldKind
from engine.limits import Limits

# What is refused without being parsed takes milliseconds; a machine may be busy.
AT_ONCE_SECONDS = 5.0
BOUNDED_SECONDS = 20.0

NODE = SimpleNamespace(a=1, b="x")
NODE.n = NODE
NODE.l = [NODE]
SDL = """
scalar Any
type Query {
  n: N, none: N, a: Int, int(v: Int): String, ints(v: [Int]): String, text(v: String): String, any(v: Any): String
}
type N { a: Int, b: String, n: N, l: [N!], r: N, later: N }
"""


def told(_source: Any, _info: Any, v: Any = None) -> str:
    return f"{type(v).__name__} {str(v)[:20]}"


async def later(_source: Any, _info: Any) -> Any:
    await asyncio.sleep(0)
    return NODE


def hurt(limits: Limits) -> World:
    return world(
        SDL,
        {
            "Query.n": returns(NODE),
            "Query.a": returns(1),
            "N.r": returns(NODE),
            "N.later": later,
            **{f"Query.{name}": told for name in ("int", "ints", "text", "any")},
        },
        limits=limits,
    )


def fields(count: int) -> str:
    return "{ n { " + " ".join(f"x{number}: a" for number in range(count)) + " } }"


def nested(depth: int, name: str = "n") -> str:
    return "{ n { " + f"{name} {{ " * depth + "a" + " }" * depth + " } }"


def chained(count: int) -> str:
    links = (f"fragment F{number} on N {{ a ...F{number + 1} }}" for number in range(count - 1))
    return f"{{ n {{ ...F0 }} }} {' '.join(links)} fragment F{count - 1} on N {{ b }}"


def flat_fragments(count: int) -> str:
    spreads = " ".join(f"...F{number}" for number in range(count))
    return f"{{ n {{ {spreads} }} }} " + " ".join(
        f"fragment F{number} on N {{ x{number}: a }}" for number in range(count)
    )


def doubled(levels: int, root: str = "none") -> str:
    """Each fragment asks the next one twice: a few names, and 2 to the power of `levels` fields."""
    links = (
        f"fragment F{level} on N {{ x: n {{ ...F{level + 1} }} y: n {{ ...F{level + 1} }} }}" for level in range(levels)
    )
    return f"{{ {root} {{ ...F0 }} }} {' '.join(links)} fragment F{levels} on N {{ a }}"


TOO_LARGE: dict[str, tuple[str, list[str]]] = {
    "ten thousand fragments in a chain": (chained(10_000), ["tokens is 90005, the limit is 2000"]),
    "ten thousand fragments side by side": (
        flat_fragments(10_000),
        ["tokens is 110005, the limit is 2000", "aliases is 10000, the limit is 100"],
    ),
    "a hundred thousand fields": (
        fields(100_000),
        ["tokens is 300005, the limit is 2000", "aliases is 100000, the limit is 100"],
    ),
    "one field a hundred thousand times": ("{ n { " + "a " * 100_000 + "} }", ["tokens is 100005, the limit is 2000"]),
    "nesting of ten thousand": (
        nested(10_000),
        ["tokens is 30006, the limit is 2000", "nesting is 10002, the limit is 60"],
    ),
    "nesting of a hundred": (nested(100), ["nesting is 102, the limit is 60"]),
    "two hundred thousand braces": (
        "{" * 200_000,
        ["tokens is 200000, the limit is 2000", "nesting is 200000, the limit is 60"],
    ),
    "a list of a hundred thousand": ("{ ints(v: [" + "1," * 100_000 + "]) }", ["tokens is 100009, the limit is 2000"]),
    "lists in lists": ("{ any(v: " + "[" * 500 + "]" * 500 + ") }", ["nesting is 502, the limit is 60"]),
    "objects in objects": (
        "{ any(v: " + "{a:" * 300 + "1" + "}" * 300 + ") }",
        ["nesting is 302, the limit is 60"],
    ),
    "directives on everything": (
        "query @include(if: true) { " + "a @skip(if: false) @include(if: true) " * 40 + "}",
        ["directives is 81, the limit is 50"],
    ),
    "a thousand operations": (
        " ".join(f"query Q{number} {{ a }}" for number in range(1000)),
        ["tokens is 5000, the limit is 2000"],
    ),
    "three thousand variables": (
        "query (" + " ".join(f"$v{number}: Int" for number in range(3000)) + ") { a }",
        ["tokens is 12006, the limit is 2000"],
    ),
    "an alias of a megabyte": (
        "{ " + "x" * 1_000_000 + ": a }",
        ["longest name is 1000000, the limit is 255"],
    ),
    "a name of a megabyte": ("query " + "x" * 1_000_000 + " { a }", ["longest name is 1000000, the limit is 255"]),
    "depth through fragments": (
        "{ n { ...F0 } } "
        + " ".join(f"fragment F{level} on N {{ n {{ ...F{level + 1} }} }}" for level in range(30))
        + " fragment F30 on N { a }",
        ["depth is 32, the limit is 20"],
    ),
    "root fields through fragments": (
        "{ "
        + " ".join(f"a{number}: a" for number in range(90))
        + " ...F ...F ...G } fragment G on Query { ...F c: a } fragment F on Query { "
        + "a " * 14
        + "}",
        ["root fields is 105, the limit is 100"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_LARGE)
async def test_refused_at_once(name: str) -> None:
    text, refusals = TOO_LARGE[name]
    hurting = hurt(NORMAL)
    begun = time.perf_counter()
    await hurting.refuses(text, *(f"the document's {refusal}" for refusal in refusals))
    assert time.perf_counter() - begun < AT_ONCE_SECONDS


UNREADABLE: dict[str, tuple[str, str]] = {
    "nothing": ("", "Syntax Error: Unexpected <EOF>."),
    "only a comment": ("#" * 300_000, "Syntax Error: Unexpected <EOF>."),
    "a string without an end": ('{ text(v: "' + "x" * 1_000_000, "Syntax Error: Unterminated string."),
    "a block string without an end": ('{ text(v: """' + "x" * 1_000_000, "Syntax Error: Unterminated string."),
    "many backslashes": ('{ text(v: "' + "\\" * 300_001 + '") }', "Syntax Error: Unterminated string."),
    "half a character": ('{ text(v: "\ud800") }', "Syntax Error: Invalid character within String: U+D800."),
    "a null character": ("{ a \0 }", "Syntax Error: Unexpected character: U+0000."),
    "a type": ("type X { a: Int }", "The 'X' definition is not executable."),
    "a circle of fragments": (
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
        "Cannot spread fragment 'F' within itself via 'G'.",
    ),
    "a number of five thousand digits": (
        "{ int(v: " + "1" * 5000 + ") }",
        (
            "Expected value of type 'Int', but encountered error 'Exceeds the limit (4300 digits) for integer string"
            " conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit';"
            f" found: {'1' * 5000}."
        ),
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_refused_for_what_it_says(name: str) -> None:
    text, message = UNREADABLE[name]
    begun = time.perf_counter()
    await hurt(NORMAL).refuses(text, message)
    assert time.perf_counter() - begun < AT_ONCE_SECONDS


ENORMOUS: dict[str, tuple[str, Any]] = {
    "a text of a megabyte": ('{ text(v: "' + "x" * 1_000_000 + '") }', {"text": f"str {'x' * 20}"}),
    "a block text of a megabyte": ('{ text(v: """' + "x" * 1_000_000 + '""") }', {"text": f"str {'x' * 20}"}),
    "a comment of a megabyte": ("#" * 1_000_000 + "\n{ a }", {"a": 1}),
    "a megabyte of blanks": (" ,\t" * 333_333 + "{ a }", {"a": 1}),
    "a million empty lines": ("\r" * 1_000_000 + "{ a }", {"a": 1}),
    "an alias as long as it may be": ("{ " + "x" * 255 + ": a }", {"x" * 255: 1}),
    "a number of five thousand digits for any scalar": ("{ any(v: " + "1" * 5000 + ") }", {"any": "float nan"}),
}


@pytest.mark.parametrize("name", ENORMOUS)
async def test_answered_under_normal_limits(name: str) -> None:
    """Few tokens, however long: not the engine's to refuse, and no harm."""
    text, data = ENORMOUS[name]
    begun = time.perf_counter()
    await hurt(NORMAL).gives(text, data)
    assert time.perf_counter() - begun < BOUNDED_SECONDS


async def test_four_thousand_fields() -> None:
    count = 4000
    begun = time.perf_counter()
    await hurt(GENEROUS).gives(
        fields(count), {"n": {f"x{number}": 1 for number in range(count)}}, hangs_after=BOUNDED_SECONDS
    )
    assert time.perf_counter() - begun < BOUNDED_SECONDS


async def test_a_field_of_each_of_many_fragments() -> None:
    count = 300
    await hurt(GENEROUS).gives(flat_fragments(count), {"n": {f"x{number}": 1 for number in range(count)}})


async def test_a_chain_of_fragments() -> None:
    await hurt(GENEROUS).gives(chained(150), {"n": {"a": 1, "b": "x"}})


async def test_more_fragments_than_can_be_validated() -> None:
    """The validator gives up before the engine begins."""
    await hurt(GENEROUS).refuses(
        chained(2000), "the document repeats its fields and fragments too often to be validated"
    )


async def test_nesting_of_ten_thousand_is_not_parsed() -> None:
    await hurt(GENEROUS).refuses(nested(10_000), "Syntax Error: Document is nested too deeply. Parsing aborted.")


@pytest.mark.parametrize("name", ["n", "r", "later", "l"])
async def test_nesting_of_sixty(name: str) -> None:
    """Three times what normal limits allow."""
    data: Any = {"a": 1}
    for _ in range(60):
        data = {name: [data] if name == "l" else data}
    await hurt(GENEROUS).gives(nested(60, name), {"n": data})


@pytest.mark.parametrize("name", ["n", "r", "later"])
async def test_nesting_as_deep_as_is_parsed(name: str) -> None:
    """Data or errors, but an answer: graphql-core's own stack may overflow too, and it says so in an error."""
    hurting = hurt(GENEROUS)
    for engine in hurting.runs():
        answer = await engine.run(hurting.documents.prepared(nested(190, name)), None, {}, Context())
        assert answer.is_executed


@pytest.mark.slow
async def test_five_thousand_directives() -> None:
    count = 2500
    text = "{ n { " + " ".join(f"x{place}: a @skip(if: false) @include(if: true)" for place in range(count)) + " } }"
    await hurt(GENEROUS).gives(text, {"n": {f"x{place}": 1 for place in range(count)}})


@pytest.mark.slow
async def test_one_of_a_thousand_operations() -> None:
    text = " ".join(f"query Q{number} {{ a n {{ x{number}: a }} }}" for number in range(1000))
    hurting = hurt(GENEROUS)
    for number in (0, 500, 999):
        await hurting.gives(text, {"a": 1, "n": {f"x{number}": 1}}, operation=f"Q{number}")


async def test_a_list_of_ten_thousand_literals_and_variables() -> None:
    count = 10_000
    await hurt(GENEROUS).gives("{ ints(v: [" + "1," * count + "]) }", {"ints": "list [1, 1, 1, 1, 1, 1, 1"})
    names = [f"$v{number}" for number in range(2000)]
    text = f"query ({' '.join(f'{name}: Int' for name in names)}) {{ ints(v: [{' '.join(names)}]) }}"
    variables = {name[1:]: 7 for name in names}
    await hurt(GENEROUS).gives(text, {"ints": "list [7, 7, 7, 7, 7, 7, 7"}, variables=variables)


@pytest.mark.parametrize("depth", [100, 5000])
async def test_variables_nested_deeply(depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = {"inner": value}
    deep = world("input Deep { inner: Deep, x: Int } type Query { deep(v: Deep): String }", {"Query.deep": told})
    text = "query ($v: Deep) { deep(v: $v) }"
    if depth > 1000:
        errors = ["Variable values are nested too deeply."]
        await deep.gives(text, None, errors, variables={"v": value}, executed=False)
    else:
        for engine in deep.runs():
            told_ = await deep.asks(engine, text, {"v": value})
            assert len(told_.errors) == 1
            assert told_.data == "null"


class Counting:
    """A description that counts how many fields were planned."""

    def __init__(self, description: Any) -> None:
        self._description = description
        self.planned = 0

    def field(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> FieldKind:
        self.planned += 1
        kind: FieldKind = self._description.field(parent, name, definition)
        return kind

    def members(self, enum: Any) -> Any:
        return self._description.members(enum)

    def encoded(self, scalar: Any) -> Any:
        return self._description.encoded(scalar)


@pytest.mark.parametrize("root", ["none", "n"])
async def test_planning_grows_with_the_document_or_the_answer(root: str) -> None:
    """A few tokens more, a level more: not twice the work."""
    levels = 9
    hurting = hurt(NORMAL)
    counting = Counting(hurting.description)
    hurting.compiled = type(hurting.compiled)(hurting.schema, hurting.executor, counting)
    document = hurting.documents.prepared(doubled(levels, root))
    assert document.errors == ()
    answer = await hurting.compiled.run(document, None, {}, Context())
    assert answer.errors == []
    # Each of a fragment's two fields, wherever it is asked, and a little.
    assert counting.planned < 10 * levels


async def test_a_doubling_document_gives_what_it_should() -> None:
    data: Any = {"a": 1}
    for _ in range(6):
        data = {"x": data, "y": data}
    await hurt(NORMAL).gives(doubled(6, "n"), {"n": data})
    await hurt(NORMAL).gives(doubled(6), {"none": None})
