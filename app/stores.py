"""Stores of our own before the service answers: migrated, and in the sandbox filled."""

import asyncio

from app.settings import ConfigurationProblem, Settings
from app.wiring import make_sources
from datasources.errors import BackendError
from datasources.migrations.chain import Chain
from datasources.sandbox.events import fill_sandbox_events


def migrated(settings: Settings) -> list[str]:
    """Migrate each owned store; what was done. Raises ConfigurationProblem for one that cannot be migrated."""
    done: list[str] = []
    for store in make_sources(settings).stores():
        try:
            done += [f"{store.backend} {name}" for name in asyncio.run(Chain(store).run())]
        except BackendError as failure:
            raise ConfigurationProblem([f"{failure.message}; it cannot be migrated"]) from None
    return done


def fill_events(settings: Settings, *, anew: bool, seed: int = 1) -> None:
    """Fill the sandbox's event store with made-up events; a store that is configured is somebody's own."""

    async def fill() -> None:
        store = make_sources(settings).events.store
        store.open()
        try:
            await fill_sandbox_events(store, seed, anew=anew)
        finally:
            await store.close()

    if settings.is_sandbox and settings.stores.events.url is None:
        try:
            asyncio.run(fill())
        except BackendError as failure:
            raise ConfigurationProblem([f"{failure.message}; it cannot be filled"]) from None
