"""The statements that read one kind of events, made once."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Executable, Table, bindparam, func, select, tuple_

from datasources.event_store.records import Kind
from datasources.event_store.tables import COUNTER


@dataclass(frozen=True, slots=True)
class Statements:
    """One statement for each way to read. `most` bounds the rows of each; those that skip leave out `offset` rows."""

    by_id: Executable
    from_id: Executable
    skipping_ids: Executable
    from_time: Executable
    after_time: Executable
    skipping_times: Executable
    counter: Executable
    ids_of_time: Executable
    count_from_id: Executable
    count_of_time: Executable


@cache
def statements_of(kind: Kind[Any, Any], filtered_by: tuple[str, ...]) -> Statements:
    """The statements of a kind whose events are chosen by "types", by "resource", by both or by neither."""
    table = kind.table
    number, created_on = table.c.id, table.c.created_on
    is_chosen = [FILTERS[name](table) for name in filtered_by]
    most: BindParameter[int] = bindparam("most")
    offset: BindParameter[int] = bindparam("offset")
    everything = select(*table.columns).where(*is_chosen)
    is_from = number >= bindparam("from_id")
    is_between = is_from & (number <= bindparam("last_id"))
    is_of_time = (created_on >= bindparam("from_date")) & (created_on < bindparam("to_date"))
    # An index holds all that these need: the way to a page's first row passes no other.
    start_id = select(number).where(is_from, *is_chosen).order_by(number).limit(1).offset(offset)
    of_time = select(created_on, number).where(is_of_time, *is_chosen)
    start_time = of_time.order_by(created_on, number).limit(1).offset(offset)
    is_after = tuple_(created_on, number) > tuple_(
        bindparam("after_date", type_=created_on.type), bindparam("after_id")
    )
    is_on = tuple_(created_on, number) >= start_time.scalar_subquery()
    among = select(number).where(is_of_time).limit(1)
    first = among.order_by(created_on, number).scalar_subquery()
    last = among.order_by(created_on.desc(), number.desc()).scalar_subquery()
    is_counter = COUNTER.c.kind == kind.name
    in_time = everything.where(is_of_time).order_by(created_on, number).limit(most)
    return Statements(
        by_id=everything.where(number.in_(bindparam("ids", expanding=True))),
        from_id=everything.where(is_between).order_by(number).limit(most),
        skipping_ids=everything.where(is_between, number >= start_id.scalar_subquery()).order_by(number).limit(most),
        from_time=in_time,
        after_time=in_time.where(is_after),
        skipping_times=in_time.where(is_on),
        counter=select(COUNTER.c.last_id, COUNTER.c.even_from).where(is_counter),
        ids_of_time=select(first, last, COUNTER.c.even_from).where(is_counter),
        count_from_id=select(func.count()).select_from(table).where(is_from, *is_chosen),
        count_of_time=select(func.count()).select_from(table).where(is_of_time, *is_chosen),
    )


def _is_of_types(table: Table) -> ColumnElement[bool]:
    return table.c.type.in_(bindparam("types", expanding=True))


def _is_of_resource(table: Table) -> ColumnElement[bool]:
    is_kind = table.c.resource_type == bindparam("resource_type")
    return is_kind & (table.c.resource_id == bindparam("resource_id"))


FILTERS = {"types": _is_of_types, "resource": _is_of_resource}
