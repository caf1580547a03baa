"""What a backend's row must look like to become a record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, Generic, TypeAlias, TypeVar

from datasources.errors import BackendRefused

Record = TypeVar("Record")
Kind: TypeAlias = type | tuple[type, ...]


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
    def _enums(self) -> tuple[tuple[int, Any], ...]:
        return tuple((place, kind) for place, kind in enumerate(self.kinds) if _is_enum(kind))

    def read(self, backend: str, row: Sequence[Any]) -> Record:
        """Raises BackendRefused, which names the backend and nothing of the row."""
        if len(row) != len(self.kinds) or not all(map(isinstance, row, self._types)):
            raise BackendRefused(backend, f"{self.thing} lacks a value, or has one of another type")
        if not self._enums:
            return self.made(*row)
        values = list(row)
        try:
            for place, enum in self._enums:
                values[place] = enum(values[place])
        except ValueError:
            raise BackendRefused(backend, f"{self.closed} is none that is known") from None
        return self.made(*values)


def _is_enum(kind: Kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)
