"""The data that all servers answer from, made from a fixed seed, and its sources in memory."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from datasources.records import record

EVENTS = 100
SESSIONS = 50
ENTRIES_A_SESSION = 10
STREAM = "02"
# The event that workload "key" asks for.
ONE_EVENT = "event-0042"


class AgreementStatus(Enum):
    """Where an agreement stands: published by name, which is also its value."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    WITHDRAWN = "WITHDRAWN"


@record
class EventRecord:
    """Workloads "page", "key" and "route": fourteen scalars."""

    id: str
    event: str
    apprenticeship_id: int
    agreement_status: AgreementStatus
    payment_status: str
    provider_id: str
    learner_id: str
    employer_account_id: str
    training_type: str
    training_id: str
    training_start: datetime
    training_end: datetime
    cost: float
    created_on: datetime


@record
class SessionRecord:
    """The first level of workload "nested"."""

    session_id: str
    business_stream_id: str
    name: str
    year: int
    starts_at: datetime


@record
class EntryRecord:
    """The second level. Its session and candidate are links, not fields that anybody asks for."""

    entry_id: str
    centre_id: str
    candidate_number: int
    qualification: str
    option: str
    session_id: str
    candidate_id: str


@record
class CandidateRecord:
    """The third level: one for each entry."""

    candidate_id: str
    family_name: str
    given_name: str
    birth_year: int
    is_private: bool


@dataclass(frozen=True, slots=True)
class Records:
    """Everything there is."""

    events: Sequence[EventRecord]
    sessions: Sequence[SessionRecord]
    entries: Sequence[EntryRecord]
    candidates: Sequence[CandidateRecord]


def made_records() -> Records:
    """The same records at every call and in every process."""
    chance = random.Random(2026)
    sessions = [_session(chance, number) for number in range(SESSIONS)]
    entries = [
        _entry(chance, session, number) for session in sessions for number in range(ENTRIES_A_SESSION)
    ]  # fmt: skip
    candidates = [_candidate(chance, entry.candidate_id) for entry in entries]
    return Records([_event(chance, number) for number in range(EVENTS)], sessions, entries, candidates)


def _word(chance: random.Random, letters: int) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=letters))


def _instant(chance: random.Random, year: int) -> datetime:
    # Whole seconds: everybody's way of writing fractions is another.
    return datetime(year, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(365 * 86_400))


def _event(chance: random.Random, number: int) -> EventRecord:
    return EventRecord(
        id=f"event-{number:04}",
        event=f"APPRENTICESHIP-{_word(chance, 8).upper()}",
        apprenticeship_id=chance.randrange(1, 2_000_000_000),
        agreement_status=chance.choice(list(AgreementStatus)),
        payment_status=chance.choice(["Active", "Paused", "Pending approval"]),
        provider_id=str(chance.randrange(10_000_000, 99_999_999)),
        learner_id=str(chance.randrange(1_000_000_000, 9_999_999_999)),
        employer_account_id=str(chance.randrange(10_000, 99_999)),
        training_type=chance.choice(["framework", "standard"]),
        training_id=f"{chance.randrange(100, 999)}-{chance.randrange(1, 9)}-{chance.randrange(1, 9)}",
        training_start=_instant(chance, 2026),
        training_end=_instant(chance, 2028),
        cost=chance.randrange(100_000, 2_000_000) / 100 + 0.001,
        created_on=_instant(chance, 2025),
    )


def _session(chance: random.Random, number: int) -> SessionRecord:
    year = 2010 + number % 16
    return SessionRecord(
        f"{14_000 + number}", STREAM, f"Session {_word(chance, 6)} {year}", year, _instant(chance, year)
    )


def _entry(chance: random.Random, session: SessionRecord, number: int) -> EntryRecord:
    return EntryRecord(
        entry_id=f"{session.session_id}-{number:02}",
        centre_id=f"{_word(chance, 2).upper()}{chance.randrange(100, 999)}",
        candidate_number=chance.randrange(1, 9999),
        qualification=f"{chance.randrange(1000, 9999)}",
        option=_word(chance, 2).upper(),
        session_id=session.session_id,
        candidate_id=f"candidate-{session.session_id}-{number:02}",
    )


def _candidate(chance: random.Random, candidate_id: str) -> CandidateRecord:
    return CandidateRecord(
        candidate_id, _word(chance, 9).title(), _word(chance, 7).title(), chance.randrange(1960, 2012),
        chance.random() < 0.2,  # noqa: PLR2004 one in five
    )  # fmt: skip


class Memory:
    """The sources without a database: every method takes all keys of a level, and answers for those there are."""

    def __init__(self, records: Records) -> None:
        self._events = list(records.events)
        self._events_by_id = {event.id: event for event in records.events}
        self._sessions_by_stream: dict[str, list[SessionRecord]] = {}
        for session in records.sessions:
            self._sessions_by_stream.setdefault(session.business_stream_id, []).append(session)
        self._entries_by_session: dict[str, list[EntryRecord]] = {}
        for entry in records.entries:
            self._entries_by_session.setdefault(entry.session_id, []).append(entry)
        self._candidates_by_id = {candidate.candidate_id: candidate for candidate in records.candidates}

    def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def probe(self) -> list[Any]:
        """Nothing that could be away."""
        return []

    async def pages_of_events(self, keys: Sequence[int]) -> dict[int, list[EventRecord]]:
        """The first so many events, in the order of their ids."""
        return {first: self._events[:first] for first in keys}

    async def events_by_id(self, keys: Sequence[str]) -> dict[str, EventRecord]:
        return _found(self._events_by_id, keys)

    async def sessions_by_stream(self, keys: Sequence[str]) -> dict[str, list[SessionRecord]]:
        return _found(self._sessions_by_stream, keys)

    async def entries_by_session(self, keys: Sequence[str]) -> dict[str, list[EntryRecord]]:
        return _found(self._entries_by_session, keys)

    async def candidates_by_id(self, keys: Sequence[str]) -> dict[str, CandidateRecord]:
        return _found(self._candidates_by_id, keys)


def _found(known: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: known[key] for key in keys if key in known}
