"""Where the values of a layer stand in the answer. Only asked when something went wrong there, or by a resolver."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from graphql.pyutils import Path

from engine.plan import FieldPlan


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """The values of one field, one for each object above."""

    above: "Place | None"
    plan: FieldPlan


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """The items of all lists above, one after another; a list's items end before its place in `ends`."""

    above: "Place"
    lists: Sequence[int]  # places above that hold a list, in order
    ends: Sequence[int]

    def list_of(self, place: int) -> tuple[int, int]:
        """Which list above an item is of, and its place in there."""
        which = bisect_right(self.ends, place)
        return self.lists[which], place - (self.ends[which - 1] if which else 0)


@dataclass(frozen=True, slots=True)
class MemberPlace:
    """Some of the values above."""

    above: "Place"
    members: Sequence[int]


Place: TypeAlias = FieldPlace | ItemPlace | MemberPlace


def path_of(place: Place | None, index: int) -> Path:
    """The path of one value."""
    keys: list[tuple[str | int, str | None]] = []
    while place is not None:
        if isinstance(place, FieldPlace):
            keys.append((place.plan.name, place.plan.parent_type.name))
        elif isinstance(place, ItemPlace):
            index, in_list = place.list_of(index)
            keys.append((in_list, None))
        else:
            index = place.members[index]
        place = place.above
    path: Path | None = None
    for key, typename in reversed(keys):
        path = Path(path, key, typename)
    assert path is not None  # every value stands in a field
    return path
