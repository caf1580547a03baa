"""Cambridge Results API: the result status of a candidate (R4) and of a session (R7)."""

from typing import Annotated, Literal

from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Json
from rest_compat.shapes import (
    AssessmentCode,
    BusinessStreamId,
    CandidateNumber,
    CentreId,
    Day,
    SessionId,
    documented,
)
from rest_compat.translate import Route

ResultStatus = Literal["ISSUED", "PENDING", "WITHHELD", "NO_RESULT"]


class CandidateAsked(TypedDict):
    """Whose result, in what."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    centreId: CentreId
    candidateNumber: CandidateNumber
    assessmentCode: AssessmentCode


class CandidateResultStatus(TypedDict):
    """Whether a candidate's result in an assessment is issued."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    centreId: CentreId
    candidateNumber: CandidateNumber
    assessmentCode: AssessmentCode
    resultStatus: Annotated[ResultStatus, documented("Whether the result is issued.", "ISSUED")]
    issuedDate: Annotated[Day | None, documented("Day on which it was issued; null before.", "2022-07-28")]


class ResultsOfSessionAsked(TypedDict):
    """The results of which session."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId


class SessionResultStatus(TypedDict):
    """How far the results of a session are issued."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    resultStatus: Annotated[ResultStatus, documented("Whether the session's results are issued.", "ISSUED")]
    resultsIssuedDate: Annotated[Day | None, documented("Day on which they were issued; null before.", "2022-07-28")]
    candidatesWithResults: Annotated[int, documented("Candidates with at least one result that is issued.", 41234)]
    candidatesPending: Annotated[int, documented("Candidates without one.", 12)]


def _candidate_result_status(data: Json, _asked: Asked) -> CandidateResultStatus | None:
    candidate = data["candidate"]
    if candidate is None or not candidate["entries"]:
        return None
    entry = candidate["entries"][-1]  # of several versions the newest
    result = entry["result"] or {"status": "NO_RESULT", "issuedOn": None}
    return {
        "businessStreamId": candidate["businessStreamId"],
        "sessionId": candidate["sessionId"],
        "centreId": candidate["centreId"],
        "candidateNumber": candidate["candidateNumber"],
        "assessmentCode": entry["assessmentCode"],
        "resultStatus": result["status"],
        "issuedDate": result["issuedOn"],
    }


def _session_result_status(data: Json, _asked: Asked) -> SessionResultStatus | None:
    session = data["session"]
    if session is None or session["resultStatus"] is None:
        return None
    status = session["resultStatus"]
    return {
        "businessStreamId": session["businessStreamId"],
        "sessionId": session["sessionId"],
        "resultStatus": status["status"],
        "resultsIssuedDate": status["issuedOn"],
        "candidatesWithResults": status["candidatesWithResults"],
        "candidatesPending": status["candidatesPending"],
    }


ROUTES = (
    Route(
        # singular "businessStream" here and below: the published URLs have it so
        path="/candidates/resultStatus/businessStream/{businessStreamId}/sessions/{sessionId}/centres/{centreId}"
        "/candidateNumber/{candidateNumber}/assessments/{assessmentCode}",
        operation="LegacyCandidateResultStatus",
        about="Whether a candidate's result in an assessment is issued.",
        asks=CandidateAsked,
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "session": asked.values["sessionId"],
            "centre": asked.values["centreId"],
            "candidate": asked.values["candidateNumber"],
            "assessment": asked.values["assessmentCode"],
        },
        body=_candidate_result_status,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS", "AUDIT"),
        missing="no such candidate with an entry for the assessment",
        spelling={"businessStream": "businessStreamId"},
    ),
    Route(
        path="/businessStream/{businessStreamId}/sessions/{sessionId}/resultStatus",
        operation="LegacySessionResultStatus",
        about="How far the results of a session are issued.",
        asks=ResultsOfSessionAsked,
        variables=lambda asked: {"stream": asked.values["businessStreamId"], "session": asked.values["sessionId"]},
        body=_session_result_status,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS"),
        missing="no such session, or nothing known of its results",
        spelling={"businessStream": "businessStreamId"},
    ),
)
