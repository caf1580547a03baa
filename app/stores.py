"""Stores of our own before the service answers: migrated, and in the sandbox filled."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from app.settings import ConfigurationProblem, Settings
from app.wiring import make_sources
from datasources.errors import BackendError
from datasources.migrations.chain import Chain
from datasources.sandbox.events import fill_sandbox_events
from datasources.sandbox.exam_population import sandbox_exams
from datasources.sandbox.exams import fill_sandbox_exams
from datasources.sandbox.learning import fill_sandbox_learning
from datasources.stores import Store


def migrated(settings: Settings) -> list[str]:
    """Migrate each owned store; what was done. Raises ConfigurationProblem for one that cannot be migrated."""
    done: list[str] = []
    for store in make_sources(settings).stores():
        try:
            done += [f"{store.backend} {name}" for name in asyncio.run(Chain(store).run())]
        except BackendError as failure:
            raise ConfigurationProblem([f"{failure.message}; it cannot be migrated"]) from None
    return done


def fill_stores(settings: Settings, *, anew: bool, seed: int = 1) -> None:
    """Fill the sandbox's stores with made-up events, exams and learners; one that is configured is somebody's own."""
    if not settings.is_sandbox:
        return
    sources = make_sources(settings)
    if settings.stores.events.url is None:
        _fill(sources.events.store, lambda store: fill_sandbox_events(store, seed, anew=anew))
    if settings.stores.exams.url is None:
        # Around today, whatever the clock that is set still says.
        rows = partial(sandbox_exams, seed, datetime.now(UTC))
        _fill(sources.exams.store, lambda store: fill_sandbox_exams(store, rows, anew=anew))
    if settings.stores.learning.url is None:
        _fill(sources.learning.store, lambda store: fill_sandbox_learning(store, seed, anew=anew))


def _fill(store: Store, fill: Callable[[Store], Awaitable[object]]) -> None:
    async def filled() -> None:
        store.open()
        try:
            await fill(store)
        finally:
            await store.close()

    try:
        asyncio.run(filled())
    except BackendError as failure:
        raise ConfigurationProblem([f"{failure.message}; it cannot be filled"]) from None
