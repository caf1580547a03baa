"""What an operation needs, worked out once: its fields by type, merged, and the shape of each answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
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


@dataclass(slots=True)
class Abstract:
    """An interface or a union: a selection for each type that turns up."""

    type: GraphQLAbstractType
    select: Callable[[GraphQLObjectType], "Selection"]
    known: dict[str, "Selection"] = field(default_factory=dict)

    def selection(self, runtime_type: GraphQLObjectType) -> "Selection":
        found = self.known.get(runtime_type.name)
        if found is None:
            found = self.known[runtime_type.name] = self.select(runtime_type)
        return found


# From values to leaves: a value that is not as expected is reported as (index, 0, value) and left null.
Leaves: TypeAlias = Callable[[Sequence[Any], Callable[[int, int, object], None]], list[Any]]


@dataclass(slots=True)
class Shape:
    """What stands at one position of an answer: exactly one of a leaf, a list's item, a selection, an abstract type."""

    type: GraphQLOutputType
    is_nullable: bool
    leaf: Leaf | None = None
    item: "Shape | None" = None
    selection: "Selection | None" = None
    abstract: Abstract | None = None
    # For a leaf: its generated part, made when first needed.
    leaves: Leaves | None = None


@dataclass(frozen=True, slots=True)
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

    @property
    def is_plain(self) -> bool:
        """Whether it is a leaf that needs nothing but the record."""
        return self.shape.leaf is not None and isinstance(self.kind, Attribute | Computed)

    @property
    def is_immediate(self) -> bool:
        """Whether it and all below it can be answered without waiting."""
        shape = self.shape
        while shape.item is not None:
            shape = shape.item
        is_simple = shape.leaf is not None or (shape.selection is not None and shape.selection.is_immediate)
        return is_simple and isinstance(self.kind, Attribute | Computed)

    @property
    def nodes(self) -> list[FieldNode]:
        return [detail.node for detail in self.details]

    def arguments(self, variable_values: VariableValues) -> Mapping[str, Any]:
        """The field's arguments. Raises GraphQLError."""
        if self.constants is not None:
            return self.constants
        return get_argument_values(self.definition, self.details[0].node, variable_values)


# From records to rows: a value that is not as expected is reported as (row, field, value) and left null.
Shell: TypeAlias = Callable[[Sequence[Any], Callable[[int, int, object], None]], list[dict[str, Any]]]


@dataclass(slots=True)
class Selection:
    """The fields asked of one object type, in the order of the answer; a name without a plan is a __typename."""

    type: GraphQLObjectType
    fields: dict[str, FieldPlan | None]
    # Whether all of it can be answered without waiting.
    is_immediate: bool
    # The fields that the shell leaves null.
    deferred: list[FieldPlan]
    # Its generated part, made when first needed.
    shell: Shell | None = None


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans one operation, for one choice of the variables that its @skip and @include read."""

    schema: GraphQLSchema
    description: Description
    fragments: dict[str, FragmentDetails]
    operation: OperationDefinitionNode
    variable_values: VariableValues

    def root(self) -> Selection:
        """The operation's own selection. Raises GraphQLError."""
        root_type = self.schema.get_root_type(self.operation.operation)
        if root_type is None:
            raise GraphQLError(f"the schema has no {self.operation.operation.value}", self.operation)
        collected = collect_fields(self.schema, self.fragments, self.variable_values, root_type, self.operation)
        return self._selection(root_type, collected.grouped_field_set)

    def _selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Selection:
        fields: dict[str, FieldPlan | None] = {}
        for name, details in grouped.items():
            asked = details[0].node.name.value
            if asked == TYPENAME:
                fields[name] = None
                continue
            definition = self.schema.get_field(type_, asked)
            if definition is not None:  # a valid document asks for no other; the reference passes over them too
                fields[name] = self._field(type_, name, details, definition)
        deferred = [plan for plan in fields.values() if plan is not None and not plan.is_plain]
        return Selection(type_, fields, all(plan.is_immediate for plan in deferred), deferred)

    def _field(
        self, parent: GraphQLObjectType, name: str, details: FieldDetailsList, definition: GraphQLField
    ) -> FieldPlan:
        node = details[0].node
        kind: FieldKind = Resolved()
        # The introspection fields have resolvers of graphql-core's own.
        if not node.name.value.startswith("__") and not parent.name.startswith("__"):
            kind = self.description.field(parent, node.name.value, definition)
        constants = None
        if not _holds_variables(node):
            try:
                constants = get_argument_values(definition, node)
            except GraphQLError:
                constants = None  # told when the field is asked, at its path
            if constants is not None and not all(_is_fixed(value) for value in constants.values()):
                constants = None  # a resolver may change what it is given
        return FieldPlan(name, details, definition, parent, kind, self._shape(definition.type, details), constants)

    def _shape(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Shape:
        is_nullable = not is_non_null_type(type_)
        bare = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(bare):
            return Shape(type_, is_nullable, item=self._shape(bare.of_type, details))
        if is_leaf_type(bare):
            return Shape(type_, is_nullable, leaf=self._leaf(bare))
        if is_abstract_type(bare):
            abstract = Abstract(bare, lambda runtime_type: self._below(runtime_type, details))
            return Shape(type_, is_nullable, abstract=abstract)
        assert isinstance(bare, GraphQLObjectType)
        return Shape(type_, is_nullable, selection=self._below(bare, details))

    def _below(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        collected = collect_subfields(
            self.schema, self.fragments, self.variable_values, self.operation, type_, details
        )  # fmt: skip
        return self._selection(type_, collected.grouped_field_set)

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
