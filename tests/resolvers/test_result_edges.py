"""Sessions with candidates, entries and components, through six backends: calls depend on the question alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from golden.service import Databases, Told, running

SCOPES = ("sessions:read", "candidates:read", "results:read")
QUERY = """
query ($first: Int!, $candidates: Int!) {
  businessStreams {
    sessions(first: $first) {
      nodes {
        name
        resultStatus { status candidatesWithResults }
        resultDates { qualificationGroupName resultsIssuedOn }
        embargoes { totalCount nodes { centreId isEmbargoed } }
        releases { totalCount nodes { centreId isReleased } }
        questionPapers { identifier }
        candidates(first: $candidates) {
          totalCount
          nodes {
            candidateNumber
            session { name }
            enquiries { enquiryId components { componentId markAfter } }
            entries {
              assessmentCode
              result { status issuedOn }
              components {
                componentId
                marks { final }
                questionPaper { identifier }
                scripts { docStorePageId }
                enquiries { enquiryId }
              }
            }
          }
        }
      }
    }
  }
}
"""
# A call for each question: sessions; their result status, candidates and how many those are; the candidates' own
# session, enquiries and entries; the entries' results and components; the components' marks and enquiries. What is
# asked at two places by the same key is remembered, so that a candidate's enquiries cost no more for its components,
# but are another selection: one call more.
OF_EPS = 11
# And a record for each question about named persons: both streams' candidates are in it.
CALLS = {"MEPS": OF_EPS, "OEPS": OF_EPS, "Interchange": 1, "CI Direct": 2, "LIBS": 2, "RM": 1, "AUDIT": 5}
STREAMS = {"MEPS": "02", "OEPS": "01"}
CODES = ("0500", "0580")
JUNE = date(2024, 6, 1)

Row = dict[str, Any]


def session_rows(stream: str, sessions: int) -> Iterator[Row]:
    for number in range(1, sessions + 1):
        yield {
            "business_stream_id": stream, "session_id": str(number), "session_name": f"Session {number}",
            "session_year": 2024, "session_type": "EXAMINATION", "session_status": "RESULTS_ISSUED",
            "start_date": JUNE + timedelta(days=number), "end_date": JUNE + timedelta(days=number + 20),
        }  # fmt: skip


def eps_rows(stream: str, sessions: int, candidates: int) -> dict[str, list[Row]]:
    """Each candidate with two entries of two components each, and every first one with an enquiry."""
    keys = [
        {"business_stream_id": stream, "session_id": str(session), "centre_id": f"{place % 3:05d}",
         "candidate_number": f"{place:04d}"}
        for session in range(1, sessions + 1)
        for place in range(candidates)
    ]  # fmt: skip
    entries = [{**key, "assessment_code": code, "assessment_version": 1} for key in keys for code in CODES]
    enquired = [key for key in keys if key["candidate_number"] == "0000"]
    numbered = [(f"E{place}", key) for place, key in enumerate(enquired)]
    return {
        "eps_session": list(session_rows(stream, sessions)),
        "eps_session_result": [
            {"business_stream_id": stream, "session_id": str(session), "result_status": "ISSUED", "issued_date": JUNE,
             "candidates_with_results": candidates, "candidates_pending": 0}
            for session in range(1, sessions + 1)
        ],
        "eps_candidate": [{**key, "unique_candidate_id": "ZZ"} for key in keys],
        "eps_entry": [{**entry, "option_code": "A"} for entry in entries],
        "eps_result": [{**entry, "result_status": "ISSUED", "issued_date": JUNE} for entry in entries],
        "eps_component": [
            {**entry, "component_id": component, "raw_mark": 40, "assessor_mark": 41, "final_mark": 42}
            for entry in entries
            for component in ("01", "02")
        ],
        "eps_enquiry": [
            {"enquiry_id": number, "enquiry_status": "REQUESTED", "created_date": JUNE, "completed_date": None}
            for number, _ in numbered
        ],
        "eps_enquiry_part": [
            {**key, "enquiry_id": number, "part_number": 1, "service_code": "2", "service_name": "Review",
             "assessment_code": "0500", "option_code": "A", "grade_changed": None, "grade_confirmed": None}
            for number, key in numbered
        ],
        "eps_enquiry_component": [
            {"enquiry_id": number, "part_number": 1, "component_id": "01", "mark_before": 42, "mark_after": None}
            for number, _ in numbered
        ],
    }  # fmt: skip


def other_rows(sessions: int) -> dict[str, dict[str, list[Row]]]:
    numbers = [str(number) for number in range(1, sessions + 1)]
    return {
        "Interchange": {
            "enquire_service_dates": [
                {"business_stream_id": "01", "session_id": number, "qualification_group_id": "1",
                 "qualification_group_name": "GCSE", "results_issued_date": JUNE, "results_released_date": JUNE,
                 "enquiries_open_date": None, "enquiries_close_date": None}
                for number in numbers
            ]
        },
        "CI Direct": {
            "centrewiseembargoinfo": [
                {"session_id": number, "centre_id": "00000", "qualification_id": "IGCSE", "assessment_code": "0500",
                 "issued_date": JUNE, "is_embargoed": False}
                for number in numbers
            ],
            "result_release_date_validation": [
                {"session_id": number, "centre_id": "00000", "released_date": JUNE, "is_released": True}
                for number in numbers
            ],
        },
        "LIBS": {
            "libs_question_paper": [
                {"business_stream_id": stream, "session_id": number, "qp_identifier": f"{code}-{component}",
                 "question_paper_name": "A paper", "assessment_code": code, "assessment_version": 1,
                 "component_id": component, "barcode": "1", "page_count": 8, "exam_date": None}
                for stream in STREAMS.values()
                for number in numbers
                for code in CODES
                for component in ("01", "02")
            ]
        },
    }  # fmt: skip


async def ask(databases: Databases, sessions: int, candidates: int) -> Told:
    """The answer over two streams of so many sessions, each with so many candidates. None of them has scripts."""
    rows = other_rows(sessions)
    urls = {name: await databases.url(name, rows[name]) for name in rows}
    for server, stream in STREAMS.items():
        urls[server] = await databases.url(server, eps_rows(stream, sessions, candidates))
    async with running(databases, urls, deadline_seconds=20) as service:
        told = await service.graphql(QUERY, SCOPES, first=sessions, candidates=candidates)
    assert "errors" not in told.json
    return told


def sessions_in(told: Told, stream: int) -> list[Any]:
    sessions: list[Any] = told.json["data"]["businessStreams"][stream]["sessions"]["nodes"]
    return sessions


@pytest.mark.parametrize(("sessions", "candidates"), [(1, 1), (50, 1), (1, 10), (50, 10)])
async def test_calls_depend_on_the_question_alone(databases: Databases, sessions: int, candidates: int) -> None:
    told = await ask(databases, sessions, candidates)
    assert told.calls == CALLS
    for stream in (0, 1):
        assert len(sessions_in(told, stream)) == sessions


async def test_every_level_is_answered_with_its_own_rows(databases: Databases) -> None:
    told = await ask(databases, 2, 2)
    ocr, international = sessions_in(told, 0), sessions_in(told, 1)
    component = {"marks": {"final": 42}, "scripts": []}
    enquiry = {"enquiryId": "E1", "components": [{"componentId": "01", "markAfter": None}]}

    def entry(code: str, *, is_enquired: bool) -> Row:
        return {
            "assessmentCode": code,
            "result": {"status": "ISSUED", "issuedOn": "2024-06-01"},
            "components": [
                {
                    "componentId": number, **component, "questionPaper": {"identifier": f"{code}-{number}"},
                    "enquiries": [{"enquiryId": "E1"}] if is_enquired and (code, number) == ("0500", "01") else [],
                }
                for number in ("01", "02")
            ],
        }  # fmt: skip

    first, second = international[0]["candidates"]["nodes"]
    assert first == {
        "candidateNumber": "0000", "session": {"name": "Session 2"}, "enquiries": [enquiry],
        "entries": [entry(code, is_enquired=True) for code in CODES],
    }  # fmt: skip
    assert (second["candidateNumber"], second["enquiries"]) == ("0001", [])
    assert second["entries"] == [entry(code, is_enquired=False) for code in CODES]
    papers = [{"identifier": f"{code}-{number}"} for code in CODES for number in ("01", "02")]
    rest = {name: value for name, value in international[0].items() if name != "candidates"}
    assert rest == {
        "name": "Session 2", "resultStatus": {"status": "ISSUED", "candidatesWithResults": 2}, "resultDates": [],
        "embargoes": {"totalCount": 1, "nodes": [{"centreId": "00000", "isEmbargoed": False}]},
        "releases": {"totalCount": 1, "nodes": [{"centreId": "00000", "isReleased": True}]},
        "questionPapers": papers,
    }  # fmt: skip
    assert ocr[0]["resultDates"] == [{"qualificationGroupName": "GCSE", "resultsIssuedOn": "2024-06-01"}]
    assert (ocr[0]["embargoes"], ocr[0]["questionPapers"]) == ({"totalCount": 0, "nodes": []}, papers)
