"""The kinds of events: what is stored of each, and what a caller gives to have one stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

import orjson
from sqlalchemy import Table

from datasources.columns import CENT
from datasources.event_store.tables import ACCOUNT, AGREEMENT, APPRENTICESHIP, GENERIC
from datasources.records import record


class TrainingType(Enum):
    """What kind of training an apprenticeship is."""

    FRAMEWORK = "framework"
    STANDARD = "standard"


class TransferApprovalStatus(Enum):
    """What became of a transfer of funds."""

    PENDING = "Pending"
    TRANSFER_APPROVED = "TransferApproved"
    TRANSFER_REJECTED = "TransferRejected"


@dataclass(frozen=True)
class NewPriceEpisode:
    """What the training costs from one day on, as it is given."""

    total_cost: Decimal
    effective_from: datetime
    effective_to: datetime | None = None


@dataclass(frozen=True)
class NewApprenticeshipEvent:
    """An apprenticeship event as it is given. The statuses are the caller's own words, kept as they are.

    What may be None and is stored all the same is refused by a rule, so that all that is wrong is said at once.
    """

    event: str
    apprenticeship_id: str
    provider_id: str
    learner_id: str
    training_id: str
    employer_account_id: str
    training_type: TrainingType | None = None
    training_start_date: datetime | None = None
    training_end_date: datetime | None = None
    training_total_cost: Decimal | None = None
    payment_status: str | None = None
    agreement_status: str | None = None
    payment_order: int | None = None
    legal_entity_id: str | None = None
    legal_entity_name: str | None = None
    legal_entity_organisation_type: str | None = None
    account_legal_entity_public_hashed_id: str | None = None
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    date_of_birth: datetime | None = None
    paused_on_date: datetime | None = None
    stopped_on_date: datetime | None = None
    price_history: list[NewPriceEpisode] | None = None
    transfer_sender_id: str | None = None
    transfer_sender_name: str | None = None
    transfer_approval_status: TransferApprovalStatus | None = None
    transfer_approval_actioned_on: datetime | None = None


@dataclass(frozen=True)
class NewAgreementEvent:
    """An agreement event as it is given."""

    event: str
    provider_id: str
    contract_type: str


@dataclass(frozen=True)
class NewAccountEvent:
    """An account event as it is given."""

    event: str
    resource_uri: str


@dataclass(frozen=True)
class NewGenericEvent:
    """An event of a type of the caller's own, as it is given."""

    type: str
    payload: str
    resource_type: str | None = None
    resource_id: str | None = None


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def place_of(event_id: int, created_on: datetime) -> tuple[str, str]:
    """An event's place in any of its lists: its id, and when it was stored, in microseconds since 1970."""
    return str(event_id), str((created_on - EPOCH) // timedelta(microseconds=1))


def time_of(place: str) -> datetime:
    """When the event at a place was stored. Raises ValueError, OverflowError for what is no place."""
    return EPOCH + timedelta(microseconds=int(place))


@record
class PriceEpisodeRecord:
    """What the training costs from one day on."""

    total_cost: Decimal
    effective_from: datetime
    effective_to: datetime | None


@record
class ApprenticeshipEventRecord:
    """A stored apprenticeship event. All dates are instants in UTC; `created_on` is when it was stored."""

    event_id: int
    created_on: datetime
    event: str
    apprenticeship_id: int
    payment_status: str | None
    agreement_status: str | None
    provider_id: str
    learner_id: str
    training_type: TrainingType
    training_id: str
    employer_account_id: str
    training_start_date: datetime
    training_end_date: datetime
    training_total_cost: Decimal
    payment_order: int | None
    legal_entity_id: str | None
    legal_entity_name: str | None
    legal_entity_organisation_type: str | None
    account_legal_entity_public_hashed_id: str | None
    effective_from: datetime | None
    effective_to: datetime | None
    date_of_birth: datetime | None
    paused_on_date: datetime | None
    stopped_on_date: datetime | None
    price_history: list[PriceEpisodeRecord]
    transfer_sender_id: int | None
    transfer_sender_name: str | None
    transfer_approval_status: TransferApprovalStatus | None
    transfer_approval_actioned_on: datetime | None

    @property
    def position(self) -> tuple[str, ...]:
        return place_of(self.event_id, self.created_on)


@record
class AgreementEventRecord:
    """A stored agreement event. `created_on` is when it was stored."""

    event_id: int
    created_on: datetime
    event: str
    provider_id: str
    contract_type: str

    @property
    def position(self) -> tuple[str, ...]:
        return place_of(self.event_id, self.created_on)


@record
class AccountEventRecord:
    """A stored account event. `created_on` is when it was stored."""

    event_id: int
    created_on: datetime
    event: str
    resource_uri: str

    @property
    def position(self) -> tuple[str, ...]:
        return place_of(self.event_id, self.created_on)


@record
class GenericEventRecord:
    """A stored event of a type of its caller's own. `created_on` is when it was stored."""

    event_id: int
    created_on: datetime
    type: str
    payload: str
    resource_type: str | None
    resource_id: str | None

    @property
    def position(self) -> tuple[str, ...]:
        return place_of(self.event_id, self.created_on)


class StoredEvent(Protocol):
    """Any stored event: its number within its kind, and its place in its lists."""

    @property
    def event_id(self) -> int: ...

    @property
    def position(self) -> tuple[str, ...]: ...


New = TypeVar("New")
Record = TypeVar("Record", bound=StoredEvent)
Row = dict[str, Any]


def _row(new: Any) -> Row:  # noqa: ANN401 any of the new events: their attributes are the columns
    return dict(vars(new))


def _apprenticeship_row(new: NewApprenticeshipEvent) -> Row:
    assert new.training_type is not None  # there are rules for both
    assert new.training_total_cost is not None
    status = new.transfer_approval_status
    return {
        **vars(new),
        "apprenticeship_id": int(new.apprenticeship_id),
        "training_total_cost": new.training_total_cost.quantize(CENT),
        "training_type": new.training_type.value,
        "transfer_sender_id": None if new.transfer_sender_id is None else int(new.transfer_sender_id),
        "transfer_approval_status": None if status is None else status.value,
        "price_history": orjson.dumps([vars(each) for each in new.price_history], default=str).decode()
        if new.price_history
        else None,
    }


TRAINING_TYPES = {member.value: member for member in TrainingType}
APPROVALS = {member.value: member for member in TransferApprovalStatus}


def _apprenticeship_record(*values: Any) -> ApprenticeshipEventRecord:  # noqa: ANN401 a row, in the table's order
    row = list(values)
    row[8] = TRAINING_TYPES[row[8]]
    row[24] = [_price_episode(each) for each in orjson.loads(row[24])] if row[24] else []
    row[27] = APPROVALS[row[27]] if row[27] is not None else None
    return ApprenticeshipEventRecord(*row)


def _price_episode(kept: Mapping[str, Any]) -> PriceEpisodeRecord:
    ends_at = kept["effective_to"]
    return PriceEpisodeRecord(
        Decimal(kept["total_cost"]),
        datetime.fromisoformat(kept["effective_from"]),
        None if ends_at is None else datetime.fromisoformat(ends_at),
    )


@dataclass(frozen=True, eq=False)
class Kind(Generic[New, Record]):
    """A kind of events: its name, its table, and how rows become of what is given, and records of rows.

    `record` takes a row's columns in the table's order, which begins with the id and the time of storing.
    """

    name: str
    table: Table
    row: Callable[[New], Row]
    record: Callable[..., Record]

    def stored(self, new: New, event_id: int, created_on: datetime) -> Record:
        """The record of an event that was stored just now."""
        row = {**self.row(new), "id": event_id, "created_on": created_on}
        return self.record(*(row[column.name] for column in self.table.columns))


APPRENTICESHIPS: Kind[NewApprenticeshipEvent, ApprenticeshipEventRecord] = Kind(
    "apprenticeship", APPRENTICESHIP, _apprenticeship_row, _apprenticeship_record
)
AGREEMENTS: Kind[NewAgreementEvent, AgreementEventRecord] = Kind("agreement", AGREEMENT, _row, AgreementEventRecord)
ACCOUNTS: Kind[NewAccountEvent, AccountEventRecord] = Kind("account", ACCOUNT, _row, AccountEventRecord)
GENERICS: Kind[NewGenericEvent, GenericEventRecord] = Kind("generic", GENERIC, _row, GenericEventRecord)
KINDS: tuple[Kind[Any, Any], ...] = (APPRENTICESHIPS, AGREEMENTS, ACCOUNTS, GENERICS)
