"""Reads events of one kind: by id, by time of storing, a page at a time, and how many there are.

Where the counter says that ids have no gaps and times never go back, a page that is far in costs what the first one
costs: its first id is worked out. Elsewhere (events brought in from another store) the way there is walked, on an
index alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Executable

from datasources.errors import ServiceError
from datasources.event_store.records import Kind, StoredEvent, time_of
from datasources.event_store.statements import statements_of
from datasources.paging import Page, PageKey
from datasources.sql import Database

Record = TypeVar("Record", bound=StoredEvent)

LARGEST_ID = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Events from an id on, in the order of ids; or of a time, from inclusive and to exclusive, in the order stored.

    `offset` leaves out that many from the start. It is no part of what the selection is called: a cursor of one page
    continues every other.
    """

    from_event_id: int | None
    from_date: datetime | None = None
    to_date: datetime | None = None
    types: tuple[str, ...] = ()
    resource: tuple[str, str] | None = None
    offset: int = field(default=0, repr=False)

    @property
    def filtered_by(self) -> tuple[str, ...]:
        """The names of what chooses among the events, of which generic ones have some."""
        return (*(("types",) if self.types else ()), *(("resource",) if self.resource is not None else ()))

    @property
    def filter_values(self) -> dict[str, object]:
        values: dict[str, object] = {"types": list(self.types)} if self.types else {}
        if self.resource is not None:
            values["resource_type"], values["resource_id"] = self.resource
        return values


EventPageKey = PageKey[EventSelection]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The ids between which a selection lies; None when they are not known, or the way there has to be walked."""

    first: int
    last: int


class Reader(Generic[Record]):
    """Reads one kind of events. Events come in the order of their selection."""

    def __init__(self, kind: Kind[Any, Record], database: Database) -> None:
        self._kind = kind
        self._database = database

    async def pages(
        self, keys: Sequence[EventPageKey]
    ) -> dict[EventPageKey, Page[EventSelection, Record] | ServiceError]:
        """A page for each key. One call each; two with an offset. Raises as `Database.rows`, or has it in place."""
        return {key: await self._page(key) for key in keys}

    async def counts(self, selections: Sequence[EventSelection]) -> dict[EventSelection, int]:
        """How many events each selection has, its offset aside. Two calls each at most."""
        return {each: await self._count(replace(each, offset=0)) for each in selections}

    async def by_id(self, ids: Sequence[int]) -> dict[int, Record]:
        """Events by id. One call."""
        rows = await self._database.rows(statements_of(self._kind, ()).by_id, {"ids": list(ids)})
        return {row[0]: self._kind.record(*row) for row in rows}

    async def following(self, from_id: int, most: int) -> list[Record]:
        """At most `most` events from an id on, in the order of ids. One call."""
        values = {"from_id": from_id, "last_id": LARGEST_ID, "most": most}
        rows = await self._database.rows(statements_of(self._kind, ()).from_id, values)
        return [self._kind.record(*row) for row in rows]

    async def _page(self, key: EventPageKey) -> Page[EventSelection, Record]:
        statement, parameters = await self._statement(key)
        if statement is None:
            return Page(key, [], has_more=False)
        rows = await self._database.rows(statement, {**parameters, "most": key.first + 1})
        records = [self._kind.record(*row) for row in rows[: key.first]]
        return Page(key, records, has_more=len(rows) > key.first)

    async def _statement(self, key: EventPageKey) -> tuple[Executable | None, Mapping[str, object]]:
        """The page's statement and its values; no statement when the page is known to be empty."""
        chosen = key.selection
        statements = statements_of(self._kind, chosen.filtered_by)
        values = chosen.filter_values
        if chosen.offset:
            values["offset"] = chosen.offset
            bounds = await self._bounds(chosen)
            if bounds is not None:
                start = bounds.first + chosen.offset
                is_beyond = start > bounds.last
                return (None if is_beyond else statements.from_id), {"from_id": start, "last_id": bounds.last}
        if chosen.from_event_id is not None:
            start = chosen.from_event_id if key.after is None else int(key.after[0]) + 1
            values |= {"from_id": start, "last_id": LARGEST_ID}
            return (statements.skipping_ids if chosen.offset else statements.from_id), values
        values |= {"from_date": chosen.from_date, "to_date": chosen.to_date}
        if key.after is not None:
            return statements.after_time, {**values, "after_id": int(key.after[0]), "after_date": time_of(key.after[1])}
        return (statements.skipping_times if chosen.offset else statements.from_time), values

    async def _bounds(self, chosen: EventSelection) -> _Bounds | None:
        """The ids of the selection, when it is all ids between two; first after last when it is empty."""
        if chosen.filtered_by:
            return None
        statements = statements_of(self._kind, ())
        if chosen.from_event_id is not None:
            [(last, even_from)] = await self._database.rows(statements.counter, {})
            return _Bounds(chosen.from_event_id, last) if chosen.from_event_id >= even_from else None
        values = {"from_date": chosen.from_date, "to_date": chosen.to_date}
        [(first, last, even_from)] = await self._database.rows(statements.ids_of_time, values)
        if first is None or last is None:
            return _Bounds(1, 0)
        return _Bounds(first, last) if first >= even_from else None

    async def _count(self, chosen: EventSelection) -> int:
        bounds = await self._bounds(chosen)
        if bounds is not None:
            return max(0, bounds.last - bounds.first + 1)
        statements = statements_of(self._kind, chosen.filtered_by)
        values = chosen.filter_values
        if chosen.from_event_id is not None:
            rows = await self._database.rows(statements.count_from_id, {**values, "from_id": chosen.from_event_id})
        else:
            values |= {"from_date": chosen.from_date, "to_date": chosen.to_date}
            rows = await self._database.rows(statements.count_of_time, values)
        count: int = rows[0][0]
        return count
