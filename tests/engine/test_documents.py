"""A document is prepared once and kept, within bounds; one that is wrong is told why, and not kept."""

import time

import pytest
from graphql import GraphQLError, OperationDefinitionNode, build_schema
from prometheus_client import REGISTRY

from engine.documents import CHARACTERS_KEPT, CHARACTERS_OF_ONE, Documents
from engine.limits import Limits

SCHEMA = build_schema("""
    type Book { name: String author: Author }
    type Author { books: [Book] }
    type Query { book(id: ID): Book shelf: String }
""")


def is_known(documents: Documents, text: str) -> bool:
    """Whether `text` is kept, by what the metrics say of asking for it."""
    before = REGISTRY.get_sample_value("examgraph_documents_total", {"result": "known"}) or 0
    documents.prepared(text)
    return (REGISTRY.get_sample_value("examgraph_documents_total", {"result": "known"}) or 0) > before


def numbered(number: int, length: int = 0) -> str:
    text = f"query Q{number} {{ shelf }}"
    return text + "#" * (length - len(text))


def test_is_prepared_once() -> None:
    documents = Documents(SCHEMA, Limits())
    first = documents.prepared("{ shelf }")
    assert first.errors == ()
    assert documents.prepared("{ shelf }") is first


@pytest.mark.parametrize("text", ["{", "{ nothing }", "{ " + "shelf " * 200 + "}", "query ($a: Int) { shelf }"])
def test_wrong_documents_are_not_kept(text: str) -> None:
    documents = Documents(SCHEMA, Limits(tokens=100))
    assert documents.prepared(text).errors
    assert not is_known(documents, text)


def test_keeps_the_newest_by_number() -> None:
    documents = Documents(SCHEMA, Limits(), capacity=3)
    for number in range(3):
        documents.prepared(numbered(number))
    assert is_known(documents, numbered(0))  # and thereby becomes the newest
    documents.prepared(numbered(3))
    assert [is_known(documents, numbered(number)) for number in (0, 2, 3)] == [True, True, True]
    assert not is_known(documents, numbered(1))


def test_wrong_documents_do_not_push_out_the_right_ones() -> None:
    documents = Documents(SCHEMA, Limits(), capacity=3)
    documents.prepared(numbered(0))
    for number in range(10):
        documents.prepared(f"{{ wrong{number} }}")
    assert is_known(documents, numbered(0))


def test_keeps_a_bounded_length_in_all() -> None:
    documents = Documents(SCHEMA, Limits())
    fitting = CHARACTERS_KEPT // CHARACTERS_OF_ONE
    for number in range(fitting):
        documents.prepared(numbered(number, CHARACTERS_OF_ONE))
    assert is_known(documents, numbered(0, CHARACTERS_OF_ONE))
    documents.prepared(numbered(fitting, CHARACTERS_OF_ONE))
    assert not is_known(documents, numbered(1, CHARACTERS_OF_ONE))


def test_one_long_document_does_not_push_out_the_others() -> None:
    documents = Documents(SCHEMA, Limits())
    documents.prepared(numbered(0))
    long = numbered(1, CHARACTERS_KEPT)
    assert documents.prepared(long).errors == ()
    assert is_known(documents, numbered(0))
    assert not is_known(documents, long)


def test_operations_are_found_by_name() -> None:
    document = Documents(SCHEMA, Limits()).prepared("query A { shelf } query B { shelf }")
    found = document.operation("B")
    assert isinstance(found, OperationDefinitionNode)
    assert found.name is not None
    assert found.name.value == "B"
    refusals = [document.operation(None), document.operation("C"), document.operation("x" * 1000)]
    assert [str(refusal) for refusal in refusals] == [
        "the document holds several operations: say which by operationName",
        "the document holds no operation named 'C'",
        f"the document holds no operation named '{'x' * 100}'",
    ]


def test_the_only_operation_needs_no_name() -> None:
    documents = Documents(SCHEMA, Limits())
    assert isinstance(documents.prepared("query A { shelf }").operation(None), OperationDefinitionNode)
    assert isinstance(documents.prepared("{ shelf }").operation(None), OperationDefinitionNode)
    assert isinstance(documents.prepared("{ shelf }").operation("A"), GraphQLError)


def test_introspection_can_be_refused() -> None:
    documents = Documents(SCHEMA, Limits(), allows_introspection=False)
    asked = ("{ __schema { queryType { name } } }", '{ __type(name: "Book") { name } }', "{ __typename shelf }")
    assert [len(documents.prepared(text).errors) for text in asked] == [2, 1, 0]
    assert documents.prepared(asked[0]).errors[0].message == (
        "GraphQL introspection has been disabled, but the requested query contained the field '__schema'."
    )


def test_suggestions_are_told_only_with_introspection() -> None:
    open_, closed = Documents(SCHEMA, Limits()), Documents(SCHEMA, Limits(), allows_introspection=False)
    assert [documents.prepared("{ shelff }").errors[0].message for documents in (open_, closed)] == [
        "Cannot query field 'shelff' on type 'Query'. Did you mean 'shelf'?",
        "Cannot query field 'shelff' on type 'Query'.",
    ]


def test_of_many_errors_the_first_are_told() -> None:
    errors = Documents(SCHEMA, Limits()).prepared("{ " + " ".join(f"no{n}" for n in range(500)) + " }").errors
    assert [error.message for error in errors[:2]] == [
        "Cannot query field 'no0' on type 'Query'.",
        "Cannot query field 'no1' on type 'Query'.",
    ]
    assert len(errors) == 21
    assert errors[20].message == "Too many validation errors, error limit reached. Validation aborted."


BUILT_TO_KEEP_THE_VALIDATOR_BUSY = {
    "the same field again and again": "{ " + "shelf " * 1900 + "}",
    "the same field with fields": "{ book { " + "author { books { name } } " * 180 + "} }",
    "fragments in a long chain": "{ book { ...F0 } } "
    + " ".join(f"fragment F{n} on Book {{ ...F{n + 1} }}" for n in range(230))
    + " fragment F230 on Book { name }",
    "every fragment in every other": "{ book { ...F0 } } "
    + " ".join(
        f"fragment F{n} on Book {{ name " + " ".join(f"...F{m}" for m in range(n + 1, 35)) + " }" for n in range(35)
    ),
    "fragments in a circle": "{ book { ...F0 } } "
    + " ".join(f"fragment F{n} on Book {{ ...F{(n + 1) % 200} }}" for n in range(200)),
    "a fragment of itself": "{ book { ...F } } fragment F on Book { name ...F }",
    "variables without use": "query (" + " ".join(f"$v{n}: Int" for n in range(490)) + ") { shelf }",
}


@pytest.mark.parametrize("text", BUILT_TO_KEEP_THE_VALIDATOR_BUSY.values(), ids=BUILT_TO_KEEP_THE_VALIDATOR_BUSY.keys())
def test_a_document_built_to_hurt_is_done_with_soon(text: str) -> None:
    started = time.process_time()
    Documents(SCHEMA, Limits()).prepared(text)
    assert time.process_time() - started < 2


def test_what_overlaps_too_often_is_said_to() -> None:
    (error,) = Documents(SCHEMA, Limits()).prepared("{ " + "shelf " * 1900 + "}").errors
    assert error.message == "the document repeats its fields and fragments too often to be validated"
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "repetition"}


def test_each_phase_of_preparing_is_told_once() -> None:
    told: list[tuple[str, float]] = []
    documents = Documents(SCHEMA, Limits(), note=lambda *noted: told.append(noted))
    documents.prepared("{ shelf }")
    assert [phase for phase, _ in told] == ["parse", "validate", "limits"]
    assert all(seconds > 0 for _, seconds in told)
    documents.prepared("{ shelf }")  # known by now
    assert len(told) == 3
    documents.prepared("{")
    documents.prepared("{ nothing }")
    assert [phase for phase, _ in told[3:]] == ["parse", "parse", "validate"]
