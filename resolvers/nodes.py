"""Anything that has a global id, found again by it."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping

from strawberry import ID

from datasources.errors import BadUserInput, LimitExceeded
from resolvers import candidates, sessions
from resolvers.context import Info
from resolvers.events import reading as events
from resolvers.exams import plan, registrations
from resolvers.ids import NOT_OURS, parse_global_id
from resolvers.learning import enrolments, views
from resolvers.results import papers, scripts

Find = Callable[..., Awaitable[object | None]]

# type name -> resolver taking (info, *key)
FINDERS: Mapping[str, Find] = {
    **events.NODES,
    **sessions.NODES,
    **candidates.NODES,
    **papers.NODES,
    **scripts.NODES,
    **plan.NODES,
    **registrations.NODES,
    **enrolments.NODES,
    **views.NODES,
}
NODES_AT_ONCE = 1000


async def node(info: Info, id: ID) -> object | None:  # noqa: A002 the published argument's name
    return await _found(info, id)


async def nodes(info: Info, ids: list[ID]) -> list[object | BaseException | None]:
    """Nodes in the order of `ids`; an id that cannot be answered costs its own place only."""
    if len(ids) > NODES_AT_ONCE:
        raise LimitExceeded("ids", len(ids), NODES_AT_ONCE)
    return await asyncio.gather(*(_found(info, one) for one in ids), return_exceptions=True)


async def _found(info: Info, value: str) -> object | None:
    name, key = parse_global_id(value)
    find = FINDERS.get(name)
    if find is None or len(inspect.signature(find).parameters) != 1 + len(key):
        raise BadUserInput("id", NOT_OURS)
    try:
        return await find(info, *key)
    except BadUserInput:  # about the key inside the id, which the caller cannot see
        raise BadUserInput("id", NOT_OURS) from None
