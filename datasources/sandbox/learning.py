"""Puts collections, contexts and learners into a learning store: the sandbox's, and those that tests choose."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.learning_store.records import LearningStatus, of_milliseconds
from datasources.learning_store.tables import CONTEXT, TABLES
from datasources.learning_store.writing import end_view, renew, start_view
from datasources.stores import Store

# The learner of the sandbox's credentials, enrolled in the two collections that the old service's documents print.
LEARNER = "user_123"
LEARNERS = 50
COLLECTIONS = 10
SUBJECTS = (
    "Algebra", "Geometry", "Biology", "Chemistry", "Physics", "History", "Geography", "Economics", "Music", "Art",
)  # fmt: skip
MOST_LEAVES = 12
BEGINS = datetime(2026, 1, 5, 8, tzinfo=UTC)
ROWS_AT_ONCE = 500
DOCUMENTED: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "learning_collection": (
        {
            "collection_id": "collection_123", "name": "Mathematics", "logo": "http://logoimage",
            "description": "Dummy Collection", "leaf_count": 4,
        },
        {
            "collection_id": "collection_456", "name": "Science", "logo": None, "description": None, "leaf_count": 2,
        },
    ),
    "learning_leaf": tuple(
        {"collection_id": collection, "content_id": content, "is_optional": False}
        for collection, contents in (
            ("collection_123", ("content_123", "content_456", "content_789", "content_999")),
            ("collection_456", ("content_a", "content_b")),
        )
        for content in contents
    ),
    "learning_context": (
        {"context_id": "context_123", "collection_id": "collection_123"},
        {"context_id": "context_456", "collection_id": "collection_456"},
    ),
}  # fmt: skip
ENROLLED = (("collection_123", "context_123", 1624275377301), ("collection_456", "context_456", 1624275370000))

Row = dict[str, Any]


def fill_learning(connection: Connection, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Replace all that a learning store holds by these rows, by table."""
    for table in TABLES.sorted_tables:
        connection.execute(delete(table))
        values = rows.get(table.name, ())
        for start in range(0, len(values), ROWS_AT_ONCE):
            connection.execute(insert(table), list(values[start : start + ROWS_AT_ONCE]))


async def fill_sandbox_learning(store: Store, seed: int, *, anew: bool) -> int:
    """Fill a learning store with made-up learners, unless it holds some and is not to be filled anew; how many.

    Raises as `Store.write`.
    """

    async def fill(connection: AsyncConnection) -> int:
        if (await connection.execute(select(func.count()).select_from(CONTEXT))).scalar_one() and not anew:
            return 0
        rows = sandbox_learning(seed)
        await connection.run_sync(fill_learning, rows)
        for key, at, is_completed in _views(rows, seed):
            if is_completed:
                await end_view(connection, key, at, None)
            else:
                await start_view(connection, key, at)
            await renew(connection, key[:3], at, has_views=True)
        return LEARNERS

    return await store.write(fill)


def sandbox_learning(seed: int) -> dict[str, list[Row]]:
    """The sandbox's collections, contexts and enrolments; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 made-up data
    rows: dict[str, list[Row]] = {name: [dict(row) for row in values] for name, values in DOCUMENTED.items()}
    for number, subject in enumerate(SUBJECTS[:COLLECTIONS], 1):
        collection = f"collection_{number}"
        leaves = [f"content_{number}_{place}" for place in range(1, chance.randrange(3, MOST_LEAVES) + 1)]
        rows["learning_collection"].append({
            "collection_id": collection, "name": subject, "logo": f"https://cdn.example/{collection}.png",
            "description": f"{subject}, from the beginning", "leaf_count": len(leaves),
        })  # fmt: skip
        rows["learning_leaf"] += [
            {"collection_id": collection, "content_id": leaf, "is_optional": leaf == leaves[-1]} for leaf in leaves
        ]
        rows["learning_context"] += [
            {"context_id": f"context_{number}_{batch}", "collection_id": collection} for batch in (1, 2)
        ]
    rows["learning_context"].append({"context_id": "programme_1", "collection_id": None})
    rows["learning_enrolment"] = [
        *(_enrolment(LEARNER, collection, context, of_milliseconds(at)) for collection, context, at in ENROLLED),
        *(row for number in range(1, LEARNERS) for row in _enrolments(f"learner_{number}", chance)),
    ]
    return rows


def _enrolments(learner: str, chance: random.Random) -> Iterator[Row]:
    for number in sorted(chance.sample(range(1, COLLECTIONS + 1), chance.randrange(1, 5))):
        enrolled_at = BEGINS + timedelta(minutes=chance.randrange(100_000))
        yield _enrolment(learner, f"collection_{number}", f"context_{number}_{chance.randrange(1, 3)}", enrolled_at)


def _enrolment(learner: str, collection: str, context: str, enrolled_at: datetime) -> Row:
    return {
        "learner_id": learner, "collection_id": collection, "context_id": context, "enrolled_at": enrolled_at,
        "is_active": True, "status": LearningStatus.NOT_STARTED.value, "progress_percent": 0, "mark": 0,
    }  # fmt: skip


def _views(rows: Mapping[str, Sequence[Row]], seed: int) -> Iterator[tuple[tuple[str, str, str, str], datetime, bool]]:
    """What the learners have viewed, when, and whether to the end: the one of the credentials nothing yet."""
    chance = random.Random(f"views {seed}")  # noqa: S311 made-up data
    for enrolment in rows["learning_enrolment"]:
        learner, collection, context = (enrolment[name] for name in ("learner_id", "collection_id", "context_id"))
        if learner == LEARNER:
            continue
        leaves = [row["content_id"] for row in rows["learning_leaf"] if row["collection_id"] == collection]
        at = enrolment["enrolled_at"]
        for leaf in leaves[: chance.randrange(len(leaves) + 1)]:
            at += timedelta(minutes=chance.randrange(5, 5000))
            yield (learner, collection, context, leaf), at, chance.random() < 0.8  # noqa: PLR2004 most of them


def certificates(*rows: tuple[str, str, str, int]) -> str:
    """Certificates as an enrolment keeps them: each its id, its name, its token, and when in milliseconds."""
    names = ("identifier", "name", "token", "lastIssuedOn")
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
