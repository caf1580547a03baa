"""What `examgraph check` finds wrong with each backend."""

from app.settings import Settings
from app.wiring import make_sources
from datasources.errors import BackendError
from datasources.migrations.chain import Chain
from datasources.population_register import PopulationRegister
from datasources.rm import Rm
from datasources.sources import Sources


async def findings(settings: Settings) -> dict[str, list[str]]:
    """What is wrong with each backend, in words for whoever runs it; an empty list when nothing is."""
    sources = make_sources(settings)
    sources.open()
    try:
        register = sources.population_register
        return {
            **await _of_databases(sources),
            "RM": await _of_rm(sources.rm),
            register.calls.backend: await _of_register(register),
        }
    finally:
        await sources.close()


async def _of_databases(sources: Sources) -> dict[str, list[str]]:
    chains = {store.database: Chain(store) for store in sources.stores()}
    found: dict[str, list[str]] = {}
    for database, needs in sources.databases():
        try:
            pending = await chains[database].pending() if database in chains else []
            # Whatever a pending migration makes is missing too: that is said once.
            missing = [] if pending else await needs.missing_in(database)
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


async def _of_register(register: PopulationRegister) -> list[str]:
    """Asks for nobody: the register has to know us, and to answer as agreed."""
    try:
        await register.names_by_number([""])
    except BackendError as failure:
        return [failure.message]
    return []
