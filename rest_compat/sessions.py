"""Cambridge Sessions API: S1 to S4."""

import re

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Json
from rest_compat.translate import Route

YEAR = re.compile(r"[0-9]{4}", re.ASCII)


def _year(text: str) -> int:
    if YEAR.fullmatch(text) is None:
        raise ValueError("must be a year of four digits")
    return int(text)


def _session(session: Json) -> Json:
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


def _sessions(data: Json, asked: Asked) -> Json | None:
    stream = data["businessStream"]
    if stream is None:
        return None
    sessions = [_session(session) for session in stream["sessions"]["nodes"]]
    return {"businessStreamId": asked.values["businessStreamId"], "sessions": sessions}


def _one_session(data: Json, _asked: Asked) -> Json | None:
    return None if data["session"] is None else _session(data["session"])


def _vocational_sessions(data: Json, _asked: Asked) -> Json:
    sessions = [
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


def _eps_status(data: Json, _asked: Asked) -> Json:
    servers = data["epsServers"]
    return {
        **{server["name"].lower(): server["status"] for server in servers},
        "checkedAt": servers[0]["checkedAt"],
    }


ROUTES = (
    Route(
        path="/businessStreams/{businessStreamId}/sessions",
        operation="LegacySessions",
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "year": asked.one("year", _year),
            "qualificationId": asked.one("qualificationId", str),
            "assessmentCode": asked.one("assessmentCode", str),
        },
        body=_sessions,
        dialect=CAMBRIDGE,
        missing="no such business stream",
        follows=("businessStream", "sessions"),
        spelling={"code": "businessStreamId"},
    ),
    Route(
        path="/businessStreams/{businessStreamId}/sessions/{sessionId}",
        operation="LegacySession",
        variables=lambda asked: {
            "stream": asked.values["businessStreamId"],
            "session": asked.values["sessionId"],
        },
        body=_one_session,
        dialect=CAMBRIDGE,
        missing="no such session",
        spelling={"businessStream": "businessStreamId"},
    ),
    Route(
        path="/vocational-qualifications/sessions",
        operation="LegacyVocationalSessions",
        variables=lambda asked: {"group": asked.one("qualificationGroup", str)},
        body=_vocational_sessions,
        dialect=CAMBRIDGE,
    ),
    Route(
        path="/epsStatus",
        operation="LegacyEpsStatus",
        variables=lambda _asked: {},
        body=_eps_status,
        dialect=CAMBRIDGE,
    ),
)
