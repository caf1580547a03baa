"""Reads events of one kind: by id, by time of storing, a page at a time, and how many there are.

Where the counter says that ids have no gaps and times never go back, a page that is far in costs what the first one
costs: its first id is worked out. Elsewhere (events brought in from another store) the way there is walked, on an
index alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Executable, Select, bindparam, func, select, tuple_

from datasources.errors import ServiceError
from datasources.event_store.records import Kind, StoredEvent
from datasources.event_store.tables import COUNTER
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
    offset: int = field(default=0, repr=False)


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
        rows = await self._database.rows(_by_id(self._kind), {"ids": list(ids)})
        return {row[0]: self._kind.record(*row) for row in rows}

    async def following(self, from_id: int, most: int) -> list[Record]:
        """At most `most` events from an id on, in the order of ids. One call."""
        rows = await self._database.rows(
            _from_id(self._kind), {"from_id": from_id, "last_id": LARGEST_ID, "most": most}
        )
        return [self._kind.record(*row) for row in rows]

    async def _page(self, key: EventPageKey) -> Page[EventSelection, Record]:
        statement, parameters = await self._statement(key)
        if statement is None:
            return Page(key, [], has_more=False)
        rows = await self._database.rows(statement, {**parameters, "most": key.first + 1})
        records = [self._kind.record(*row) for row in rows[: key.first]]
        return Page(key, records, has_more=len(rows) > key.first)

    async def _statement(self, key: EventPageKey) -> tuple[Executable | None, Mapping[str, object]]:
        """The page's statement; None when it is known to be empty."""
        chosen = key.selection
        if chosen.offset:
            bounds = await self._bounds(chosen)
            if bounds is not None:
                start = bounds.first + chosen.offset
                return (None if start > bounds.last else _from_id(self._kind)), {
                    "from_id": start,
                    "last_id": bounds.last,
                }
        if chosen.from_event_id is not None:
            start = chosen.from_event_id if key.after is None else int(key.after[0]) + 1
            parameters: dict[str, object] = {"from_id": start, "last_id": LARGEST_ID}
            if chosen.offset:
                return _skipping_ids(self._kind), {**parameters, "offset": chosen.offset}
            return _from_id(self._kind), parameters
        parameters = {"from_date": chosen.from_date, "to_date": chosen.to_date}
        if key.after is not None:
            after = {"after_id": int(key.after[0]), "after_date": datetime.fromisoformat(key.after[1])}
            return _after_time(self._kind), {**parameters, **after}
        if chosen.offset:
            return _skipping_times(self._kind), {**parameters, "offset": chosen.offset}
        return _from_time(self._kind), parameters

    async def _bounds(self, chosen: EventSelection) -> _Bounds | None:
        """The ids of the selection, when it is all ids between two; first after last when it is empty."""
        if chosen.from_event_id is not None:
            rows = await self._database.rows(_counter(self._kind), {})
            [(last, even_from)] = rows
            return _Bounds(chosen.from_event_id, last) if chosen.from_event_id >= even_from else None
        [(first, last, even_from)] = await self._database.rows(
            _ids_of_time(self._kind), {"from_date": chosen.from_date, "to_date": chosen.to_date}
        )
        if first is None or last is None:
            return _Bounds(1, 0)
        return _Bounds(first, last) if first >= even_from else None

    async def _count(self, chosen: EventSelection) -> int:
        bounds = await self._bounds(chosen)
        if bounds is not None:
            return max(0, bounds.last - bounds.first + 1)
        if chosen.from_event_id is not None:
            rows = await self._database.rows(_count_from_id(self._kind), {"from_id": chosen.from_event_id})
        else:
            parameters = {"from_date": chosen.from_date, "to_date": chosen.to_date}
            rows = await self._database.rows(_count_of_time(self._kind), parameters)
        count: int = rows[0][0]
        return count


def _all(kind: Kind[Any, Any]) -> Select[Any]:
    return select(*kind.table.columns)


def _is_of_time(kind: Kind[Any, Any]) -> ColumnElement[bool]:
    created_on = kind.table.c.created_on
    return (created_on >= bindparam("from_date")) & (created_on < bindparam("to_date"))


@cache
def _by_id(kind: Kind[Any, Any]) -> Executable:
    return _all(kind).where(kind.table.c.id.in_(bindparam("ids", expanding=True)))


@cache
def _from_id(kind: Kind[Any, Any]) -> Executable:
    number = kind.table.c.id
    is_between = number.between(bindparam("from_id"), bindparam("last_id"))
    return _all(kind).where(is_between).order_by(number).limit(bindparam("most"))


@cache
def _skipping_ids(kind: Kind[Any, Any]) -> Executable:
    number = kind.table.c.id
    start = select(number).where(number >= bindparam("from_id")).order_by(number).limit(1).offset(bindparam("offset"))
    is_after = (number >= start.scalar_subquery()) & (number <= bindparam("last_id"))
    return _all(kind).where(is_after).order_by(number).limit(bindparam("most"))


@cache
def _from_time(kind: Kind[Any, Any]) -> Executable:
    columns = kind.table.c
    return _all(kind).where(_is_of_time(kind)).order_by(columns.created_on, columns.id).limit(bindparam("most"))


@cache
def _after_time(kind: Kind[Any, Any]) -> Executable:
    columns = kind.table.c
    is_after = tuple_(columns.created_on, columns.id) > tuple_(bindparam("after_date"), bindparam("after_id"))
    asked = _all(kind).where(_is_of_time(kind), is_after)
    return asked.order_by(columns.created_on, columns.id).limit(bindparam("most"))


@cache
def _skipping_times(kind: Kind[Any, Any]) -> Executable:
    columns = kind.table.c
    order = columns.created_on, columns.id
    start = select(*order).where(_is_of_time(kind)).order_by(*order).limit(1).offset(bindparam("offset"))
    is_after = tuple_(*order) >= start.scalar_subquery()
    return _all(kind).where(_is_of_time(kind), is_after).order_by(*order).limit(bindparam("most"))


@cache
def _counter(kind: Kind[Any, Any]) -> Executable:
    return select(COUNTER.c.last_id, COUNTER.c.even_from).where(COUNTER.c.kind == kind.name)


@cache
def _ids_of_time(kind: Kind[Any, Any]) -> Executable:
    columns = kind.table.c
    among = select(columns.id).where(_is_of_time(kind)).limit(1)
    first = among.order_by(columns.created_on, columns.id).scalar_subquery()
    last = among.order_by(columns.created_on.desc(), columns.id.desc()).scalar_subquery()
    return select(first, last, COUNTER.c.even_from).where(COUNTER.c.kind == kind.name)


@cache
def _count_from_id(kind: Kind[Any, Any]) -> Executable:
    return select(func.count()).select_from(kind.table).where(kind.table.c.id >= bindparam("from_id"))


@cache
def _count_of_time(kind: Kind[Any, Any]) -> Executable:
    return select(func.count()).select_from(kind.table).where(_is_of_time(kind))
