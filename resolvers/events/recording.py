"""Recording events: the right, the rules, and storing; under a key at most once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from datasources.errors import BadUserInput
from datasources.event_store.records import (
    AccountEventRecord,
    AgreementEventRecord,
    ApprenticeshipEventRecord,
    GenericEventRecord,
    NewAccountEvent,
    NewAgreementEvent,
    NewApprenticeshipEvent,
    NewGenericEvent,
    StoredEvent,
)
from datasources.event_store.store import Events
from datasources.idempotency import Request, request_of
from resolvers.context import Info
from resolvers.events.rules import (
    Rules,
    account_rules,
    agreement_rules,
    apprenticeship_rules,
    generic_rules,
    problems_of,
)
from resolvers.ids import require_idempotency_key
from resolvers.problems import Problem

Record = TypeVar("Record", bound=StoredEvent)

# Stored in one transaction, together or not at all.
EVENTS_AT_ONCE = 5000
# Of a long list, the first ones tell what is wrong.
PROBLEMS_TOLD = 100


@dataclass(frozen=True, slots=True)
class Recorded(Generic[Record]):
    """The event as it was stored; None when there are problems, and then nothing was stored."""

    event: Record | None
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class RecordedAll(Generic[Record]):
    """The events as they were stored, in the order given; none when there are problems, and then nothing was stored."""

    events: list[Record]
    problems: list[Problem]


async def record_apprenticeship_event(
    info: Info,
    input: NewApprenticeshipEvent,  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> Recorded[ApprenticeshipEventRecord]:
    info.context.viewer.require("events:apprenticeship:store")
    events = info.context.sources.events.apprenticeship
    return await _recorded(info, events, apprenticeship_rules, input, idempotency_key)


async def record_apprenticeship_events(
    info: Info,
    input: list[NewApprenticeshipEvent],  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> RecordedAll[ApprenticeshipEventRecord]:
    info.context.viewer.require("events:apprenticeship:store")
    events = info.context.sources.events.apprenticeship
    return await _recorded_all(info, events, apprenticeship_rules, input, idempotency_key)


async def record_agreement_event(
    info: Info,
    input: NewAgreementEvent,  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> Recorded[AgreementEventRecord]:
    info.context.viewer.require("events:agreement:store")
    return await _recorded(info, info.context.sources.events.agreement, agreement_rules, input, idempotency_key)


async def record_agreement_events(
    info: Info,
    input: list[NewAgreementEvent],  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> RecordedAll[AgreementEventRecord]:
    info.context.viewer.require("events:agreement:store")
    return await _recorded_all(info, info.context.sources.events.agreement, agreement_rules, input, idempotency_key)


async def record_account_event(
    info: Info,
    input: NewAccountEvent,  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> Recorded[AccountEventRecord]:
    info.context.viewer.require("events:account:store")
    return await _recorded(info, info.context.sources.events.account, account_rules, input, idempotency_key)


async def record_account_events(
    info: Info,
    input: list[NewAccountEvent],  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> RecordedAll[AccountEventRecord]:
    info.context.viewer.require("events:account:store")
    return await _recorded_all(info, info.context.sources.events.account, account_rules, input, idempotency_key)


async def record_generic_event(
    info: Info,
    input: NewGenericEvent,  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> Recorded[GenericEventRecord]:
    info.context.viewer.require("events:generic:store")
    return await _recorded(info, info.context.sources.events.generic, generic_rules, input, idempotency_key)


async def _recorded(
    info: Info, events: Events[Any, Record], rules: Rules, new: object, key: str | None
) -> Recorded[Record]:
    if problems := problems_of(rules, new):
        return Recorded(None, problems)
    [stored] = await events.store([new], _request(info, key, [new]))
    return Recorded(stored, [])


async def _recorded_all(
    info: Info, events: Events[Any, Record], rules: Rules, new: Sequence[object], key: str | None
) -> RecordedAll[Record]:
    if not 1 <= len(new) <= EVENTS_AT_ONCE:
        raise BadUserInput("input", f"must be 1 to {EVENTS_AT_ONCE} events")
    problems = [problem for place, each in enumerate(new) for problem in problems_of(rules, each, str(place))]
    if problems:
        return RecordedAll([], problems[:PROBLEMS_TOLD])
    return RecordedAll(await events.store(new, _request(info, key, new)), [])


def _request(info: Info, key: str | None, new: Sequence[object]) -> Request | None:
    if key is None:
        return None
    require_idempotency_key(key)
    # The digest is of the values as they were read: `repr` of a dataclass names each of them.
    return request_of(info.context.viewer.subject or "", info.field_name, key, [repr(each) for each in new])
