"""The root fields of events."""

from collections.abc import AsyncGenerator

import strawberry

from resolvers.events import reading, recording
from schema.events.inputs import (
    RecordAccountEventPayload,
    RecordAccountEventsPayload,
    RecordAgreementEventPayload,
    RecordAgreementEventsPayload,
    RecordApprenticeshipEventPayload,
    RecordApprenticeshipEventsPayload,
    RecordGenericEventPayload,
)
from schema.events.types import AccountEvent, AgreementEvent, ApprenticeshipEvent, GenericEvent
from schema.fields import answered_by, subscribed_to
from schema.paging import Connection

PAGE = {
    "from_event_id": "Only events from this id on, in the order of ids. Beside it the dates are not looked at.",
    "from_date": "Only events stored at this instant or later; from 2000 on when left out.",
    "to_date": "Only events stored before this instant.",
    "first": "Events of the page: 1 to 10000.",
    "after": "Cursor of the event after which to continue.",
    "offset": "Leave out so many events from the start; not beside `after`.",
}
KEY = (
    "Yours to choose, 1 to 200 printable characters, remembered for 90 days. The same again with the same input gives "
    "the first answer again; with another input it is a `CONFLICT`."
)
LIVE = {"from_event_id": "The first id to be told of; from now on when left out."}


@strawberry.type
class EventQueries:
    apprenticeship_events: Connection[ApprenticeshipEvent] | None = answered_by(
        reading.apprenticeship_events,
        "Apprenticeship events, in the order stored. Needs the scope `events:apprenticeship:read`.",
        arguments=PAGE,
    )
    agreement_events: Connection[AgreementEvent] | None = answered_by(
        reading.agreement_events,
        "Agreement events, in the order stored. Needs the scope `events:agreement:read`.",
        arguments=PAGE,
    )
    account_events: Connection[AccountEvent] | None = answered_by(
        reading.account_events,
        "Account events, in the order stored. Needs the scope `events:account:read`.",
        arguments=PAGE,
    )
    generic_events: Connection[GenericEvent] | None = answered_by(
        reading.generic_events,
        "Generic events, in the order stored. Needs the scope `events:generic:read`.",
        arguments={
            "types": "Only events of these types: at most 100.",
            "resource_type": "Only events of a resource of this type; beside `resourceId`.",
            "resource_id": "Only events of the resource with this id; beside `resourceType`.",
            **PAGE,
        },
    )


@strawberry.type
class EventMutations:
    record_apprenticeship_event: RecordApprenticeshipEventPayload | None = answered_by(
        recording.record_apprenticeship_event,
        "Store an apprenticeship event. Needs the scope `events:apprenticeship:store`.",
        arguments={"input": "The event.", "idempotency_key": KEY},
    )
    record_apprenticeship_events: RecordApprenticeshipEventsPayload | None = answered_by(
        recording.record_apprenticeship_events,
        "Store apprenticeship events together, all or none. Needs the scope `events:apprenticeship:store`.",
        arguments={
            "input": "The events, 1 to 5000, in their order.",
            "idempotency_key": KEY,
        },
    )
    record_agreement_event: RecordAgreementEventPayload | None = answered_by(
        recording.record_agreement_event,
        "Store an agreement event. Needs the scope `events:agreement:store`.",
        arguments={"input": "The event.", "idempotency_key": KEY},
    )
    record_agreement_events: RecordAgreementEventsPayload | None = answered_by(
        recording.record_agreement_events,
        "Store agreement events together, all or none. Needs the scope `events:agreement:store`.",
        arguments={
            "input": "The events, 1 to 5000, in their order.",
            "idempotency_key": KEY,
        },
    )
    record_account_event: RecordAccountEventPayload | None = answered_by(
        recording.record_account_event,
        "Store an account event. Needs the scope `events:account:store`.",
        arguments={"input": "The event.", "idempotency_key": KEY},
    )
    record_account_events: RecordAccountEventsPayload | None = answered_by(
        recording.record_account_events,
        "Store account events together, all or none. Needs the scope `events:account:store`.",
        arguments={
            "input": "The events, 1 to 5000, in their order.",
            "idempotency_key": KEY,
        },
    )
    record_generic_event: RecordGenericEventPayload | None = answered_by(
        recording.record_generic_event,
        "Store a generic event. Needs the scope `events:generic:store`.",
        arguments={"input": "The event.", "idempotency_key": KEY},
    )


@strawberry.type
class EventSubscriptions:
    apprenticeship_events: AsyncGenerator[ApprenticeshipEvent] = subscribed_to(
        reading.live_apprenticeship_events,
        "Each of the apprenticeship events from an id on, once and in order: those that there are, then as stored. "
        "Needs the scope `events:apprenticeship:read`.",
        arguments=LIVE,
    )
    agreement_events: AsyncGenerator[AgreementEvent] = subscribed_to(
        reading.live_agreement_events,
        "Each of the agreement events from an id on, once and in order: those that there are, then as stored. "
        "Needs the scope `events:agreement:read`.",
        arguments=LIVE,
    )
    account_events: AsyncGenerator[AccountEvent] = subscribed_to(
        reading.live_account_events,
        "Each of the account events from an id on, once and in order: those that there are, then as stored. "
        "Needs the scope `events:account:read`.",
        arguments=LIVE,
    )
