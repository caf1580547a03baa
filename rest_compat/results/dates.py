"""Cambridge Results API: enquire-services, result, embargo and release dates (R1)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Json, whole_number
from rest_compat.shapes import BusinessStreamId, CentreId, Code, Day, SessionId, documented
from rest_compat.translate import Route

RESULT_DATE_TYPES = ("issue", "release")
# What a page holds for who does not say.
LIMIT = 100

DateType = Literal["issue", "release"]
International = Annotated[SessionId, documented("Number of the session within its stream.", "16884")]


class CentreDatesAsked(TypedDict):
    """Which dates of which session, at which centre, and which page of them."""

    sessionId: International
    resultDateType: Annotated[DateType, documented("Whether embargoes or releases are asked for.", "issue")]
    offset: NotRequired[Annotated[str, documented("Rows before the page.", "0", pattern="^[0-9]{1,9}$")]]
    limit: NotRequired[
        Annotated[str, documented("Rows on the page, 1 to 1000.", "100", pattern="^([1-9][0-9]{0,2}|1000)$")]
    ]
    centreId: NotRequired[
        Annotated[str, documented("Only rows of this centre.", "1126", pattern="^[A-Za-z0-9]{1,10}$")]
    ]


class SessionDatesAsked(TypedDict):
    """Which dates of which session."""

    businessStreamId: Annotated[
        str, documented("Code of the business stream: any but 02.", "01", pattern="^([1-9][0-9]|0[013-9])$")
    ]
    sessionId: Annotated[SessionId, documented("Number of the session within its stream.", "3269")]
    qualificationGroupId: NotRequired[
        Annotated[str, documented("Only this group of qualifications.", "1", pattern="^0*[1-9][0-9]{0,17}$")]
    ]
    resultDateType: NotRequired[Annotated[DateType, documented("Says nothing for these streams.", "issue")]]


class Embargo(TypedDict):
    """Whether a centre's results in one assessment are held back."""

    centreId: CentreId
    qualificationId: Annotated[Code, documented("The qualification.", "IGCSE")]
    assessmentCode: Annotated[Code, documented("Code of the assessment.", "0580")]
    issuedDate: Annotated[Day | None, documented("Day on which results are issued; null until set.", "2024-07-28")]
    embargoed: Annotated[bool, documented("Whether they may not be shown yet.", example=False)]


class Release(TypedDict):
    """When a centre's results are released."""

    centreId: CentreId
    releasedDate: Annotated[Day | None, documented("Day on which they are released; null until set.", "2024-07-29")]
    released: Annotated[bool, documented("Whether they are.", example=True)]


class CentreDates(TypedDict):
    """A page of a session's embargoes or releases."""

    businessStreamId: BusinessStreamId
    sessionId: International
    enquireServices: Annotated[
        list[Embargo] | list[Release], Field(description="Embargoes for `issue`, releases for `release`; by centre.")
    ]
    offset: Annotated[int, documented("Rows before the page.", 0)]
    limit: Annotated[int, documented("Rows that the page may hold.", 100)]
    total: Annotated[int, documented("Rows in all.", 1)]


class EnquireService(TypedDict):
    """The days that matter for the results of one group of qualifications."""

    qualificationGroupId: Annotated[str, documented("Number of the group.", "1")]
    qualificationGroupName: Annotated[str, documented("Name of the group.", "GCSE")]
    resultsIssuedDate: Annotated[Day | None, documented("Day on which centres are sent results.", "2025-08-17")]
    resultsReleasedDate: Annotated[Day | None, documented("Day on which candidates may know them.", "2025-08-18")]
    enquiriesOpenDate: Annotated[Day | None, documented("First day for enquiries.", "2025-08-18")]
    enquiriesCloseDate: Annotated[Day | None, documented("Last day for enquiries.", "2025-09-22")]


class SessionDates(TypedDict):
    """The result dates of a session."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId
    enquireServices: Annotated[list[EnquireService], Field(description="By group of qualifications.")]


def _result_date_type(text: str) -> str:
    if text not in RESULT_DATE_TYPES:
        raise ValueError("must be issue or release")
    return text


def _centre_dates_asked(asked: Asked) -> Mapping[str, Any]:
    limit, offset = asked.one("limit", whole_number), asked.one("offset", whole_number)
    return {
        "session": asked.values["sessionId"],
        "isIssue": asked.needed("resultDateType", _result_date_type) == "issue",
        "centre": asked.one("centreId", str),
        "limit": LIMIT if limit is None else limit,
        "offset": 0 if offset is None else offset,
    }


def _dates_asked(asked: Asked) -> Mapping[str, Any]:
    asked.one("resultDateType", _result_date_type)  # says nothing here, but may not be nonsense
    return {
        "stream": asked.values["businessStreamId"],
        "session": asked.values["sessionId"],
        "group": asked.one("qualificationGroupId", str),
    }


def _embargo(embargo: Json) -> Embargo:
    return {
        "centreId": embargo["centreId"],
        "qualificationId": embargo["qualificationId"],
        "assessmentCode": embargo["assessmentCode"],
        "issuedDate": embargo["issuedOn"],
        "embargoed": embargo["isEmbargoed"],
    }


def _release(release: Json) -> Release:
    return {
        "centreId": release["centreId"],
        "releasedDate": release["releasedOn"],
        "released": release["isReleased"],
    }


def _dates(dates: Json) -> EnquireService:
    return {
        "qualificationGroupId": dates["qualificationGroupId"],
        "qualificationGroupName": dates["qualificationGroupName"],
        "resultsIssuedDate": dates["resultsIssuedOn"],
        "resultsReleasedDate": dates["resultsReleasedOn"],
        "enquiriesOpenDate": dates["enquiriesOpenOn"],
        "enquiriesCloseDate": dates["enquiriesCloseOn"],
    }


def _centre_dates(data: Json, asked: Asked) -> CentreDates | None:
    session = data["session"]
    if session is None:
        return None
    variables = _centre_dates_asked(asked)
    page = session["embargoes" if variables["isIssue"] else "releases"]
    embargoes, releases = map(_embargo, page["nodes"]), map(_release, page["nodes"])
    return {
        "businessStreamId": session["businessStreamId"],
        "sessionId": session["sessionId"],
        "enquireServices": list(embargoes) if variables["isIssue"] else list(releases),
        "offset": variables["offset"],
        "limit": variables["limit"],
        "total": page["totalCount"],
    }


def _session_dates(data: Json, _asked: Asked) -> SessionDates | None:
    session = data["session"]
    if session is None:
        return None
    return {
        "businessStreamId": session["businessStreamId"],
        "sessionId": session["sessionId"],
        "enquireServices": [_dates(dates) for dates in session["resultDates"]],
    }


ROUTES = (
    # Stream 02 has a form of its own: before the route of all others, which its path is one of.
    Route(
        path="/businessStreams/02/sessions/{sessionId}/enquireServices",
        operation="LegacyCentreResultDates",
        about="Embargoes or releases of a Cambridge International session's results, by centre.",
        asks=CentreDatesAsked,
        variables=_centre_dates_asked,
        body=_centre_dates,
        dialect=CAMBRIDGE,
        backends=("MEPS", "CI Direct"),
        missing="no such session",
        spelling={"first": "limit"},
    ),
    Route(
        path="/businessStreams/{businessStreamId}/sessions/{sessionId}/enquireServices",
        operation="LegacyResultDates",
        about="When a session's results are issued and released, and may be enquired about.",
        asks=SessionDatesAsked,
        variables=_dates_asked,
        body=_session_dates,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS", "Interchange"),
        missing="no such session",
        spelling={"businessStream": "businessStreamId"},
    ),
)
