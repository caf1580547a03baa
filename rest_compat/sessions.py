"""Cambridge Sessions API: S1 to S4."""

import re
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Json
from rest_compat.shapes import BusinessStreamId, Code, Day, Instant, Name, SessionId, documented
from rest_compat.translate import Route

YEAR = re.compile(r"[0-9]{4}", re.ASCII)

SessionType = Literal["EXAMINATION", "COURSEWORK", "ON_DEMAND"]
SessionStatus = Literal["PLANNED", "OPEN", "CLOSED", "RESULTS_ISSUED"]
Power = Literal["UP", "DOWN"]


class StreamAsked(TypedDict):
    """The sessions of which stream, and which of them."""

    businessStreamId: BusinessStreamId
    year: NotRequired[Annotated[str, documented("Only sessions held in this year.", "2022", pattern="^[0-9]{4}$")]]
    qualificationId: NotRequired[Annotated[Code, documented("Only sessions that assess this qualification.", "IGCSE")]]
    assessmentCode: NotRequired[Annotated[Code, documented("Only sessions that hold this assessment.", "0500")]]


class SessionAsked(TypedDict):
    """Which session."""

    businessStreamId: BusinessStreamId
    sessionId: SessionId


class VocationalSessionsAsked(TypedDict):
    """Which vocational sessions."""

    qualificationGroup: NotRequired[Annotated[Name, documented("Only sessions of this group.", "Cambridge Technicals")]]


class Session(TypedDict):
    """A period in which assessments of one business stream are sat."""

    sessionId: SessionId
    sessionName: Annotated[str, documented("Name of the session.", "June 2022")]
    businessStreamId: BusinessStreamId
    year: Annotated[int, documented("Year in which the session is held.", 2022)]
    sessionType: Annotated[SessionType, documented("How its assessments are taken.", "EXAMINATION")]
    status: Annotated[SessionStatus, documented("Where the session stands.", "RESULTS_ISSUED")]
    startDate: Annotated[Day, documented("First day.", "2022-04-04")]
    endDate: Annotated[Day, documented("Last day.", "2022-06-03")]


class StreamSessions(TypedDict):
    """The sessions of a business stream."""

    businessStreamId: BusinessStreamId
    sessions: Annotated[list[Session], Field(description="Newest first.")]


class VocationalSession(TypedDict):
    """A session of vocational qualifications."""

    sessionId: SessionId
    sessionName: Annotated[str, documented("Name of the session.", "January 2026")]
    qualificationGroup: Annotated[str, documented("Group of qualifications.", "Cambridge Technicals")]
    period: Annotated[Literal["ANNUAL", "SPECIFIC"], documented("Whether it comes back every year.", "ANNUAL")]
    startDate: Annotated[Day, documented("First day.", "2026-01-10")]
    endDate: Annotated[Day, documented("Last day.", "2026-01-30")]


class VocationalSessions(TypedDict):
    """Sessions of vocational qualifications."""

    sessions: Annotated[list[VocationalSession], Field(description="Newest first.")]


class EpsStatus(TypedDict):
    """Whether the EPS servers answer."""

    meps: Annotated[Power, documented("Whether MEPS answered just now.", "UP")]
    oeps: Annotated[Power, documented("Whether OEPS answered just now.", "DOWN")]
    checkedAt: Annotated[Instant, documented("When they were asked.", "2026-11-22T09:00:00Z")]


def _year(text: str) -> int:
    if YEAR.fullmatch(text) is None:
        raise ValueError("must be a year of four digits")
    return int(text)


def _session(session: Json) -> Session:
    return {
        "sessionId": session["sessionId"],
        "sessionName": session["name"],
        "businessStreamId": session["businessStreamId"],
        "year": session["year"],
        "sessionType": session["type"],
        "status": session["status"],
        "startDate": session["startsOn"],
        "endDate": session["endsOn"],
    }


def _sessions(data: Json, asked: Asked) -> StreamSessions | None:
    stream = data["businessStream"]
    if stream is None:
        return None
    sessions = [_session(session) for session in stream["sessions"]["nodes"]]
    return {"businessStreamId": asked.values["businessStreamId"], "sessions": sessions}


def _one_session(data: Json, _asked: Asked) -> Session | None:
    return None if data["session"] is None else _session(data["session"])


def _vocational_sessions(data: Json, _asked: Asked) -> VocationalSessions:
    sessions: list[VocationalSession] = [
        {
            "sessionId": session["sessionId"],
            "sessionName": session["name"],
            "qualificationGroup": session["qualificationGroup"],
            "period": session["period"],
            "startDate": session["startsOn"],
            "endDate": session["endsOn"],
        }
        for session in data["vocationalSessions"]
    ]
    return {"sessions": sessions}


def _eps_status(data: Json, _asked: Asked) -> EpsStatus:
    servers = {server["name"]: server for server in data["epsServers"]}
    meps, oeps = servers["MEPS"], servers["OEPS"]
    return {"meps": meps["status"], "oeps": oeps["status"], "checkedAt": meps["checkedAt"]}


ROUTES = (
    Route(
        path="/businessStreams/{businessStreamId}/sessions",
        operation="LegacySessions",
        about="Sessions of a business stream, newest first.",
        asks=StreamAsked,
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "year": asked.one("year", _year),
            "qualificationId": asked.one("qualificationId", str),
            "assessmentCode": asked.one("assessmentCode", str),
        },
        body=_sessions,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS"),
        missing="no such business stream",
        follows=("businessStream", "sessions"),
        spelling={"code": "businessStreamId"},
    ),
    Route(
        path="/businessStreams/{businessStreamId}/sessions/{sessionId}",
        operation="LegacySession",
        about="One session of a business stream.",
        asks=SessionAsked,
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "session": asked.values["sessionId"],
        },
        body=_one_session,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS"),
        missing="no such session",
        spelling={"businessStream": "businessStreamId"},
    ),
    Route(
        path="/vocational-qualifications/sessions",
        operation="LegacyVocationalSessions",
        about="Sessions of vocational qualifications, newest first.",
        asks=VocationalSessionsAsked,
        variables=lambda asked: {"group": asked.one("qualificationGroup", str)},
        body=_vocational_sessions,
        dialect=CAMBRIDGE,
        backends=("CAMS",),
    ),
    Route(
        path="/epsStatus",
        operation="LegacyEpsStatus",
        about="Whether each EPS server answers, asked just now.",
        variables=lambda _asked: {},
        body=_eps_status,
        dialect=CAMBRIDGE,
        backends=("MEPS", "OEPS"),
    ),
)
