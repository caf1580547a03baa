"""How the exam API speaks: JSON or XML by what is accepted, and each code in its status and words."""

import re
from typing import Annotated, Any

import orjson
import pytest
from lxml import etree
from openapi_spec_validator import OpenAPIV31SpecValidator
from structlog.testing import capture_logs
from typing_extensions import TypedDict

from rest_compat.dialects import FAULTS, Failure
from rest_compat.exams.dialect import EXAMS, MEDIA_TYPES, media_type, write
from rest_compat.messages import Asked, Reply
from rest_compat.openapi import openapi
from rest_compat.routes import owner
from rest_compat.shapes import documented
from rest_compat.successors import Succeeded, example
from rest_compat.translate import Outcome, Route, answered

JSON, XML, TEXT_JSON, TEXT_XML = MEDIA_TYPES
PA = "{http://pas.udir.no/Pamelding}"
FAULT = re.compile(
    r"Failed to process request\. Exception logged on server with reference"
    r" ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\. Contact PAS system administrators\."
)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", JSON),
        ("application/xml", XML),
        ("application/json;q=0.7, application/xml;q=0.8", XML),
        ("application/json;q=0.8, application/xml;q=0.7", JSON),
        ("application/xml;q=0", JSON),
        ("text/xml", TEXT_XML),
        ("text/json", TEXT_JSON),
        ("text/*", TEXT_JSON),
        ("text/xml, application/xml;q=0.9", TEXT_XML),
        ("application/vnd.pas.sas.v2+xml", XML),
        ("application/vnd.pas.sas.v2+json", JSON),
        ("application/vnd.pas.sas.v12345678901+XML", XML),
        ("application/vnd.pas.sas+xml", XML),
        ("application/vnd.pas.sas.v1+json;q=0.5, application/vnd.pas.sas.v3+xml;q=0.6", XML),
        ("application/vnd.pas.sas.vx+xml", JSON),
        ("application/vnd.other+xml", JSON),
        ("APPLICATION/XML", XML),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", XML),
        (",;q=,;;/", JSON),
        ("application/xml," * 5000, XML),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_answered_in(accept: str | None, chosen: str) -> None:
    assert media_type(accept) == chosen


STATUSES = {
    "BAD_USER_INPUT": (400, "words"),
    "UNAUTHENTICATED": (401, "Authentication required"),
    "FORBIDDEN": (403, "words"),
    "NOT_FOUND": (404, "words"),
    "METHOD_NOT_ALLOWED": (405, "words"),
    "CONFLICT": (409, "words"),
    "PAYLOAD_TOO_LARGE": (413, "words"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "words"),
    "RANGE_NOT_SATISFIABLE": (416, "words"),
    "LIMIT_EXCEEDED": (429, "words"),
}


@pytest.mark.parametrize("code", STATUSES)
def test_a_refusal_in_json(code: str) -> None:
    status, words = STATUSES[code]
    challenge = ((b"www-authenticate", b"Bearer"),) if status == 401 else ()
    headers = ((b"content-type", b"application/json"), (b"vary", b"Accept"), *challenge)
    body = orjson.dumps({"Message": words})
    assert EXAMS.refuse(Failure(code, "words", "t-1")) == Reply(status, body, headers)


def message_of(reply: Reply) -> str:
    root = etree.fromstring(reply.body)
    assert [root.tag, *(child.tag for child in root)] == [f"{PA}ApiError", f"{PA}Message"]
    return root[0].text or ""


@pytest.mark.parametrize("code", STATUSES)
def test_a_refusal_in_xml(code: str) -> None:
    reply = EXAMS.refuse(Failure(code, "words", "t-1", asked=Asked({}, accept="text/xml")))
    assert (reply.status, message_of(reply)) == STATUSES[code]
    assert reply.headers[0] == (b"content-type", b"text/xml")


def test_whose_organisation_it_is_not() -> None:
    reply = EXAMS.refuse(Failure("FORBIDDEN", "words", "t-1", organisation="310000019"))
    assert (reply.status, orjson.loads(reply.body)) == (
        403, {"Message": "Not authorised for organisasjonsnummer '310000019'"},
    )  # fmt: skip


@pytest.mark.parametrize("code", sorted(FAULTS))
@pytest.mark.parametrize("accept", [None, XML])
def test_a_fault_is_told_by_a_reference_that_the_log_has(code: str, accept: str | None) -> None:
    with capture_logs() as logs:
        reply = EXAMS.refuse(
            Failure(
                code,
                "secret words",
                "t-1",
                backend="EXAMS",
                asked=Asked({}, accept=accept),
                reference="more",
                is_credential_bad=True,
            )
        )
    told = message_of(reply) if accept else orjson.loads(reply.body)["Message"]
    found = FAULT.fullmatch(told)
    assert found is not None
    assert reply.status == 500
    assert logs == [{
        "event": "request_failed", "log_level": "error", "reference": found[1], "transaction_id": "t-1", "code": code,
        "backend": "EXAMS", "more_under": "more",
    }]  # fmt: skip


def test_what_the_caller_can_mend_is_not_logged() -> None:
    with capture_logs() as logs:
        EXAMS.refuse(Failure("BAD_USER_INPUT", "words", "t-1"))
    assert logs == []


@pytest.mark.parametrize(
    ("path", "is_its_own"),
    [
        ("/sas", True),
        ("/sas/", True),
        ("/sas/kandidat", True),
        ("/SAS/kandidat", True),
        ("/api/ekstern/kandidat", True),
        ("/api/ekstern", True),
        ("/%73as/kandidat", True),
        ("/sasquatch", False),
        ("/api/eksternt", False),
        ("/api", False),
    ],
)
def test_whose_path_it_is(path: str, is_its_own: bool) -> None:  # noqa: FBT001 a column
    assert (owner(path) is EXAMS) == is_its_own


def route(**more: Any) -> Route:
    return Route("/x/{id}", "LegacyX", lambda asked: dict(asked.values), lambda data, _: data["x"], EXAMS, **more)


async def replied(tried: Route, outcome: Outcome, accept: str | None = None) -> Reply:
    async def run(_operation: str, _variables: object) -> Outcome:
        return outcome

    reply = await answered(tried, Asked({"id": "1"}, base_url="http://x", accept=accept), run, "t-1")
    assert isinstance(reply, Reply)
    return reply


REFERENCE = {"Reference": "7"}


async def test_a_reply_with_a_root_is_negotiated() -> None:
    tried = route(root="PameldingReference", status=202, location="/sas/x/{Reference}")
    location = (b"location", b"http://x/sas/x/7")
    in_json = await replied(tried, Outcome({"x": REFERENCE}, []))
    in_xml = await replied(tried, Outcome({"x": REFERENCE}, []), "application/vnd.pas.sas.v2+xml")
    vary = (b"vary", b"Accept")
    assert in_json == Reply(202, orjson.dumps(REFERENCE), ((b"content-type", b"application/json"), vary, location))
    assert in_xml == write(202, REFERENCE, "PameldingReference", XML, (location,))
    assert etree.fromstring(in_xml.body)[0].text == "7"


async def test_a_reply_without_a_root_is_json() -> None:
    reply = await replied(route(), Outcome({"x": [1]}, []), XML)
    assert reply == Reply(200, b"[1]", ((b"content-type", b"application/json"),))


async def test_a_file_of_our_own_is_sent_as_it_is() -> None:
    reply = await replied(route(answers=("application/zip",), root="ApiError"), Outcome({"x": b"PK"}, []), XML)
    assert reply == Reply(200, b"PK", ((b"content-type", b"application/zip"),))


class Reference(TypedDict):
    Reference: Annotated[str, documented("What it is called.", "7")]


def referring(data: Any, _asked: Asked) -> Reference:
    return {"Reference": data["x"]}


def zipped(_data: Any, _asked: Asked) -> bytes:
    return b"PK"


TAKES_A_FILE = Route(
    "/kandidatpamelding", "LegacyRegister", lambda asked: {"file": asked.file}, referring, EXAMS, method="POST",
    takes_file=True, root="PameldingReference", about="Register candidates.",
)  # fmt: skip
GIVES_A_FILE = Route(
    "/skjema", "LegacySchemas", lambda _: {}, zipped, EXAMS, is_public=True, answers=("application/zip",), about="Get.",
)  # fmt: skip


def test_routes_that_take_and_give_files_are_documented() -> None:
    document = openapi("0", [TAKES_A_FILE, GIVES_A_FILE])
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    taking, giving = document["paths"]["/sas/kandidatpamelding"]["post"], document["paths"]["/sas/skjema"]["get"]
    assert taking["requestBody"] == {"required": True, "content": {XML: {}}}
    assert list(taking["responses"]["200"]["content"]) == [JSON, XML]
    assert {"400", "401", "403", "413", "415", "500"} <= set(taking["responses"])
    assert (taking["security"], giving["security"]) == ([{"eksamenToken": []}], [])
    assert giving["responses"]["200"]["content"] == {"application/zip": {}}
    assert not {"206", "416"} & set(giving["responses"])


def test_a_route_that_takes_a_file_has_an_example_without_variables() -> None:
    assert example(TAKES_A_FILE) == Succeeded("POST /sas/kandidatpamelding", {})


async def test_what_an_operation_refuses_is_told_in_what_is_accepted() -> None:
    forbidden = {"message": "no", "extensions": {"code": "FORBIDDEN", "organisation": "310000019"}}
    reply = await replied(route(), Outcome(None, [forbidden]), XML)
    assert (reply.status, message_of(reply)) == (403, "Not authorised for organisasjonsnummer '310000019'")
    missing = await replied(route(missing="Unknown pameldingsreferanse"), Outcome({"x": None}, []), TEXT_XML)
    assert (missing.status, message_of(missing)) == (404, "Unknown pameldingsreferanse")
