"""Variables are coerced as graphql-core does it, whichever way they take."""

from itertools import product
from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, build_schema, parse
from graphql.execution import VariableValues, get_variable_values

from engine.variables import Variables

SCHEMA = build_schema("""
    enum Colour { RED GREEN }
    input Shape { name: String! sides: Int = 3 }
    scalar Anything
    type Query { ask(a: String, b: ID, c: Int, d: Boolean, e: Float, f: Colour, g: Shape, h: Anything): String }
""")
TYPES = (
    "String", "String!", "ID", "ID!", "Int", "Int!", "Boolean", "Boolean!", "Float", "Float!", "[Int]", "[Int!]!",
    "Colour", "Shape", "Anything", 'String = "default"', "Int! = 5", "Boolean = null", "Int = 99999999999", "Query",
    "Nobody",
)  # fmt: skip
ABSENT = object()
VALUES: tuple[Any, ...] = (
    ABSENT, None, "", "text", "5", 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 1.0, 1.5, float("nan"), True,
    False, [], [1], [None], {}, {"name": "x"}, {"name": None}, {"other": 1}, "RED",
)  # fmt: skip


def told(found: VariableValues | list[GraphQLError]) -> object:
    """All that there is to compare. As text, for `nan` equals nothing and `True` equals 1."""
    if isinstance(found, list):
        return list(map(str, found))
    sources = [(name, str(each.signature.type), repr(each.value)) for name, each in found.sources.items()]
    return sources, repr(found.coerced)


@pytest.mark.parametrize("defined", TYPES)
def test_any_value_is_coerced_as_graphql_core_does(defined: str) -> None:
    operation = parse(f"query ($a: {defined}, $b: Int) {{ ask }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    variables = Variables(SCHEMA, operation)
    for value, hides in product(VALUES, (True, False)):
        given = {"b": 7, "unasked": 1, **({} if value is ABSENT else {"a": value})}
        expected = get_variable_values(
            SCHEMA, operation.variable_definitions, given, max_errors=20, hide_suggestions=hides
        )
        found = variables.coerced(given, hide_suggestions=hides)
        assert told(found) == told(expected)


def test_what_is_plainly_right_is_not_coerced_again() -> None:
    text = "not interned " * 3
    operation = parse("query ($a: ID!) { ask }").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    found = Variables(SCHEMA, operation).coerced({"a": text}, hide_suggestions=False)
    assert not isinstance(found, list)
    assert found.coerced["a"] is text
