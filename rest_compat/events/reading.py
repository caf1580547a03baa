"""DAS Events API: events read, a page at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from rest_compat.events.bodies import APPROVALS, names_in_body
from rest_compat.events.dialect import EVENTS, rule_broken
from rest_compat.events.pages import first_given, page, page_of_time, page_since
from rest_compat.events.shapes import (
    AccountEvent,
    AgreementEvent,
    ApprenticeshipEvent,
    GenericEvent,
    GenericPageAsked,
    GenericSinceAsked,
    PageAsked,
    ResourceAsked,
)
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.translate import Route

# Before and after all times that a store can hold, for a caller who names none.
EARLIEST, LATEST = "00010101000000", "99991231235959"
ANY_RESOURCE: Json = {"resourceType": None, "resourceId": None}


def legacy_time(value: str | datetime) -> str:
    """A time in UTC as the old service wrote it: no zone, and no fraction of a second that is nothing."""
    # By the encoder, which takes a quarter of the time that Python's own way does.
    text = value if isinstance(value, str) else orjson.dumps(value)[1:27].decode()
    fraction = text[20:26].rstrip("0") if text[19:20] == "." else ""
    return f"{text[:19]}.{fraction}" if fraction else text[:19]


def _time_or_none(value: str | datetime | None) -> str | None:
    return None if value is None else legacy_time(value)


def legacy_amount(value: object) -> Any:  # noqa: ANN401 a JSON number with its digits as they are stored
    digits = str(value)
    return orjson.Fragment(digits if "." in digits else f"{digits}.0")  # so it wrote whole ones


def _prices(episodes: list[Json]) -> list[Json]:
    return [
        {
            "totalCost": legacy_amount(each["totalCost"]),
            "effectiveFrom": legacy_time(each["effectiveFrom"]),
            "effectiveTo": _time_or_none(each["effectiveTo"]),
        }
        for each in episodes
    ]


def _same(value: object) -> object:
    return value


# What is told of an apprenticeship when it was given, in the old service's order, and how.
FURTHER: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("paymentOrder", _same), ("legalEntityId", _same), ("legalEntityName", _same),
    ("legalEntityOrganisationType", _same), ("accountLegalEntityPublicHashedId", _same),
    ("effectiveFrom", legacy_time), ("effectiveTo", legacy_time), ("dateOfBirth", legacy_time),
    ("pausedOnDate", legacy_time), ("stoppedOnDate", legacy_time), ("priceHistory", _prices),
    ("transferSenderId", int), ("transferSenderName", _same), ("transferApprovalStatus", APPROVALS.index),
    ("transferApprovalActionedOn", legacy_time),
)  # fmt: skip


def _apprenticeship_event(event: Json) -> ApprenticeshipEvent:
    told: ApprenticeshipEvent = {
        "id": int(event["eventId"]),
        "event": event["event"],
        "apprenticeshipId": int(event["apprenticeshipId"]),
        "paymentStatus": event["paymentStatus"],
        "agreementStatus": event["agreementStatus"],
        "providerId": event["providerId"],
        "learnerId": event["learnerId"],
        "trainingType": event["trainingType"].lower(),
        "trainingId": event["trainingId"],
        "employerAccountId": event["employerAccountId"],
        "trainingStartDate": legacy_time(event["trainingStartDate"]),
        "trainingEndDate": legacy_time(event["trainingEndDate"]),
        "trainingTotalCost": legacy_amount(event["trainingTotalCost"]),
        "createdOn": legacy_time(event["createdOn"]),
    }
    for name, write in FURTHER:
        value = event[name]
        if value is not None and value != []:
            told[name] = write(value)  # type: ignore[literal-required] # members of FurtherMembers
    return told


def _apprenticeship_events(data: Json, _asked: Asked) -> list[ApprenticeshipEvent]:
    return [_apprenticeship_event(event) for event in data["apprenticeshipEvents"]["nodes"]]


def _agreement_events(data: Json, _asked: Asked) -> list[AgreementEvent]:
    return [
        {
            "id": int(event["eventId"]),
            "event": event["event"],
            "providerId": event["providerId"],
            "contractType": event["contractType"],
            "createdOn": legacy_time(event["createdOn"]),
        }
        for event in data["agreementEvents"]["nodes"]
    ]


def _account_events(data: Json, _asked: Asked) -> list[AccountEvent]:
    return [
        {
            "id": int(event["eventId"]),
            "event": event["event"],
            "resourceUri": event["resourceUri"],
            "createdOn": legacy_time(event["createdOn"]),
        }
        for event in data["accountEvents"]["nodes"]
    ]


def _generic_events(data: Json, _asked: Asked) -> list[GenericEvent]:
    return [
        {
            "id": int(event["eventId"]),
            "type": event["type"],
            "payload": event["payload"],
            "resourceType": event["resourceType"],
            "resourceId": event["resourceId"],
            "createdOn": legacy_time(event["createdOn"]),
        }
        for event in data["genericEvents"]["nodes"]
    ]


def _types(asked: Asked) -> list[str]:
    """The types in the query string, or else in a body that lists them. Raises Rejected."""
    given = first_given(asked, "eventType")
    types = names_in_body(asked) if given is None and asked.body else [given or ""]
    if not types or not all(name.strip() for name in types):
        raise Rejected("BAD_USER_INPUT", rule_broken("eventType", "should not be empty."))
    return types


def _generic_by_date(asked: Asked) -> Json:
    return {**page_of_time(asked, None, None), **ANY_RESOURCE, "types": _types(asked)}


def _generic_since(asked: Asked) -> Json:
    return {**page_since(asked), **ANY_RESOURCE, "types": _types(asked)}


def _generic_of_resource(asked: Asked) -> Json:
    resource = {name: first_given(asked, name) or "" for name in ("resourceType", "resourceId")}
    missing = [rule_broken(name, "should not be empty.") for name, value in resource.items() if not value.strip()]
    if missing:
        raise Rejected("BAD_USER_INPUT", "".join(missing))
    return {**page_of_time(asked, EARLIEST, LATEST), **resource, "types": None}


ROUTES = (
    Route(
        path="/events/apprenticeships",
        operation="LegacyApprenticeshipEvents",
        about="Apprenticeship events, in the order of their ids or of the time they were stored.",
        asks=PageAsked,
        variables=page,
        body=_apprenticeship_events,
        dialect=EVENTS,
        right="events:apprenticeship:read",
        backends=("EVENTS",),
    ),
    Route(
        path="/events/engagements",
        operation="LegacyAgreementEvents",
        about="Events of providers' agreements, in the order of their ids or of the time they were stored.",
        asks=PageAsked,
        variables=page,
        body=_agreement_events,
        dialect=EVENTS,
        right="events:agreement:read",
        backends=("EVENTS",),
    ),
    Route(
        path="/events/accounts",
        operation="LegacyAccountEvents",
        about="Events of employers' accounts, in the order of their ids or of the time they were stored.",
        asks=PageAsked,
        variables=page,
        body=_account_events,
        dialect=EVENTS,
        right="events:account:read",
        backends=("EVENTS",),
    ),
    Route(
        path="/events/getByDateRange",
        operation="LegacyGenericEvents",
        about="Generic events of a type that were stored in a time.",
        asks=GenericPageAsked,
        variables=_generic_by_date,
        body=_generic_events,
        dialect=EVENTS,
        right="events:generic:read",
        backends=("EVENTS",),
    ),
    Route(
        path="/events/getSinceEvent",
        operation="LegacyGenericEvents",
        about="Generic events of a type from an id on.",
        asks=GenericSinceAsked,
        variables=_generic_since,
        body=_generic_events,
        dialect=EVENTS,
        right="events:generic:read",
        backends=("EVENTS",),
    ),
    Route(
        path="/events/getByResourceId",
        operation="LegacyGenericEvents",
        about="Generic events of one resource.",
        asks=ResourceAsked,
        variables=_generic_of_resource,
        body=_generic_events,
        dialect=EVENTS,
        right="events:generic:read",
        backends=("EVENTS",),
    ),
)
