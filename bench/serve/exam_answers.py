"""Who is registered at a school, read by hand: on bare drivers and by SQLAlchemy Core, with the product's SELECTs.

Whoever reads leaves an audit record before the answer leaves, on the disk, as the product does.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import aiosqlite
import asyncpg  # type: ignore[import-untyped] # has no types
import orjson
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine

from bench.serve.pools import CONNECTIONS, SqlitePool
from bench.workloads import SIGNING_KEY
from datasources.audit_store.tables import RECORD
from datasources.exam_store.plan import SCHOOLS
from datasources.exam_store.sittings import LEADERS, REGISTERED

SCHOOL = "SELECT org_number, name FROM exam_school WHERE org_number = $1"
ROWS = """
    SELECT exam_group.course_code, coalesce(sitting.variant, exam_group.variant) AS variant, exam_group.name,
           exam_group.id, sitting.national_number, person.given_name, person.family_name, candidate.language,
           sitting.candidate_type, candidate.number
    FROM exam_group LEFT JOIN exam_sitting AS sitting ON sitting.group_id = exam_group.id
    LEFT JOIN exam_candidate AS candidate
        ON candidate.period = sitting.period AND candidate.national_number = sitting.national_number
    LEFT JOIN exam_person AS person ON person.national_number = sitting.national_number
    WHERE exam_group.school = $1 AND exam_group.period = $2
    ORDER BY exam_group.course_code, coalesce(sitting.variant, exam_group.variant), exam_group.name, exam_group.id,
             sitting.id
"""
OF_LEADERS = """
    SELECT leader.group_id, leader.national_number, leader.given_name, leader.family_name, leader.language,
           leader.email, leader.phone
    FROM exam_group_leader AS leader JOIN exam_group ON exam_group.id = leader.group_id
    WHERE exam_group.school = $1 AND exam_group.period = $2 ORDER BY leader.group_id, leader.ordinal
"""
RECORDED = (
    "at", "viewer", "surface", "operation", "kind", "organisation", "period", "subject_kind", "subject_count",
    "subjects_digest", "transaction_id",
)  # fmt: skip
RECORD_READ = (
    f"INSERT INTO audit_record ({', '.join(RECORDED)})"
    f" VALUES ({', '.join(f'${place}' for place in range(1, len(RECORDED) + 1))})"
)

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a school and a period: registered candidates, and leaders of groups."""

    rows: Sequence[Row]
    leaders: Sequence[Row]


class ExamAnswers(Protocol):
    """Reads, and keeps who read what."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def registered(self, school: str, period: str) -> Found | None:
        """None for a school that nobody knows."""

    async def record(self, values: Mapping[str, Any]) -> None: ...


def reading(viewer: str, school: str, period: str, transaction: str, numbers: set[str]) -> dict[str, Any]:
    """The audit record of a read."""
    digest = hmac.digest(SIGNING_KEY.encode(), orjson.dumps(sorted(numbers)), hashlib.sha256).hex()
    values = (
        datetime.now(UTC), viewer, "eksamen", "LegacyRegisteredCandidates", "REGISTRATIONS", school, period, "PERSON",
        len(numbers), f"{KEY_NAME}:{digest}", transaction,
    )  # fmt: skip
    return dict(zip(RECORDED, values, strict=True))


KEY_NAME = hashlib.sha256(SIGNING_KEY.encode()).hexdigest()[:8]


async def _registered(connection: Any, school: str, period: str) -> Found | None:  # noqa: ANN401 either driver's
    if not await connection.fetch(SCHOOL, school):
        return None
    rows = await connection.fetch(ROWS, school, period)
    return Found(rows, await connection.fetch(OF_LEADERS, school, period))


class OnAsyncpg:
    """asyncpg and its pools."""

    def __init__(self, exams: str, audit: str) -> None:
        self._urls = [url.replace("+asyncpg", "", 1) for url in (exams, audit)]
        self._exams: Any = None
        self._audit: Any = None

    async def open(self) -> None:
        self._exams, self._audit = [
            await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) for url in self._urls
        ]

    async def close(self) -> None:
        await self._exams.close()
        await self._audit.close()

    async def registered(self, school: str, period: str) -> Found | None:
        async with self._exams.acquire() as connection:
            return await _registered(connection, school, period)

    async def record(self, values: Mapping[str, Any]) -> None:
        async with self._audit.acquire() as connection:
            await connection.execute(RECORD_READ, *values.values())


class OnAiosqlite:
    """aiosqlite: connections that read are kept, one writes for all in turn."""

    def __init__(self, exams: str, audit: str) -> None:
        self._exams = SqlitePool(exams.partition(":///")[2])
        self._path = audit.partition(":///")[2]
        self._writer: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        self._writer = await aiosqlite.connect(self._path, isolation_level=None)
        await self._writer.execute("PRAGMA journal_mode = WAL")
        await self._writer.execute("PRAGMA synchronous = FULL")

    async def close(self) -> None:
        await self._writer.close()
        await self._exams.close()

    async def registered(self, school: str, period: str) -> Found | None:
        async with self._exams.acquire() as connection:
            return await _registered(connection, school, period)

    async def record(self, values: Mapping[str, Any]) -> None:
        at = values["at"].replace(tzinfo=None).isoformat(" ", "microseconds")
        async with self._one_at_a_time:
            await self._writer.execute_insert(RECORD_READ, list({**values, "at": at}.values()))


class OnCore:
    """SQLAlchemy Core, asyncio, as its documentation shows."""

    def __init__(self, exams: str, audit: str) -> None:
        self._exams = create_async_engine(exams, pool_size=CONNECTIONS)
        self._audit = create_async_engine(audit, pool_size=CONNECTIONS)

    async def open(self) -> None:
        """The pools open connections as they are needed."""

    async def close(self) -> None:
        await self._exams.dispose()
        await self._audit.dispose()

    async def registered(self, school: str, period: str) -> Found | None:
        values = {"school": school, "period": period}
        async with self._exams.connect() as connection:
            if not (await connection.execute(SCHOOLS, {"numbers": [school]})).all():
                return None
            rows = (await connection.execute(REGISTERED, values)).all()
            return Found(rows, (await connection.execute(LEADERS, values)).all())

    async def record(self, values: Mapping[str, Any]) -> None:
        async with self._audit.begin() as connection:
            await connection.execute(insert(RECORD), values)


def exam_answers(variant: str, exams: str, audit: str) -> ExamAnswers:
    """The answers of one variant: on the bare driver of its databases, or on SQLAlchemy Core."""
    if variant == "core":
        return OnCore(exams, audit)
    return OnAiosqlite(exams, audit) if exams.startswith("sqlite") else OnAsyncpg(exams, audit)
