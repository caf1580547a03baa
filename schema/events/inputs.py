"""The events as they are given, and what is answered once they are stored."""

import strawberry

from datasources.event_store.records import (
    NewAccountEvent,
    NewAgreementEvent,
    NewApprenticeshipEvent,
    NewGenericEvent,
    NewPriceEpisode,
)
from schema.events.types import AccountEvent, AgreementEvent, ApprenticeshipEvent, GenericEvent
from schema.fields import attribute, published_input
from schema.problems import Problem

published_input(
    NewPriceEpisode,
    "PriceEpisodeInput",
    "What a training costs from one day on.",
    {
        "total_cost": "The price in pounds: 0 or more, at most 2 decimals.",
        "effective_from": "From when on it holds.",
        "effective_to": "Until when it holds, if an end is known.",
    },
)
published_input(
    NewApprenticeshipEvent,
    "ApprenticeshipEventInput",
    "Something that happened to an apprenticeship. What is said to be required is a problem when it is missing or "
    "blank, so that all problems are told at once. Dates are from 1753 on, save when it was "
    "paused, stopped or its transfer decided on.",
    {
        "event": "What happened: 1 to 50 characters.",
        "apprenticeship_id": "Groups the events of one apprenticeship: a positive integer of at most 64 bits.",
        "provider_id": "Id of the training provider, such as its UKPRN: 1 to 20 characters.",
        "learner_id": "Id of the learner, such as a ULN: 1 to 20 characters.",
        "training_id": "Id of the framework or standard: 1 to 20 characters.",
        "employer_account_id": "Id of the employer's account: 1 to 20 characters.",
        "training_type": "Required. Framework or standard.",
        "training_start_date": "Required. When the training starts; not after its end.",
        "training_end_date": "Required. When the training ends.",
        "training_total_cost": "Required. What the training costs in pounds: 0 or more, at most 2 decimals.",
        "payment_status": "Status of the apprenticeship, in your own words: at most 50 characters.",
        "agreement_status": "Which parties have agreed, in your own words: at most 50 characters.",
        "payment_order": "Place of the apprenticeship among those that are paid for.",
        "legal_entity_id": "Id of the employer's legal entity: at most 50 characters.",
        "legal_entity_name": "Name of the employer's legal entity: at most 100 characters.",
        "legal_entity_organisation_type": "What kind of organisation it is: at most 20 characters.",
        "account_legal_entity_public_hashed_id": "Public id of the legal entity: at most 6 characters.",
        "effective_from": "From when on what is told holds.",
        "effective_to": "Until when what is told holds.",
        "date_of_birth": "The learner's date of birth.",
        "paused_on_date": "When the apprenticeship was paused.",
        "stopped_on_date": "When the apprenticeship was stopped.",
        "price_history": "How the price changed.",
        "transfer_sender_id": "The account that pays by a transfer: an integer; required beside its name.",
        "transfer_sender_name": "Name of the account that pays: at most 100 characters; required beside its id.",
        "transfer_approval_status": "What became of the transfer; only beside a sender.",
        "transfer_approval_actioned_on": "When the transfer was decided on.",
    },
)
published_input(
    NewAgreementEvent,
    "AgreementEventInput",
    "Something that happened to a provider's agreement.",
    {
        "event": "What happened: 1 to 50 characters.",
        "provider_id": "Id of the training provider, such as its UKPRN: 1 to 20 characters.",
        "contract_type": "What kind of agreement it is: 1 to 50 characters.",
    },
)
published_input(
    NewAccountEvent,
    "AccountEventInput",
    "Something that happened to an employer's account.",
    {
        "event": "What happened: 1 to 50 characters.",
        "resource_uri": "Where the Accounts API has what it happened to: 1 to 1000 characters.",
    },
)
published_input(
    NewGenericEvent,
    "GenericEventInput",
    "An event of a type of your own.",
    {
        "type": "What type of event it is: 1 to 255 characters.",
        "payload": "What there is to say, as text; not blank.",
        "resource_type": "What type of thing it happened to: at most 255 characters.",
        "resource_id": "Id of the thing it happened to: at most 255 characters.",
    },
)

STORED = "The event as it is stored; null when there are problems."
ALL_STORED = "The events as they are stored, in the order given; empty when there are problems."
PROBLEMS = "What has to be mended first. With any of them nothing was stored."


@strawberry.type(description="What became of an apprenticeship event.")
class RecordApprenticeshipEventPayload:
    event: ApprenticeshipEvent | None = attribute(STORED)
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of apprenticeship events: all are stored, or none.")
class RecordApprenticeshipEventsPayload:
    events: list[ApprenticeshipEvent] = attribute(ALL_STORED)
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of an agreement event.")
class RecordAgreementEventPayload:
    event: AgreementEvent | None = attribute(STORED)
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of agreement events: all are stored, or none.")
class RecordAgreementEventsPayload:
    events: list[AgreementEvent] = attribute(ALL_STORED)
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of an account event.")
class RecordAccountEventPayload:
    event: AccountEvent | None = attribute(STORED)
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of account events: all are stored, or none.")
class RecordAccountEventsPayload:
    events: list[AccountEvent] = attribute(ALL_STORED)
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of a generic event.")
class RecordGenericEventPayload:
    event: GenericEvent | None = attribute(STORED)
    problems: list[Problem] = attribute(PROBLEMS)
