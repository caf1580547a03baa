"""How the old Events API speaks: plain text for broken rules, JSON for the rest, nothing at all for a bad token."""

import re
from collections.abc import Mapping
from typing import Annotated, NotRequired

import orjson
from typing_extensions import TypedDict

from rest_compat.dialects import Dialect, Failure
from rest_compat.messages import Reply
from rest_compat.shapes import documented

JSON_TYPE = b"application/json; charset=utf-8"
TEXT_TYPE = b"text/plain; charset=utf-8"
DENIED = "Authorization has been denied for this request."
# A parameter that could not be read: told in another form than a rule that is broken.
UNREADABLE = "The request is invalid."
FAILED = "An error has occurred."

STATUSES: Mapping[str, int] = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 401,  # never 403: it knew no difference
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RANGE_NOT_SATISFIABLE": 416,
    "LIMIT_EXCEEDED": 429,
    "INTERNAL": 500,
    "BACKEND_REFUSED": 502,
    "BACKEND_UNAVAILABLE": 503,
    "BACKEND_TIMEOUT": 504,
}
# What a caller can mend is told in plain text.
TEXTS: Mapping[str, int] = {"BAD_USER_INPUT": 400, "CONFLICT": 409}


class EventsMessage(TypedDict):
    """Why there is no answer."""

    Message: Annotated[str, documented("What was wrong, in words for people.", DENIED)]
    MessageDetail: NotRequired[
        Annotated[str, documented("What just it was.", "The parameter pageSize must not be empty.")]
    ]


def rule_broken(name: str, rule: str) -> str:
    """A broken rule as the old service told it; several are told one after the other."""
    return f"Property Name: {pascal(name)}\r\nError: '{words(name.rpartition('.')[2])}' {quoted(rule)}\r\n"


def words(name: str) -> str:
    """A member's name as people write it: `resourceUri` is "Resource Uri"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[:1].upper() + name[1:])


def pascal(name: str) -> str:
    """A property by its place: `0.priceHistory.2.totalCost` is `ApprenticeshipEvents[0].PriceHistory[2].TotalCost`."""
    parts = name.split(".")
    named = ["ApprenticeshipEvents"] if parts[0].isdecimal() else []
    for part in parts:
        if part.isdecimal():
            named[-1] += f"[{part}]"
        else:
            named.append(part[:1].upper() + part[1:])
    return ".".join(named)


def quoted(rule: str) -> str:
    """A rule with the members that it names as people write them."""
    return re.sub(r"\b[a-z]+[A-Z]\w*\b", lambda name: f"'{words(name.group())}'", rule)


def _error(failure: Failure) -> Reply:
    if failure.is_credential_bad:
        return Reply(400, headers=failure.headers)
    if failure.message.startswith(UNREADABLE):
        told, _, detail = failure.message.partition("\n")
        return _json(400, {"Message": told, "MessageDetail": detail}, failure)
    if failure.code in TEXTS:
        return Reply(TEXTS[failure.code], failure.message.encode(), ((b"content-type", TEXT_TYPE), *failure.headers))
    message = {
        "UNAUTHENTICATED": DENIED,
        "FORBIDDEN": DENIED,
        "METHOD_NOT_ALLOWED": f"The requested resource does not support http method '{failure.method}'.",
        "INTERNAL": FAILED,
    }.get(failure.code, failure.message)
    return _json(STATUSES[failure.code], {"Message": message}, failure)


def _json(status: int, body: EventsMessage, failure: Failure) -> Reply:
    return Reply(status, orjson.dumps(body), ((b"content-type", JSON_TYPE), *failure.headers))


EVENTS = Dialect(
    name="events",
    title="Apprenticeship Service Events API",
    owns=re.compile(r"/api/events(/|$)", re.IGNORECASE),
    prefixes=("/api",),
    credentials="events",
    security={
        "eventsToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "HS256; the permissions are in the claim `data`, with blanks between them.",
        }
    },
    answers=("application/json",),
    error=_error,
    error_body=EventsMessage,
    json_type=JSON_TYPE,
    ignores_case=True,
    asks_who_first=True,
    ignores_accept=True,
)
