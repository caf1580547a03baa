"""Puts periods, plans, schools and registrations into an exam store: the sandbox's, and those that tests choose.

All people, schools and numbers are made up.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.exam_store.tables import (
    APPOINTMENT,
    AVAILABILITY,
    CANDIDATE,
    EXAM,
    GROUP,
    LEADER,
    PART,
    PERIOD,
    PERSON,
    SCHOOL,
    SITTING,
)
from datasources.stores import Store

# In the order in which they can be filled.
FILLED = (
    PERIOD, SCHOOL, EXAM, PART, AVAILABILITY, PERSON, CANDIDATE, GROUP, LEADER, SITTING, APPOINTMENT,
)  # fmt: skip
ROWS_AT_ONCE = 500

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def fill_exams(connection: Connection, rows: Rows) -> None:
    """Replace all of the tables in `rows`, by their names, by those rows; what depends on them goes."""
    for table in reversed(FILLED):
        connection.execute(delete(table))
    for table in FILLED:
        values = rows.get(table.name, ())
        for start in range(0, len(values), ROWS_AT_ONCE):
            connection.execute(insert(table), list(values[start : start + ROWS_AT_ONCE]))
    if connection.dialect.name == "postgresql":  # which counts on from where it was, whatever was put in
        sequence = func.pg_get_serial_sequence(GROUP.name, GROUP.c.id.name)
        connection.execute(
            select(func.setval(sequence, select(func.coalesce(func.max(GROUP.c.id), 1)).scalar_subquery()))
        )


async def fill_sandbox_exams(store: Store, rows: Callable[[], Rows], *, anew: bool) -> bool:
    """Fill an exam store with `rows`, unless it has periods and is not to be filled anew; whether it was filled.

    Rows are made when they are needed. Raises as `Store.write`.
    """

    async def fill(connection: AsyncConnection) -> bool:
        if not anew and (await connection.execute(select(PERIOD.c.code).limit(1))).first() is not None:
            return False
        await connection.run_sync(fill_exams, rows())
        return True

    return await store.write(fill)
