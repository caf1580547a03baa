"""Event stores for the bench: made by the product's migrations, filled with bulk inserts straight into the tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bench.stores import postgres, require_durable
from datasources.calls import Limits
from datasources.event_store.store import EventStore
from datasources.event_store.tables import APPRENTICESHIP, COUNTER
from datasources.migrations.chain import Chain
from datasources.stores import Store

EVENT_STORES = ("sqlite", "postgres")
# As every event server of the bench, ours and by hand.
DEADLINE_SECONDS = 20
APPRENTICESHIPS = 1000
# One account event a second. Whole seconds: everybody's way of writing fractions is another.
BEGINS = datetime(2024, 1, 1, tzinfo=UTC)
# Of a file in one transaction: one of ten million rows would be written twice over, and at once.
ROWS_AT_ONCE = 500_000

FILL = {
    "sqlite": """
        WITH RECURSIVE numbers(id) AS (SELECT :first UNION ALL SELECT id + 1 FROM numbers WHERE id < :last)
        INSERT INTO account_event (id, created_on, event, resource_uri)
        SELECT id, strftime('%Y-%m-%d %H:%M:%S.000000', :begins + id, 'unixepoch'), 'Created',
               '/api/accounts/' || printf('%06x', id) FROM numbers
    """,
    "postgresql": """
        INSERT INTO account_event (id, created_on, event, resource_uri)
        SELECT id, to_timestamp(CAST(:begins AS bigint) + id), 'Created', '/api/accounts/' || lpad(to_hex(id), 6, '0')
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS id
    """,
}
# Where ids are numbered by the database itself, as most people have it.
SEQUENCE = {
    "sqlite": "CREATE TABLE numbered_event (id INTEGER PRIMARY KEY,",
    "postgresql": "CREATE TABLE numbered_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,",
}
NUMBERED = "created_on {} NOT NULL, event varchar(50) NOT NULL, resource_uri varchar(1000) NOT NULL)"


@contextmanager
def event_stores(store: str, folder: Path, sizes: Sequence[int]) -> Iterator[list[str]]:
    """A store for each number of account events, for as long as it is asked; its URL. Raises Failed.

    Each commit is on the disk before it is told: SQLite's by our writers' own settings, PostgreSQL's as it comes.
    """
    if store == "sqlite":
        urls = [f"sqlite+aiosqlite:///{folder / f'events_{size}.sqlite'}" for size in sizes]
        _fill_all(urls, sizes)
        yield urls
    else:
        with postgres(*(f"events_{size}" for size in sizes)) as urls:
            _fill_all(urls, sizes)
            yield urls


def opened(url: str) -> EventStore:
    """The product's event store. To be closed."""
    limits = Limits(deadline_seconds=DEADLINE_SECONDS)
    # Those who write by hand do not tell the database whose request it is: on PostgreSQL that is a round trip.
    store = EventStore(Store("EVENTS", url, limits, sends_transaction_id=False), lambda: datetime.now(UTC))
    store.open()
    return store


def _fill_all(urls: Sequence[str], sizes: Sequence[int]) -> None:
    for url, size in zip(urls, sizes, strict=True):
        uvloop.run(_fill(url, size))


async def _fill(url: str, size: int) -> None:
    await Chain(Store("EVENTS", url, Limits())).run()
    engine = create_async_engine(url)
    dialect = engine.dialect.name
    for first in range(1, size + 1, ROWS_AT_ONCE):
        async with engine.begin() as connection:
            values = {"first": first, "last": min(size, first + ROWS_AT_ONCE - 1), "begins": BEGINS.timestamp()}
            await connection.execute(text(FILL[dialect]), {name: int(value) for name, value in values.items()})
    async with engine.begin() as connection:
        await _count(connection, "account", size)
        await connection.execute(
            insert(APPRENTICESHIP), [_apprenticeship(number) for number in range(1, APPRENTICESHIPS + 1)]
        )
        await _count(connection, "apprenticeship", APPRENTICESHIPS)
        columns = NUMBERED.format("timestamp" if dialect == "sqlite" else "timestamptz")
        await connection.exec_driver_sql(f"{SEQUENCE[dialect]} {columns}")
        await connection.exec_driver_sql("CREATE INDEX ix_numbered_event ON numbered_event (created_on, id)")
    if dialect == "postgresql":
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await require_durable(connection)
            # As the server does by itself, in a while: what is measured is not to share the disk with it.
            await connection.exec_driver_sql("VACUUM ANALYZE")
            await connection.exec_driver_sql("CHECKPOINT")
    await engine.dispose()


async def _count(connection: AsyncConnection, kind: str, last_id: int) -> None:
    state = {"last_id": last_id, "last_created_on": BEGINS + timedelta(seconds=last_id), "even_from": 1}
    await connection.execute(update(COUNTER).where(COUNTER.c.kind == kind).values(state))


def _apprenticeship(number: int) -> dict[str, Any]:
    """An event with all that must be given, and both statuses."""
    return {
        "id": number,
        "created_on": BEGINS + timedelta(seconds=number),
        "event": "Created",
        "apprenticeship_id": 400_000 + number,
        "payment_status": "Active",
        "agreement_status": "BothAgreed",
        "provider_id": str(10_000_000 + number % 25),
        "learner_id": str(1_000_000_000 + number),
        "training_type": "framework" if number % 2 else "standard",
        "training_id": f"{403 + number % 50}-2-1",
        "training_start_date": BEGINS + timedelta(days=number % 90),
        "training_end_date": BEGINS + timedelta(days=number % 90 + 365),
        "training_total_cost": Decimal(100_000 + number).scaleb(-2),
        "employer_account_id": str(20_000 + number % 40),
    }
