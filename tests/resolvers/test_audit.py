"""What a read of named persons' results leaves behind: one record a question, stored before the answer leaves."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from golden.service import CLIENT, CLOCK, Databases, Running, locked, running
from support.rm import SCRIPT, filed

from app.sandbox import SandboxFiles
from datasources.audit_store.records import digest_of

SCOPES = ("sessions:read", "candidates:read", "results:read", "scripts:request", "audit:read")
CANDIDATE = {"business_stream_id": "02", "session_id": "14244", "centre_id": "04200"}
NUMBERS = ("1804", "1805")
ENTRIES = [
    {**CANDIDATE, "candidate_number": number, "assessment_code": "0500", "assessment_version": 1} for number in NUMBERS
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "eps_candidate": [{**CANDIDATE, "candidate_number": each, "unique_candidate_id": "ZZ"} for each in NUMBERS],
    "eps_entry": [{**entry, "option_code": "A"} for entry in ENTRIES],
    "eps_result": [{**entry, "result_status": "ISSUED", "issued_date": None} for entry in ENTRIES],
    "eps_component": [
        {**entry, "component_id": component, "raw_mark": 1, "assessor_mark": 1, "final_mark": 1}
        for entry in ENTRIES
        for component in ("01", "02")
    ],
}
DAY = date(2024, 6, 1)
BOTH = [f"02/14244/04200/{number}" for number in NUMBERS]
ONE = BOTH[:1]
RECORDS = """
{ auditRecords { nodes {
  at viewer onBehalfOf surface operation kind organisation period subjectKind subjectCount subjectsDigest transactionId
} } }
"""
OF_ONE = 'candidate(businessStream: "02", sessionId: "14244", centreId: "04200", candidateNumber: "1804")'
DIRECTIVE = {
    "businessStreamId": "02", "sessionId": "14244", "centreId": "04200", "candidateNumber": "1804",
    "assessmentCode": "0500", "componentId": "01",
}  # fmt: skip


async def urls_of(databases: Databases) -> dict[str, str]:
    """The rows above, and an audit store without records."""
    databases.rm.holds([filed()])
    return {"MEPS": await databases.url("MEPS", ROWS), "AUDIT": await databases.new_audit_store()}


def record(service: Running, kind: str, subjects: list[str], **other: Any) -> dict[str, Any]:
    """A record as it is told: of one centre and session, asked in the graph."""
    key = SandboxFiles(service.settings.data_dir).read_audit_key()
    assert key is not None
    return {
        "at": CLOCK, "viewer": "developer", "onBehalfOf": None, "surface": "graphql", "operation": "Who", "kind": kind,
        "organisation": "04200", "period": "02/14244", "subjectKind": "CANDIDATE", "subjectCount": len(subjects),
        "subjectsDigest": digest_of(subjects, key), "transactionId": "t-9", **other,
    }  # fmt: skip


async def records(service: Running) -> list[dict[str, Any]]:
    told = await service.graphql(RECORDS, SCOPES)
    nodes: list[dict[str, Any]] = told.json["data"]["auditRecords"]["nodes"]
    return nodes[::-1]


async def ask(service: Running, query: str, headers: Mapping[str, str] | None = None) -> Any:
    asked = {**service.bearer(SCOPES), "x-transaction-id": "t-9", **(headers or {})}
    told = await service.ask("POST", "/graphql", asked, {"query": query})
    assert told.response.status_code == 200
    return told


@pytest.mark.parametrize("executor", ["compiled", "graphql-core"])
async def test_each_question_about_persons_is_one_record(databases: Databases, executor: str) -> None:
    query = f"""query Who {{ businessStream(code: "02") {{ code }} {OF_ONE} {{ enquiries {{ enquiryId }}
      entries {{ result {{ status }} again: result {{ issuedOn }}
        components {{ marks {{ final }} scripts {{ pageCount }} }} }} }} }}"""
    async with running(databases, await urls_of(databases), graphql={"executor": executor}) as service:
        told = await ask(service, query)
        assert "errors" not in told.json
        assert told.calls["AUDIT"] == 4
        found = await records(service)
        expected = [record(service, kind, ONE) for kind in ("ENQUIRIES", "RESULTS", "MARKS", "SCRIPTS")]
    assert sorted(found, key=lambda each: str(each["kind"])) == sorted(expected, key=lambda each: str(each["kind"]))


async def test_many_persons_are_one_record_of_so_many(databases: Databases) -> None:
    session = {
        "business_stream_id": "02", "session_id": "14244", "session_name": "June", "session_year": 2024,
        "session_type": "EXAMINATION", "session_status": "CLOSED", "start_date": DAY, "end_date": DAY,
    }  # fmt: skip
    rows = {**ROWS, "eps_session": [session]}
    urls = await urls_of(databases) | {"MEPS": await databases.url("MEPS", rows)}
    query = """query Who { session(businessStream: "02", sessionId: "14244") {
      candidates { nodes { entries { result { status } components { marks { final } } } } } } }"""
    async with running(databases, urls) as service:
        told = await ask(service, query)
        assert told.calls == {"MEPS": 6, "AUDIT": 2}
        found = await records(service)
        assert sorted(found, key=lambda each: str(each["kind"])) == [
            record(service, "MARKS", BOTH), record(service, "RESULTS", BOTH),
        ]  # fmt: skip


async def test_old_routes_and_files_leave_records_too(databases: Databases) -> None:
    asked = {**CLIENT, "x-transaction-id": "t-9"}
    place = "businessStream/02/sessions/14244/centres/04200/candidateNumber/1804/assessments/0500"
    paths = (
        f"/v1/candidates/resultStatus/{place}",
        f"/v1/{place}/components/01/resultEnquiryStatus",
        f"/v1/candidates/scripts/pdf/{SCRIPT}",
        "/v1/epsStatus",
        "/v1/candidates/scripts/pdf/none",
    )
    async with running(databases, await urls_of(databases)) as service:
        statuses = [(await service.ask("GET", path, asked)).response.status_code for path in paths]
        posted = await service.ask("POST", "/v1/candidates/scripts", asked, {"customerDirectives": [DIRECTIVE] * 2})
        assert (statuses, posted.response.status_code) == ([200, 200, 200, 200, 404], 201)
        found = await records(service)
        old = {"viewer": "client:portal", "surface": "cambridge"}
        script = {"organisation": None, "period": None, "subjectKind": "SCRIPT"}
        assert found == [
            record(service, "RESULTS", ONE, **old, operation="LegacyCandidateResultStatus"),
            record(service, "ENQUIRIES", ONE, **old, operation="LegacyResultEnquiryStatus"),
            record(service, "SCRIPTS", [SCRIPT], **old, **script, operation="LegacyScriptPdf"),
            record(service, "SCRIPTS", ONE, **old, operation="LegacyScriptRequest"),
        ]


async def test_a_script_is_its_candidates(databases: Databases) -> None:
    async with running(databases, await urls_of(databases)) as service:
        query = f'query Who {{ a: script(docStorePageId: "{SCRIPT}") {{ pageCount }} }}'
        assert (await ask(service, query)).calls == {"RM": 1, "AUDIT": 1}
        nobodys = 'query Who { script(docStorePageId: "none") { pageCount } }'
        assert (await ask(service, nobodys)).calls == {"RM": 1}
        assert await records(service) == [record(service, "SCRIPTS", ONE)]


async def test_a_stream_of_answers_is_recorded_alike(databases: Databases) -> None:
    query = f"query Who {{ {OF_ONE} {{ entries {{ result {{ status }} }} }} }}"
    async with running(databases, await urls_of(databases)) as service:
        told = await ask(service, query, {"accept": "text/event-stream"})
        assert b'"status":"ISSUED"' in told.response.content
        assert await records(service) == [record(service, "RESULTS", ONE)]


async def test_what_was_not_read_leaves_no_record(databases: Databases) -> None:
    rows = {**ROWS, "eps_result": [{**ENTRIES[0], "result_status": "GOSSIP", "issued_date": None}]}
    urls = await urls_of(databases) | {"MEPS": await databases.url("MEPS", rows)}
    query = f"query Who {{ {OF_ONE} {{ entries {{ result {{ status }} }} }} }}"
    async with running(databases, urls) as service:
        told = await ask(service, query)
        assert [error["extensions"]["code"] for error in told.json["errors"]] == ["BACKEND_REFUSED"]
        assert "AUDIT" not in told.calls
        refused = await service.graphql(query, ["candidates:read"])
        assert [error["extensions"]["code"] for error in refused.json["errors"]] == ["FORBIDDEN"]
        assert await records(service) == []


async def test_an_answer_waits_for_its_record(databases: Databases) -> None:
    query = f"query Who {{ {OF_ONE} {{ candidateNumber entries {{ result {{ status }} }} }} }}"
    urls = await urls_of(databases)
    async with running(databases, urls, held=["AUDIT"]) as service, locked(urls["AUDIT"], "AUDIT"):
        told = await ask(service, query)
        assert told.json["data"] == {"candidate": {"candidateNumber": "1804", "entries": [{"result": None}]}}
        assert [error["extensions"] for error in told.json["errors"]] == [
            {"code": "BACKEND_TIMEOUT", "backend": "AUDIT"}
        ]
