"""Everything a caller may ask is described: types, fields, arguments, enum values."""

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from resolvers.access import SCOPES
from schema.root import SCHEMA

GRAPH = SCHEMA._schema  # noqa: SLF001 Strawberry has no public way to the schema it builds


def described() -> Iterator[tuple[str, str | None]]:
    """Everything with a name, by its path, and its description."""
    for name, kind in GRAPH.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", each.description) for value, each in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", each.description) for field, each in kind.fields.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, each in kind.fields.items():
                yield f"{name}.{field}", each.description
                yield from ((f"{name}.{field}({arg}:)", given.description) for arg, given in each.args.items())


NAMES = dict(described())


def test_there_is_something_of_every_kind() -> None:
    assert {
        "Query", "Query.session", "Query.session(sessionId:)", "Session.startsOn", "Node", "Node.id", "Date",
        "SessionStatus.OPEN", "BusinessStream.sessions(after:)", "SessionConnection.totalCount", "SessionEdge.cursor",
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_it_is_described_in_a_sentence(name: str) -> None:
    description = NAMES[name]
    assert description
    assert re.fullmatch(r"[A-Z`].*\.", description, re.DOTALL), description


def test_a_scope_that_a_description_names_is_one_that_there_is() -> None:
    named = {scope for text in NAMES.values() for scope in re.findall(r"the scope `([^`]+)`", text or "")}
    assert named <= set(SCOPES)
    assert named >= {
        "sessions:read",
        "candidates:read",
        "results:read",
        "scripts:request",
        "operations:read",
        "events:account:store",
    }


def test_descriptions_stay_on_a_page() -> None:
    assert max(len(text or "") for text in NAMES.values()) <= 250
