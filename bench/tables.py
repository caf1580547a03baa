"""The same records as tables, in SQLite and in PostgreSQL."""

import asyncio
from dataclasses import astuple
from enum import Enum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    insert,
)
from sqlalchemy.ext.asyncio import create_async_engine

from bench.records import Records

TABLES = MetaData()
MOMENT = DateTime(timezone=True)

EVENT = Table(
    "bench_event",
    TABLES,
    Column("id", String(20), primary_key=True),
    Column("event", String(100), nullable=False),
    Column("apprenticeship_id", Integer, nullable=False),
    Column("agreement_status", String(20), nullable=False),
    Column("payment_status", String(50), nullable=False),
    Column("provider_id", String(20), nullable=False),
    Column("learner_id", String(20), nullable=False),
    Column("employer_account_id", String(20), nullable=False),
    Column("training_type", String(20), nullable=False),
    Column("training_id", String(20), nullable=False),
    Column("training_start", MOMENT, nullable=False),
    Column("training_end", MOMENT, nullable=False),
    Column("cost", Float(53), nullable=False),
    Column("created_on", MOMENT, nullable=False),
)
SESSION = Table(
    "bench_session",
    TABLES,
    Column("session_id", String(20), primary_key=True),
    Column("business_stream_id", String(2), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("year", Integer, nullable=False),
    Column("starts_at", MOMENT, nullable=False),
)
ENTRY = Table(
    "bench_entry",
    TABLES,
    Column("entry_id", String(20), primary_key=True),
    Column("centre_id", String(10), nullable=False),
    Column("candidate_number", Integer, nullable=False),
    Column("qualification", String(10), nullable=False),
    Column("option", String(10), nullable=False),
    Column("session_id", String(20), nullable=False, index=True),
    Column("candidate_id", String(30), nullable=False),
)
CANDIDATE = Table(
    "bench_candidate",
    TABLES,
    Column("candidate_id", String(30), primary_key=True),
    Column("family_name", String(50), nullable=False),
    Column("given_name", String(50), nullable=False),
    Column("birth_year", Integer, nullable=False),
    Column("is_private", Boolean, nullable=False),
)


def fill(url: str, records: Records) -> None:
    """Make the tables in an empty database, and put every record in them."""
    asyncio.run(_fill(url, records))


async def _fill(url: str, records: Records) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(TABLES.create_all)
        for table, rows in (
            (EVENT, records.events),
            (SESSION, records.sessions),
            (ENTRY, records.entries),
            (CANDIDATE, records.candidates),
        ):
            names = table.columns.keys()
            values = [dict(zip(names, map(_stored, astuple(row)), strict=True)) for row in rows]
            await connection.execute(insert(table), values)
        await connection.exec_driver_sql("ANALYZE")  # so that plans are the same in every run
    await engine.dispose()


def _stored(value: Any) -> Any:  # noqa: ANN401 a column's value
    return value.name if isinstance(value, Enum) else value
