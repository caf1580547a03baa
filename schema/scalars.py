"""How days and instants are written: as the JSON encoder writes them, so that answers need no second pass."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from datasources.exam_store.new import Parts
from datasources.learning_store.records import Details

RFC3339 = "https://www.rfc-editor.org/rfc/rfc3339"
RFC9562 = "https://www.rfc-editor.org/rfc/rfc9562"
JSON = "https://www.rfc-editor.org/rfc/rfc8259"
DECIMAL = "https://docs.python.org/3/library/decimal.html"
AMOUNT = re.compile(r"-?\d{1,18}(\.\d{1,10})?", re.ASCII)
# An instant needs its offset: a time of day without one is nobody's instant.
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
HYPHENATED = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _read_day(value: object) -> date:
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise StrawberryInputCoercionError("must be a day as in 2026-06-30")


def _read_instant(value: object) -> datetime:
    if isinstance(value, str) and INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise StrawberryInputCoercionError("must be an instant with its offset, as in 2026-06-30T09:00:00Z")


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_amount(value: object) -> Decimal:
    # A JSON number came through a float: its shortest spelling is what was written, up to 15 digits.
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(text, str) and AMOUNT.fullmatch(text):
        try:
            return Decimal(text)
        except InvalidOperation:
            pass
    raise StrawberryInputCoercionError("must be a decimal number of at most 28 digits, as in 1500.00")


def _read_uuid(value: object) -> UUID:
    if isinstance(value, str) and HYPHENATED.fullmatch(value):
        return UUID(value)
    raise StrawberryInputCoercionError("must be a UUID as in 0c7d6a4e-8f0b-4d2a-9d0e-1a2b3c4d5e6f")


def _read_upload(value: object) -> Parts:
    # What callers write are texts, numbers, lists and objects: none of them has parts.
    if isinstance(value, Parts):
        return value
    raise StrawberryInputCoercionError("cannot be written: give `groups`")


def _not_told(_value: object) -> None:
    """It is never part of an answer."""


def _as_it_is(value: object) -> object:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A day of the calendar, as in `2026-06-30`.",
        specified_by_url=RFC3339,
        serialize=date.isoformat,
        parse_value=_read_day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, as in `2026-06-30T09:00:00Z`.",
        specified_by_url=RFC3339,
        serialize=_write_instant,
        parse_value=_read_instant,
    ),
    Parts: strawberry.scalar(
        name="CandidateUpload",
        description="Candidates that were sent as a file to an old route. There is no way to write one: leave it out.",
        serialize=_not_told,
        parse_value=_read_upload,
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="A universally unique id, as in `0c7d6a4e-8f0b-4d2a-9d0e-1a2b3c4d5e6f`.",
        specified_by_url=RFC9562,
        serialize=str,
        parse_value=_read_uuid,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='A decimal number, exactly, as text: `"1500.00"`. As input a number will do, too.',
        specified_by_url=DECIMAL,
        serialize=str,
        parse_value=_read_amount,
    ),
    Details: strawberry.scalar(
        name="JSON",
        description="Any value of JSON, as it was sent.",
        specified_by_url=JSON,
        serialize=_as_it_is,
        parse_value=_as_it_is,
    ),
}
