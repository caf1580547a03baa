"""Cambridge Results API: the status of enquiries about a result (R6)."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Json
from rest_compat.shapes import (
    AssessmentCode,
    BusinessStreamId,
    CandidateNumber,
    CentreId,
    ComponentId,
    Day,
    SessionId,
    documented,
)
from rest_compat.translate import Route

EnquiryStatus = Literal["REQUESTED", "IN_PROGRESS", "COMPLETED", "CANCELLED"]


class EnquiriesAsked(TypedDict):
    """Enquiries about whose result, in what component."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    centreId: CentreId
    candidateNumber: CandidateNumber
    assessmentCode: AssessmentCode
    componentId: ComponentId


class Enquiry(TypedDict):
    """What a centre asked to have looked at again in one candidate's result."""

    enquiryId: Annotated[str, documented("Number of the centre's request.", "020000001")]
    serviceCode: Annotated[str, documented("What was asked for.", "2S")]
    serviceName: Annotated[str, documented("What was asked for, in words.", "Review of marking with copy of script")]
    status: Annotated[EnquiryStatus, documented("How far it is.", "COMPLETED")]
    requestedDate: Annotated[Day, documented("Day on which it was asked for.", "2022-08-02")]
    completedDate: Annotated[Day | None, documented("Day on which it was answered; null before.", "2022-08-22")]
    gradeChanged: Annotated[bool | None, documented("Whether the grade was changed; null until known.", example=False)]
    gradeConfirmed: Annotated[
        bool | None, documented("Whether the grade was confirmed; null until known.", example=True)
    ]


class ResultEnquiries(TypedDict):
    """The enquiries about a candidate's result that look at a component."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    centreId: CentreId
    candidateNumber: CandidateNumber
    assessmentCode: AssessmentCode
    componentId: ComponentId
    enquiries: Annotated[list[Enquiry], Field(description="Oldest first.")]


def _enquiry(enquiry: Json) -> Enquiry:
    return {
        "enquiryId": enquiry["enquiryId"],
        "serviceCode": enquiry["serviceCode"],
        "serviceName": enquiry["serviceName"],
        "status": enquiry["status"],
        "requestedDate": enquiry["requestedOn"],
        "completedDate": enquiry["completedOn"],
        "gradeChanged": enquiry["gradeChanged"],
        "gradeConfirmed": enquiry["gradeConfirmed"],
    }


def _enquiries(data: Json, asked: Asked) -> ResultEnquiries | None:
    candidate = data["candidate"]
    if candidate is None:
        return None
    return {
        "businessStreamId": candidate["businessStreamId"],
        "sessionId": candidate["sessionId"],
        "centreId": candidate["centreId"],
        "candidateNumber": candidate["candidateNumber"],
        "assessmentCode": asked.values["assessmentCode"],
        "componentId": asked.values["componentId"],
        "enquiries": [_enquiry(enquiry) for enquiry in candidate["enquiries"]],
    }


ROUTES = (
    Route(
        # singular "businessStream" here: the published URL has it so
        path="/businessStream/{businessStreamId}/sessions/{sessionId}/centres/{centreId}"
        "/candidateNumber/{candidateNumber}/assessments/{assessmentCode}/components/{componentId}/resultEnquiryStatus",
        operation="LegacyResultEnquiryStatus",
        about="The enquiries about a candidate's result that look at a component.",
        asks=EnquiriesAsked,
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "session": asked.values["sessionId"],
            "centre": asked.values["centreId"],
            "candidate": asked.values["candidateNumber"],
            "assessment": asked.values["assessmentCode"],
            "component": asked.values["componentId"],
        },
        body=_enquiries,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS", "AUDIT"),
        missing="no such candidate",
        spelling={"businessStream": "businessStreamId"},
    ),
)
