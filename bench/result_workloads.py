"""What is asked of the product's own graph and routes, and of servers written by hand in their place."""

from collections.abc import Mapping
from typing import Any

import orjson

from bench.workloads import SCOPE, Request, get, post

# Three of the old routes; and a question of the graph.
ROUTES = ("result_status", "result_enquiries", "embargoes")
RESULT_WORKLOADS = (*ROUTES, "sessions")
SCOPES = f"sessions:read candidates:read {SCOPE}"

# Of both streams together: fifty sessions.
SESSIONS_OF_STREAM = 25
CANDIDATES_OF_SESSION = 6
EMBARGOES_OF_SESSION = 10
SESSIONS = """query Sessions($sessions: Int!, $candidates: Int!, $embargoes: Int!) {
  ocr: businessStream(code: "01") {
    sessions(first: $sessions) {
      nodes {
        ...Sitting
        resultDates { qualificationGroupName resultsIssuedOn resultsReleasedOn }
      }
    }
  }
  international: businessStream(code: "02") {
    sessions(first: $sessions) {
      nodes {
        ...Sitting
        embargoes(first: $embargoes) { nodes { centreId assessmentCode isEmbargoed } }
      }
    }
  }
}
fragment Sitting on Session {
  sessionId name status startsOn
  resultStatus { status issuedOn candidatesWithResults candidatesPending }
  candidates(first: $candidates) {
    nodes {
      centreId candidateNumber uniqueCandidateId
      entries {
        assessmentCode assessmentVersion optionCode
        result { status issuedOn }
        components {
          componentId
          marks { raw assessor final }
          questionPaper { identifier pageCount }
        }
      }
    }
  }
}"""


def route_requests(busiest_session: str) -> dict[str, Request]:
    """The same of every server: the old routes are what they were. Two are documented URLs."""
    candidate = "/v1/candidates/resultStatus/businessStream/02/sessions/14244/centres/04200/candidateNumber/1804"
    enquired = "/v1/businessStream/04/sessions/3229/centres/43319/candidateNumber/8129"
    paths = {
        "result_status": f"{candidate}/assessments/0500",
        "result_enquiries": f"{enquired}/assessments/R031/components/02/resultEnquiryStatus",
        "embargoes": f"/v1/businessStreams/02/sessions/{busiest_session}/enquireServices"
        "?resultDateType=issue&offset=0&limit=100",
    }
    return {name: Request(get(path), _whole, port="legacy") for name, path in paths.items()}


def graphql_request() -> Request:
    """Fifty sessions and all that is below them."""
    sizes = {
        "sessions": SESSIONS_OF_STREAM, "candidates": CANDIDATES_OF_SESSION, "embargoes": EMBARGOES_OF_SESSION,
    }  # fmt: skip
    return post("/graphql", SESSIONS, sizes, SCOPES)


def by_hand_request() -> Request:
    """The same of an endpoint."""
    sizes = f"sessions={SESSIONS_OF_STREAM}&candidates={CANDIDATES_OF_SESSION}&embargoes={EMBARGOES_OF_SESSION}"
    return Request(get(f"/sessions?{sizes}"), _whole)


def pdf_request(path: str) -> Request:
    """A file, whose bytes must be the same."""
    return Request(get(path, "application/pdf"), _whole, port="legacy", read=bytes)


def _whole(told: Any) -> Any:  # noqa: ANN401 JSON is any
    return told


def sizes_of(data: Mapping[str, Any]) -> str:
    """How much an answer to the question of the graph holds, for who reads along."""
    sessions = [session for stream in data.values() for session in stream["sessions"]["nodes"]]
    candidates = [one for session in sessions for one in session["candidates"]["nodes"]]
    entries = [entry for one in candidates for entry in one["entries"]]
    components = [component for entry in entries for component in entry["components"]]
    size = len(orjson.dumps(data))
    return (
        f"{len(sessions)} sessions, {len(candidates)} candidates, {len(entries)} entries, "
        f"{len(components)} components, {size // 1024} KiB"
    )
