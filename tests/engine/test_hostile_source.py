"""The generated source: the same for the same selection, and without a word of the document but response names."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from types import SimpleNamespace
from typing import Any

from graphql import print_ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.execution import RIGHT, Context, World, returns, world

from engine.documents import Document
from engine.fields import Attribute, Computed
from engine.plan import Selection, Shape
from engine.shell import shell_source
from resolvers.context import Batch, Edge

# Found nowhere but where a test puts it.
MARK = "Zq7MARKER"
NAMES_OF_THE_CODE = {
    "at", "bool", "float", "int", "iter", "leaves", "o", "records", "shell", "str", "surprise", "type", "v", "values",
}  # fmt: skip
GLOBALS = re.compile(r"[TNHCR]\d+")


class Mood(Enum):
    GOOD = 1


async def _none(_keys: Any) -> dict[Any, Any]:
    return {}


def _world() -> World:
    record = SimpleNamespace(text="t", number=5, mood=Mood.GOOD, odd="o", row=None, rows=[], named=None)
    record.row = record.named = record
    return world(
        """
        directive @mark(by: String) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | QUERY
        enum Mood { GOOD }
        scalar Odd
        interface Named { text(a: String): String }
        input In { a: String, b: [Int], in: In }
        type Query { row(a: String, in: In): Row, rows: [Row!] }
        type Row implements Named {
          text(a: String): String, number: Int, mood: Mood, odd: Odd, row: Row, rows: [Row!], named: Named
          flag: Boolean, ratio: Float, id: ID
          computed(a: String): Int, resolved(a: String, in: In): Int, related(a: String, n: Int): Row
        }
        """,
        {
            "Query.row": lambda *_, **__: record,
            "Query.rows": returns([record]),
            "Row.text": Attribute("text"),
            "Row.flag": Attribute("a.b"),
            "Row.ratio": Attribute("class"),
            "Row.computed": Computed(lambda record: record.number),
            "Row.resolved": lambda *_, **__: 1,
            "Row.related": Edge(Batch(lambda _sources: _none, absent=None), lambda _row, **_: 1, RIGHT),
        },
        enums={"Mood": Mood},
        scalars={"Odd": str},
        resolve_type={"Named": lambda *_: "Row"},
    )


WORLD = _world()
TYPES = {"Query", "Row"}
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12).map(
    lambda text: f"{MARK}{text}{MARK}"
)
NAME = st.from_regex(r"[_A-Za-z][_0-9A-Za-z]{0,8}", fullmatch=True)
LEAVES = ("text", "number", "mood", "odd", "flag", "ratio", "id", "computed", "resolved", "__typename")


def literal(text: str) -> str:
    """A string literal of `text`."""
    return (
        '"' + "".join(f"\\u{{{ord(character):X}}}" for character in text) + '"' if not text.isalnum() else f'"{text}"'
    )


@st.composite
def selections(draw: st.DrawFn, depth: int = 3) -> str:
    """Fields with their own names or others, with marked arguments, directives, comments and fragments."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        field = draw(st.sampled_from((*LEAVES, "row", "rows", "named", "related") if depth else LEAVES))
        # A name of its own for each position, that fields may merge only with their like.
        alias = f"{draw(NAME)}_{len(lines)}_{field}"
        argument = ""
        if field in ("text", "computed", "resolved", "related"):
            argument = draw(st.sampled_from(("", f"(a: {literal(draw(TEXT))})", "(a: $text)")))
        if field == "resolved" and not argument:
            argument = f"(in: {{a: {literal(draw(TEXT))}, b: [{draw(st.integers(-9, 9))}], in: $in}})"
        directive = draw(
            st.sampled_from(("", f" @mark(by: {literal(draw(TEXT))})", " @mark(by: $text)", " @skip(if: $no)"))
        )
        below = ""
        if field in ("row", "rows", "related"):
            below = f" {{ {draw(selections(depth - 1))} }}"
        elif field == "named":
            below = f" {{ __typename ... on Row {{ {draw(selections(depth - 1))} }} }}"
        lines.append(f"{alias}: {field}{argument}{directive}{below} # {MARK}\n")
    return " ".join(lines)


@st.composite
def documents(draw: st.DrawFn) -> str:
    body, more = draw(selections()), draw(selections(1))
    return (
        f"# {MARK}\nquery {MARK}($text: String = {literal(draw(TEXT))}, $in: In = {{a: {literal(draw(TEXT))}}},"
        f" $no: Boolean = false, $unused{MARK}: String) @mark(by: $unused{MARK})"
        f" {{ row(a: $text, in: $in) @skip(if: $no) {{ {body} ...F{MARK} }} }}"
        f" fragment F{MARK} on Row {{ more: row {{ {more} }} }}"
    )


def planned(selection: Selection) -> Iterator[Selection]:
    """A selection and all below it that turned up."""
    yield selection
    for plan in selection.fields.values():
        shape: Shape | None = plan.shape if plan else None
        while shape is not None and shape.item is not None:
            shape = shape.item
        for known in shape.known.values() if shape is not None else ():
            yield from planned(known)


def root_of(document: Document) -> Selection:
    """The plan's root of a document that was run once."""
    (plan,) = document.plans.values()
    assert plan.root is not None
    return plan.root


def assert_only_names(selection: Selection, source: str) -> None:
    """Every word of the source is the code's own, a response name, a type's name, or an attribute that is described."""
    tree = ast.parse(source)
    attributes = {"_name_", "text", "number", "mood", "odd", "id"}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                assert name in NAMES_OF_THE_CODE or GLOBALS.fullmatch(name), name
            case ast.Attribute(attr=name):
                assert name in attributes, name
            case ast.Constant(value=str(text)):
                assert text in selection.fields or text in TYPES, text
            case ast.Constant(value=value):
                assert value is None or isinstance(value, int | float), value
            case ast.FunctionDef(name=name):
                assert name == "shell"
            case ast.Import() | ast.ImportFrom() | ast.Lambda() | ast.JoinedStr() | ast.Global():
                raise AssertionError(ast.dump(node))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(text=documents(), value=TEXT, inner=TEXT)
async def test_no_word_of_the_document_but_names(text: str, value: str, inner: str) -> None:
    variables = {"text": value, "in": {"a": inner, "b": [1]}}
    document = WORLD.documents.prepared(text)
    assert document.errors == (), [error.message for error in document.errors]
    answers = [await engine.run(document, None, variables, Context()) for engine in (WORLD.reference, WORLD.compiled)]
    assert answers[0].data == answers[1].data
    root = root_of(document)
    sources = [(selection, shell_source(selection)[0]) for selection in planned(root)]
    for selection, source in sources:
        assert MARK not in source
        assert_only_names(selection, source)
    # From the same document again, and from the same document written otherwise.
    assert document.tree is not None
    for again in (f"{text}\n", print_ast(document.tree)):
        other = WORLD.documents.prepared(again)
        await WORLD.compiled.run(other, None, variables, Context())
        other_root = root_of(other)
        assert [shell_source(selection)[0] for selection in planned(other_root)] == [source for _, source in sources]


async def test_the_source_is_the_same_in_another_order_of_being_made() -> None:
    """Nothing counts up from one selection to the next."""
    text = "{ row { text number row { mood odd } } rows { text number } }"
    sources = []
    for _ in range(2):
        fresh = _world()
        document = fresh.documents.prepared(text)
        await fresh.compiled.run(document, None, {}, Context())
        root = root_of(document)
        sources.append(sorted(shell_source(selection)[0] for selection in planned(root)))
    assert sources[0] == sources[1]


async def test_the_source_as_it_is_printed() -> None:
    """What `explain --source` shows of a simple selection: read it, and see that it is all there is."""
    document = WORLD.documents.prepared('{ row(a: "secret") { t: text(a: "secret") __typename number } }')
    await WORLD.compiled.run(document, None, {}, Context())
    root = root_of(document)
    _, below = planned(root)
    source, names = shell_source(below)
    assert names == {}
    assert "secret" not in source
    record = SimpleNamespace(text="x", number=1)
    scope: dict[str, Any] = {}
    exec(compile(source, "<shell>", "exec"), scope)
    assert scope["shell"]([record], None) == [{"t": "x", "__typename": "Row", "number": 1}]
