"""The events as they are stored."""

from datetime import datetime
from decimal import Decimal

import strawberry

from datasources.event_store.records import (
    AccountEventRecord,
    AgreementEventRecord,
    ApprenticeshipEventRecord,
    GenericEventRecord,
    TrainingType,
    TransferApprovalStatus,
)
from resolvers.events import reading
from schema.fields import answered_by, attribute, published
from schema.nodes import Node

published(
    TrainingType,
    "TrainingType",
    "What kind of training an apprenticeship is.",
    {"FRAMEWORK": "By a framework; the old service's number 1.", "STANDARD": "By a standard; its number 2."},
)
published(
    TransferApprovalStatus,
    "TransferApprovalStatus",
    "What became of a transfer of funds.",
    {
        "PENDING": "Nobody has decided yet.",
        "TRANSFER_APPROVED": "The sender has agreed.",
        "TRANSFER_REJECTED": "The sender has refused.",
    },
)

EVENT_ID = "Number of the event within its kind: without gaps, in the order stored."
CREATED_ON = "When it was stored, to the millisecond; never earlier than an event with a smaller id."


@strawberry.type(description="What a training costs from one day on.")
class PriceEpisode:
    total_cost: Decimal = attribute("The price, in pounds.")
    effective_from: datetime = attribute("From when on it holds.")
    effective_to: datetime | None = attribute("Until when it holds; null when no end is known.")


@strawberry.type(description="Something that happened to an apprenticeship, as the sender told it.")
class ApprenticeshipEvent(Node):
    id: strawberry.ID = answered_by(reading.id_of_apprenticeship_event, "Global id of the event; opaque.")
    event_id: strawberry.ID = attribute(EVENT_ID)
    created_on: datetime = attribute(CREATED_ON)
    event: str = attribute("What happened, in the sender's words, such as `Paused`.")
    apprenticeship_id: strawberry.ID = attribute("Groups the events of one apprenticeship.")
    payment_status: str | None = attribute("Status of the apprenticeship, in the sender's words.")
    agreement_status: str | None = attribute("Which parties have agreed, in the sender's words.")
    provider_id: str = attribute("Id of the training provider, such as its UKPRN.")
    learner_id: str = attribute("Id of the learner, such as a ULN.")
    training_type: TrainingType = attribute("Framework or standard.")
    training_id: str = attribute("Id of the framework or standard.")
    employer_account_id: str = attribute("Id of the employer's account.")
    training_start_date: datetime = attribute("When the training starts.")
    training_end_date: datetime = attribute("When the training ends.")
    training_total_cost: Decimal = attribute("What the training costs, in pounds.")
    payment_order: int | None = attribute("Place of the apprenticeship among those that are paid for.")
    legal_entity_id: str | None = attribute("Id of the employer's legal entity.")
    legal_entity_name: str | None = attribute("Name of the employer's legal entity.")
    legal_entity_organisation_type: str | None = attribute("What kind of organisation the legal entity is.")
    account_legal_entity_public_hashed_id: str | None = attribute("Public id of the legal entity within its account.")
    effective_from: datetime | None = attribute("From when on what is told holds.")
    effective_to: datetime | None = attribute("Until when what is told holds.")
    date_of_birth: datetime | None = attribute("The learner's date of birth.")
    paused_on_date: datetime | None = attribute("When the apprenticeship was paused.")
    stopped_on_date: datetime | None = attribute("When the apprenticeship was stopped.")
    price_history: list[PriceEpisode] = attribute("How the price changed, in the order given.")
    transfer_sender_id: strawberry.ID | None = attribute("The account that pays by a transfer.")
    transfer_sender_name: str | None = attribute("Name of the account that pays by a transfer.")
    transfer_approval_status: TransferApprovalStatus | None = attribute("What became of the transfer.")
    transfer_approval_actioned_on: datetime | None = attribute("When the transfer was decided on.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, ApprenticeshipEventRecord)


@strawberry.type(description="Something that happened to a provider's agreement, as the sender told it.")
class AgreementEvent(Node):
    id: strawberry.ID = answered_by(reading.id_of_agreement_event, "Global id of the event; opaque.")
    event_id: strawberry.ID = attribute(EVENT_ID)
    created_on: datetime = attribute(CREATED_ON)
    event: str = attribute("What happened, in the sender's words, such as `INITIATED`.")
    provider_id: str = attribute("Id of the training provider, such as its UKPRN.")
    contract_type: str = attribute("What kind of agreement it is, such as `ProviderAgreement`.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, AgreementEventRecord)


@strawberry.type(description="Something that happened to an employer's account, as the sender told it.")
class AccountEvent(Node):
    id: strawberry.ID = answered_by(reading.id_of_account_event, "Global id of the event; opaque.")
    event_id: strawberry.ID = attribute(EVENT_ID)
    created_on: datetime = attribute(CREATED_ON)
    event: str = attribute("What happened, in the sender's words, such as `AccountCreated`.")
    resource_uri: str = attribute("Where the Accounts API has what it happened to.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, AccountEventRecord)


@strawberry.type(description="An event of a type of its sender's own.")
class GenericEvent(Node):
    id: strawberry.ID = answered_by(reading.id_of_generic_event, "Global id of the event; opaque.")
    event_id: strawberry.ID = attribute(EVENT_ID)
    created_on: datetime = attribute(CREATED_ON)
    type: str = attribute("What type of event it is.")
    payload: str = attribute("What the sender has to say, as text; often JSON.")
    resource_type: str | None = attribute("What type of thing it happened to.")
    resource_id: str | None = attribute("Id of the thing it happened to.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, GenericEventRecord)
