"""What a backend's row must look like to become a record."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, Generic, TypeAlias, TypeVar

from datasources.errors import BackendRefused

Record = TypeVar("Record")
Kind: TypeAlias = type | tuple[type, ...]

# So few rows are read sooner one by one.
FEW_ROWS = 16


def optional(kind: type) -> Kind:
    """A value of this type, or none."""
    return kind, NoneType


@dataclass(frozen=True)
class Form(Generic[Record]):
    """What a row must hold, in the order of its columns, and what is made of it.

    A kind that is an enum stands for text that is one of its values.
    """

    thing: str  # what a row is, in the words of a refusal: "a session"
    kinds: tuple[Kind, ...]
    made: Callable[..., Record]
    closed: str = ""  # what the enums are, in the words of a refusal: "a session's type or status"

    @cached_property
    def _types(self) -> tuple[Kind, ...]:
        return tuple(str if _is_enum(kind) else kind for kind in self.kinds)

    @cached_property
    def _members(self) -> tuple[tuple[int, dict[str, Any]], ...]:
        """Of each enum its members by their values, which takes a tenth of asking the enum."""
        enums: list[tuple[int, Any]] = [(place, kind) for place, kind in enumerate(self.kinds) if _is_enum(kind)]
        return tuple((place, {member.value: member for member in enum}) for place, enum in enums)

    @cached_property
    def _exact_types(self) -> tuple[frozenset[type], ...]:
        return tuple(frozenset(kind if isinstance(kind, tuple) else (kind,)) for kind in self._types)

    def read_all(self, backend: str, rows: Sequence[Sequence[Any]]) -> list[Record]:
        """As `read`, of all rows, in their order: column by column, in a third of the time."""
        found = self._read_columns(list(zip(*rows, strict=False))) if len(rows) >= FEW_ROWS else None
        return [self.read(backend, row) for row in rows] if found is None else found

    def read_columns(self, backend: str, columns: Sequence[Sequence[Any]]) -> list[Record]:
        """As `read_all`, of rows that are given as their columns."""
        found = self._read_columns(columns)
        return [self.read(backend, row) for row in zip(*columns, strict=True)] if found is None else found

    def _read_columns(self, columns: Sequence[Sequence[Any]]) -> list[Record] | None:
        """None when some row is not as it should be, or is so in a way of its own."""
        if len(columns) != len(self.kinds):
            return None
        if not all(types.issuperset(map(type, each)) for types, each in zip(self._exact_types, columns, strict=True)):
            return None
        values = list(columns)
        with suppress(KeyError):  # a value that no enum has
            for place, members in self._members:
                values[place] = [members[value] for value in values[place]]
            return list(map(self.made, *values))
        return None

    def read(self, backend: str, row: Sequence[Any]) -> Record:
        """Raises BackendRefused, which names the backend and nothing of the row."""
        if len(row) != len(self.kinds) or not all(map(isinstance, row, self._types)):
            raise BackendRefused(backend, f"{self.thing} lacks a value, or has one of another type")
        if not self._members:
            return self.made(*row)
        values = list(row)
        try:
            for place, members in self._members:
                values[place] = members[values[place]]
        except KeyError:
            raise BackendRefused(backend, f"{self.closed} is none that is known") from None
        return self.made(*values)


def _is_enum(kind: Kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)
