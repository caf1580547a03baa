"""Sorts objects by their GraphQL type: what the schema's type functions say of them."""

from collections.abc import Generator, Iterator, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLObjectType, GraphQLResolveInfo

from engine.judge import Asked
from engine.places import path_of
from engine.reference import Reference
from engine.values import is_error, tried

# Gives what type functions say, is sent the same with nothing to be awaited, and ends with types and odd values.
Sorting: TypeAlias = Generator[list[Any], list[Any], tuple[list[tuple[GraphQLObjectType, Sequence[int]]], list[int]]]


class LateInfo:
    """The resolve info of one value, as type functions get it, made when it is looked at: most never do.

    A path of its own for each of some thousand values would cost more than all else that is done with them.
    """

    __slots__ = ("_asked", "_index", "_made", "_reference")

    def __init__(self, reference: Reference, asked: Asked, index: int) -> None:
        self._reference = reference
        self._asked = asked
        self._index = index
        self._made: GraphQLResolveInfo[Any] | None = None

    @property
    def made(self) -> GraphQLResolveInfo[Any]:
        if self._made is None:
            self._made = self._reference.info(self._asked.plan, path_of(self._asked.place, self._index))
        return self._made

    @property  # type: ignore[misc] # the original can be set, too
    def __class__(self) -> type[Any]:
        return GraphQLResolveInfo

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 any of its members
        return getattr(self.made, name)

    def __getitem__(self, place: int) -> Any:  # noqa: ANN401
        return self.made[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)


def by_type(reference: Reference, asked: Asked, good: Sequence[int]) -> Sorting:
    """The values by their type. Gives what its type functions say, to be given it back when it has come."""

    def info(index: int) -> Any:  # noqa: ANN401 as resolvers get it
        return LateInfo(reference, asked, index)

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
