"""Learning-progress service: `assessment/submit`, `assessment/read`."""

import math
from datetime import UTC, datetime, timedelta

from rest_compat.learning.dialect import VIEWER, envelope, is_number, request_of, text
from rest_compat.learning.shapes import AttemptsRead, ReadAttempts, SubmitAssessment
from rest_compat.learning.views import IDS, done
from rest_compat.messages import Asked, Json
from rest_compat.translate import Route

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The last instant that there is, and one before all that count: in the place of a time that is none.
LAST_MILLISECOND = 253_402_300_799_999
NO_TIME = "1969-12-31T23:59:59Z"
# What of an event is kept besides, by its name in the event and in its item.
KEPT = ("duration", "resvalues")
KEPT_OF_ITEM = ("type", "title", "desc", "params")


def _submission(asked: Asked) -> Json:
    request = request_of(asked)
    events = request.get("assessments")
    made_at = request.get("assessmentTs")
    return {
        "input": {
            **{name: text(request, name) or "" for name in (*IDS, "attemptId")},
            "answers": [_answer(each) for each in events] if isinstance(events, list) else [],
            "attemptedAt": None if made_at is None else _instant(made_at, NO_TIME),
        }
    }


def _answer(event: object) -> Json:
    """An event as the operation takes it; one without a question has no answer, which the operation refuses."""
    found: Json = event if isinstance(event, dict) else {}
    data = _object(found.get("edata"))
    item = _object(data.get("item"))
    question = item.get("id") or found.get("questionId") or found.get("identifier")
    told = {name: data[name] for name in KEPT if name in data} | {n: item[n] for n in KEPT_OF_ITEM if n in item}
    return {
        "questionId": question if isinstance(question, str) else "",
        "score": _number(data.get("score", found.get("score"))),
        "maxScore": _number(item.get("maxscore", found.get("maxScore"))),
        "answeredAt": _instant(found.get("ets", found.get("timestamp")), EPOCH.isoformat()),
        "told": told or None,
    }


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float:
    """A score; what is no number counts as none."""
    return float(value) if is_number(value) else 0.0


def _instant(value: object, otherwise: str) -> str:
    """The instant so many milliseconds after 1970; `otherwise` without a number; for none that there is `NO_TIME`."""
    if not is_number(value):
        return otherwise
    if not (math.isfinite(value) and 0 <= value <= LAST_MILLISECOND):
        return NO_TIME
    return (EPOCH + timedelta(milliseconds=value)).isoformat()


def _tried(asked: Asked) -> Json:
    request = request_of(asked)
    return {name: text(request, name) or "" for name in IDS}


def whole_if_it_is(score: float) -> float:
    """A score as it was told: 5, not 5.0."""
    return int(score) if score == int(score) else score


def _attempts(data: Json, asked: Asked) -> AttemptsRead:
    request = request_of(asked)
    return {
        **envelope("LegacyAssessmentAttempts", asked),
        "result": {
            "userId": data["learnerId"],
            "contentId": request["contentId"],
            "collectionId": request["collectionId"],
            "contextId": request["contextId"],
            "assessments": [
                {
                    "attemptId": each["attemptId"],
                    "score": whole_if_it_is(each["score"]),
                    "max_score": whole_if_it_is(each["maxScore"]),
                }
                for each in data["assessmentAttempts"]
            ],
        },
    }


ROUTES = (
    Route(
        method="POST",
        path="/assessment/submit",
        operation="LegacySubmitAssessment",
        about="Store an attempt at an assessment, and complete its content.",
        takes=SubmitAssessment,
        variables=_submission,
        body=done("LegacySubmitAssessment", "Score Updated"),
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    Route(
        method="POST",
        path="/assessment/read",
        operation="LegacyAssessmentAttempts",
        about="Every attempt at an assessment, the oldest first.",
        takes=ReadAttempts,
        variables=_tried,
        body=_attempts,
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
)
