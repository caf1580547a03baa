"""DAS Events API: events stored."""

from collections.abc import Mapping

from rest_compat.events.bodies import ACCOUNT, AGREEMENT, APPRENTICESHIP, GENERIC, Read, many_events, one_event
from rest_compat.events.dialect import EVENTS, rule_broken
from rest_compat.events.shapes import (
    NewAccountEvent,
    NewAgreementEvent,
    NewApprenticeshipEvent,
    NewGenericEvent,
    SentGenericEvent,
)
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.translate import Route


def _stored(data: Json, _asked: Asked) -> None:
    """Nothing, as the old service answered. Raises Rejected with every rule that is broken."""
    [payload] = data.values()
    broken = payload["problems"]
    if broken:
        raise Rejected("BAD_USER_INPUT", "".join(_rule(each) for each in broken))


def _rule(problem: Json) -> str:
    *_, name = problem["path"]
    rule = problem["message"].removeprefix(f"{name} ")
    # Of its rules, those with a condition ended in no full stop.
    return rule_broken(".".join(problem["path"]), rule if " if " in rule else f"{rule}.")


def _as_sent(value: object) -> object:
    return value


# What the old service's own type of event has besides, and nobody reads.
SENT: Mapping[str, Read] = {"id": _as_sent, **GENERIC, "createdOn": _as_sent}


def _echoed(data: Json, asked: Asked) -> SentGenericEvent:
    """What was sent, not what was stored: so the old service answered."""
    _stored(data, asked)
    sent = one_event(asked, SENT)
    return {name: value for name, value in sent.items() if value is not None or name in GENERIC}  # type: ignore[return-value] # its members are these


ROUTES = (
    Route(
        method="POST",
        path="/events/apprenticeships",
        operation="LegacyRecordApprenticeshipEvent",
        about="Store an event of an apprenticeship.",
        takes=NewApprenticeshipEvent,
        variables=lambda asked: {"input": one_event(asked, APPRENTICESHIP)},
        body=_stored,
        status=201,
        location="/api/events/apprenticeships",
        dialect=EVENTS,
        right="events:apprenticeship:store",
        backends=("EVENTS",),
    ),
    Route(
        method="POST",
        path="/events/apprenticeships/bulk",
        operation="LegacyRecordApprenticeshipEvents",
        about="Store events of apprenticeships, all of them or none.",
        takes=list[NewApprenticeshipEvent],
        takes_many=True,
        variables=lambda asked: {"input": many_events(asked, APPRENTICESHIP)},
        body=_stored,
        status=201,
        location="/api/events/apprenticeships",
        dialect=EVENTS,
        right="events:apprenticeship:store",
        backends=("EVENTS",),
    ),
    Route(
        method="POST",
        path="/events/engagements",
        operation="LegacyRecordAgreementEvent",
        about="Store an event of a provider's agreement.",
        takes=NewAgreementEvent,
        variables=lambda asked: {"input": one_event(asked, AGREEMENT)},
        body=_stored,
        status=201,
        location="/api/events/engagements",
        dialect=EVENTS,
        right="events:agreement:store",
        backends=("EVENTS",),
    ),
    Route(
        method="POST",
        path="/events/accounts",
        operation="LegacyRecordAccountEvent",
        about="Store an event of an employer's account.",
        takes=NewAccountEvent,
        variables=lambda asked: {"input": one_event(asked, ACCOUNT)},
        body=_stored,
        status=201,
        location="/api/events/accounts",
        dialect=EVENTS,
        right="events:account:store",
        backends=("EVENTS",),
    ),
    Route(
        method="POST",
        path="/events/create",
        operation="LegacyRecordGenericEvent",
        about="Store an event of a type of one's own.",
        takes=NewGenericEvent,
        variables=lambda asked: {"input": one_event(asked, GENERIC)},
        body=_echoed,
        status=201,
        location="GetSinceEvent",
        dialect=EVENTS,
        right="events:generic:store",
        backends=("EVENTS",),
    ),
)
