"""What `examgraph check` finds wrong with each backend."""

from app.settings import Settings
from app.wiring import make_sources
from datasources.errors import BackendError
from datasources.migrations.chain import Chain
from datasources.rm import Rm
from datasources.sources import Sources


async def findings(settings: Settings) -> dict[str, list[str]]:
    """What is wrong with each backend, in words for whoever runs it; an empty list when nothing is."""
    sources = make_sources(settings)
    sources.open()
    try:
        return {**await _of_databases(sources), "RM": await _of_rm(sources.rm)}
    finally:
        await sources.close()


async def _of_databases(sources: Sources) -> dict[str, list[str]]:
    chains = {store.database: Chain(store) for store in sources.stores()}
    found: dict[str, list[str]] = {}
    for database, views in sources.databases():
        try:
            pending = await chains[database].pending() if database in chains else []
            # Whatever a pending migration makes is missing too: that is said once.
            missing = [] if pending else await database.missing(views)
        except BackendError as failure:
            found[database.backend] = [failure.message]
            continue
        found[database.backend] = [
            *(f"migration {name} is pending: run `examgraph migrate`" for name in pending),
            *(f"{name} is missing" for name in missing),
        ]
    return found


async def _of_rm(rm: Rm) -> list[str]:
    """Asks for what there is not: RM has to know us to say so, and to answer as agreed."""
    try:
        await rm.scripts_by_id(["none"])
    except BackendError as failure:
        return [failure.message]
    return []
