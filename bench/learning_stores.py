"""Learning stores for the bench: made by the product's migrations, filled with inserts straight into the tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bench.stores import postgres
from datasources.calls import Limits
from datasources.learning_store.store import LearningStore
from datasources.learning_store.tables import ATTEMPT, COLLECTION, CONTEXT, ENROLMENT, LEAF, VIEW
from datasources.migrations.chain import Chain
from datasources.stores import Store

LEARNING_STORES = ("sqlite", "postgres")
DEADLINE_SECONDS = 60
COLLECTIONS = 60
# Leaves of a collection, and views of a learner: all but the last are completed.
VIEWS = 20
LEARNERS_AT_ONCE = 25_000
# The learner of the workloads over HTTP.
BUSY, BUSY_ENROLMENTS = "busy", 50
AT = datetime(2026, 1, 5, 8, tzinfo=UTC)

NUMBERS = {
    "sqlite": "numbers(id) AS (SELECT :first UNION ALL SELECT id + 1 FROM numbers WHERE id < :last)",
    "postgresql": "numbers(id) AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)))",
}
INSTANT = {"sqlite": "'2026-01-05 08:00:00.000000'", "postgresql": "timestamptz '2026-01-05 08:00:00Z'"}
FALSE = {"sqlite": "1", "postgresql": "true"}
FILL = (
    """INSERT INTO learning_enrolment (learner_id, collection_id, context_id, enrolled_at, is_active, status,
                                       progress_percent, mark)
       WITH RECURSIVE {numbers} SELECT {learner}, {place}, {at}, {active},
              1, 95, 0 FROM numbers""",
    """INSERT INTO learning_view (learner_id, collection_id, context_id, content_id, status, details,
                                  time_spent_seconds, accessed_at, updated_at)
       WITH RECURSIVE {numbers} SELECT {learner}, {place}, leaf.content_id,
              CASE WHEN leaf.content_id LIKE '%_{views}' THEN 1 ELSE 2 END, '{{"progress"\\:20}}', 10, {at}, {at}
       FROM numbers JOIN learning_leaf AS leaf ON leaf.collection_id = 'c' || (id % {collections})""",
    """INSERT INTO learning_attempt (learner_id, collection_id, context_id, content_id, attempt_id, attempted_at, score,
                                     max_score, answers, submitted_at)
       WITH RECURSIVE {numbers} SELECT {learner}, 'c' || (id % {collections}), 'x' || (id % {collections}),
              'c' || (id % {collections}) || '_1', 't1', {at}, 8, 10, '[]', {at} FROM numbers""",
)  # fmt: skip


def learner(number: int) -> str:
    """A learner of the store, from 1 on."""
    return f"learner-{number}"


def place(number: int) -> tuple[str, str]:
    """The collection and the context that this learner is enrolled for."""
    return f"c{number % COLLECTIONS}", f"x{number % COLLECTIONS}"


@contextmanager
def learning_stores(store: str, folder: Path, sizes: Sequence[int]) -> Iterator[list[str]]:
    """A store for each number of learners, for as long as it is asked; its URL. Raises Failed."""
    if store == "sqlite":
        urls = [f"sqlite+aiosqlite:///{folder / f'learning_{size}.sqlite'}" for size in sizes]
        _fill_all(urls, sizes)
        yield urls
    else:
        with postgres(*(f"learning_{size}" for size in sizes)) as urls:
            _fill_all(urls, sizes)
            yield urls


def opened(url: str) -> LearningStore:
    """The product's learning store. To be closed."""
    limits = Limits(deadline_seconds=DEADLINE_SECONDS)
    store = Store("LEARNING", url, limits, sends_transaction_id=False)
    learning = LearningStore(store, lambda: datetime.now(UTC))
    learning.open()
    return learning


def _fill_all(urls: Sequence[str], sizes: Sequence[int]) -> None:
    for url, size in zip(urls, sizes, strict=True):
        uvloop.run(_fill(url, size))


async def _fill(url: str, size: int) -> None:
    await Chain(Store("LEARNING", url, Limits())).run()
    engine = create_async_engine(url)
    dialect = engine.dialect.name
    async with engine.begin() as connection:
        await _fill_catalogue(connection)
    words = {
        "numbers": NUMBERS[dialect], "at": INSTANT[dialect], "active": FALSE[dialect], "collections": COLLECTIONS,
        "views": VIEWS, "learner": "'learner-' || id",
        "place": f"'c' || (id % {COLLECTIONS}), 'x' || (id % {COLLECTIONS})",
    }  # fmt: skip
    for first in range(1, size + 1, LEARNERS_AT_ONCE):
        async with engine.begin() as connection:
            for statement in FILL:
                values = {"first": first, "last": min(size, first + LEARNERS_AT_ONCE - 1)}
                await connection.execute(text(statement.format(**words)), values)
    async with engine.begin() as connection:
        await _fill_busy(connection)
    if dialect == "postgresql":
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.exec_driver_sql("VACUUM ANALYZE")
            await connection.exec_driver_sql("CHECKPOINT")
    await engine.dispose()


async def _fill_catalogue(connection: AsyncConnection) -> None:
    names = range(COLLECTIONS)
    rows = [{"collection_id": f"c{each}", "name": f"Collection {each}", "leaf_count": VIEWS} for each in names]
    await connection.execute(insert(COLLECTION), rows)
    leaves = [
        {"collection_id": f"c{each}", "content_id": f"c{each}_{leaf}", "is_optional": False}
        for each in names
        for leaf in range(1, VIEWS + 1)
    ]
    await connection.execute(insert(LEAF), leaves)
    await connection.execute(insert(CONTEXT), [{"context_id": f"x{e}", "collection_id": f"c{e}"} for e in names])


async def _fill_busy(connection: AsyncConnection) -> None:
    """A learner of many enrolments, each half done."""
    keys = [{"learner_id": BUSY, "collection_id": f"c{e}", "context_id": f"x{e}"} for e in range(BUSY_ENROLMENTS)]
    told: dict[str, Any] = {"enrolled_at": AT, "is_active": True, "status": 1, "progress_percent": 20, "mark": 0}
    await connection.execute(insert(ENROLMENT), [{**key, **told} for key in keys])
    told = {"status": 1, "accessed_at": AT, "updated_at": AT}
    views = [{**key, **told, "content_id": f"{key['collection_id']}_{n}"} for key in keys for n in range(1, 5)]
    await connection.execute(insert(VIEW), views)
    told = {"attempted_at": AT, "submitted_at": AT, "score": 8.0, "max_score": 10.0, "answers": "[]"}
    tried = [{**key, **told, "content_id": f"{key['collection_id']}_1", "attempt_id": "t1"} for key in keys]
    await connection.execute(insert(ATTEMPT), tried)
