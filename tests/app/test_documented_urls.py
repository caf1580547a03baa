"""The URLs that the old services' documents print, verbatim but for the host, answer with rows on a fresh start."""

from collections.abc import Mapping
from typing import Any

import pytest
from support.server import Server

CANDIDATE = {"businessStreamId": "02", "sessionId": "14244", "centreId": "04200", "candidateNumber": "1804"}
VOCATIONAL = {"businessStreamId": "04", "sessionId": "3229", "centreId": "43319", "candidateNumber": "8129"}
ENQUIRY = {
    "enquiryId", "serviceCode", "serviceName", "status", "requestedDate", "completedDate", "gradeChanged",
    "gradeConfirmed",
}  # fmt: skip


@pytest.mark.parametrize("prefix", ["/v1", "/ca-results-dev/v1", "/ca-results-xapi-dev/api/v1"])
def test_the_result_status_of_a_candidate(server: Server, prefix: str) -> None:
    path = "/candidates/resultStatus/businessStream/02/sessions/14244/centres/04200/candidateNumber/1804/assessments"
    told = server.get(f"{prefix}{path}/0500")
    answer = {**CANDIDATE, "assessmentCode": "0500", "resultStatus": "ISSUED", "issuedDate": "2022-07-28"}
    assert (told.status_code, told.json()) == (200, answer)


@pytest.mark.parametrize("prefix", ["/v1", "/ca-results-dev/v1", "/ca-results-xapi-dev/api/v1"])
def test_the_enquiries_about_a_result(server: Server, prefix: str) -> None:
    path = "/businessStream/04/sessions/3229/centres/43319/candidateNumber/8129/assessments/R031/components/02"
    told = server.get(f"{prefix}{path}/resultEnquiryStatus")
    answer = told.json()
    enquiries = answer.pop("enquiries")
    assert (told.status_code, answer) == (200, {**VOCATIONAL, "assessmentCode": "R031", "componentId": "02"})
    assert enquiries
    assert {frozenset(enquiry) for enquiry in enquiries} == {frozenset(ENQUIRY)}


def test_the_result_status_of_a_session(server: Server) -> None:
    told = server.get("/v1/businessStream/04/sessions/3229/resultStatus")
    answer: Mapping[str, Any] = told.json()
    assert told.status_code == 200
    assert list(answer) == [
        "businessStreamId", "sessionId", "resultStatus", "resultsIssuedDate", "candidatesWithResults",
        "candidatesPending",
    ]  # fmt: skip
    assert (answer["resultStatus"], answer["resultsIssuedDate"]) == ("ISSUED", "2025-08-12")
    assert answer["candidatesWithResults"] > 0


@pytest.mark.parametrize("prefix", ["/v1", "/ca-results-dev/v1", "/ca-results-xapi-dev/api/v1"])
def test_the_enquire_services_of_a_session(server: Server, prefix: str) -> None:
    told = server.get(f"{prefix}/businessStreams/01/sessions/3269/enquireServices?qualificationGroupId=1")
    dates = {
        "qualificationGroupId": "1", "qualificationGroupName": "GCSE", "resultsIssuedDate": "2025-08-17",
        "resultsReleasedDate": "2025-08-18", "enquiriesOpenDate": "2025-08-18", "enquiriesCloseDate": "2025-09-22",
    }  # fmt: skip
    answer = {"businessStreamId": "01", "sessionId": "3269", "enquireServices": [dates]}
    assert (told.status_code, told.json()) == (200, answer)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (
            "issue",
            {"centreId": "1126", "qualificationId": "IGCSE", "assessmentCode": "0580", "issuedDate": "2024-07-28",
             "embargoed": False},
        ),
        ("release", {"centreId": "1126", "releasedDate": "2024-07-29", "released": True}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["/v1", "/ca-results-dev/v1", "/ca-results-xapi-dev/api/v1"])
def test_the_embargoes_and_releases_of_a_session(server: Server, prefix: str, kind: str, row: dict[str, Any]) -> None:
    path = "/businessStreams/02/sessions/16884/enquireServices"
    told = server.get(f"{prefix}{path}?resultDateType={kind}&offset=0&limit=100&centreId=1126")
    answer = {
        "businessStreamId": "02", "sessionId": "16884", "enquireServices": [row], "offset": 0, "limit": 100, "total": 1,
    }  # fmt: skip
    assert (told.status_code, told.json()) == (200, answer)


@pytest.mark.parametrize("spelling", ["qpIdentifiers", "qpIdentifers"])
@pytest.mark.parametrize("prefix", ["/v1", "/ca-results-xapi-dev/api/v1", "/ca-libs-sapi-dev/api/v1"])
def test_the_question_paper_identifiers(server: Server, prefix: str, spelling: str) -> None:
    asked = "sessionId=19722&assessmentCode=9239&assessmentVersion=4&componentId=03"
    told = server.get(f"{prefix}/businessStreams/02/{spelling}?{asked}")
    paper = {
        "qpIdentifier": "9239-03-NOV26", "questionPaperName": "9239 Paper 3, November 2026", "assessmentCode": "9239",
        "assessmentVersion": 4, "componentId": "03", "barcode": "003762906415", "pageCount": 8,
        "examDate": "2026-10-19",
    }  # fmt: skip
    assert (told.status_code, told.json()) == (
        200,
        {"businessStreamId": "02", "sessionId": "19722", "qpIdentifiers": [paper]},
    )


def test_a_session_of_stream_04_has_result_dates_too(server: Server) -> None:
    told = server.get("/v1/businessStreams/04/sessions/3229/enquireServices")
    groups = [dates["qualificationGroupName"] for dates in told.json()["enquireServices"]]
    assert (told.status_code, groups) == (200, ["Cambridge Nationals", "Cambridge Technicals"])
