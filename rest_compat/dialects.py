"""How each old service speaks: the paths it owns, its credentials, and the body of its errors."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Protocol

import structlog
from typing_extensions import TypedDict

from rest_compat.messages import Asked, HeaderList, Reply, json_reply
from rest_compat.shapes import documented

logger = structlog.get_logger(__name__)

# What the caller cannot mend.
FAULTS = frozenset({"INTERNAL", "BACKEND_REFUSED", "BACKEND_UNAVAILABLE", "BACKEND_TIMEOUT"})
NOTHING_ASKED = Asked({})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a route does not answer: a code, words for the caller, and what else the error told."""

    code: str
    message: str
    transaction_id: str
    headers: HeaderList = ()
    backend: str = ""  # the one that failed, if it is one's
    is_credential_bad: bool = False  # one was given, and does not hold
    method: str = ""  # of the request, where it is what was refused
    organisation: str = ""  # the one whose the caller is not, if that is why
    reference: str = ""  # under which the log tells more, if it does
    operation: str = ""  # that was asked for; none's for a path that is no route's
    asked: Asked = NOTHING_ASKED  # as far as it could be read


class Write(Protocol):
    """Writes a reply's value in the media type that the caller likes best; `root` is what XML calls it."""

    def __call__(self, status: int, value: Any, root: str, accept: str | None, headers: HeaderList) -> Reply: ...  # noqa: ANN401 JSON


@dataclass(frozen=True, slots=True)
class Dialect:
    """One old service's way of speaking.

    `prefixes` stand before each documented path, `{environment}` in them for letters and digits; the first is the
    bare one, in which all others end; `aliases` may stand in the bare one's place. A path that `owns` matches and no
    route does is this service's 404.
    `credentials` names the check in `app`, and `security` says in OpenAPI's words what a caller sends for it.
    `answers` are the media types it can give, `json_type` how it writes the type of JSON. `error_body` is the shape of
    the errors that are JSON. One that `ignores_case` does so in paths and in names of query parameters. One that
    `asks_who_first` judges a credential that is given before anything else, and lets a caller without one go on to
    the route's own right. One that `ignores_accept` answers in what it has, whatever the caller would rather have.
    One that can `write` does so with the reply of each route that has a `root`. One that `tells_references` tells of a
    fault no more than under which reference the log has it. `parameter_wrong` says which rule a parameter breaks.
    """

    name: str
    title: str
    owns: re.Pattern[str]
    prefixes: tuple[str, ...]
    credentials: str
    security: Mapping[str, Mapping[str, str]]
    answers: tuple[str, ...]
    error: Callable[[Failure], Reply]
    error_body: type[Any]
    json_type: bytes = b"application/json"
    ignores_case: bool = False
    asks_who_first: bool = False
    ignores_accept: bool = False
    aliases: tuple[str, ...] = ()
    write: Write | None = None
    tells_references: bool = False
    parameter_wrong: Callable[[str, str], str] = "{} {}".format

    @property
    def before_path(self) -> str:
        """A pattern of what may stand before a documented path."""
        spellings = (*self.prefixes, *self.aliases)
        return "|".join(re.escape(prefix).replace(r"\{environment\}", "[A-Za-z0-9]+") for prefix in spellings)

    def refuse(self, failure: Failure) -> Reply:
        """The reply to a failure. A fault that is told by its reference is in the log under it by then."""
        if self.tells_references and failure.code in FAULTS:
            reference = str(uuid.uuid4())
            logger.error(
                "request_failed", reference=reference, transaction_id=failure.transaction_id, code=failure.code,
                backend=failure.backend, more_under=failure.reference,
            )  # fmt: skip
            failure = replace(failure, reference=reference)
        return self.error(failure)


class CambridgeError(TypedDict):
    """Why there is no answer."""

    code: Annotated[int, documented("The status of the reply.", 404)]
    type: Annotated[str, documented("What kind of failure it is.", "APIKIT:NOT_FOUND")]
    message: Annotated[str, documented("What was wrong, in words for people.", "no such session")]
    transactionId: Annotated[
        str, documented("The request's X-TRANSACTION-ID, sent or made.", "6f4e6d3a-53f6-4b5e-9a55-0f1f3a3c3a51")
    ]


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
    "RANGE_NOT_SATISFIABLE": (416, "HTTP:RANGE_NOT_SATISFIABLE"),
    "LIMIT_EXCEEDED": (429, "HTTP:TOO_MANY_REQUESTS"),
    "INTERNAL": (500, "MULE:UNKNOWN"),
    "BACKEND_REFUSED": (502, "HTTP:BAD_GATEWAY"),
    "BACKEND_UNAVAILABLE": (503, "DB:CONNECTIVITY"),
    "BACKEND_TIMEOUT": (504, "HTTP:TIMEOUT"),
}


# Those that are reached by HTTP; all others are databases.
HTTP_BACKENDS = frozenset({"RM"})


def _cambridge_error(failure: Failure) -> Reply:
    status, kind = CAMBRIDGE_ERRORS[failure.code]
    if failure.code == "BACKEND_UNAVAILABLE" and failure.backend in HTTP_BACKENDS:
        kind = "HTTP:CONNECTIVITY"
    body: CambridgeError = {
        "code": status,
        "type": kind,
        "message": failure.message,
        "transactionId": failure.transaction_id,
    }
    return json_reply(status, body, failure.headers)


CAMBRIDGE = Dialect(
    name="cambridge",
    title="Cambridge Sessions API and Results API",
    owns=re.compile(r"/v1(/|$)|/ca-"),
    prefixes=(
        "/v1",
        "/ca-sessions-{environment}/v1",
        "/ca-results-{environment}/v1",
        "/ca-results-xapi-{environment}/api/v1",
        "/ca-libs-sapi-{environment}/api/v1",
    ),
    credentials="client",
    security={
        "clientId": {
            "type": "apiKey",
            "in": "header",
            "name": "client_id",
            "description": "Name of the calling system.",
        },
        "clientSecret": {
            "type": "apiKey",
            "in": "header",
            "name": "client_secret",
            "description": "Its secret.",
        },
    },
    answers=("application/json",),
    error=_cambridge_error,
    error_body=CambridgeError,
)
