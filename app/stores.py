"""Stores of our own before the service answers: migrated, and in the sandbox filled."""

import asyncio
from collections.abc import Awaitable, Callable

from app.settings import ConfigurationProblem, Settings
from app.wiring import make_sources
from datasources.errors import BackendError
from datasources.migrations.chain import Chain
from datasources.sandbox.events import fill_sandbox_events
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
    """Fill the sandbox's stores with made-up events and learners; a store that is configured is somebody's own."""

    async def fill() -> None:
        sources = make_sources(settings)
        if settings.stores.events.url is None:
            await _filled(sources.events.store, lambda store: fill_sandbox_events(store, seed, anew=anew))
        if settings.stores.learning.url is None:
            await _filled(sources.learning.store, lambda store: fill_sandbox_learning(store, seed, anew=anew))

    if settings.is_sandbox:
        try:
            asyncio.run(fill())
        except BackendError as failure:
            raise ConfigurationProblem([f"{failure.message}; it cannot be filled"]) from None


async def _filled(store: Store, fill: Callable[[Store], Awaitable[int]]) -> None:
    store.open()
    try:
        await fill(store)
    finally:
        await store.close()
