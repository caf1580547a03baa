"""What must become of a learner's requests, by the contract's order rules alone: a model without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.learning_store.records import LearningStatus, ScoredAttempt, of_milliseconds
from datasources.learning_store.store import LearningStore
from datasources.learning_store.tables import COLLECTION, CONTEXT, LEAF

LEARNER, COLLECTION_ID, CONTEXT_ID = "u", "c", "x"
ENROLMENT = (LEARNER, COLLECTION_ID, CONTEXT_ID)
LEAVES = ("a", "b", "d")
CONTENTS = (*LEAVES, "elsewhere")  # the last is no leaf
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

# (what is done, content, number, score): the number tells updates apart, and is the time of an attempt
Step = tuple[str, str, int, int]


@dataclass
class Model:
    """Views, attempts and the enrolment of one learner in one context."""

    statuses: dict[str, int] = field(default_factory=dict)
    details: dict[str, int | None] = field(default_factory=dict)
    attempts: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def take(self, steps: Iterable[Step]) -> "Model":
        for what, content, number, score in steps:
            if what == "start":
                self.statuses.setdefault(content, 1)
            elif what == "update":
                if self.statuses.get(content) == 1:
                    self.details[content] = number
            else:
                self.statuses[content] = 2
            if what == "submit":
                name = (content, f"t{number % 2}")
                if self.attempts.get(name, (-1, 0))[0] <= number:
                    self.attempts[name] = (number, score)
        return self

    @property
    def completed(self) -> int:
        return sum(self.statuses.get(leaf) == 2 for leaf in LEAVES)

    @property
    def enrolment(self) -> tuple[LearningStatus, int, bool]:
        """Status, percent, and whether it was completed."""
        if self.completed == len(LEAVES):
            return LearningStatus.COMPLETED, 100, True
        status = LearningStatus.IN_PROGRESS if self.statuses else LearningStatus.NOT_STARTED
        return status, 100 * self.completed // len(LEAVES), False

    @property
    def best(self) -> dict[str, tuple[int, int]]:
        """Of each content the best score, and when: the latest of equals."""
        found: dict[str, tuple[int, int]] = {}
        for (content, _), (at, score) in self.attempts.items():
            found[content] = max(found.get(content, (-1, -1)), (score, at))
        return found


async def fill(connection: AsyncConnection) -> None:
    """A collection of three leaves, and its context."""
    row = {"collection_id": COLLECTION_ID, "name": "C", "leaf_count": len(LEAVES)}
    await connection.execute(insert(COLLECTION), row)
    leaves = [{"collection_id": COLLECTION_ID, "content_id": leaf, "is_optional": False} for leaf in LEAVES]
    await connection.execute(insert(LEAF), leaves)
    await connection.execute(insert(CONTEXT), {"context_id": CONTEXT_ID, "collection_id": COLLECTION_ID})


async def do(store: LearningStore, step: Step, learner: str = LEARNER) -> None:
    what, content, number, score = step
    key = (learner, COLLECTION_ID, CONTEXT_ID, content)
    if what == "start":
        await store.start_view(key)
    elif what == "update":
        await store.update_view(key, f'{{"number":{number}}}', float(number))
    elif what == "end":
        await store.end_view(key, None)
    else:
        at = of_milliseconds(number)
        await store.store_attempt(ScoredAttempt((*key, f"t{number % 2}"), at, float(score), 10.0, "[]"))


async def found(store: LearningStore, learner: str = LEARNER) -> dict[str, Any]:
    """What the store says of a learner, in the model's words."""
    key = (learner, COLLECTION_ID, CONTEXT_ID)
    views = (await store.reader.views_by_enrolment([key])).get(key, [])
    enrolment = (await store.reader.enrolments_by_key([key]))[key]
    attempts = await store.reader.attempts_by_view([view.key for view in views])
    best = (await store.reader.best_attempts_by_enrolment([key])).get(key, [])
    return {
        "statuses": {view.content_id: view.status.value for view in views},
        "details": {v.content_id: v.progress_details["number"] for v in views if v.progress_details},
        "attempts": {
            (each.content_id, each.attempt_id): (int(each.attempted_at.timestamp() * 1000), each.score)
            for several in attempts.values()
            for each in several
        },
        "enrolment": (enrolment.status, enrolment.progress_percent, enrolment.completed_on == NOW.date()),
        "best": {each.content_id: (each.score, int(each.attempted_at.timestamp() * 1000)) for each in best},
    }


def expected(model: Model) -> dict[str, Any]:
    return {
        "statuses": model.statuses, "details": model.details, "attempts": model.attempts,
        "enrolment": model.enrolment, "best": model.best,
    }  # fmt: skip
