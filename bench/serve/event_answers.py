"""Events read and stored by hand, on the product's own tables: on bare drivers, and by SQLAlchemy Core.

Each event is committed by itself. Its id comes from the product's counter, so that ids become visible in their order;
or from the database, which on PostgreSQL promises no order: a reader that goes by ids then misses some.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

import aiosqlite
import asyncpg  # type: ignore[import-untyped] # has no types
import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from bench.serve.answers import Row
from bench.workloads import WRITERS
from datasources.event_store.tables import ACCOUNT, APPRENTICESHIP

CONNECTIONS = 8


class EventAnswers(Protocol):
    """Pages of events as the bodies of answers, and the id of an event that was stored."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def accounts(self, from_id: int, most: int) -> bytes: ...

    async def apprenticeships(self, from_id: int, most: int) -> bytes: ...

    async def store(self, event: str, resource_uri: str) -> int: ...


COLUMNS = {table: ", ".join(table.columns.keys()) for table in (ACCOUNT, APPRENTICESHIP)}
PAGES = {table: f"SELECT {COLUMNS[table]} FROM {table.name} WHERE id >=" for table in COLUMNS}
COUNT = "UPDATE event_counter SET last_id = last_id + 1, last_created_on ="
COUNTED = "WHERE kind = 'account' RETURNING last_id"
STORE = "INSERT INTO account_event (id, created_on, event, resource_uri) VALUES"
STORE_NUMBERED = "INSERT INTO numbered_event (created_on, event, resource_uri) VALUES"


class OnAsyncpg:
    """asyncpg and its pool: a connection for each writer."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._connections = connections
        self._pool: Any = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._url, min_size=self._connections, max_size=self._connections)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def accounts(self, from_id: int, most: int) -> bytes:
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(f"{PAGES[ACCOUNT]} $1 ORDER BY id LIMIT $2", from_id, most)
        return orjson.dumps([_account(row) for row in rows])

    async def apprenticeships(self, from_id: int, most: int) -> bytes:
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(f"{PAGES[APPRENTICESHIP]} $1 ORDER BY id LIMIT $2", from_id, most)
        return orjson.dumps([_apprenticeship(row) for row in rows])

    async def store(self, event: str, resource_uri: str) -> int:
        now = datetime.now(UTC)
        async with self._pool.acquire() as connection, connection.transaction():
            number: int = await connection.fetchval(f"{COUNT} $1 {COUNTED}", now)
            await connection.execute(f"{STORE} ($1, $2, $3, $4)", number, now, event, resource_uri)
        return number


class NumberedOnAsyncpg(OnAsyncpg):
    """The database numbers the events: no writer waits for another."""

    async def store(self, event: str, resource_uri: str) -> int:
        statement = f"{STORE_NUMBERED} ($1, $2, $3) RETURNING id"
        async with self._pool.acquire() as connection:
            return await connection.fetchval(statement, datetime.now(UTC), event, resource_uri)  # type: ignore[no-any-return]


class OnAiosqlite:
    """aiosqlite, connections kept: one for each reader, as a pool would, and one for all writers in turn."""

    def __init__(self, url: str, _connections: int = CONNECTIONS) -> None:
        self._path = url.partition(":///")[2]
        self._free: list[aiosqlite.Connection] = []
        self._writer: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        self._writer = await aiosqlite.connect(self._path, isolation_level=None)
        await self._writer.execute("PRAGMA journal_mode = WAL")
        await self._writer.execute("PRAGMA synchronous = FULL")

    async def close(self) -> None:
        for connection in [self._writer, *self._free]:
            if connection is not None:
                await connection.close()

    async def accounts(self, from_id: int, most: int) -> bytes:
        rows = await self._rows(f"{PAGES[ACCOUNT]} ? ORDER BY id LIMIT ?", (from_id, most))
        return orjson.dumps([_account(row) for row in rows])

    async def apprenticeships(self, from_id: int, most: int) -> bytes:
        rows = await self._rows(f"{PAGES[APPRENTICESHIP]} ? ORDER BY id LIMIT ?", (from_id, most))
        return orjson.dumps([_apprenticeship(_with_cost(row)) for row in rows])

    async def store(self, event: str, resource_uri: str) -> int:
        now = _text_of_now()
        async with self._one_at_a_time:
            await self._writer.execute("BEGIN IMMEDIATE")
            [(number,)] = await self._writer.execute_fetchall(f"{COUNT} ? {COUNTED}", (now,))
            await self._writer.execute_insert(f"{STORE} (?, ?, ?, ?)", (number, now, event, resource_uri))
            await self._writer.commit()
        return number  # type: ignore[no-any-return]

    async def _rows(self, statement: str, values: Sequence[object]) -> list[Row]:
        connection = self._free.pop() if self._free else await aiosqlite.connect(self._path)
        try:
            return list(await connection.execute_fetchall(statement, values))
        finally:
            self._free.append(connection)


class NumberedOnAiosqlite(OnAiosqlite):
    """SQLite numbers the events: a statement is a transaction."""

    async def store(self, event: str, resource_uri: str) -> int:
        [number] = await self._writer.execute_insert(
            f"{STORE_NUMBERED} (?, ?, ?)", (_text_of_now(), event, resource_uri)
        )
        return number  # type: ignore[no-any-return]


class OnCore:
    """Pages by SQLAlchemy Core, asyncio, as its documentation shows."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self._engine = create_async_engine(url, pool_size=connections)

    async def open(self) -> None:
        """The pool opens connections as they are needed."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def accounts(self, from_id: int, most: int) -> bytes:
        asked = select(*ACCOUNT.columns).where(ACCOUNT.c.id >= from_id).order_by(ACCOUNT.c.id).limit(most)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(asked)).all()
        return orjson.dumps([_account(row) for row in rows])

    async def apprenticeships(self, from_id: int, most: int) -> bytes:
        table = APPRENTICESHIP
        asked = select(*table.columns).where(table.c.id >= from_id).order_by(table.c.id).limit(most)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(asked)).all()
        return orjson.dumps([_apprenticeship(row) for row in rows])

    async def store(self, event: str, resource_uri: str) -> int:
        """Not asked of this one."""
        raise NotImplementedError


# By the name of the variant and the kind of database.
EVENT_ANSWERS: Mapping[tuple[str, str], type[EventAnswers]] = {
    ("driver", "sqlite"): OnAiosqlite,
    ("driver", "postgres"): OnAsyncpg,
    ("numbered", "sqlite"): NumberedOnAiosqlite,
    ("numbered", "postgres"): NumberedOnAsyncpg,
    ("core", "sqlite"): OnCore,
    ("core", "postgres"): OnCore,
}


def event_answers(variant: str, store: str, url: str) -> EventAnswers:
    """The answers of one variant; those that are stored into have a connection for each writer."""
    return EVENT_ANSWERS[variant, store](url, CONNECTIONS if variant == "core" else WRITERS)  # type: ignore[call-arg]


def _text_of_now() -> str:
    """As SQLite keeps an instant: in UTC, without an offset."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _time(value: datetime | str) -> str:
    """As the old Events API writes a time in UTC: no zone, no fraction that is nothing."""
    text = value if isinstance(value, str) else value.isoformat()
    fraction = text[20:26].rstrip("0") if text[19:20] == "." else ""
    return f"{text[:10]}T{text[11:19]}.{fraction}" if fraction else f"{text[:10]}T{text[11:19]}"


def _account(row: Row) -> dict[str, Any]:
    number, created_on, event, resource_uri = row
    return {"id": number, "event": event, "resourceUri": resource_uri, "createdOn": _time(created_on)}


def _with_cost(row: Row) -> Row:
    """A row of SQLite's, which keeps hundredths."""
    return (*row[:13], Decimal(row[13]).scaleb(-2), *row[14:])


FURTHER = (
    "paymentOrder", "legalEntityId", "legalEntityName", "legalEntityOrganisationType",
    "accountLegalEntityPublicHashedId", "effectiveFrom", "effectiveTo", "dateOfBirth", "pausedOnDate", "stoppedOnDate",
    "priceHistory", "transferSenderId", "transferSenderName", "transferApprovalStatus", "transferApprovalActionedOn",
)  # fmt: skip


def _apprenticeship(row: Row) -> dict[str, Any]:
    (
        number, created_on, event, apprenticeship_id, payment_status, agreement_status, provider_id, learner_id,
        training_type, training_id, employer_account_id, starts_on, ends_on, cost, *further,
    ) = row  # fmt: skip
    body = {
        "id": number,
        "event": event,
        "apprenticeshipId": apprenticeship_id,
        "paymentStatus": payment_status,
        "agreementStatus": agreement_status,
        "providerId": provider_id,
        "learnerId": learner_id,
        "trainingType": training_type,
        "trainingId": training_id,
        "employerAccountId": employer_account_id,
        "trainingStartDate": _time(starts_on),
        "trainingEndDate": _time(ends_on),
        "trainingTotalCost": orjson.Fragment(str(cost)),
        "createdOn": _time(created_on),
    }
    # Nobody here has told more: what was is written by its kind, as the product does.
    for name, value in zip(FURTHER, further, strict=True):
        if value is not None:
            body[name] = _time(value) if isinstance(value, datetime) else value
    return body
