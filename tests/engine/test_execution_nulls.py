"""A failure nulls the first position above it that may be null, whatever the way down to it."""

import asyncio
import gc
import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError
from support.execution import Boom, World, fails, fails_later, returns, returns_later, world

from engine.fields import Attribute

# graphql-core leaves awaitables of failed siblings behind.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

NODE = SimpleNamespace()
NODE.p = NODE.pn = NODE
NODE.l = [NODE, NODE]
# Fields that lead on: attribute (p), synchronous (s), asynchronous (a); n: cannot be null. l: a list of such.
LEADING = ("p", "pn", "s", "sn", "a", "an")
SDL = """
type Query { p: N, pn: N!, s: N, sn: N!, a: N, an: N!, l: [N], ln: [N!], lnn: [N!]! }
type N {
  p: N, pn: N!, s: N, sn: N!, a: N, an: N!, l: [N], ln: [N!], lnn: [N!]!, ok: Int
  raises: Int!, raisesLater: Int!, null: Int!, nullLater: Int!, wrong: Int!, mild: Int
}
"""
FAILING = {
    "raises": "boom",
    "raisesLater": "boom",
    "null": "Cannot return null for non-nullable field N.null.",
    "nullLater": "Cannot return null for non-nullable field N.nullLater.",
    "wrong": "Int cannot represent non-integer value: 'x'",
}


@pytest.fixture
def collected() -> Iterator[None]:
    """What a test leaves behind is told of in that test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def nodes() -> World:
    lists = {name: returns_later([NODE, NODE]) for name in ("ln", "lnn")}
    leading = {"s": returns(NODE), "sn": returns(NODE), "a": returns_later(NODE), "an": returns_later(NODE), **lists}
    at_root = {**leading, "p": returns(NODE), "pn": returns(NODE), "l": returns([NODE, NODE])}
    return world(
        SDL,
        {
            **{f"Query.{name}": how for name, how in at_root.items()},
            **{f"N.{name}": how for name, how in leading.items()},
            "N.ok": returns(1),
            "N.raises": fails(),
            "N.raisesLater": fails_later(),
            "N.null": returns(None),
            "N.nullLater": returns_later(None),
            "N.wrong": returns("x"),
            "N.mild": fails("mild"),
        },
    )


def nested(path: tuple[str, ...], inside: str) -> str:
    return "{ " + " { ".join([*path, inside]) + " }" * (len(path) + 1)


@pytest.mark.parametrize(
    ("depth", "failing"), [*((depth, name) for depth in (1, 2) for name in FAILING), (3, "raisesLater"), (3, "null")]
)
async def test_every_way_down(nodes: World, depth: int, failing: str) -> None:
    for path in itertools.product(LEADING, repeat=depth):
        # The last position that may be null, counted from the root; none: all data.
        last = max((level for level, name in enumerate(path) if not name.endswith("n")), default=None)
        data: Any = None
        if last is not None:
            for name in reversed(path[: last + 1]):
                data = {name: data}
        where = ".".join((*path, failing))
        await nodes.gives(nested(path, f"ok {failing}"), data, [f"{FAILING[failing]} @ {where}"])


@pytest.mark.parametrize("failing", FAILING)
@pytest.mark.parametrize(
    ("path", "data", "errors"),
    [
        (("l",), {"l": [None, None]}, ["l.0", "l.1"]),
        (("p", "l"), {"p": {"l": [None, None]}}, ["p.l.0", "p.l.1"]),
        (("l", "sn"), {"l": [None, None]}, ["l.0.sn", "l.1.sn"]),
        (("l", "a"), {"l": [{"a": None}, {"a": None}]}, ["l.0.a", "l.1.a"]),
    ],
)
async def test_through_lists(nodes: World, path: tuple[str, ...], data: Any, errors: list[str], failing: str) -> None:
    await nodes.gives(nested(path, failing), data, [f"{FAILING[failing]} @ {where}.{failing}" for where in errors])


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("failing", FAILING)
@pytest.mark.parametrize(
    ("path", "data"),
    [
        (("ln",), {"ln": None}),
        (("lnn",), None),
        (("p", "lnn"), {"p": None}),
        (("ln", "an"), {"ln": None}),
        (("pn", "lnn", "sn"), None),
        (("l", "lnn"), {"l": [None, None]}),
        (("ln", "ln"), {"ln": [{"ln": None}, {"ln": None}]}),
    ],
)
async def test_through_lists_that_go_with_their_items(
    nodes: World, path: tuple[str, ...], data: Any, failing: str
) -> None:
    """Several errors below one position: which of them is told is left open, that one is told is not."""
    document = nodes.documents.prepared(nested(path, failing))
    for engine in nodes.runs():
        answer = await engine.run(document, None, {}, SimpleNamespace())
        assert answer.data == data
        nulled = 2 if path in (("l", "lnn"), ("ln", "ln")) else 1
        assert [error.message for error in answer.errors] == [FAILING[failing]] * nulled
        for error in answer.errors:
            assert [key for key in error.path or () if isinstance(key, str)] == [*path, failing]


SIBLINGS: list[tuple[str, Any, list[str]]] = [
    ("{ p { mild ok } }", {"p": {"mild": None, "ok": 1}}, ["mild @ p.mild"]),
    (
        "{ p { mild more: mild } a { mild } }",
        {"p": {"mild": None, "more": None}, "a": {"mild": None}},
        ["mild @ a.mild", "mild @ p.mild", "mild @ p.more"],
    ),
    ("{ p { ok } s { raises } a { ok } }", {"p": {"ok": 1}, "s": None, "a": {"ok": 1}}, ["boom @ s.raises"]),
    (
        "{ p { raises } s { raisesLater } a { null } }",
        {"p": None, "s": None, "a": None},
        ["boom @ p.raises", "boom @ s.raisesLater", "Cannot return null for non-nullable field N.null. @ a.null"],
    ),
    ("{ p { a { raises } s { ok } } }", {"p": {"a": None, "s": {"ok": 1}}}, ["boom @ p.a.raises"]),
    ("{ l { mild ok } }", {"l": [{"mild": None, "ok": 1}] * 2}, ["mild @ l.0.mild", "mild @ l.1.mild"]),
    ("{ ln { mild } }", {"ln": [{"mild": None}] * 2}, ["mild @ ln.0.mild", "mild @ ln.1.mild"]),
    (
        "{ p { s { mild } an { mild } } }",
        {"p": {"s": {"mild": None}, "an": {"mild": None}}},
        ["mild @ p.s.mild", "mild @ p.an.mild"],
    ),
]


@pytest.mark.parametrize(("text", "data", "errors"), SIBLINGS)
async def test_siblings(nodes: World, text: str, data: Any, errors: list[str]) -> None:
    await nodes.gives(text, data, errors)


@pytest.mark.usefixtures("collected")
async def test_where_the_merged_field_stands_is_told(nodes: World) -> None:
    text = "{\n  p {\n    mild\n  }\n  ...F\n}\nfragment F on Query { p { mild } }"
    await nodes.gives(text, {"p": {"mild": None}}, ["mild @ p.mild"])
    for engine in nodes.runs():
        answer = await engine.run(nodes.documents.prepared(text), None, {}, SimpleNamespace())
        assert [(place.line, place.column) for place in answer.errors[0].locations or ()] == [(3, 5), (7, 27)]


class Told(Exception):
    """An error that brings extensions along."""

    def __init__(self) -> None:
        super().__init__("told")
        self.extensions = {"code": "TOLD", "more": [1, {"a": None}]}


class Worded(Exception):
    """An error whose message is not its text."""

    message = "worded"

    def __str__(self) -> str:
        return "text"


@pytest.mark.parametrize("delay", [returns, returns_later])
@pytest.mark.parametrize(
    ("make", "message", "path", "extensions"),
    [
        (Boom, "", ["x"], {}),
        (lambda: Boom("a", 1), "('a', 1)", ["x"], {}),
        (lambda: KeyError("k"), "'k'", ["x"], {}),
        (lambda: RecursionError("deep"), "deep", ["x"], {}),
        (lambda: StopAsyncIteration("end"), "end", ["x"], {}),
        (lambda: TimeoutError("slow"), "slow", ["x"], {}),
        (lambda: ExceptionGroup("several", [Boom("one"), Boom("two")]), "several", ["x"], {}),
        (Told, "told", ["x"], {"code": "TOLD", "more": [1, {"a": None}]}),
        (Worded, "worded", ["x"], {}),
        (lambda: GraphQLError("plain"), "plain", ["x"], {}),
        (lambda: GraphQLError("rich", extensions={"code": 5}), "rich", ["x"], {"code": 5}),
        (lambda: GraphQLError("elsewhere", path=["other", 3, "place"]), "elsewhere", ["other", 3, "place"], {}),
        (
            lambda: GraphQLError("caused", original_error=Told()),
            "caused",
            ["x"],
            {"code": "TOLD", "more": [1, {"a": None}]},
        ),
    ],
)
async def test_whatever_is_raised(delay: Any, make: Any, message: str, path: Any, extensions: Any) -> None:
    """Raised, given back as a value, or found as an attribute: all the same."""

    def raises(*_: Any) -> Any:
        raise make()

    async def raises_later(*_: Any) -> Any:
        await asyncio.sleep(0)
        raise make()

    for resolver in (raises, raises_later, lambda *_: make(), delay(make())):
        for null in ("", "!"):
            failing = world(f"type Query {{ x: Int{null} }}", {"Query.x": resolver})
            for engine in failing.runs():
                answer = await engine.run(failing.documents.prepared("{ x }"), None, {}, None)
                (error,) = answer.errors
                assert answer.data == (None if null else {"x": None})
                assert (error.message, error.path, error.extensions) == (message, path, extensions)
                assert [tuple(place) for place in error.locations or ()] == ([] if path != ["x"] else [(1, 3)])


@pytest.mark.parametrize("is_later", [False, True])
async def test_stop_iteration_raised(*, is_later: bool) -> None:
    """A coroutine turns it into a RuntimeError; an ordinary function raises it as it is."""

    def stops(*_: Any) -> Any:
        raise StopIteration("end")

    async def stops_later(*_: Any) -> Any:
        raise StopIteration("end")

    failing = world(
        "type Query { x: Int, y: Int }", {"Query.x": stops_later if is_later else stops, "Query.y": returns(1)}
    )
    message = "coroutine raised StopIteration" if is_later else "end"
    await failing.gives("{ x y }", {"x": None, "y": 1}, [f"{message} @ x"])


@pytest.mark.usefixtures("collected")
async def test_an_error_keeps_the_original_with_its_traceback() -> None:
    """Whoever logs it sees where it happened."""
    failing = world(
        "type Query { rows: [Row] } type Row { x: Int, y: Int }",
        {
            "Query.rows": returns([SimpleNamespace(), SimpleNamespace()]),
            "Row.x": fails("deep"),
            "Row.y": fails_later("deep"),
        },
    )
    for engine in failing.runs():
        answer = await engine.run(failing.documents.prepared("{ rows { x y } }"), None, {}, None)
        assert len(answer.errors) == 4
        for error in answer.errors:
            assert isinstance(error.original_error, Boom)
            assert error.original_error.__traceback__ is not None


async def test_a_record_without_the_attribute() -> None:
    rows = world(
        "type Query { rows: [Row] } type Row { x: Int, y: Int! , z: [Int] }",
        {
            "Query.rows": lambda *_: [
                SimpleNamespace(x=1, y=1, z=[1]),
                SimpleNamespace(y=2, z=[]),
                SimpleNamespace(x=3, z=None),
                SimpleNamespace(x=4, y=4),
                SimpleNamespace(x=5, z=[]),
            ]
        },
    )
    lacks = "'types.SimpleNamespace' object has no attribute"
    await rows.gives(
        "{ rows { x y z } }",
        {"rows": [{"x": 1, "y": 1, "z": [1]}, {"x": None, "y": 2, "z": []}, None, {"x": 4, "y": 4, "z": None}, None]},
        [f"{lacks} 'x' @ rows.1.x", f"{lacks} 'y' @ rows.2.y", f"{lacks} 'z' @ rows.3.z", f"{lacks} 'y' @ rows.4.y"],
    )


@pytest.mark.usefixtures("collected")
async def test_error_order_and_choice_are_not_part_of_it() -> None:
    """Two failures below one position that goes: one error, of either."""
    both = world(
        "type Query { n: N } type N { a: Int!, b: Int! }",
        {"Query.n": returns(SimpleNamespace()), "N.a": fails_later("a"), "N.b": fails("b")},
    )
    for engine in both.runs():
        answer = await engine.run(both.documents.prepared("{ n { a b } }"), None, {}, None)
        assert answer.data == {"n": None}
        assert [(error.message, error.path) for error in answer.errors] in (
            [("a", ["n", "a"])],
            [("b", ["n", "b"])],
        )


async def test_attributes_beside_failing_resolvers() -> None:
    """What the record holds is answered though its siblings fail."""
    record = SimpleNamespace(one=1, two="x", three=None)
    mixed = world(
        "type Query { r: R } type R { one: Int!, two: Int, three: Int, four: Int, five: Int }",
        {"Query.r": returns(record), "R.four": fails("four"), "R.five": fails_later("five"), "R.one": Attribute("one")},
    )
    await mixed.gives(
        "{ r { five four three two one } }",
        {"r": {"five": None, "four": None, "three": None, "two": None, "one": 1}},
        ["four @ r.four", "five @ r.five", "Int cannot represent non-integer value: 'x' @ r.two"],
    )
