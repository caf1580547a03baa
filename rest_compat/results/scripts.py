"""Cambridge Results API: R2, requests for scripts, and R3, the PDF of a script."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Download, Json, Rejected, read_json_body
from rest_compat.shapes import BusinessStreamId, SessionId, documented
from rest_compat.translate import Route

# Of many problems so many are told: the caller who mends those will hear of the others.
PROBLEMS_TOLD = 10
LARGEST_INTEGER = 2**31 - 1

DocStorePageId = Annotated[
    str,
    documented(
        "Id of the scanned document: 1 to 64 letters, digits or hyphens.",
        "24c6e828-628c-547d-b310-a0db19292cf0",
        pattern="^[A-Za-z0-9-]{1,64}$",
    ),
]
CentreId = Annotated[
    str, documented("Number of the centre, leading zeros kept.", "04200", pattern="^[A-Za-z0-9]{1,10}$")
]
CandidateNumber = Annotated[
    str,
    documented("Number of the candidate at the centre, leading zeros kept.", "1804", pattern="^[A-Za-z0-9]{1,10}$"),
]
AssessmentCode = Annotated[str, documented("Code of the assessment.", "0500", pattern="^[A-Za-z0-9-]{1,20}$")]
ComponentId = Annotated[str, documented("Number of the component within its assessment.", "01", pattern="^[0-9]{2}$")]
RequestReference = Annotated[
    str,
    documented(
        "What the caller calls the request: printable ASCII characters, the first and the last not blank.",
        "ATS-2026-0001",
        min_length=1,
        max_length=100,
        pattern="^[!-~]([ -~]*[!-~])?$",
    ),
]


class ScriptPdfAsked(TypedDict):
    docStorePageId: DocStorePageId


class CustomerDirective(TypedDict):
    """Asks for the scripts of one candidate in one component."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    centreId: CentreId
    candidateNumber: CandidateNumber
    assessmentCode: AssessmentCode
    assessmentVersion: NotRequired[
        Annotated[int, documented("Version of the assessment, if it matters.", 1, ge=1, le=9999)]
    ]
    componentId: ComponentId


class CustomerDirectives(TypedDict):
    """A request for access to scripts."""

    requestReference: NotRequired[RequestReference]
    customerDirectives: Annotated[
        list[CustomerDirective], Field(description="Whose scripts, in which components.", min_length=1, max_length=500)
    ]


class RequestedScript(TypedDict):
    """A script that is there."""

    docStorePageId: DocStorePageId
    centreId: CentreId
    candidateNumber: CandidateNumber
    assessmentCode: AssessmentCode
    componentId: ComponentId
    pageCount: Annotated[int, documented("Pages in the scan.", 4)]


class ScriptRequest(TypedDict):
    """What RM answered to a request."""

    requestId: Annotated[str, documented("What RM calls the request.", "ATS-000001")]
    status: Annotated[
        Literal["COMPLETED", "PENDING"], documented("PENDING while some scripts are not scanned yet.", "COMPLETED")
    ]
    scripts: Annotated[list[RequestedScript], Field(description="The scripts that were there when RM answered.")]
    requestReference: NotRequired[
        Annotated[
            str, documented("What we call a request whose caller did not.", "0b6f3c1e-6c1c-4a53-a5a5-0e2f5c1f9d0e")
        ]
    ]


REQUIRED = ("businessStreamId", "sessionId", "centreId", "candidateNumber", "assessmentCode", "componentId")


def _request(asked: Asked) -> Json:
    given = read_json_body(asked.content_type, asked.body)
    if not isinstance(given, dict):
        raise Rejected("BAD_USER_INPUT", "the body must be an object with the member customerDirectives")
    directives = given.get("customerDirectives")
    if not isinstance(directives, list):
        raise Rejected("BAD_USER_INPUT", "customerDirectives must be a list")
    reference = given.get("requestReference")
    wrong = [f"customerDirectives[{index}]{rule}" for index, each in enumerate(directives) if (rule := _rule(each))]
    if not isinstance(reference, str | None):
        wrong.insert(0, "requestReference must be a string")
    if wrong:
        raise Rejected("BAD_USER_INPUT", _told(wrong))
    read = [{name: each[name] for name in (*REQUIRED, "assessmentVersion") if name in each} for each in directives]
    return {"input": {"requestReference": reference, "directives": read}}


def _rule(directive: object) -> str:
    """What a directive lacks to be one at all; nothing when it is. Its values are the operation's to judge."""
    if not isinstance(directive, dict):
        return " must be an object"
    for name in REQUIRED:
        if directive.get(name) is None:
            return f".{name} is missing"
        if not isinstance(directive[name], str):
            return f".{name} must be a string"
    version = directive.get("assessmentVersion")
    # In JSON 3.0 is a whole number, too.
    is_whole = type(version) is int or (type(version) is float and version.is_integer())
    if version is not None and not (is_whole and 0 < version <= LARGEST_INTEGER):
        return ".assessmentVersion must be a positive integer"
    return ""


def _requested(data: Json, asked: Asked) -> ScriptRequest:
    payload = data["requestScripts"]
    if payload["problems"]:
        raise Rejected("BAD_USER_INPUT", _told([_spelt(problem) for problem in payload["problems"]]))
    found = payload["scriptRequest"]
    answer: ScriptRequest = {"requestId": found["requestId"], "status": found["status"], "scripts": found["scripts"]}
    if orjson.loads(asked.body).get("requestReference") is None:
        answer["requestReference"] = found["requestReference"]
    return answer


def _spelt(problem: Any) -> str:  # noqa: ANN401 JSON
    """A problem in the route's own words: `customerDirectives[3].centreId must be ...`."""
    path, message = problem["path"], problem["message"]
    if path[0] != "directives":
        return str(message)
    place = f"[{path[1]}].{message}" if len(path) > 1 else f"{message.removeprefix('directives')}"
    return f"customerDirectives{place}"


def _told(problems: Sequence[str]) -> str:
    more = len(problems) - PROBLEMS_TOLD
    return "; ".join(problems[:PROBLEMS_TOLD]) + (f"; and {more} more" if more > 0 else "")


def _pdf(data: Json, _asked: Asked) -> Download | None:
    """The body may turn out to be missing when its bytes are asked for."""
    found = data["scriptPdf"]
    return Download("script", found["docStorePageId"], found["fileName"])


def _pdf_at(path: str) -> Route:
    return Route(
        path=path,
        operation="LegacyScriptPdf",
        about="The PDF of a script, or the part of it that a Range header asks for.",
        asks=ScriptPdfAsked,
        variables=lambda asked: {"id": asked.values["docStorePageId"]},
        body=_pdf,
        answers=("application/pdf",),
        dialect=CAMBRIDGE,
        backends=("RM", "AUDIT"),
        missing="no such script",
    )


ROUTES = (
    Route(
        method="POST",
        path="/candidates/scripts",
        operation="LegacyScriptRequest",
        about="A request for access to scripts; the same reference again gives the first answer again.",
        takes=CustomerDirectives,
        variables=_request,
        body=_requested,
        status=201,
        dialect=CAMBRIDGE,
        backends=("AUDIT", "SCRIPTS", "RM"),
    ),
    _pdf_at("/candidates/scripts/pdf/{docStorePageId}"),
    # The second of the documents' tables leaves out the slash, and callers followed it.
    _pdf_at("/candidates/scripts/pdf{docStorePageId}"),
)
