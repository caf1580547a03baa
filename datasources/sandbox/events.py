"""Puts events that were stored elsewhere into an event store: the sandbox's, and those that tests choose."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from datasources.event_store.tables import ACCOUNT, AGREEMENT, APPRENTICESHIP, COUNTER, GENERIC

KINDS = {"apprenticeship": APPRENTICESHIP, "agreement": AGREEMENT, "account": ACCOUNT, "generic": GENERIC}


def fill_events(connection: Connection, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Replace all events of the kinds in `rows` by those rows, in the order of their ids, and count on from there."""
    for kind, values in rows.items():
        connection.execute(delete(KINDS[kind]))
        if values:
            connection.execute(insert(KINDS[kind]), list(values))
        last_id = values[-1]["id"] if values else 0
        latest = max((row["created_on"] for row in values), default=None)
        is_even = [row["id"] for row in values] == list(range(1, len(values) + 1)) and all(
            earlier["created_on"] <= later["created_on"] for earlier, later in pairwise(values)
        )
        state = {"last_id": last_id, "last_created_on": latest, "even_from": 1 if is_even else last_id + 1}
        connection.execute(update(COUNTER).where(COUNTER.c.kind == kind).values(state))
