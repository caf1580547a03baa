"""What must hold of an event before it is stored; each rule by the place of what breaks it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from datasources.columns import CENT, MONEY_DIGITS
from datasources.event_store.records import (
    NewAccountEvent,
    NewAgreementEvent,
    NewApprenticeshipEvent,
    NewGenericEvent,
)
from resolvers.problems import Problem

# (published name, attribute, characters at most, may be absent or blank), in the order in which they are told of.
Texts = Sequence[tuple[str, str, int, bool]]
Rules = Callable[[Any], Iterator[tuple[str, str]]]

ACCOUNT: Texts = (("event", "event", 50, False), ("resourceUri", "resource_uri", 1000, False))
AGREEMENT: Texts = (
    ("event", "event", 50, False),
    ("providerId", "provider_id", 20, False),
    ("contractType", "contract_type", 50, False),
)
# No column bounds a payload; the body of a request does.
GENERIC: Texts = (
    ("type", "type", 255, False),
    ("payload", "payload", 1 << 30, False),
    ("resourceType", "resource_type", 255, True),
    ("resourceId", "resource_id", 255, True),
)
APPRENTICESHIP: Texts = (
    ("event", "event", 50, False),
    ("paymentStatus", "payment_status", 50, True),
    ("agreementStatus", "agreement_status", 50, True),
    ("providerId", "provider_id", 20, False),
    ("learnerId", "learner_id", 20, False),
    ("trainingId", "training_id", 20, False),
    ("employerAccountId", "employer_account_id", 20, False),
    ("legalEntityId", "legal_entity_id", 50, True),
    ("legalEntityName", "legal_entity_name", 100, True),
    ("legalEntityOrganisationType", "legal_entity_organisation_type", 20, True),
    ("accountLegalEntityPublicHashedId", "account_legal_entity_public_hashed_id", 6, True),
    ("transferSenderName", "transfer_sender_name", 100, True),
)
EMPTY = "should not be empty"
LARGEST_NUMBER = (1 << 63) - 1
# What its columns held: what is earlier it could not store, such as the first day of all, for none.
EARLIEST = datetime(1753, 1, 1, tzinfo=UTC)
MOST_MONEY = Decimal(10) ** (MONEY_DIGITS - 2)


def account_rules(new: NewAccountEvent) -> Iterator[tuple[str, str]]:
    """Each rule that is broken: the published name of what breaks it, and what must hold of that."""
    return _texts(new, ACCOUNT)


def agreement_rules(new: NewAgreementEvent) -> Iterator[tuple[str, str]]:
    """As `account_rules`."""
    return _texts(new, AGREEMENT)


def generic_rules(new: NewGenericEvent) -> Iterator[tuple[str, str]]:
    """As `account_rules`."""
    return _texts(new, GENERIC)


def apprenticeship_rules(new: NewApprenticeshipEvent) -> Iterator[tuple[str, str]]:
    """As `account_rules`."""
    yield from _texts(new, APPRENTICESHIP)
    yield from _number("apprenticeshipId", new.apprenticeship_id, smallest=1)
    if new.training_type is None:
        yield "trainingType", EMPTY
    if new.training_start_date is None:
        yield "trainingStartDate", EMPTY
    if new.training_end_date is None:
        yield "trainingEndDate", EMPTY
    elif new.training_start_date is not None and new.training_start_date > new.training_end_date:
        yield "trainingStartDate", "must be less than or equal to trainingEndDate"
    if new.training_total_cost is None:
        yield "trainingTotalCost", EMPTY
    else:
        yield from _cost("trainingTotalCost", new.training_total_cost)
    yield from _times(new)
    for place, episode in enumerate(new.price_history or ()):
        yield from _cost(f"priceHistory.{place}.totalCost", episode.total_cost)
        yield from _time(f"priceHistory.{place}.effectiveFrom", episode.effective_from)
        yield from _time(f"priceHistory.{place}.effectiveTo", episode.effective_to)
    yield from _transfer(new)


def _times(new: NewApprenticeshipEvent) -> Iterator[tuple[str, str]]:
    """Of the times whose columns could not hold every year; when it was paused or stopped could be at any."""
    yield from _time("trainingStartDate", new.training_start_date)
    yield from _time("trainingEndDate", new.training_end_date)
    yield from _time("effectiveFrom", new.effective_from)
    yield from _time("effectiveTo", new.effective_to)
    yield from _time("dateOfBirth", new.date_of_birth)


def _transfer(new: NewApprenticeshipEvent) -> Iterator[tuple[str, str]]:
    sender = new.transfer_sender_id
    if sender is not None:
        yield from _number("transferSenderId", sender, smallest=-LARGEST_NUMBER - 1)
    has_sender = sender is not None and sender.strip("-0") != ""
    is_positive = has_sender and not str(sender).startswith("-")
    has_name = new.transfer_sender_name is not None and new.transfer_sender_name.strip() != ""
    if is_positive and not has_name:
        yield "transferSenderName", "should not be empty if transferSenderId is specified"
    if has_name and not has_sender:
        yield "transferSenderId", "should not be empty if transferSenderName is specified"
    if new.transfer_approval_status is not None and not has_sender:
        yield "transferSenderId", "should not be empty if transferApprovalStatus is set"


def _texts(new: object, texts: Texts) -> Iterator[tuple[str, str]]:
    for name, attribute, most, is_optional in texts:
        value = getattr(new, attribute)
        if not is_optional and not value.strip():
            yield name, EMPTY
        elif value is not None and len(value) > most:
            yield name, f"must be at most {most} characters long"
        elif value is not None and "\0" in value:
            yield name, "must not hold the character NUL"


def _number(name: str, value: str, smallest: int) -> Iterator[tuple[str, str]]:
    is_number = value.isascii() and value.removeprefix("-").isdecimal() and len(value) <= 20  # noqa: PLR2004 64 bits
    if not value.strip():
        yield name, EMPTY
    elif not is_number or int(value) > LARGEST_NUMBER:
        yield name, "must be a whole number of at most 64 bits"
    elif int(value) < smallest:
        yield name, f"must be greater than or equal to {smallest}"


def _time(name: str, value: datetime | None) -> Iterator[tuple[str, str]]:
    if value is not None and value < EARLIEST:
        yield name, "must be in the year 1753 or later"


def _cost(name: str, value: Decimal) -> Iterator[tuple[str, str]]:
    if value < 0:
        yield name, "must be greater than or equal to 0"
    elif value >= MOST_MONEY:
        yield name, f"must be less than {MOST_MONEY}"
    elif value != value.quantize(CENT):
        yield name, "must have at most 2 decimals"


def problems_of(rules: Rules, new: object, *path: str) -> list[Problem]:
    """What keeps an event from being stored; `path` leads to it."""
    return [
        Problem("BAD_USER_INPUT", f"{name.rpartition('.')[2]} {rule}", (*path, *name.split(".")))
        for name, rule in rules(new)
    ]
