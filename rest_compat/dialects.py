"""How each old service speaks: the paths it owns, its credentials, and the body of its errors."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rest_compat.messages import HeaderList, Reply, json_reply


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a route does not answer: a code, words for the caller, and what else the error told."""

    code: str
    message: str
    transaction_id: str
    headers: HeaderList = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One old service's way of speaking.

    `prefixes` are patterns before each documented path; a path that `owns` matches and no route does is this
    service's 404. `credentials` names the check in `app`. `answers` are the media types it can give.
    """

    name: str
    owns: re.Pattern[str]
    prefixes: tuple[str, ...]
    credentials: str
    answers: tuple[str, ...]
    error: Callable[[Failure], Reply]


# code -> status and the `type` of the error body
CAMBRIDGE_ERRORS: Mapping[str, tuple[int, str]] = {
    "BAD_USER_INPUT": (400, "APIKIT:BAD_REQUEST"),
    "UNAUTHENTICATED": (401, "HTTP:UNAUTHORIZED"),
    "FORBIDDEN": (403, "HTTP:FORBIDDEN"),
    "NOT_FOUND": (404, "APIKIT:NOT_FOUND"),
    "METHOD_NOT_ALLOWED": (405, "APIKIT:METHOD_NOT_ALLOWED"),
    "NOT_ACCEPTABLE": (406, "APIKIT:NOT_ACCEPTABLE"),
    "CONFLICT": (409, "APP:CONFLICT"),
    "PAYLOAD_TOO_LARGE": (413, "HTTP:PAYLOAD_TOO_LARGE"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "APIKIT:UNSUPPORTED_MEDIA_TYPE"),
    "LIMIT_EXCEEDED": (429, "HTTP:TOO_MANY_REQUESTS"),
    "INTERNAL": (500, "MULE:UNKNOWN"),
    "BACKEND_REFUSED": (502, "HTTP:BAD_GATEWAY"),
    "BACKEND_UNAVAILABLE": (503, "DB:CONNECTIVITY"),
    "BACKEND_TIMEOUT": (504, "HTTP:TIMEOUT"),
}


def _cambridge_error(failure: Failure) -> Reply:
    status, kind = CAMBRIDGE_ERRORS[failure.code]
    body = {"code": status, "type": kind, "message": failure.message, "transactionId": failure.transaction_id}
    return json_reply(status, body, failure.headers)


CAMBRIDGE = Dialect(
    name="cambridge",
    owns=re.compile(r"/v1(/|$)|/ca-"),
    prefixes=(
        r"/v1",
        r"/ca-sessions-[A-Za-z0-9]+/v1",
        r"/ca-results-[A-Za-z0-9]+/v1",
        r"/ca-results-xapi-[A-Za-z0-9]+/api/v1",
        r"/ca-libs-sapi-[A-Za-z0-9]+/api/v1",
    ),
    credentials="client",
    answers=("application/json",),
    error=_cambridge_error,
)

DIALECTS = (CAMBRIDGE,)
