"""The learning store asked in this process: what each call costs in a store of few learners, and in one of many."""

import random
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import uvloop

from bench.learning_stores import VIEWS, learner, opened, place
from datasources.learning_store.reading import Across
from datasources.learning_store.records import ExportFormat, ScoredAttempt
from datasources.learning_store.store import LearningStore

WARM_UP = 20

Call = Callable[[LearningStore, int], Awaitable[object]]


def _view(number: int, leaf: int) -> tuple[str, str, str, str]:
    collection, context = place(number)
    return learner(number), collection, context, f"{collection}_{leaf}"


async def _summaries(store: LearningStore, number: int) -> None:
    [enrolments] = (await store.reader.enrolments_by_learner([learner(number)])).values()
    keys = [each.key for each in enrolments]
    await store.reader.statuses_by_enrolment(keys)
    await store.reader.best_attempts_by_enrolment(keys)


async def _submit(store: LearningStore, number: int) -> None:
    key = (*_view(number, 1), "t2")
    await store.store_attempt(ScoredAttempt(key, datetime.now(UTC), 5.0, 10.0, "[]"))


# Each call by its name, of the learner of this number; those that destroy something last.
CALLS: Mapping[str, Call] = {
    "update": lambda store, number: store.update_view(_view(number, VIEWS), '{"progress":30}', 12.0),
    "start": lambda store, number: store.start_view(_view(number, VIEWS)),
    "end": lambda store, number: store.end_view(_view(number, VIEWS), None),
    "submit": _submit,
    "read": lambda store, number: store.reader.views_by_key([_view(number, VIEWS)]),
    "read_all": lambda store, number: store.reader.views_across(
        Across(learner(number), collection_id=place(number)[0])
    ),
    "attempts": lambda store, number: store.reader.attempts_by_view([_view(number, 1)]),
    "summary": _summaries,
    "enrol": lambda store, number: store.enrol((learner(number), "c0", f"x{number % 7}")),
    "export": lambda store, number: store.store_export(learner(number), ExportFormat.CSV, "a file"),
    "delete": lambda store, number: store.delete_enrolments(learner(number)),
}


def call_milliseconds(urls: Mapping[int, str], times: int) -> Mapping[str, Mapping[int, float]]:
    """The median milliseconds of each call, by the number of learners of the store; the stores take turns."""
    return uvloop.run(_call_milliseconds(urls, times))


async def _call_milliseconds(urls: Mapping[int, str], times: int) -> Mapping[str, Mapping[int, float]]:
    stores = {size: opened(url) for size, url in urls.items()}
    chance = random.Random(2026)
    try:
        found: dict[str, dict[int, float]] = {}
        for name, call in CALLS.items():
            taken: dict[int, list[float]] = {size: [] for size in stores}
            # The first ones open connections, and bring in what the fill has left on the disk.
            for _ in range(times + WARM_UP):
                for size, store in stores.items():
                    number = chance.randrange(1, size + 1)
                    began = time.perf_counter()
                    await call(store, number)
                    taken[size].append(time.perf_counter() - began)
            found[name] = {size: statistics.median(seconds[WARM_UP:]) * 1000 for size, seconds in taken.items()}
        return found
    finally:
        for store in stores.values():
            await store.close()
