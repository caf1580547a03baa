"""Connections: cursors that belong to their list, and a count made only when it is asked for."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar

from strawberry import Parent

from datasources.errors import BadUserInput, ServiceError
from datasources.paging import Page, PageKey, Row
from datasources.sources import Sources
from resolvers.context import Batch, Fetch, Info

Selection = TypeVar("Selection")

DEFAULT_ROWS = 100
MOST_ROWS = 1000
# No list has more rows.
MOST_OFFSET = 1_000_000_000
ROW_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
# Longer than any cursor we give.
CURSOR_LENGTH = 400
NOT_OURS = "is not a cursor that this service gave"
# Hexadecimal digits of the digest that ties a cursor to its list: tells lists apart, and is no secret.
LIST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class ListingEdge(Generic[Row]):
    """One row of a listing, and the cursor that continues after it."""

    node: Row
    selection: object

    @property
    def cursor(self) -> str:
        return cursor_of(self.selection, self.node.position)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Selection, Row]):
    """A page as a connection shows it. `count` is the question how many rows the whole selection has."""

    page: Page[Selection, Row]
    count: Batch[Selection, int | None]

    @property
    def nodes(self) -> Sequence[Row]:
        return self.page.rows

    @property
    def edges(self) -> list[ListingEdge[Row]]:
        return [ListingEdge(row, self.page.key.selection) for row in self.page.rows]

    @property
    def page_info(self) -> "Listing[Selection, Row]":
        """A listing knows where its page stands; only what is selected of it is worked out."""
        return self

    @property
    def has_next_page(self) -> bool:
        return self.page.has_more

    @property
    def has_previous_page(self) -> bool:
        return self.page.key.after is not None

    @property
    def start_cursor(self) -> str | None:
        return cursor_of(self.page.key.selection, self.page.rows[0].position) if self.page.rows else None

    @property
    def end_cursor(self) -> str | None:
        return cursor_of(self.page.key.selection, self.page.rows[-1].position) if self.page.rows else None


def pages(
    fetch: Callable[[Sources], Fetch[PageKey[Selection], Page[Selection, Row]]],
    counted_by: Batch[Selection, int | None],
) -> Batch[PageKey[Selection], Listing[Selection, Row] | None]:
    """A batch of pages, each a listing that `counted_by` can count. Null for a list that no backend has."""

    def fetch_listings(sources: Sources) -> Fetch[PageKey[Selection], Listing[Selection, Row] | None]:
        fetch_pages = fetch(sources)

        @wraps(fetch_pages)  # known by its source's name
        async def ask(
            keys: Sequence[PageKey[Selection]],
        ) -> Mapping[PageKey[Selection], Listing[Selection, Row] | ServiceError | None]:
            answers = await fetch_pages(keys)
            return {
                key: answer if isinstance(answer, ServiceError) else Listing(answer, counted_by)
                for key, answer in answers.items()
            }

        return ask

    return Batch(fetch_listings, absent=None)


async def total_count_of_listing(listing: Parent[Listing[Any, Any]], info: Info) -> int | None:
    """How many rows the listing's whole selection has. Asked only when it is selected and the page did not tell."""
    if listing.page.total is not None:
        return listing.page.total
    count: int | None = await info.context.load(listing.count, listing.page.key.selection)
    return count


def page_key(
    selection: Selection,
    first: int | None,
    after: str | None,
    position: Sequence[Callable[[str], object]],
    most: int = MOST_ROWS,
) -> PageKey[Selection]:
    """The page that `first` and `after` ask for. `position` reads each part of a row's position, or raises ValueError.

    Raises BadUserInput when `first` is not 1 to `most`, or `after` is not a cursor of this very list.
    """
    return PageKey(selection, _rows(first, most), None if after is None else _position(selection, after, position))


def numbered_page_key(
    selection: Selection, first: int | None, after: str | None, offset: int | None
) -> PageKey[Selection]:
    """The page of a list whose rows are known by their number: after a cursor, or after `offset` rows.

    Raises BadUserInput as `page_key`, and when both are given or the offset is out of bounds.
    """
    if offset is None:
        return page_key(selection, first, after, position=(_row_number,))
    if after is not None:
        raise BadUserInput("offset", "must not be given together with after")
    if not 0 <= offset <= MOST_OFFSET:
        raise BadUserInput("offset", f"must be 0 to {MOST_OFFSET}")
    return PageKey(selection, _rows(first, MOST_ROWS), (str(offset),) if offset else None)


def cursor_of(selection: object, position: tuple[str, ...]) -> str:
    """Opaque to callers: the list it belongs to, and the place in it."""
    text = ":".join((_digest(selection), *position))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _rows(first: int | None, most: int) -> int:
    first = DEFAULT_ROWS if first is None else first
    if not 1 <= first <= most:
        raise BadUserInput("first", f"must be 1 to {most}")
    return first


def _row_number(text: str) -> int:
    if ROW_NUMBER.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def _position(selection: object, cursor: str, position: Sequence[Callable[[str], object]]) -> tuple[str, ...]:
    try:
        digest, *parts = base64.urlsafe_b64decode(cursor[:CURSOR_LENGTH]).decode().split(":")
        for read, part in zip(position, parts, strict=True):
            read(part)
    except (ValueError, OverflowError, binascii.Error):
        raise BadUserInput("after", NOT_OURS) from None
    if digest != _digest(selection):
        raise BadUserInput("after", "is a cursor of another list")
    if cursor_of(selection, tuple(parts)) != cursor:  # decoding passes over what is no base64
        raise BadUserInput("after", NOT_OURS)
    return tuple(parts)


def _digest(selection: object) -> str:
    return hashlib.sha256(repr(selection).encode()).hexdigest()[:LIST_DIGITS]
