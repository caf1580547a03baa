"""What is counted on the text is what the parser would find, and every refusal tells by how much."""

import time
from collections.abc import Iterator

import pytest
from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLSyntaxError,
    Lexer,
    Source,
    Token,
    TokenKind,
    Visitor,
    build_schema,
    parse,
    visit,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from engine.limits import Limits, document_refusals, text_refusals

# Every kind of value and argument that a document can hold.
SCHEMA = build_schema("""
    scalar Anything
    enum Colour { RED GREEN }
    input Wish { words: String many: [Wish!] colour: Colour number: Float }
    interface Thing { name: String }
    type Book implements Thing { name: String pages(from: Int = 1): [Int] }
    type Query { thing(wish: Wish, any: Anything, id: ID): Thing book: Book books(first: Int, in: [Colour]): [Book] }
""")

DOCUMENTS = {
    "fields": "{ book { name } }",
    "aliases": "{ a: book { b: name c :pages } d:book{name} }",
    "colons in arguments": '{ thing(wish: {words: "x", many: [{number: 1}]}) { name } x: book { name } }',
    "colons in variables": "query ($w: Wish = {many: [{number: 2}]}, $i: ID) { thing(wish: $w, id: $i) { name } }",
    "directives": '{ book @a @b(as: "@x", deep: [[1], [2]]) { name @skip(if: false) ... @c { name } } }',
    "comments": "# { a: b @c }\n{ book # ((( \n { name } } # end",
    "strings": r'{ thing(id: "a \" b: { @c \\") { name } y: thing(id: "", any: "#") { name } }',
    "block strings": '{ thing(id: """ " "" \\""" { a: @b # no\n""") { name } x: thing(id: """""") { name } }',
    "numbers": "{ thing(any: [0, -1, 12.5, 1e3, -0.1E+3, 1-1-1, 2-3.0]) { name } }",
    "insignificant characters": "\ufeff{,,book,,{,name,},\t\r\n}",
    "fragments": "query A { ...F ...on Query { book { name } } } fragment F on Query { x: book { name } }",
    "spreads without blanks": "{...F...F}fragment F on Query{book{name}}",
    "beyond ASCII": '{ thing(id: "æøå \u2028 \U0001f600") { name } } # æøå',
    "several operations": "query A @a(as: null) { book { name } } query B($c: [C] = [R]) { books(in: $c) { name } }",
}

PIECES = [
    *("{", "}", "(", ")", "[", "]", ":", "=", "!", "$", "@", "|", "&", "...", ",", " ", "\n", "\r\n", "\t", "\ufeff"),
    *("name", "_1", "true", "0", "-7", "10", "1.5", "-0.25", "1e10", "2.5E-3", "# a comment {\n", '""', '"text"'),
    *(r'"\"\\ A"', '"# @ { é"', '""" block """', '"""a "" \\""" b"""', '""""""'),
]


def counted(text: str) -> dict[str, int]:
    nothing = Limits(tokens=-1, aliases=-1, directives=-1, root_fields=-1, depth=-1)
    return {error.extensions["limit"]: error.extensions["value"] for error in text_refusals(text, nothing)}


def tokens_of(text: str) -> Iterator[Token]:
    lexer = Lexer(Source(text))
    while lexer.advance().kind is not TokenKind.EOF:
        yield lexer.token


def nesting_of(tokens: list[Token]) -> int:
    deepest = nesting = 0
    for token in tokens:
        nesting += token.kind.value in ("{", "[", "(")
        nesting -= token.kind.value in ("}", "]", ")")
        deepest = max(deepest, nesting)
    return deepest


def found_by_the_parser(text: str) -> dict[str, int]:
    class Counter(Visitor):
        aliases = directives = 0

        def enter_field(self, node: FieldNode, *_: object) -> None:
            self.aliases += node.alias is not None

        def enter_directive(self, _node: DirectiveNode, *_: object) -> None:
            self.directives += 1

    counter = Counter()
    visit(parse(text), counter)
    tokens = list(tokens_of(text))
    return {
        "tokens": len(tokens),
        "aliases": counter.aliases,
        "directives": counter.directives,
        "nesting": nesting_of(tokens),
    }


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_counts_what_the_parser_finds(text: str) -> None:
    assert counted(text) == found_by_the_parser(text)


@given(queries(SCHEMA, custom_scalars={"Anything": st.integers().map(nodes.Int)}))
@settings(max_examples=100, deadline=None)
def test_counts_what_the_parser_finds_in_any_document(text: str) -> None:
    assert counted(text) == found_by_the_parser(text)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=500, deadline=None)
def test_counts_the_tokens_of_any_text_that_can_be_read(text: str) -> None:
    try:
        tokens = list(tokens_of(text))
    except GraphQLSyntaxError:
        return  # two pieces beside one another made something that is no token
    found = counted(text)
    assert (found["tokens"], found["nesting"]) == (len(tokens), nesting_of(tokens))


@given(st.text(alphabet='{}()[]:@$!=|&.,"\\#\n\r abc019-+eE', max_size=200))
@settings(max_examples=300, deadline=None)
def test_never_counts_less_than_the_lexer_reads(text: str) -> None:
    """A document that cannot be read may be counted as we like, but not for less than what is read of it."""
    read = 0
    try:
        for _ in tokens_of(text):
            read += 1
    except GraphQLSyntaxError:
        assert counted(text)["tokens"] >= read
    else:
        assert counted(text)["tokens"] == read


def test_refusals_say_limit_value_and_bound() -> None:
    limits = Limits(tokens=10, aliases=1, directives=0, depth=1)
    errors = text_refusals("{ a: book @x { b: name ... { pages { deep { deeper } } } } }", limits)
    assert [(error.message, error.extensions) for error in errors] == [
        (
            f"the document's {limit} is {value}, the limit is {bound}",
            {"code": "LIMIT_EXCEEDED", "limit": limit, "value": value, "bound": bound},
        )
        for limit, value, bound in (("tokens", 22, 10), ("aliases", 2, 1), ("directives", 1, 0), ("nesting", 5, 3))
    ]


def test_what_is_just_at_the_limit_is_not_refused() -> None:
    text = "{ a: book @x { name } }"
    assert text_refusals(text, Limits(tokens=10, aliases=1, directives=1, depth=1)) == []
    assert document_refusals(parse(text), Limits(root_fields=1, depth=2)) == []


DEPTHS = {
    "one field": ("{ a }", 1),
    "siblings": ("{ a { b } c { d } }", 2),
    "inline fragments are no level": ("{ ... { ... { a { ... { b } } } } }", 2),
    "through fragments": ("{ a { ...F } } fragment F on X { b { ...G } } fragment G on X { c d { e } }", 4),
    "the deepest of several": ("query A { a } query B { a { b { c } } }", 3),
}


@pytest.mark.parametrize(("text", "depth"), DEPTHS.values(), ids=DEPTHS.keys())
def test_depth(text: str, depth: int) -> None:
    assert document_refusals(parse(text), Limits(depth=depth)) == []
    values = [error.extensions["value"] for error in document_refusals(parse(text), Limits(depth=depth - 1))]
    assert max(values) == depth


ROOT_FIELDS = {
    "fields": ("{ a b c }", 3),
    "not those below": ("{ a { b c d } }", 1),
    "in inline fragments": ("{ a ... { b ... on Query { c } } }", 3),
    "in fragments": ("{ a ...F } fragment F on Query { b ...G } fragment G on Query { c d }", 4),
    "in a fragment that is spread twice": ("{ ...F ...F ...G } fragment F on Q { a } fragment G on Q { ...F }", 1),
}


@pytest.mark.parametrize(("text", "count"), ROOT_FIELDS.values(), ids=ROOT_FIELDS.keys())
def test_root_fields(text: str, count: int) -> None:
    assert document_refusals(parse(text), Limits(root_fields=count)) == []
    (error,) = document_refusals(parse(text), Limits(root_fields=count - 1))
    assert error.message == f"the document's root fields is {count}, the limit is {count - 1}"


def test_each_operation_is_refused_for_itself() -> None:
    errors = document_refusals(parse("query A { a b } query B { a } query C { a b c }"), Limits(root_fields=1))
    assert [error.extensions["value"] for error in errors] == [2, 3]


def test_fragments_that_double_one_another_are_counted_in_no_time() -> None:
    chain = " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} a{i} }}" for i in range(150))
    document = parse(f"{{ ...f0 }} {chain} fragment f150 on Query {{ a }}")
    started = time.process_time()
    (error,) = document_refusals(document, Limits())
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "root_fields", "value": 151, "bound": 100}
    assert time.process_time() - started < 0.5
