"""Events by id and by page, and as they happen."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from strawberry import ID, Parent

from datasources.errors import BadUserInput
from datasources.event_store.reading import EventPageKey, EventSelection
from datasources.event_store.records import (
    AccountEventRecord,
    AgreementEventRecord,
    ApprenticeshipEventRecord,
    GenericEventRecord,
    StoredEvent,
    time_of,
)
from datasources.event_store.store import Events, EventStore
from resolvers.context import Batch, Info, edge, one
from resolvers.ids import global_id
from resolvers.paging import DEFAULT_ROWS, page_key, pages

Record = TypeVar("Record", bound=StoredEvent)

# What the old service answered with at most; a page of a connection may be as long.
MOST_EVENTS = 10_000
# The old service's own, for a caller that names no time.
FROM_DATE = datetime(2000, 1, 1, tzinfo=UTC)
TO_DATE = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
EVENT_ID = re.compile(r"0*[1-9][0-9]{0,18}", re.ASCII)
LARGEST_ID = (1 << 63) - 1
TYPES_AT_ONCE = 100

apprenticeship_event_by_id = one(lambda sources: sources.events.apprenticeship.reader.by_id)
agreement_event_by_id = one(lambda sources: sources.events.agreement.reader.by_id)
account_event_by_id = one(lambda sources: sources.events.account.reader.by_id)
generic_event_by_id = one(lambda sources: sources.events.generic.reader.by_id)
apprenticeship_pages = pages(
    lambda sources: sources.events.apprenticeship.reader.pages,
    counted_by=one(lambda sources: sources.events.apprenticeship.reader.counts),
)
agreement_pages = pages(
    lambda sources: sources.events.agreement.reader.pages,
    counted_by=one(lambda sources: sources.events.agreement.reader.counts),
)
account_pages = pages(
    lambda sources: sources.events.account.reader.pages,
    counted_by=one(lambda sources: sources.events.account.reader.counts),
)
generic_pages = pages(
    lambda sources: sources.events.generic.reader.pages,
    counted_by=one(lambda sources: sources.events.generic.reader.counts),
)


def event_number(argument: str, value: str) -> int:
    """The number that an event's id spells. Raises BadUserInput."""
    if EVENT_ID.fullmatch(value) is None or int(value) > LARGEST_ID:
        raise BadUserInput(argument, "must be a positive integer of at most 64 bits")
    return int(value)


def _selection(
    from_event_id: str | None,
    from_date: datetime | None,
    to_date: datetime | None,
    after: str | None,
    offset: int | None,
    **chosen: Any,  # noqa: ANN401 what else a selection knows
) -> EventSelection:
    """What is asked for. An id outranks the dates, as it always did: they are not looked at beside one."""
    offset = offset or 0
    if offset < 0:
        raise BadUserInput("offset", "must be 0 or more")
    if offset and after is not None:
        raise BadUserInput("offset", "cannot be given beside after")
    if from_event_id is not None:
        return EventSelection(event_number("fromEventId", from_event_id), offset=offset, **chosen)
    start, end = from_date or FROM_DATE, to_date or TO_DATE
    if start > end:
        raise BadUserInput("fromDate", "must not be later than toDate")
    return EventSelection(None, start, end, offset=offset, **chosen)


def _page_of_events(
    _root: Parent[None],
    from_event_id: ID | None = None,
    from_date: datetime | None = None,
    to_date: datetime | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
    offset: int | None = 0,
) -> EventPageKey:
    selection = _selection(from_event_id, from_date, to_date, after, offset)
    return page_key(selection, first, after, PLACE, MOST_EVENTS)


apprenticeship_events = edge(apprenticeship_pages, right="events:apprenticeship:read")(_page_of_events)
agreement_events = edge(agreement_pages, right="events:agreement:read")(_page_of_events)
account_events = edge(account_pages, right="events:account:read")(_page_of_events)


@edge(generic_pages, right="events:generic:read")
def generic_events(  # noqa: PLR0913, PLR0917 the ways in which the old service chose
    _root: Parent[None],
    types: list[str] | None = None,
    resource_type: str | None = None,
    resource_id: str | None = None,
    from_event_id: ID | None = None,
    from_date: datetime | None = None,
    to_date: datetime | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
    offset: int | None = 0,
) -> EventPageKey:
    if types is not None and not 1 <= len(types) <= TYPES_AT_ONCE:
        raise BadUserInput("types", f"must be 1 to {TYPES_AT_ONCE}")
    if (resource_type is None) != (resource_id is None):
        raise BadUserInput("resourceType", "and resourceId must be given together")
    for argument, given in (("types", types or ()), ("resourceType", (resource_type or "", resource_id or ""))):
        if any("\0" in each for each in given):
            raise BadUserInput(argument, "must not hold the character NUL")
    resource = None if resource_type is None or resource_id is None else (resource_type, resource_id)
    chosen = {"types": tuple(sorted(set(types or ()))), "resource": resource}
    selection = _selection(from_event_id, from_date, to_date, after, offset, **chosen)
    return page_key(selection, first, after, PLACE, MOST_EVENTS)


# How the parts of a place in a list are read.
PLACE = (lambda text: event_number("after", text), time_of)


def live_apprenticeship_events(
    info: Info, from_event_id: ID | None = None
) -> AsyncGenerator[ApprenticeshipEventRecord]:
    info.context.viewer.require("events:apprenticeship:read")
    store = info.context.sources.events
    return _followed(store, store.apprenticeship, from_event_id)


def live_agreement_events(info: Info, from_event_id: ID | None = None) -> AsyncGenerator[AgreementEventRecord]:
    info.context.viewer.require("events:agreement:read")
    store = info.context.sources.events
    return _followed(store, store.agreement, from_event_id)


def live_account_events(info: Info, from_event_id: ID | None = None) -> AsyncGenerator[AccountEventRecord]:
    info.context.viewer.require("events:account:read")
    store = info.context.sources.events
    return _followed(store, store.account, from_event_id)


def _followed(store: EventStore, events: Events[Any, Record], from_event_id: str | None) -> AsyncGenerator[Record]:
    from_id = None if from_event_id is None else event_number("fromEventId", from_event_id)
    return store.follow(events, from_id)


def id_of_apprenticeship_event(event: Parent[ApprenticeshipEventRecord]) -> str:
    return global_id("ApprenticeshipEvent", str(event.event_id))


def id_of_agreement_event(event: Parent[AgreementEventRecord]) -> str:
    return global_id("AgreementEvent", str(event.event_id))


def id_of_account_event(event: Parent[AccountEventRecord]) -> str:
    return global_id("AccountEvent", str(event.event_id))


def id_of_generic_event(event: Parent[GenericEventRecord]) -> str:
    return global_id("GenericEvent", str(event.event_id))


def _event_of_id(by_id: Batch[int, Any], right: str) -> Callable[[Info, str], Awaitable[object | None]]:
    async def event(info: Info, event_id: str) -> object | None:
        info.context.viewer.require(right)
        found: object | None = await info.context.load(by_id, event_number("eventId", event_id))
        return found

    return event


# How a node of this domain is found again by its global id: the same questions, the same rights.
NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {
    "ApprenticeshipEvent": _event_of_id(apprenticeship_event_by_id, "events:apprenticeship:read"),
    "AgreementEvent": _event_of_id(agreement_event_by_id, "events:agreement:read"),
    "AccountEvent": _event_of_id(account_event_by_id, "events:account:read"),
    "GenericEvent": _event_of_id(generic_event_by_id, "events:generic:read"),
}
