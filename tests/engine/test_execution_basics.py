"""Selections: names, aliases, merging, fragments, __typename, which operation runs."""

import asyncio
import functools
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import World, fails, fails_later, returns, returns_later, world

SDL = """
type Query { shelf: Shelf, echo(text: String): String, nothing: Shelf, self: Query }
type Mutation { add(title: String!): Shelf }
type Shelf { label: String, size: Int, best: Book, books: [Book!] }
type Book { title: String, pages: Int, shelf: Shelf, author: Author }
type Author { name: String, books: [Book] }
"""


def shelf() -> SimpleNamespace:
    author = SimpleNamespace(name="Woolf")
    books = [
        SimpleNamespace(title=title, pages=pages, author=author)
        for title, pages in (("Orlando", 333), ("The Waves", 297))
    ]
    author.books = books
    made = SimpleNamespace(label="W", size=2, best=books[0], books=books)
    for book in books:
        book.shelf = made
    return made


@pytest.fixture
def library() -> World:
    return world(
        SDL,
        {
            "Query.shelf": returns_later(shelf()),
            "Query.echo": lambda _source, _info, text=None: text,
            "Query.self": returns(SimpleNamespace()),
            "Mutation.add": lambda _source, _info, title: SimpleNamespace(label=title, size=1, best=None, books=[]),
        },
    )


SELECTIONS: dict[str, tuple[str, Any]] = {
    "one leaf": ("{ echo }", {"echo": None}),
    "the order asked": ("{ shelf { size label } }", {"shelf": {"size": 2, "label": "W"}}),
    "another order": ("{ shelf { label size } }", {"shelf": {"label": "W", "size": 2}}),
    "an alias": ('{ is: echo(text: "a") }', {"is": "a"}),
    "one field under several names": (
        '{ a: echo(text: "1") b: echo(text: "2") echo }',
        {"a": "1", "b": "2", "echo": None},
    ),
    "names exchanged": (
        "{ shelf { label: best { title } best: label } }",
        {"shelf": {"label": {"title": "Orlando"}, "best": "W"}},
    ),
    "an alias like another field": ("{ shelf { size: label } }", {"shelf": {"size": "W"}}),
    "the same leaf twice": ("{ shelf { label label size label } }", {"shelf": {"label": "W", "size": 2}}),
    "merged selections": (
        "{ shelf { best { title } } shelf { size best { pages title } } }",
        {"shelf": {"best": {"title": "Orlando", "pages": 333}, "size": 2}},
    ),
    "merged in a list": (
        "{ shelf { books { title } books { pages } } }",
        {"shelf": {"books": [{"title": "Orlando", "pages": 333}, {"title": "The Waves", "pages": 297}]}},
    ),
    "merged three levels down": (
        (
            "{ shelf { best { author { name } } } ...More }"
            " fragment More on Query { shelf { best { author { books { title } } pages } } }"
        ),
        {
            "shelf": {
                "best": {
                    "author": {"name": "Woolf", "books": [{"title": "Orlando"}, {"title": "The Waves"}]},
                    "pages": 333,
                }
            }
        },
    ),
    "a fragment": ("{ shelf { ...S } } fragment S on Shelf { label }", {"shelf": {"label": "W"}}),
    "a fragment twice": (
        "{ shelf { ...S size ...S } } fragment S on Shelf { label }",
        {"shelf": {"label": "W", "size": 2}},
    ),
    "a fragment at two places": (
        "{ shelf { ...S best { shelf { ...S } } } } fragment S on Shelf { label }",
        {"shelf": {"label": "W", "best": {"shelf": {"label": "W"}}}},
    ),
    "fragments in fragments": (
        (
            "{ ...A } fragment A on Query { shelf { ...B } }"
            " fragment B on Shelf { size ...C } fragment C on Shelf { label }"
        ),
        {"shelf": {"size": 2, "label": "W"}},
    ),
    "fragments through one another": (
        "{ shelf { ...A ...B } } fragment A on Shelf { label ...B } fragment B on Shelf { size }",
        {"shelf": {"label": "W", "size": 2}},
    ),
    "an inline fragment without a type": ("{ shelf { ... { label } } }", {"shelf": {"label": "W"}}),
    "inline fragments in one another": (
        "{ shelf { ... on Shelf { ... on Shelf { ... { label } } } size } }",
        {"shelf": {"label": "W", "size": 2}},
    ),
    "where a field stands first decides its place": (
        "{ shelf { ...S label } } fragment S on Shelf { size label }",
        {"shelf": {"size": 2, "label": "W"}},
    ),
    "typename": ("{ __typename }", {"__typename": "Query"}),
    "typename under aliases": ("{ a: __typename b: __typename }", {"a": "Query", "b": "Query"}),
    "typename on every level": (
        "{ __typename shelf { __typename best { kind: __typename title author { __typename } } } }",
        {
            "__typename": "Query",
            "shelf": {
                "__typename": "Shelf",
                "best": {"kind": "Book", "title": "Orlando", "author": {"__typename": "Author"}},
            },
        },
    ),
    "typename alone in a list": (
        "{ shelf { books { __typename } } }",
        {"shelf": {"books": [{"__typename": "Book"}] * 2}},
    ),
    "typename between fields": (
        "{ shelf { label __typename size } }",
        {"shelf": {"label": "W", "__typename": "Shelf", "size": 2}},
    ),
    "typename through a fragment": (
        "{ ...Q } fragment Q on Query { __typename ...R } fragment R on Query { t: __typename }",
        {"__typename": "Query", "t": "Query"},
    ),
    "the root as a field": (
        '{ self { self { __typename echo(text: "x") } } }',
        {"self": {"self": {"__typename": "Query", "echo": "x"}}},
    ),
    "a null object": ("{ nothing { label books { title } } }", {"nothing": None}),
    "a mutation": (
        'mutation { add(title: "x") { label __typename } __typename }',
        {"add": {"label": "x", "__typename": "Shelf"}, "__typename": "Mutation"},
    ),
    "introspection beside data": (
        '{ shelf { label } __type(name: "Book") { name kind } }',
        {"shelf": {"label": "W"}, "__type": {"name": "Book", "kind": "OBJECT"}},
    ),
    "comments, commas and a byte order mark": ("\ufeff{ # {\n,,,shelf,,{,label,},,}", {"shelf": {"label": "W"}}),
}


@pytest.mark.parametrize("name", SELECTIONS)
async def test_selection(library: World, name: str) -> None:
    text, data = SELECTIONS[name]
    await library.gives(text, data)


OPERATIONS = """
query First { echo(text: "1") }
query Second { echo(text: "2") ...F }
mutation Third { add(title: "3") { label } }
fragment F on Query { more: echo(text: "f") }
"""


async def test_the_operation_named_runs(library: World) -> None:
    await library.gives(OPERATIONS, {"echo": "1"}, operation="First")
    await library.gives(OPERATIONS, {"echo": "2", "more": "f"}, operation="Second")
    await library.gives(OPERATIONS, {"add": {"label": "3"}}, operation="Third")


async def test_the_only_operation_runs_unnamed(library: World) -> None:
    await library.gives("query Only { echo }", {"echo": None})
    await library.gives("query Only { echo }", {"echo": None}, operation="Only")


@pytest.mark.parametrize("operation", ["Fourth", "", "first", "F"])
async def test_an_operation_that_is_not_there(library: World, operation: str) -> None:
    told = f"the document holds no operation named {operation!r}"
    for engine in library.runs():
        answer = await engine.run(library.documents.prepared(OPERATIONS), operation, {}, None)
        assert (answer.data, [error.message for error in answer.errors], answer.is_executed) == (None, [told], False)


async def test_several_operations_and_no_name(library: World) -> None:
    told = "the document holds several operations: say which by operationName"
    for engine in library.runs():
        answer = await engine.run(library.documents.prepared(OPERATIONS), None, {}, None)
        assert (answer.data, [error.message for error in answer.errors], answer.is_executed) == (None, [told], False)


async def test_a_subscription_is_not_run(library: World) -> None:
    feed = world("type Query { a: Int } type Subscription { ticks: Int }")
    told = "a subscription needs a connection that stays"
    for engine in feed.runs():
        answer = await engine.run(feed.documents.prepared("subscription { ticks }"), None, {}, None)
        assert (answer.data, [error.message for error in answer.errors], answer.is_executed) == (None, [told], False)


async def test_fifty_levels(library: World) -> None:
    text = "{ shelf " + "{ best { shelf " * 25 + "{ label }" + " } }" * 25 + " }"
    data: Any = {"label": "W"}
    for _ in range(25):
        data = {"best": {"shelf": data}}
    await library.gives(text, {"shelf": data})


async def test_fifty_levels_of_resolvers_and_an_error_at_the_bottom() -> None:
    for bottom in (fails(), fails_later()):
        for below in (returns(SimpleNamespace()), returns_later(SimpleNamespace())):
            deep = world("type Query { n: N } type N { n: N, x: Int }", {"Query.n": below, "N.n": below, "N.x": bottom})
            data: Any = {"x": None}
            for _ in range(50):
                data = {"n": data}
            await deep.gives("{ n " + "{ n " * 49 + "{ x }" + " }" * 49 + " }", data, ["boom @ " + "n." * 50 + "x"])


class Root:
    """An object with methods and attributes, for graphql-core's default resolver."""

    plain = "attribute"

    def method(self, _info: Any, text: str = "none") -> str:
        return f"method {text}"

    async def later(self, _info: Any) -> str:
        await asyncio.sleep(0)
        return "later"


async def test_the_default_resolver() -> None:
    """A field whose resolver nobody gave reads attributes and keys, and calls what it finds there."""
    objects = world(
        "type Query { root: Root, keys: Root } type Root { plain: String, method(text: String): String, later: String,"
        " part: String, missing: String }",
        {
            "Query.root": returns(Root()),
            "Query.keys": returns({"plain": "key", "part": functools.partial(str.upper, "p")}),
        },
    )
    # `part` is called with info: str.upper does not want one
    for name in ("plain", "method", "later", "part", "missing"):
        objects.description.fields[f"Root.{name}"] = returns(None)  # type: ignore[index]
        objects.schema.type_map["Root"].fields[name].resolve = None  # type: ignore[attr-defined]
    await objects.gives(
        '{ root { plain method(text: "a") bare: method later missing } keys { plain missing part } }',
        {
            "root": {
                "plain": "attribute",
                "method": "method a",
                "bare": "method none",
                "later": "later",
                "missing": None,
            },
            "keys": {"plain": "key", "missing": None, "part": None},
        },
        ["str.upper() takes no arguments (1 given) @ keys.part"],
    )
