"""What an operation needs, worked out once: its fields by type, merged, and the shape of each answer.

Worked out as far as answers reach: what stands below a value is planned when the first such value is there.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor, visit
from graphql.language.ast import FieldNode, VariableNode

from engine.fields import Attribute, Computed, Description, Encoded, FieldKind, Resolved

TYPENAME = "__typename"
NO_ARGUMENTS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Leaf:
    """How a scalar's or an enum's value is checked and written.

    `encoded` says which values are written as they are; `names` are an enum's members' names; any other value goes
    through `coerce`, which raises for what the type cannot be.
    """

    coerce: Callable[[Any], Any]
    standard: str | None = None  # the name of one of GraphQL's own scalars
    encoded: Encoded | None = None
    names: Mapping[Enum, str] = field(default_factory=dict)


# Told of a value that is not as expected: the iterator that has just given it or its record, its field, the value.
Surprise: TypeAlias = Callable[[Iterator[Any], int, object], None]
# From values to leaves: one that is not as expected is reported and left null.
Leaves: TypeAlias = Callable[[Sequence[Any], Surprise], list[Any]]


@dataclass(slots=True)
class Shape:
    """What stands at one position of an answer: exactly one of a leaf, a list's item, an object, an abstract type."""

    type: GraphQLOutputType
    is_nullable: bool
    leaf: Leaf | None = None
    item: "Shape | None" = None
    object: GraphQLObjectType | None = None
    abstract: GraphQLAbstractType | None = None
    # For objects, also of abstract types: plans the selection of a type; the selections of the types that turned up.
    select: "Callable[[GraphQLObjectType], Selection] | None" = None
    known: "dict[str, Selection]" = field(default_factory=dict)
    # For a leaf: its generated part, made when first needed.
    leaves: Leaves | None = None

    def selection(self, type_: GraphQLObjectType) -> "Selection":
        """What is asked of an object of this type. Raises GraphQLError, TooManyFields."""
        found = self.known.get(type_.name)
        if found is None:
            assert self.select is not None  # a shape of objects has it
            found = self.known[type_.name] = self.select(type_)
        return found


@dataclass(slots=True)
class FieldPlan:
    """One field of a selection, under its response name."""

    name: str
    details: FieldDetailsList
    definition: GraphQLField
    parent_type: GraphQLObjectType
    kind: FieldKind
    shape: Shape
    # The arguments when no variable is among them, worked out once; otherwise None.
    constants: Mapping[str, Any] | None
    # For an attribute or a computed field: reads its value off the record.
    read: Callable[[Any], Any] | None

    @property
    def is_plain(self) -> bool:
        """Whether it is a leaf that needs nothing but the record."""
        return self.shape.leaf is not None and self.read is not None

    @property
    def nodes(self) -> list[FieldNode]:
        return [detail.node for detail in self.details]

    def arguments(self, variable_values: VariableValues) -> Mapping[str, Any]:
        """The field's arguments. Raises GraphQLError."""
        if self.constants is not None:
            return self.constants
        return get_argument_values(self.definition, self.details[0].node, variable_values)


# From records to rows: a value that is not as expected is reported and left null.
Shell: TypeAlias = Callable[[Sequence[Any], Surprise], list[dict[str, Any]]]


@dataclass(slots=True)
class Selection:
    """The fields asked of one object type, in the order of the answer; a name without a plan is a __typename."""

    type: GraphQLObjectType
    fields: dict[str, FieldPlan | None]
    # The fields that the shell leaves null.
    deferred: list[FieldPlan]
    # How many rows it has written, and its generated part, made when they are many.
    rows: int = 0
    shell: Shell | None = None


class TooManyFields(Exception):
    """An operation's plan would be larger than any is allowed to be."""


@dataclass(slots=True)
class Known:
    """What is the same in every operation on one schema; it grows no larger than the schema."""

    schema: GraphQLSchema
    description: Description
    _kinds: dict[tuple[str, str], tuple[FieldKind, Callable[[Any], Any] | None]] = field(default_factory=dict)
    _leaves: dict[int, Shape] = field(default_factory=dict)

    def kind(
        self, parent: GraphQLObjectType, name: str, definition: GraphQLField
    ) -> tuple[FieldKind, Callable[[Any], Any] | None]:
        """How a field's value comes about, and how it is read when it only needs to be."""
        found = self._kinds.get((parent.name, name))
        if found is None:
            kind: FieldKind = Resolved()
            # The introspection fields have resolvers of graphql-core's own.
            if not name.startswith("__") and not parent.name.startswith("__"):
                kind = self.description.field(parent, name, definition)
            found = self._kinds[parent.name, name] = kind, reader(kind)
        return found

    def leaf_shape(self, type_: GraphQLOutputType) -> Shape:
        """The shape of a leaf, or of lists of leaves."""
        found = self._leaves.get(id(type_))
        if found is None:
            found = self._leaves[id(type_)] = self._leaf_shape(type_)
        return found

    def _leaf_shape(self, type_: GraphQLOutputType) -> Shape:
        is_nullable = not is_non_null_type(type_)
        bare = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(bare):
            return Shape(type_, is_nullable, item=self.leaf_shape(bare.of_type))
        assert is_leaf_type(bare)
        return Shape(type_, is_nullable, leaf=self._leaf(bare))

    def _leaf(self, type_: GraphQLLeafType) -> Leaf:
        def coerce(value: object) -> object:
            coerced = type_.coerce_output_value(value)
            if coerced is None or coerced is Undefined:
                raise TypeError  # the reference says it in its own words
            return coerced

        if isinstance(type_, GraphQLEnumType):
            return Leaf(coerce, names=self.description.members(type_))
        assert isinstance(type_, GraphQLScalarType)
        encoded = None if is_specified_scalar_type(type_) else self.description.encoded(type_)
        return Leaf(coerce, standard=type_.name if is_specified_scalar_type(type_) else None, encoded=encoded)


@dataclass(slots=True)
class Planner:
    """Plans one operation, for one choice of the variables that its @skip and @include read."""

    known: Known
    fragments: dict[str, FragmentDetails]
    operation: OperationDefinitionNode
    variable_values: VariableValues
    # Told of every selection's fields before they are planned. Raises TooManyFields.
    grow: Callable[[int], None]
    # Fragments spread in many places come to the same fields: the same selection then stands in all of them.
    _selections: dict[Hashable, Selection] = field(default_factory=dict)

    def root(self) -> Selection:
        """The operation's own selection. Raises GraphQLError, TooManyFields."""
        root_type = self.known.schema.get_root_type(self.operation.operation)
        if root_type is None:
            raise GraphQLError(f"the schema has no {self.operation.operation.value}", self.operation)
        collected = collect_fields(
            self.known.schema, self.fragments, self.variable_values, root_type, self.operation
        )  # fmt: skip
        return self._selection(root_type, collected.grouped_field_set)

    def _selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Selection:
        key = (type_.name, *((name, *(id(detail.node) for detail in details)) for name, details in grouped.items()))
        found = self._selections.get(key)
        if found is not None:
            return found
        self.grow(len(grouped))
        fields: dict[str, FieldPlan | None] = {}
        for name, details in grouped.items():
            asked = details[0].node.name.value
            if asked == TYPENAME:
                fields[name] = None
                continue
            definition = self.known.schema.get_field(type_, asked)
            if definition is not None:  # a valid document asks for no other; the reference passes over them too
                fields[name] = self._field(type_, name, details, definition)
        deferred = [plan for plan in fields.values() if plan is not None and not plan.is_plain]
        selection = self._selections[key] = Selection(type_, fields, deferred)
        return selection

    def _field(
        self, parent: GraphQLObjectType, name: str, details: FieldDetailsList, definition: GraphQLField
    ) -> FieldPlan:
        node = details[0].node
        kind, read = self.known.kind(parent, node.name.value, definition)
        shape = self._shape(definition.type, details)
        return FieldPlan(name, details, definition, parent, kind, shape, _constants(definition, node), read)

    def _shape(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Shape:
        named = get_named_type(type_)
        if is_leaf_type(named):
            return self.known.leaf_shape(type_)
        is_nullable = not is_non_null_type(type_)
        bare = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(bare):
            return Shape(type_, is_nullable, item=self._shape(bare.of_type, details))
        if is_abstract_type(bare):
            return Shape(type_, is_nullable, abstract=bare, select=partial(self._below, details))
        assert isinstance(bare, GraphQLObjectType)
        return Shape(type_, is_nullable, object=bare, select=partial(self._below, details))

    def _below(self, details: FieldDetailsList, type_: GraphQLObjectType) -> Selection:
        collected = collect_subfields(
            self.known.schema, self.fragments, self.variable_values, self.operation, type_, details
        )  # fmt: skip
        return self._selection(type_, collected.grouped_field_set)


def reader(kind: FieldKind) -> Callable[[Any], Any] | None:
    """A function that reads such a field's value off its record; None when it takes more than that."""
    if isinstance(kind, Computed):
        return kind.function
    if not isinstance(kind, Attribute):
        return None
    name = kind.name
    # A dot in an attribute's name is part of the name.
    return attrgetter(name) if "." not in name else lambda record: getattr(record, name)


def _constants(definition: GraphQLField, node: FieldNode) -> Mapping[str, Any] | None:
    """The field's arguments, when they are the same each time and no resolver can change them."""
    if not definition.args:
        return NO_ARGUMENTS
    if _holds_variables(node):
        return None
    try:
        constants = get_argument_values(definition, node)
    except GraphQLError:
        return None  # told when the field is asked, at its path
    return constants if all(_is_fixed(value) for value in constants.values()) else None


def _is_fixed(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool | Enum)


def _holds_variables(node: FieldNode) -> bool:
    found = False

    class Finder(Visitor):
        def enter_variable(self, _node: VariableNode, *_where: object) -> None:
            nonlocal found
            found = True

    for argument in node.arguments or ():
        visit(argument, Finder())
    return found
