"""Variables as a caller gives them, coerced. Whatever is not plainly right is graphql-core's to judge."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution import VariableValues
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource, get_variable_values
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

# Errors in variables: the first ones tell what is wrong.
ERRORS_TOLD = 20
# The scalars whose coercion gives back what it was given, and of which class that is.
PLAIN: Mapping[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLInt: int, GraphQLBoolean: bool}


class _Variable(NamedTuple):
    name: str
    signature: GraphQLVariableSignature
    plain: type | None  # the class whose values are taken as they are
    is_nullable: bool
    may_be_absent: bool


class Variables:
    """The variables of one operation, as its definition has them."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._quick: list[_Variable] | None = []
        for node in self._nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                self._quick = None
                return
            is_nullable = not is_non_null_type(signature.type)
            may_be_absent = is_nullable and node.default_value is None
            plain = _plain(signature.type)
            self._quick.append(_Variable(signature.name, signature, plain, is_nullable, may_be_absent))

    def coerced(self, given: Mapping[str, Any], *, hide_suggestions: bool) -> VariableValues | list[GraphQLError]:
        """The values to run with, or what is wrong with those given."""
        return self._coerced_quickly(given) or get_variable_values(
            self._schema, self._nodes, dict(given), max_errors=ERRORS_TOLD, hide_suggestions=hide_suggestions
        )

    def _coerced_quickly(self, given: Mapping[str, Any]) -> VariableValues | None:
        if self._quick is None:
            return None
        values = VariableValues({}, {})
        for name, signature, plain, is_nullable, may_be_absent in self._quick:
            if name not in given:
                if not may_be_absent:
                    return None
                values.sources[name] = VariableValueSource(signature)
                continue
            value = given[name]
            if value is None:
                if not is_nullable:
                    return None
            elif plain is int and type(value) is int:
                if not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
                    return None
            elif type(value) is not plain:
                return None
            values.sources[name] = VariableValueSource(signature, value)
            values.coerced[name] = value
        return values


def _plain(type_: GraphQLInputType) -> type | None:
    return PLAIN.get(get_nullable_type(type_))
