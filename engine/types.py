"""Sorts objects by their GraphQL type: what the schema's type functions say of them."""

from collections.abc import Generator, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLObjectType

from engine.judge import Asked
from engine.places import parent_of, path_of
from engine.reference import Reference
from engine.values import is_error, tried

# Gives what type functions say, is sent the same with nothing to be awaited, and ends with types and odd values.
Sorting: TypeAlias = Generator[list[Any], list[Any], tuple[list[tuple[GraphQLObjectType, Sequence[int]]], list[int]]]


def by_type(reference: Reference, asked: Asked, good: Sequence[int]) -> Sorting:
    """The values by their type. Gives what its type functions say, to be given it back when it has come."""
    infos: dict[int, Any] = {}

    def info(index: int) -> Any:  # noqa: ANN401 as resolvers get it
        parent = parent_of(asked.place, index)
        if parent not in infos:
            infos[parent] = reference.info(asked.plan, path_of(asked.place, index))
        return infos[parent]

    odd: list[int] = []
    of_type: dict[GraphQLObjectType, list[int]] = {}
    abstract = asked.shape.abstract
    if asked.shape.object is not None:
        of_type[asked.shape.object] = list(good)
    else:
        assert abstract is not None  # a shape of objects is the one or the other
        resolve = abstract.resolve_type or reference.executor.type_resolver
        names = yield [tried(resolve, asked.values[index], info(index), abstract) for index in good]
        schema = reference.schema
        for index, name in zip(good, names, strict=True):
            type_ = schema.get_type(name) if isinstance(name, str) else None
            if isinstance(type_, GraphQLObjectType) and schema.is_sub_type(abstract, type_):
                of_type.setdefault(type_, []).append(index)
            else:
                odd.append(index)
    groups: list[tuple[GraphQLObjectType, Sequence[int]]] = []
    for type_, indices in of_type.items():
        members = indices
        if type_.is_type_of is not None:
            told = yield [tried(type_.is_type_of, asked.values[index], info(index)) for index in indices]
            is_one = [not is_error(word) and bool(word) for word in told]
            odd += [index for index, is_ in zip(indices, is_one, strict=True) if not is_]
            members = [index for index, is_ in zip(indices, is_one, strict=True) if is_]
        if members:
            groups.append((type_, members))
    return groups, odd
