"""Stores and backends before the service answers: migrated, filled in the sandbox, and looked over."""

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


async def findings_of(settings: Settings) -> dict[str, list[str]]:
    """What is wrong with each backend; an empty list when nothing is."""
    sources = make_sources(settings)
    chains = {store.database: Chain(store) for store in sources.stores()}
    sources.open()
    findings: dict[str, list[str]] = {}
    try:
        for database, views in sources.databases():
            try:
                pending = await chains[database].pending() if database in chains else []
                # Whatever a pending migration makes is missing too: that is said once.
                missing = [] if pending else await database.missing(views)
                findings[database.backend] = [
                    *(f"migration {name} is pending: run `examgraph migrate`" for name in pending),
                    *(f"{name} is missing" for name in missing),
                ]
            except BackendError as failure:
                findings[database.backend] = [failure.message]
        try:
            await sources.rm.scripts_by_id(["none"])
            findings["RM"] = []
        except BackendError as failure:
            findings["RM"] = [failure.message]
    finally:
        await sources.close()
    return findings
