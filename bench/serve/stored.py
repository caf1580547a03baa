"""The sources of `examgraph` from a database: `datasources.sql.Database`, rows unpacked straight into records."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select

from bench.records import AgreementStatus, CandidateRecord, EntryRecord, EventRecord, SessionRecord
from bench.tables import CANDIDATE, ENTRY, EVENT, SESSION
from datasources.calls import Health, Limits
from datasources.sql import Database, driver_url

IN_FLIGHT = 8
STATUS = {status.name: status for status in AgreementStatus}


class Stored:
    """The same questions as `bench.records.Memory`, one statement each."""

    def __init__(self, url: str) -> None:
        # The hand-written servers do not tell the database whose request it is either: that is a round trip.
        limits = Limits(in_flight=IN_FLIGHT, deadline_seconds=10)
        self._database = Database("BENCH", driver_url(url), limits, sends_transaction_id=False)

    def open(self) -> None:
        self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def probe(self) -> list[Health]:
        return [await self._database.probe()]

    async def pages_of_events(self, keys: Sequence[int]) -> dict[int, list[EventRecord]]:
        return {first: await self._events(_page(), {"first": first}) for first in keys}

    async def events_by_id(self, keys: Sequence[str]) -> dict[str, EventRecord]:
        return {event.id: event for event in await self._events(_by_id(), {"keys": list(keys)})}

    async def sessions_by_stream(self, keys: Sequence[str]) -> dict[str, list[SessionRecord]]:
        found: dict[str, list[SessionRecord]] = defaultdict(list)
        for session_id, stream, name, year, starts_at in await self._database.rows(_of_stream(), {"keys": list(keys)}):
            found[stream].append(SessionRecord(session_id, stream, name, year, in_utc(starts_at)))
        return found

    async def entries_by_session(self, keys: Sequence[str]) -> dict[str, list[EntryRecord]]:
        found: dict[str, list[EntryRecord]] = defaultdict(list)
        for row in await self._database.rows(_of_session(), {"keys": list(keys)}):
            found[row[5]].append(EntryRecord(*row))
        return found

    async def candidates_by_id(self, keys: Sequence[str]) -> dict[str, CandidateRecord]:
        return {row[0]: CandidateRecord(*row) for row in await self._database.rows(_candidates(), {"keys": list(keys)})}

    async def _events(self, statement: Select[Any], values: dict[str, object]) -> list[EventRecord]:
        return list(_as_events(await self._database.rows(statement, values)))


def in_utc(instant: datetime) -> datetime:
    """SQLite gives instants without an offset; they are in UTC."""
    return instant if instant.tzinfo is UTC else instant.replace(tzinfo=UTC)


def _as_events(rows: Sequence[tuple[Any, ...]]) -> Iterator[EventRecord]:
    for row in rows:
        (
            event_id, event, apprenticeship_id, agreement_status, payment_status, provider_id, learner_id,
            employer_account_id, training_type, training_id, training_start, training_end, cost, created_on,
        ) = row  # fmt: skip
        yield EventRecord(
            event_id, event, apprenticeship_id, STATUS[agreement_status], payment_status, provider_id, learner_id,
            employer_account_id, training_type, training_id, in_utc(training_start), in_utc(training_end), cost,
            in_utc(created_on),
        )  # fmt: skip


@cache
def _page() -> Select[Any]:
    return select(EVENT).order_by(EVENT.c.id).limit(bindparam("first"))


@cache
def _by_id() -> Select[Any]:
    return select(EVENT).where(EVENT.c.id.in_(bindparam("keys", expanding=True)))


@cache
def _of_stream() -> Select[Any]:
    keys: BindParameter[Any] = bindparam("keys", expanding=True)
    return select(SESSION).where(SESSION.c.business_stream_id.in_(keys)).order_by(SESSION.c.session_id)


@cache
def _of_session() -> Select[Any]:
    keys: BindParameter[Any] = bindparam("keys", expanding=True)
    return select(ENTRY).where(ENTRY.c.session_id.in_(keys)).order_by(ENTRY.c.entry_id)


@cache
def _candidates() -> Select[Any]:
    return select(CANDIDATE).where(CANDIDATE.c.candidate_id.in_(bindparam("keys", expanding=True)))
