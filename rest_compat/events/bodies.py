"""What callers of the old Events API send: members in any case, numbers as text, text as numbers, two spellings."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from rest_compat.events.dialect import rule_broken
from rest_compat.messages import Asked, Json, Rejected, read_json_body

# (value) -> what the operation takes. Raises ValueError with the rule that is broken.
Read = Callable[[Any], Any]

FORM = "application/x-www-form-urlencoded"
JSON_TYPES = ("application/json", "text/json")
# The platform of most callers writes one before its UTF-8.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MEMBERS = 200
WHOLE = re.compile(r"\s*[+-]?\d{1,19}\s*", re.ASCII)
NUMBER = re.compile(r"\s*[+-]?\d{1,18}(\.\d{1,10})?\s*", re.ASCII)
# As JSON may spell numbers that we take: a whole one with a fraction of nothing, any with an exponent.
WHOLE_FRACTION = re.compile(r"(-?\d{1,19})\.0+", re.ASCII)
EXPONENT = re.compile(r"-?\d{1,18}(\.\d{1,18})?[eE][+-]?\d{1,2}", re.ASCII)
# ISO 8601 as callers send it: a day, or a time with or without a zone. What has no zone is in UTC.
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
INT32 = 1 << 31


class Digits(str):
    """A number of JSON that is no integer, as it was sent."""

    __slots__ = ()


def text(value: object) -> str | None:
    """Text; a number is taken by its digits."""
    if value is None:
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("must be text")


def required_text(value: object) -> str:
    return text(value) or ""


def whole(value: object) -> str | None:
    """A whole number, as text; its digits in a string will do."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Digits) and (spelled := WHOLE_FRACTION.fullmatch(value)):
        return str(int(spelled.group(1)))
    if isinstance(value, str) and WHOLE.fullmatch(value):
        return str(int(value))
    raise ValueError("must be a whole number")


def required_whole(value: object) -> str:
    return whole(value) or ""


def whole_32(value: object) -> int | None:
    found = whole(value)
    if found is not None and not -INT32 <= int(found) < INT32:
        raise ValueError("must be a whole number of at most 32 bits")
    return None if found is None else int(found)


def amount(value: object) -> str | None:
    """An amount of money, as text with the digits that were sent."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # `format(value, "f")` would go through a float
    if isinstance(value, Digits) and EXPONENT.fullmatch(value):
        value = format(Decimal(value), "f")
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return value.strip().removeprefix("+")
    raise ValueError("must be a number of at most 18 digits and 10 decimals")


def time(value: object) -> str | None:
    """An instant in UTC; the digits of a time without a zone are kept."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and TIME.fullmatch(value):
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a date and time such as 2017-01-31T00:00:00")


TRAINING_TYPES = {"1": "FRAMEWORK", "framework": "FRAMEWORK", "2": "STANDARD", "standard": "STANDARD"}
APPROVALS = ("PENDING", "TRANSFER_APPROVED", "TRANSFER_REJECTED")
APPROVAL_NAMES = {name.replace("_", "").lower(): name for name in APPROVALS} | {
    str(number): name for number, name in enumerate(APPROVALS)
}


def _named(names: Mapping[str, str], value: object, rule: str) -> str | None:
    if value is None:
        return None
    given = str(value).strip().lower() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if given not in names:
        raise ValueError(rule)
    return names[given]


def training_type(value: object) -> str | None:
    return _named(TRAINING_TYPES, value, "must be framework (1) or standard (2)")


def approval(value: object) -> str | None:
    return _named(APPROVAL_NAMES, value, "must be Pending (0), TransferApproved (1) or TransferRejected (2)")


EPISODE: Mapping[str, Read] = {"totalCost": amount, "effectiveFrom": time, "effectiveTo": time}


def price_history(value: object) -> list[Json] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("must be a list of prices")
    episodes = [_members(each, EPISODE) for each in value]
    if any(each["totalCost"] is None or each["effectiveFrom"] is None for each in episodes):
        raise ValueError("must have a totalCost and an effectiveFrom in each of its prices")
    return episodes


ACCOUNT: Mapping[str, Read] = {"event": required_text, "resourceUri": required_text}
AGREEMENT: Mapping[str, Read] = {"event": required_text, "providerId": required_text, "contractType": required_text}
GENERIC: Mapping[str, Read] = {
    "type": required_text, "payload": required_text, "resourceType": text, "resourceId": text,
}  # fmt: skip
APPRENTICESHIP: Mapping[str, Read] = {
    "event": required_text, "apprenticeshipId": required_whole, "paymentStatus": text, "agreementStatus": text,
    "providerId": required_text, "learnerId": required_text, "trainingType": training_type,
    "trainingId": required_text, "employerAccountId": required_text, "trainingStartDate": time,
    "trainingEndDate": time, "trainingTotalCost": amount, "paymentOrder": whole_32, "legalEntityId": text,
    "legalEntityName": text, "legalEntityOrganisationType": text, "accountLegalEntityPublicHashedId": text,
    "effectiveFrom": time, "effectiveTo": time, "dateOfBirth": time, "pausedOnDate": time, "stoppedOnDate": time,
    "priceHistory": price_history, "transferSenderId": whole, "transferSenderName": text,
    "transferApprovalStatus": approval, "transferApprovalActionedOn": time,
}  # fmt: skip


def one_event(asked: Asked, members: Mapping[str, Read]) -> Json:
    """The event in a body, as the operation takes it. Raises Rejected with each member that cannot be read."""
    body = _form(asked.body) if _is_form(asked) else _value(asked)
    if not isinstance(body, dict):
        raise Rejected("BAD_USER_INPUT", "The body must be one JSON object.")
    broken: list[str] = []
    event = _members(body, members, broken)
    if broken:
        raise Rejected("BAD_USER_INPUT", "".join(broken))
    return event


def many_events(asked: Asked, members: Mapping[str, Read]) -> list[Json]:
    """The events in a body that is a list of them. Raises Rejected as `one_event`."""
    body = _value(asked)
    if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
        raise Rejected("BAD_USER_INPUT", "The body must be a list of JSON objects.")
    broken: list[str] = []
    events = [_members(each, members, broken, f"{place}.") for place, each in enumerate(body)]
    if broken:
        raise Rejected("BAD_USER_INPUT", "".join(broken))
    return events


def names_in_body(asked: Asked) -> list[str]:
    """The names that a body lists. Raises Rejected."""
    body = _value(asked)
    if not isinstance(body, list) or not all(type(each) is str for each in body):
        raise Rejected("BAD_USER_INPUT", "The body must be a list of names.")
    return body


def _members(given: Json, members: Mapping[str, Read], broken: list[str] | None = None, where: str = "") -> Json:
    """Each member as it is read, None for one that is not given; of one that is given twice, the last."""
    by_name = {name.lower(): value for name, value in given.items()}
    found: Json = {}
    for name, read in members.items():
        try:
            found[name] = read(by_name.get(name.lower()))
        except ValueError as rule:
            if broken is None:
                raise ValueError(f"must hold a {name} that can be read") from None
            broken.append(rule_broken(f"{where}{name}", f"{rule}."))
    return found


def _value(asked: Asked) -> Any:  # noqa: ANN401 JSON is any
    """The value of a body, None of an empty one, whatever its type. Raises Rejected."""
    if not asked.body:
        return None
    media_type, semicolon, parameters = (asked.content_type or "").partition(";")
    if media_type.strip().lower() not in JSON_TYPES:
        named = media_type.strip() or "application/octet-stream"  # what no type stands for
        words = f"The request entity's media type '{named}' is not supported for this resource."
        raise Rejected("UNSUPPORTED_MEDIA_TYPE", words)
    body = asked.body.removeprefix(BYTE_ORDER_MARK)
    read_json_body(f"application/json{semicolon}{parameters}", body)
    # Checked, and read once more: so that an amount keeps the digits which a float would lose.
    try:
        return json.loads(body, parse_float=Digits)
    except RecursionError:  # it goes less deep than what has checked it
        raise Rejected("BAD_USER_INPUT", "the body nests too deeply") from None


def _is_form(asked: Asked) -> bool:
    return (asked.content_type or "").partition(";")[0].strip().lower() == FORM


def _form(body: bytes) -> Json:
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MEMBERS))
    except ValueError:
        raise Rejected("BAD_USER_INPUT", "The body is not a form in UTF-8, percent-encoded.") from None
