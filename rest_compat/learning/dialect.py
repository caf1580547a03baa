"""How the learning-progress service speaks: every reply in one envelope, each failure by the field that is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeGuard

from typing_extensions import TypedDict

from rest_compat.dialects import Dialect, Failure
from rest_compat.messages import Asked, Json, Rejected, Reply, json_reply
from rest_compat.shapes import documented

# What each reply calls itself, by its operation: frozen, the submission's differs from what its requests say.
IDS: Mapping[str, str] = {
    "LegacyStartContentView": "api.view.start",
    "LegacyUpdateContentView": "api.view.update",
    "LegacyEndContentView": "api.view.end",
    "LegacyContentViews": "api.view.read",
    "LegacySubmitAssessment": "api.view.assess",
    "LegacyAssessmentAttempts": "api.assessment.read",
    "LegacyEnrolments": "api.summary.list",
    "LegacyEnrolment": "api.summary.read",
    "LegacyExportEnrolments": "api.summary.download",
    "LegacyExportedFile": "api.summary.download",
    "LegacyDeleteEnrolments": "api.summary.delete",
}
ACROSS_CONTEXTS = "api.view.read.contextall"
# For a path that is no route's.
NO_ROUTE = "api.viewer"
EMPTY = "must not be empty"
# The fields that a caller may have got wrong: under which key that is told, and what they are called there.
FIELDS: Mapping[str, tuple[str, str]] = {
    "request": ("request", "Request"),
    "contentId": ("request.contentId", "Content Id"),
    "collectionId": ("request.collectionId", "Collection Id"),
    "contextId": ("request.contextId", "Context Id"),
    "progressDetails": ("request.progressDetails", "Progress Details"),
    "timeSpent": ("request.timeSpent", "Time Spent"),
    "attemptId": ("request.attemptId", "Attempt Id"),
    "assessments": ("request.assessments", "Assessments"),
    "assessmentTs": ("request.assessmentTs", "Assessment Ts"),
    "userId": ("request.userId", "User Id"),
    "format": ("format", "format"),
}


class Params(TypedDict):
    """What a reply says of itself."""

    resmsgid: Annotated[None, documented("Never said.", None)]
    msgid: Annotated[str, documented("The request's own, or one made for it.", "5e763bc2-b072-440d-916e-da787881b1b9")]
    err: Annotated[str | None, documented("What kind of failure it is; null when it is none.", None)]
    status: Annotated[Literal["success", "failed", "FAILED"], documented("Whether it was done.", "success")]
    errmsg: Annotated[str | None, documented("What was wrong, in words for people.", None)]


class Envelope(TypedDict):
    """What every reply begins with."""

    id: Annotated[str, documented("Which call answers.", "api.view.start")]
    ver: Annotated[Literal["v1"], documented("The version of the call.", "v1")]
    ts: Annotated[
        str,
        documented(
            "When it answered, in UTC.",
            "2021-06-23 05:37:40:575+0000",
            pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}\+0000$",
        ),
    ]
    params: Params
    responseCode: Annotated[str, documented("What became of the request.", "OK")]


class ViewerError(Envelope):
    """Why there is no answer."""

    result: Annotated[
        dict[str, str],
        documented("The field that is wrong, and why; nothing for other failures.", {}),
    ]


# code -> status, `err`, `params.status`, `responseCode`
FAILURES: Mapping[str, tuple[int, str, Literal["failed", "FAILED"], str]] = {
    "BAD_USER_INPUT": (400, "CLIENT_ERROR", "FAILED", "BAD_REQUEST"),
    "UNAUTHENTICATED": (401, "UNAUTHORIZED_USER", "failed", "UNAUTHORIZED"),
    "FORBIDDEN": (401, "UNAUTHORIZED_USER", "failed", "UNAUTHORIZED"),
    "NOT_FOUND": (404, "CLIENT_ERROR", "failed", "RESOURCE_NOT_FOUND"),
    "METHOD_NOT_ALLOWED": (405, "CLIENT_ERROR", "failed", "METHOD_NOT_ALLOWED"),
    "NOT_ACCEPTABLE": (406, "CLIENT_ERROR", "failed", "NOT_ACCEPTABLE"),
    "CONFLICT": (409, "CLIENT_ERROR", "failed", "CONFLICT"),
    "PAYLOAD_TOO_LARGE": (413, "CLIENT_ERROR", "failed", "PAYLOAD_TOO_LARGE"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "CLIENT_ERROR", "failed", "UNSUPPORTED_MEDIA_TYPE"),
    "RANGE_NOT_SATISFIABLE": (416, "CLIENT_ERROR", "failed", "RANGE_NOT_SATISFIABLE"),
    "LIMIT_EXCEEDED": (429, "CLIENT_ERROR", "failed", "TOO_MANY_REQUESTS"),
    **dict.fromkeys(
        ("INTERNAL", "BACKEND_REFUSED", "BACKEND_UNAVAILABLE", "BACKEND_TIMEOUT"),
        (500, "SERVER_ERROR", "failed", "SERVER_ERROR"),
    ),
}
UNAUTHORIZED = "You are not authorized."


def envelope(operation: str, asked: Asked) -> Envelope:
    """What the reply to a request that was done begins with."""
    params: Params = {"resmsgid": None, "msgid": _msgid(asked), "err": None, "status": "success", "errmsg": None}
    return _envelope(operation, asked, params, "OK")


def reads_across_contexts(query: Mapping[str, Sequence[str]]) -> bool:
    """Whether `context=all` is asked for; any other value is as none."""
    return any(value.lower() == "all" for value in query.get("context", ()))


def request_of(asked: Asked) -> Json:
    """The request in a body's envelope, whatever the body's type is said to be. Raises Rejected."""
    request = asked.json.get("request") if isinstance(asked.json, dict) else None
    if not isinstance(request, dict):
        raise Rejected("BAD_USER_INPUT", f"request {EMPTY}")
    return request


def text(request: Json, name: str) -> str | None:
    """A text of a request; what is no text is none."""
    value = request.get(name)
    return value if isinstance(value, str) else None


def is_number(value: object) -> TypeGuard[float]:
    """Whether JSON has a number there; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _envelope(operation: str, asked: Asked, params: Params, response: str) -> Envelope:
    at = _timestamp(asked.now())
    return {"id": _id(operation, asked.query), "ver": "v1", "ts": at, "params": params, "responseCode": response}


def _msgid(asked: Asked) -> str:
    """The request's own, or else its transaction id, which is a new UUID unless the caller sent one of its own."""
    params = asked.json.get("params") if isinstance(asked.json, dict) else None
    msgid = params.get("msgid") if isinstance(params, dict) else None
    return msgid if isinstance(msgid, str) and msgid else asked.transaction_id


def _id(operation: str, query: Mapping[str, Sequence[str]]) -> str:
    if operation == "LegacyContentViews" and reads_across_contexts(query):
        return ACROSS_CONTEXTS
    return IDS.get(operation, NO_ROUTE)


def _timestamp(at: datetime) -> str:
    """With a colon before the milliseconds, and none in the offset: so it is."""
    written = at.astimezone(UTC)
    return f"{written:%Y-%m-%d %H:%M:%S}:{written.microsecond // 1000:03}+0000"


def _error(failure: Failure) -> Reply:
    status, err, outcome, response = FAILURES[failure.code]
    message = failure.message
    result: dict[str, str] = {}
    if failure.code == "BAD_USER_INPUT":
        message, result = _wrong(failure.message)
    elif response == "UNAUTHORIZED":
        message = UNAUTHORIZED
    params: Params = {
        "resmsgid": None, "msgid": _msgid(failure.asked) or failure.transaction_id, "err": err, "status": outcome,
        "errmsg": message,
    }  # fmt: skip
    body: ViewerError = {**_envelope(failure.operation, failure.asked, params, response), "result": result}
    return json_reply(status, body, failure.headers)


def _wrong(message: str) -> tuple[str, dict[str, str]]:
    """What a field and the rule that it breaks are in this service's words."""
    field, _, rule = message.partition(" ")
    if field not in FIELDS:
        return message, {"request": message}
    key, name = FIELDS[field]
    words = f"{name} cannot be empty" if rule == EMPTY else f"Invalid {name}"
    return words, {key: words}


VIEWER = Dialect(
    name="viewer",
    title="Learning-progress Viewer Service",
    owns=re.compile(r"/v1/(view|assessment|summary)(/|$)"),
    prefixes=("/v1",),
    credentials="viewer",
    security={
        "viewerKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "The key of the calling system. `viewerToken` goes beside it, always.",
        },
        "viewerToken": {
            "type": "apiKey",
            "in": "header",
            "name": "x-authenticated-user-token",
            "description": "The learner's JWT: RS256 or ES256.",
        },
    },
    answers=("application/json",),
    error=_error,
    error_body=ViewerError,
    ignores_accept=True,
)
