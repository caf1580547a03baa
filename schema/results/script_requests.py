"""Requests for scripts."""

import strawberry

from datasources.rm import NewScriptRequest, ScriptDirective, ScriptRequestStatus
from resolvers.results import script_requests
from schema.fields import answered_by, attribute, published, published_input
from schema.problems import Problem
from schema.results.scripts import Script

published(
    ScriptRequestStatus,
    "ScriptRequestStatus",
    "How far RM is with a request for scripts.",
    {
        "COMPLETED": "Every script that was asked for is there.",
        "PENDING": "Some are not scanned yet.",
    },
)
published_input(
    ScriptDirective,
    "ScriptDirectiveInput",
    "Asks for the scripts of one candidate in one component.",
    {
        "business_stream_id": "Code of the business stream, two digits.",
        "session_id": "Number of the session within its business stream.",
        "centre_id": "Number of the centre, leading zeros kept.",
        "candidate_number": "Number of the candidate at the centre, leading zeros kept.",
        "assessment_code": "Code of the assessment, such as `0500`.",
        "component_id": "Number of the component within its assessment, two digits.",
        "assessment_version": "Version of the assessment, if it matters.",
    },
)
published_input(
    NewScriptRequest,
    "RequestScriptsInput",
    "Asks RM for scripts.",
    {
        "directives": "Whose scripts, in which components: 1 to 500.",
        "request_reference": "What you call this request, 1 to 100 printable ASCII characters. The same again, with "
        "the same directives, gives the first answer again and sends nothing; with others it is a `CONFLICT`. It is "
        "remembered for 90 days. One is made when there is none.",
    },
)


@strawberry.type(description="A request for scripts that RM has answered.")
class ScriptRequest:
    request_reference: str = attribute("What the caller calls it, or what it was called for the caller.")
    request_id: strawberry.ID = attribute("What RM calls it.")
    status: ScriptRequestStatus = attribute("How far RM was with it when it answered.")
    scripts: list[Script] = attribute("The scripts that were there when RM answered.")


@strawberry.type(description="What became of a request for scripts.")
class RequestScriptsPayload:
    script_request: ScriptRequest | None = attribute("The request; null when there are problems.")
    problems: list[Problem] = attribute("What has to be mended first. With any of them nothing was stored or sent.")


@strawberry.type
class ScriptMutations:
    request_scripts: RequestScriptsPayload | None = answered_by(
        script_requests.request_scripts,
        "Ask RM for scripts: stored here first, then sent. Null, with an error, when RM does not take it: it is kept, "
        "and goes on when it is sent again with the same `requestReference`. Needs the scope `scripts:request`.",
        arguments={"input": "Whose scripts, and what the request is called."},
    )
