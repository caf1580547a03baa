"""Tells the engine what the schema knows of its fields: the two know nothing of each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from graphql import GraphQLEnumType, GraphQLField, GraphQLObjectType, GraphQLScalarType

from engine.fields import Attribute, Computed, Encoded, FieldKind, Relation, Resolved
from schema.execution import SchemaFacts


@dataclass(frozen=True, slots=True)
class Described:
    """The schema's facts, as the engine asks for them."""

    facts: SchemaFacts

    def field(self, _parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> FieldKind:
        known = self.facts.field(definition)
        if known.attribute is not None:
            return Attribute(known.attribute)
        if known.computed is not None:
            return Computed(known.computed)
        if known.edge is not None and known.edge_arguments is not None:
            return Relation(known.edge, known.edge_arguments)
        return Resolved()

    def members(self, enum: GraphQLEnumType) -> Mapping[Enum, str]:
        return self.facts.members(enum)

    def encoded(self, scalar: GraphQLScalarType) -> Encoded | None:
        known = self.facts.encoded(scalar)
        return None if known is None else Encoded(*known)
