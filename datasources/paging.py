"""One page of a list, found by key: what is asked of a source, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Selection = TypeVar("Selection")


class Positioned(Protocol):
    """A record that knows its place in its list."""

    @property
    def position(self) -> tuple[str, ...]:
        """The values that the list is ordered by, the key last, as text."""


Row = TypeVar("Row", bound=Positioned)


@dataclass(frozen=True, slots=True)
class PageKey(Generic[Selection]):
    """The `first` rows of `selection` that follow the row at position `after`; from the start when None."""

    selection: Selection
    first: int
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Selection, Row]):
    """Rows in the list's order, and whether more follow.

    `total` is how many rows the whole list has, where the backend says so along with the page.
    """

    key: PageKey[Selection]
    rows: Sequence[Row]
    has_more: bool
    total: int | None = None
