"""How a field's value comes about, as far as the engine needs to know; whoever writes the schema describes it."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLEnumType, GraphQLField, GraphQLObjectType, GraphQLScalarType


class Edge(Protocol):
    """A relation that is a batch: asked once for all parents of a level."""

    @property
    def batch(self) -> Hashable:
        """The question, as the context knows it."""

    def check(self, context: Any) -> None:  # noqa: ANN401 the context is the schema's own
        """Raise unless the relation may be asked."""

    @property
    def key(self) -> Callable[..., Hashable]:
        """From a parent and the field's arguments to the key to ask for."""


class Context(Protocol):
    """What the engine asks of the context that an operation runs in."""

    def load_level(
        self,
        batch: Any,  # noqa: ANN401
        keys: Sequence[Hashable],
        *,
        is_alone: bool,
    ) -> Awaitable[Sequence[object]]:
        """The batch's answers for `keys`, in their order; an exception in the place of each that failed.

        `is_alone` when the operation can ask nothing else in this moment, so that waiting for more is in vain.
        """


@dataclass(frozen=True, slots=True)
class Attribute:
    """Read off the record. Reading it twice changes nothing."""

    name: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A plain function of the record alone. Calling it twice changes nothing."""

    function: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Relation:
    """Answered by a batch. `arguments` makes the key function's arguments of the field's."""

    edge: Edge
    arguments: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Answered by the field's own resolver, an ordinary function or a coroutine, called once for each parent."""


FieldKind: TypeAlias = Attribute | Computed | Relation | Resolved


@dataclass(frozen=True, slots=True)
class Encoded:
    """Values of exactly the type `type`, and whose `attribute`, when one is named, is exactly `value`.

    The JSON encoder writes them as the scalar would.
    """

    type: type
    attribute: str | None = None
    value: object = None


class Description(Protocol):
    """What whoever wrote the schema knows of it beyond GraphQL."""

    def field(self, parent_type: GraphQLObjectType, name: str, definition: GraphQLField) -> FieldKind:
        """How the field's value comes about."""

    def members(self, enum: GraphQLEnumType) -> Mapping[Enum, str]:
        """The names of the Python enum's members; empty when the enum is no Python enum."""

    def encoded(self, scalar: GraphQLScalarType) -> Encoded | None:
        """The values of a custom scalar that need no serialising; None when all do."""
