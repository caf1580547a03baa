"""Stores events of one kind: those that arrive together share a transaction, and ids become visible in their order.

Whoever stores holds the kind's row of the counter from the first statement to the commit. So transactions of one
kind, of whatever process, commit one after the other, in the order of their ids, and leave no gap when one fails: an
id that can be read is preceded by all smaller ones, and no event is older than one before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from prometheus_client import Histogram
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.errors import Conflict
from datasources.event_store.records import Kind, Row, StoredEvent
from datasources.event_store.tables import COUNTER, REQUESTS
from datasources.idempotency import USED_BEFORE, Request, first_answers, remember
from datasources.stores import Store
from datasources.together import Together

New = TypeVar("New")
Record = TypeVar("Record", bound=StoredEvent)

# Where PostgreSQL tells other processes that events became visible: the kind and its newest id.
CHANNEL = "examgraph_events"
# The most that one transaction stores; who comes later goes with the next one.
ROWS_AT_ONCE = 2000

ROWS_STORED = Histogram(
    "examgraph_events_stored_together", "Events that shared a transaction.", ["kind"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 500, 2000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """Which events were stored: ids from `first_id` on. `created_on` is None for those that were stored before."""

    first_id: int
    count: int
    created_on: datetime | None = None

    def answer(self) -> str:
        return f"{self.first_id}:{self.count}"

    @classmethod
    def of_answer(cls, answer: str) -> "Stored":
        first_id, count = answer.split(":")
        return cls(int(first_id), int(count))


Outcome = Stored | Conflict


@dataclass(frozen=True, slots=True)
class _Entry:
    """Events that are given together: all are stored, or none."""

    rows: Sequence[Row]
    request: Request | None


class Appender(Generic[New, Record]):
    """Stores events of one kind for one process. `told` hears of the newest id after each transaction."""

    def __init__(
        self, kind: Kind[New, Record], store: Store, now: Callable[[], datetime], told: Callable[[str, int], None]
    ) -> None:
        self._kind = kind
        self._store = store
        self._now = now
        self._told = told
        self._together = Together(store.backend, self._store_together, lambda entry: len(entry.rows), ROWS_AT_ONCE)
        self._rows_stored = ROWS_STORED.labels(kind.name)

    async def append(self, events: Sequence[New], request: Request | None) -> Stored:
        """Store `events`, in their order and next to one another; with a request that came before: its answer again.

        One call, shared with others that arrive in the same moment. When it returns, the events are on the disk, and
        every reader finds them. Raises Conflict for a key that was used for something else; BackendTimeout and
        BackendUnavailable, after which it is not known whether they were stored; BackendRefused.
        """
        outcome = await self._together.add(_Entry([self._kind.row(each) for each in events], request))
        if isinstance(outcome, Conflict):
            raise outcome
        return outcome

    async def ended(self) -> None:
        """Wait until nothing is being stored."""
        await self._together.ended()

    async def _store_together(self, entries: Sequence[_Entry]) -> Sequence[Outcome]:
        outcomes = await self._store.write(lambda connection: self._transaction(connection, entries))
        stored = [each for each in outcomes if isinstance(each, Stored)]
        if stored:
            self._told(self._kind.name, max(each.first_id + each.count - 1 for each in stored))
            self._rows_stored.observe(sum(each.count for each in stored))
        return outcomes

    async def _transaction(self, connection: AsyncConnection, entries: Sequence[_Entry]) -> list[Outcome]:
        is_kind = COUNTER.c.kind == self._kind.name
        counter = select(COUNTER.c.last_id, COUNTER.c.last_created_on).where(is_kind).with_for_update()
        last_id, last_created_on = (await connection.execute(counter)).one()
        requests = [entry.request for entry in entries if entry.request is not None]
        known = await first_answers(connection, REQUESTS, requests) if requests else {}
        now = self._now()
        created_on = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if last_created_on is not None and last_created_on > created_on:
            created_on = last_created_on  # another replica's clock is ahead: time does not go back among events
        batch = _Batch(last_id, created_on, known)
        outcomes = [batch.add(entry) for entry in entries]
        if batch.rows:
            await connection.execute(insert(self._kind.table), batch.rows)
            changed = {"last_id": batch.last_id, "last_created_on": created_on}
            await connection.execute(update(COUNTER).where(is_kind).values(changed))
            if batch.answers:
                await remember(connection, REQUESTS, batch.answers, created_on)
            if connection.dialect.name == "postgresql":
                await connection.execute(select(func.pg_notify(CHANNEL, f"{self._kind.name}:{batch.last_id}")))
        return outcomes


class _Batch:
    """What one transaction stores."""

    def __init__(self, last_id: int, created_on: datetime, known: Mapping[Request, str | Conflict]) -> None:
        self.last_id = last_id
        self.created_on = created_on
        self.rows: list[dict[str, Any]] = []
        self.answers: dict[Request, str] = {}
        self._known = known
        self._keys: dict[tuple[str, str], Request] = {}

    def add(self, entry: _Entry) -> Outcome:
        request = entry.request
        if request is not None:
            found = self._known.get(request) or self._in_this_batch(request)
            if found is not None:
                return found if isinstance(found, Conflict) else Stored.of_answer(found)
        stored = Stored(self.last_id + 1, len(entry.rows), self.created_on)
        for number, row in enumerate(entry.rows, stored.first_id):
            self.rows.append({**row, "id": number, "created_on": self.created_on})
        self.last_id += stored.count
        if request is not None:
            self.answers[request] = stored.answer()
            self._keys[request.scope, request.key] = request
        return stored

    def _in_this_batch(self, request: Request) -> str | Conflict | None:
        earlier = self._keys.get((request.scope, request.key))
        if earlier is None:
            return None
        return self.answers[earlier] if earlier == request else Conflict(USED_BEFORE)
