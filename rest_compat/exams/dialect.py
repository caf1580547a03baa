"""How the exam API speaks: JSON or XML, as the caller likes, and of a fault of ours no more than a reference."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from typing_extensions import TypedDict

from rest_compat.dialects import FAULTS, Dialect, Failure
from rest_compat.exams.writing import xml_of
from rest_compat.messages import HeaderList, Reply, json_reply, preferred
from rest_compat.shapes import documented

# The first is what everybody gets who asks for nothing that we have.
MEDIA_TYPES = ("application/json", "application/xml", "text/json", "text/xml")
# Its own media types, once with a version: all versions are one here.
VERSIONED = re.compile(r"application/vnd\.pas\.sas(?:\.v[0-9]+)?\+(json|xml)", re.IGNORECASE)

STATUSES: Mapping[str, int] = {
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RANGE_NOT_SATISFIABLE": 416,
    "LIMIT_EXCEEDED": 429,
    **dict.fromkeys(FAULTS, 500),
}


# What is told of a fault: under which reference the log has it.
FAULT = "Failed to process request. Exception logged on server with reference {}. Contact PAS system administrators."


class ApiError(TypedDict):
    """Why there is no answer."""

    Message: Annotated[str, documented("What was wrong, in words for people.", "Authentication required")]


def parameter_wrong(name: str, rule: str = "") -> str:
    """What is said of a parameter that is missing, or breaks a rule."""
    return f"Missing or invalid parameter: {name}{f' ({rule})' if rule else ''}"


def media_type(accept: str | None) -> str:
    """The one of our media types that an Accept header likes best; never none."""
    if accept is None:
        return MEDIA_TYPES[0]
    return preferred(VERSIONED.sub(r"application/\1", accept), MEDIA_TYPES) or MEDIA_TYPES[0]


def write(status: int, value: Any, root: str, accept: str | None, headers: HeaderList) -> Reply:  # noqa: ANN401 JSON
    """`value` as JSON, or as the XML document `root`."""
    chosen = media_type(accept)
    headers = ((b"vary", b"Accept"), *headers)
    if chosen.endswith("xml"):
        return Reply(status, xml_of(root, value), ((b"content-type", chosen.encode()), *headers))
    return json_reply(status, value, headers, chosen.encode())


def _error(failure: Failure) -> Reply:
    body: ApiError = {"Message": _words(failure)}
    headers = failure.headers
    if failure.code == "UNAUTHENTICATED":
        headers = ((b"www-authenticate", b"Bearer"), *headers)
    return write(STATUSES[failure.code], body, "ApiError", failure.asked.accept, headers)


def _words(failure: Failure) -> str:
    if failure.code in FAULTS:
        return FAULT.format(failure.reference)
    if failure.code == "UNAUTHENTICATED":
        return "Authentication required"
    if failure.code == "FORBIDDEN" and failure.organisation:
        return f"Not authorised for organisasjonsnummer '{failure.organisation}'"
    return failure.message


EXAMS = Dialect(
    name="eksamen",
    title="Udir exam API for school administration systems",
    owns=re.compile(r"/(sas|api/ekstern)(/|$)", re.IGNORECASE),
    prefixes=("/sas",),
    aliases=("/api/ekstern",),
    credentials="eksamen",
    security={
        "eksamenToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that stands for one or more schools.",
        }
    },
    answers=("application/json", "application/xml"),
    error=_error,
    error_body=ApiError,
    ignores_case=True,
    ignores_accept=True,
    write=write,
    tells_references=True,
    parameter_wrong=parameter_wrong,
)
