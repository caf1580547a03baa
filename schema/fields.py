"""The two ways to declare a field, read off the record or answered by a resolver; enums and inputs as published."""

import inspect
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import strawberry
from strawberry.schema.name_converter import NameConverter
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryOptional, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from resolvers.context import EDGE, Edge

# Values of these types, or of optional ones, are never converted.
AS_THEY_COME = (str, int, float, bool, date, datetime, strawberry.ID)
EnumClass = TypeVar("EnumClass", bound=type[Enum])


def attribute(description: str, *, deprecated: str | None = None) -> Any:  # noqa: ANN401 a field stands for any type
    """A field that is the attribute of the same name of the record behind the type."""
    return strawberry.field(description=description, deprecation_reason=deprecated)


def answered_by(
    resolver: Callable[..., Any] | Edge[Any, Any],
    description: str,
    *,
    arguments: Mapping[str, str] | None = None,
    deprecated: str | None = None,
) -> Any:  # noqa: ANN401 a field stands for any type
    """A field with a resolver. `arguments` describes each argument, by the resolver's name for it.

    A relation that is a batch keeps its Edge in the field's metadata, for whoever executes operations.
    """
    is_edge = isinstance(resolver, Edge)
    function = _resolver_of(resolver) if isinstance(resolver, Edge) else resolver
    field = strawberry.field(
        description=description, deprecation_reason=deprecated, metadata={EDGE: resolver} if is_edge else None
    )
    field(_Resolver(function))
    _describe(field, function.__name__, arguments)
    return field


def _describe(field: StrawberryField, name: str, arguments: Mapping[str, str] | None) -> None:
    described = dict(arguments or {})
    for argument in field.arguments:
        argument.description = described.pop(argument.python_name)
    if described:
        raise TypeError(f"{name} has no argument {', '.join(described)}")


def subscribed_to(
    resolver: Callable[..., AsyncGenerator[Any]], description: str, *, arguments: Mapping[str, str] | None = None
) -> Any:  # noqa: ANN401 a field stands for any type
    """A field of a subscription: `resolver` gives the records behind its events. `arguments` as in `answered_by`."""
    field = strawberry.subscription(description=description)
    field(_Resolver(resolver))
    _describe(field, resolver.__name__, arguments)
    return field


def published(enum: EnumClass, name: str, description: str, values: Mapping[str, str]) -> EnumClass:
    """Publish an enum of the records as a GraphQL enum. `values` describes each of its members, by name."""
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return enum


def published_input(record: type[Any], name: str, description: str, fields: Mapping[str, str]) -> None:
    """Publish a dataclass that is written as a GraphQL input. `fields` describes each of its members, by name.

    Inputs that it holds are published before it.
    """
    strawberry.input(record, name=name, description=description)
    definition = get_object_definition(record, strict=True)
    definition.from_input = _made
    described = dict(fields)
    for field in definition.fields:
        field.description = described.pop(field.python_name)
    if described:
        raise TypeError(f"{record.__name__} has no member {', '.join(described)}")


def _made(record: Callable[..., object], given: Mapping[str, Any], context: InputContext) -> object:
    """An input as Strawberry would make it, without working out anew each time what its members are."""
    members = _members(record, context.config.name_converter)
    values = dict.fromkeys(members.unset)
    for name, value in given.items():
        member, kind = members.by_name[name]
        values[member] = value if kind is None else context.convert(value, kind, name)
    return record(**values)


@dataclass(frozen=True, slots=True)
class _Members:
    """An input's members."""

    by_name: Mapping[str, tuple[str, Any]]  # as published: the record's name, and a type whose values are converted
    unset: Sequence[str]  # the record's names of those that have no default of their own


@cache
def _members(record: Callable[..., object], names: NameConverter) -> _Members:
    fields = get_object_definition(record, strict=True).fields
    return _Members(
        {names.from_field(field): (field.python_name, _converted(field)) for field in fields},
        [field.python_name for field in fields if field.default_value is field.default_factory is MISSING],
    )


def comes_as_it_is(kind: Any) -> bool:  # noqa: ANN401 a type, however Strawberry has it
    """Whether values of a type are given to a resolver, or to an input, as they come."""
    inner = kind.of_type if type(kind) is StrawberryOptional else kind
    return isinstance(inner, StrawberryEnumDefinition) or inner in AS_THEY_COME


def _converted(field: StrawberryField) -> Any:  # noqa: ANN401 as above
    """The type of a member whose values are converted."""
    kind = field.resolve_type()
    return None if comes_as_it_is(kind) else kind


class _Resolver(StrawberryResolver[Any]):
    """A resolver whose return annotation is the record, which is not the published type: the field's annotation is."""

    @property
    def type(self) -> None:
        return None


def _resolver_of(edge: Edge[Any, Any]) -> Callable[..., Any]:
    """An ordinary resolver with the arguments of the edge's key function."""
    parent, *arguments = inspect.signature(edge.key).parameters.values()

    async def resolve(**given: Any) -> Any:  # noqa: ANN401 the field's annotation is the type
        source, info = given.pop(parent.name), given.pop("info")
        return await edge.resolve(source, info, given)

    info = inspect.Parameter("info", inspect.Parameter.KEYWORD_ONLY, annotation=strawberry.Info)
    keywords = [argument.replace(kind=inspect.Parameter.KEYWORD_ONLY) for argument in (parent, *arguments)]
    resolve.__signature__ = inspect.Signature([*keywords, info])  # type: ignore[attr-defined]
    resolve.__name__ = edge.key.__name__
    resolve.__module__ = edge.key.__module__  # where the names in its annotations are known
    return resolve
