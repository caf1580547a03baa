"""The state of each backend."""

from datasources.calls import Health
from resolvers.context import Info


async def backends(info: Info) -> list[Health]:
    info.context.viewer.require("operations:read")
    return await info.context.sources.probe()
