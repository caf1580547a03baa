"""The answers of the servers written by hand: from memory, by SQLAlchemy Core as people write it, on bare drivers.

From a database the rows go straight into the answer, unpacked by position; levels are asked one after the other.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import aiosqlite
import asyncpg  # type: ignore[import-untyped] # has no types
import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from bench.records import Memory, made_records
from bench.serve.bodies import event_body, sessions_body
from bench.tables import CANDIDATE, ENTRY, EVENT, SESSION

CONNECTIONS = 8
# SQLite gives instants without an offset; they are in UTC.
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC
Row = Sequence[Any]


class Answers(Protocol):
    """One method a workload, each giving the answer's bytes."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def page(self, first: int) -> bytes: ...

    async def nested(self, stream: str) -> bytes: ...

    async def one(self, event_id: str) -> bytes | None: ...


class FromMemory:
    """Records out of dicts, asked as a source is asked: all keys of a level at once."""

    def __init__(self, _url: str) -> None:
        self._source = Memory(made_records())

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def page(self, first: int) -> bytes:
        events = (await self._source.pages_of_events([first]))[first]
        return dumped({"events": [event_body(event) for event in events]})

    async def nested(self, stream: str) -> bytes:
        sessions = (await self._source.sessions_by_stream([stream])).get(stream, [])
        entries = await self._source.entries_by_session([session.session_id for session in sessions])
        keys = [entry.candidate_id for of_session in entries.values() for entry in of_session]
        candidates = await self._source.candidates_by_id(keys)
        return dumped({"sessions": sessions_body(sessions, entries, candidates)})

    async def one(self, event_id: str) -> bytes | None:
        event = (await self._source.events_by_id([event_id])).get(event_id)
        return None if event is None else dumped({"event": event_body(event)})


class FromCore:
    """SQLAlchemy Core, asyncio, as its documentation shows."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url, pool_size=CONNECTIONS)

    async def open(self) -> None:
        """The pool opens connections as they are needed."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def page(self, first: int) -> bytes:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(EVENT).order_by(EVENT.c.id).limit(first))).all()
        return dumped({"events": [_event(row) for row in rows]})

    async def nested(self, stream: str) -> bytes:
        async with self._engine.connect() as connection:
            asked = select(SESSION).where(SESSION.c.business_stream_id == stream).order_by(SESSION.c.session_id)
            sessions = (await connection.execute(asked)).all()
            keys = [row[0] for row in sessions]
            asked = select(ENTRY).where(ENTRY.c.session_id.in_(keys)).order_by(ENTRY.c.entry_id)
            entries = (await connection.execute(asked)).all()
            keys = [row[6] for row in entries]
            asked = select(CANDIDATE).where(CANDIDATE.c.candidate_id.in_(keys))
            candidates = (await connection.execute(asked)).all()
        return dumped({"sessions": _sessions(sessions, entries, candidates)})

    async def one(self, event_id: str) -> bytes | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(EVENT).where(EVENT.c.id == event_id))).one_or_none()
        return None if row is None else dumped({"event": _event(row)})


COLUMNS = {table.name: ", ".join(table.columns.keys()) for table in (EVENT, SESSION, ENTRY, CANDIDATE)}
PAGE = f"SELECT {COLUMNS['bench_event']} FROM bench_event ORDER BY id LIMIT"
ONE = f"SELECT {COLUMNS['bench_event']} FROM bench_event WHERE id ="
OF_STREAM = f"SELECT {COLUMNS['bench_session']} FROM bench_session WHERE business_stream_id ="
OF_SESSIONS = f"SELECT {COLUMNS['bench_entry']} FROM bench_entry WHERE session_id"
BY_KEY = f"SELECT {COLUMNS['bench_candidate']} FROM bench_candidate WHERE candidate_id"


class FromAsyncpg:
    """asyncpg and its pool."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._pool: Any = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._url, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def close(self) -> None:
        await self._pool.close()

    async def page(self, first: int) -> bytes:
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(f"{PAGE} $1", first)
        return dumped({"events": [_event(row) for row in rows]})

    async def nested(self, stream: str) -> bytes:
        async with self._pool.acquire() as connection:
            sessions = await connection.fetch(f"{OF_STREAM} $1 ORDER BY session_id", stream)
            keys = [row[0] for row in sessions]
            entries = await connection.fetch(f"{OF_SESSIONS} = ANY($1) ORDER BY entry_id", keys)
            candidates = await connection.fetch(f"{BY_KEY} = ANY($1)", [row[6] for row in entries])
        return dumped({"sessions": _sessions(sessions, entries, candidates)})

    async def one(self, event_id: str) -> bytes | None:
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(f"{ONE} $1", event_id)
        return None if row is None else dumped({"event": _event(row)})


class FromAiosqlite:
    """aiosqlite, connections kept: one for each request under way, as a pool would."""

    def __init__(self, url: str) -> None:
        self._path = url.partition(":///")[2]
        self._free: list[aiosqlite.Connection] = []

    async def open(self) -> None:
        """Connections open as they are needed."""

    async def close(self) -> None:
        for connection in self._free:
            await connection.close()

    async def page(self, first: int) -> bytes:
        rows = await self._rows(f"{PAGE} ?", (first,))
        return dumped({"events": [_event_of_text(row) for row in rows]})

    async def nested(self, stream: str) -> bytes:
        sessions = await self._rows(f"{OF_STREAM} ? ORDER BY session_id", (stream,))
        keys = [row[0] for row in sessions]
        entries = await self._rows(f"{OF_SESSIONS} IN ({_marks(keys)}) ORDER BY entry_id", keys)
        keys = [row[6] for row in entries]
        candidates = await self._rows(f"{BY_KEY} IN ({_marks(keys)})", keys)
        return dumped({"sessions": _sessions_of_text(sessions, entries, candidates)})

    async def one(self, event_id: str) -> bytes | None:
        rows = await self._rows(f"{ONE} ?", (event_id,))
        return dumped({"event": _event_of_text(rows[0])}) if rows else None

    async def _rows(self, statement: str, values: Sequence[object]) -> list[Row]:
        connection = self._free.pop() if self._free else await aiosqlite.connect(self._path)
        try:
            return list(await connection.execute_fetchall(statement, values))
        finally:
            self._free.append(connection)


class FromSqlite:
    """The standard library's sqlite3, called on the event loop: what costs least, and holds up everybody else."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.partition(":///")[2])

    async def open(self) -> None:
        """Open from the start."""

    async def close(self) -> None:
        self._connection.close()

    async def page(self, first: int) -> bytes:
        rows = self._connection.execute(f"{PAGE} ?", (first,)).fetchall()
        return dumped({"events": [_event_of_text(row) for row in rows]})

    async def nested(self, stream: str) -> bytes:
        execute = self._connection.execute
        sessions = execute(f"{OF_STREAM} ? ORDER BY session_id", (stream,)).fetchall()
        keys = [row[0] for row in sessions]
        entries = execute(f"{OF_SESSIONS} IN ({_marks(keys)}) ORDER BY entry_id", keys).fetchall()
        keys = [row[6] for row in entries]
        candidates = execute(f"{BY_KEY} IN ({_marks(keys)})", keys).fetchall()
        return dumped({"sessions": _sessions_of_text(sessions, entries, candidates)})

    async def one(self, event_id: str) -> bytes | None:
        row = self._connection.execute(f"{ONE} ?", (event_id,)).fetchone()
        return None if row is None else dumped({"event": _event_of_text(row)})


ANSWERS: Mapping[str, type[Answers]] = {
    "memory": FromMemory,
    "core": FromCore,
    "asyncpg": FromAsyncpg,
    "aiosqlite": FromAiosqlite,
    "sqlite3": FromSqlite,
}


def dumped(value: object) -> bytes:
    return orjson.dumps(value, option=OPTIONS)


def _marks(keys: Sequence[object]) -> str:
    return ",".join("?" * len(keys))


def _event(row: Row) -> dict[str, Any]:
    (
        event_id, event, apprenticeship_id, agreement_status, payment_status, provider_id, learner_id,
        employer_account_id, training_type, training_id, training_start, training_end, cost, created_on,
    ) = row  # fmt: skip
    return {
        "id": event_id,
        "event": event,
        "apprenticeshipId": apprenticeship_id,
        "agreementStatus": agreement_status,
        "paymentStatus": payment_status,
        "providerId": provider_id,
        "learnerId": learner_id,
        "employerAccountId": employer_account_id,
        "trainingType": training_type,
        "trainingId": training_id,
        "trainingStart": training_start,
        "trainingEnd": training_end,
        "cost": cost,
        "createdOn": created_on,
    }


def _event_of_text(row: Row) -> dict[str, Any]:
    """As `_event`, from a driver that knows no instants."""
    body = _event(row)
    for name in ("trainingStart", "trainingEnd", "createdOn"):
        body[name] = datetime.fromisoformat(body[name])
    return body


def _sessions(sessions: Iterable[Row], entries: Iterable[Row], candidates: Iterable[Row]) -> list[dict[str, Any]]:
    candidate_of = {
        candidate_id: {
            "candidateId": candidate_id,
            "familyName": family_name,
            "givenName": given_name,
            "birthYear": birth_year,
            "isPrivate": is_private,
        }
        for candidate_id, family_name, given_name, birth_year, is_private in candidates
    }
    entries_of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry_id, centre_id, candidate_number, qualification, option, session_id, candidate_id in entries:
        entries_of[session_id].append(
            {
                "entryId": entry_id,
                "centreId": centre_id,
                "candidateNumber": candidate_number,
                "qualification": qualification,
                "option": option,
                "candidate": candidate_of.get(candidate_id),
            }
        )
    return [
        {
            "sessionId": session_id,
            "businessStreamId": business_stream_id,
            "name": name,
            "year": year,
            "startsAt": starts_at,
            "entries": entries_of[session_id],
        }
        for session_id, business_stream_id, name, year, starts_at in sessions
    ]


def _sessions_of_text(
    sessions: Iterable[Row], entries: Iterable[Row], candidates: Iterable[Row]
) -> list[dict[str, Any]]:
    """As `_sessions`, from a driver that knows neither instants nor truth."""
    return _sessions(
        [(*row[:4], datetime.fromisoformat(row[4])) for row in sessions],
        entries,
        [(*row[:4], bool(row[4])) for row in candidates],
    )
