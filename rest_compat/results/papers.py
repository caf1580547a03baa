"""Cambridge Results API: question-paper identifiers (R5)."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Json, whole_number
from rest_compat.shapes import BusinessStreamId, Code, ComponentId, Day, SessionId, documented
from rest_compat.translate import Route


class PapersAsked(TypedDict):
    """The papers of which session, and which of them."""

    businessStreamId: BusinessStreamId
    sessionId: Annotated[SessionId, documented("Number of the session within its stream.", "19722")]
    assessmentCode: NotRequired[Annotated[Code, documented("Only papers of this assessment.", "9239")]]
    assessmentVersion: NotRequired[
        Annotated[str, documented("Only papers of this version of the assessment.", "4", pattern="^[0-9]{1,4}$")]
    ]
    componentId: NotRequired[Annotated[str, documented("Only papers of this component.", "03", pattern="^[0-9]{2}$")]]


class QuestionPaper(TypedDict):
    """What the candidates of a component are given to answer."""

    qpIdentifier: Annotated[str, documented("Identifier of the paper, unique within its session.", "9239-03-NOV26")]
    questionPaperName: Annotated[str, documented("Name of the paper.", "9239 Paper 3, November 2026")]
    assessmentCode: Annotated[Code, documented("Code of the assessment.", "9239")]
    assessmentVersion: Annotated[int, documented("Version of the assessment.", 4)]
    componentId: ComponentId
    barcode: Annotated[str, documented("What is printed on it to be scanned.", "003762906415")]
    pageCount: Annotated[int, documented("Pages.", 8)]
    examDate: Annotated[Day | None, documented("Day on which it is sat; null when none is set.", "2026-10-19")]


class QuestionPapers(TypedDict):
    """The question papers of a session."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    qpIdentifiers: Annotated[list[QuestionPaper], Field(description="By assessment, version and component.")]


def _paper(paper: Json) -> QuestionPaper:
    return {
        "qpIdentifier": paper["identifier"],
        "questionPaperName": paper["name"],
        "assessmentCode": paper["assessmentCode"],
        "assessmentVersion": paper["assessmentVersion"],
        "componentId": paper["componentId"],
        "barcode": paper["barcode"],
        "pageCount": paper["pageCount"],
        "examDate": paper["satOn"],
    }


def _papers(data: Json, _asked: Asked) -> QuestionPapers | None:
    session = data["session"]
    if session is None:
        return None
    return {
        "businessStreamId": session["businessStreamId"],
        "sessionId": session["sessionId"],
        "qpIdentifiers": [_paper(paper) for paper in session["questionPapers"]],
    }


ROUTES = tuple(
    Route(
        path=f"/businessStreams/{{businessStreamId}}/{spelling}",
        operation="LegacyQuestionPapers",
        about="Question papers of a session and their identifiers.",
        asks=PapersAsked,
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "session": asked.needed("sessionId", str),
            "assessment": asked.one("assessmentCode", str),
            "version": asked.one("assessmentVersion", whole_number),
            "component": asked.one("componentId", str),
        },
        body=_papers,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS", "LIBS"),
        missing="no such session",
        spelling={"businessStream": "businessStreamId"},
    )
    # The second is how the published URL has it; callers use it so.
    for spelling in ("qpIdentifiers", "qpIdentifers")
)
