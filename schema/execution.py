"""What the engine may know of our fields beyond GraphQL: which are read off a record, and which are batches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLEnumType, GraphQLField, GraphQLScalarType
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from resolvers.context import EDGE, Edge
from schema.fields import comes_as_it_is

DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """How a field's value comes about: exactly one member is given, or none for an ordinary resolver."""

    attribute: str | None = None
    computed: Callable[[Any], object] | None = None
    edge: Edge[Any, Any] | None = None
    edge_arguments: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """What is known of a Strawberry schema's fields, enums and scalars."""

    schema: strawberry.Schema

    def field(self, definition: GraphQLField) -> FieldFacts:
        """What is known of one field."""
        declared = definition.extensions.get(DEFINITION)
        if not isinstance(declared, StrawberryField) or declared.extensions or declared.is_subscription:
            return FieldFacts()
        if declared.is_basic_field:
            return FieldFacts(attribute=declared.python_name)
        edge = declared.metadata.get(EDGE)
        if isinstance(edge, Edge):
            return FieldFacts(edge=edge, edge_arguments=self._converted(declared))
        return FieldFacts(computed=_function_of_parent(declared))

    def members(self, enum: GraphQLEnumType) -> Mapping[Enum, str]:
        """Names of a published Python enum's members."""
        python_enum = getattr(enum, "wrapped_cls", None)
        return {} if python_enum is None else {member: enum.coerce_output_value(member) for member in python_enum}

    def encoded(self, scalar: GraphQLScalarType) -> tuple[type, str | None, object] | None:
        """The type of values that the JSON encoder writes as the scalar does, given the attribute."""
        return ENCODED.get(scalar.name)

    def _converted(self, declared: StrawberryField) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        registry, config = self.schema.schema_converter.scalar_registry, self.schema.config
        if all(comes_as_it_is(argument.type) for argument in declared.arguments):
            names = {config.name_converter.from_argument(one): one.python_name for one in declared.arguments}
            return lambda given: {names[name]: value for name, value in given.items()}
        return lambda given: convert_arguments(dict(given), declared.arguments, registry, config)


ENCODED: Mapping[str, tuple[type, str | None, object]] = {
    "Date": (date, None, None),
    "DateTime": (datetime, "tzinfo", UTC),
}


def _function_of_parent(declared: StrawberryField) -> Callable[[Any], object] | None:
    """The resolver itself when it is a plain function of the parent alone."""
    resolver = declared.base_resolver
    if resolver is None or resolver.is_async or resolver.arguments or resolver.parent_parameter is None:
        return None
    if resolver.info_parameter or resolver.root_parameter or resolver.self_parameter:
        return None
    function = resolver.wrapped_func
    is_positional = resolver.parent_parameter.kind is not resolver.parent_parameter.KEYWORD_ONLY
    return function if is_positional and callable(function) else None
