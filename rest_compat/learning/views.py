"""Learning-progress service: `view/start`, `view/update`, `view/end`, `view/read`."""

import math
from collections.abc import Callable, Mapping

from rest_compat.learning.dialect import EMPTY, VIEWER, envelope, is_number, reads_across_contexts, request_of, text
from rest_compat.learning.shapes import (
    Acknowledged,
    EndView,
    ReadAsked,
    ReadViews,
    StartView,
    TextStatus,
    UpdateView,
    View,
    Views,
    ViewsRead,
)
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.translate import Route

IDS = ("contentId", "collectionId", "contextId")
# How the operations' inputs are called here.
SPELLING = {"timeSpentSeconds": "timeSpent", "answers": "assessments", "attemptedAt": "assessmentTs"}
TEXT_STATUSES: Mapping[str, TextStatus] = {"NOT_STARTED": "0", "IN_PROGRESS": "1", "COMPLETED": "2"}
# In the place of what is no duration: the operation refuses it when it is its turn.
NO_DURATION = -1.0


def done(operation: str, words: str) -> Callable[[Json, Asked], Acknowledged]:
    """The body that says what was done to a content. Raises Rejected with the first rule that is broken."""

    def acknowledged(data: Json, asked: Asked) -> Acknowledged:
        [payload] = data.values()
        refuse(payload["problems"])
        return {**envelope(operation, asked), "result": {request_of(asked)["contentId"]: words}}

    return acknowledged


def refuse(problems: list[Json]) -> None:
    """Raises Rejected with the first of the problems, in this service's words: it tells no more than one."""
    for problem in problems[:1]:
        name = problem["path"][0]
        # Of what stands inside a field, the whole field is invalid.
        rule = problem["message"].partition(" ")[2] if len(problem["path"]) == 1 else "is not valid"
        raise Rejected("BAD_USER_INPUT", f"{SPELLING.get(name, name)} {rule}")


def ids(request: Json) -> Json:
    """The ids of a view; what is no text is none."""
    return {"contentId": text(request, "contentId") or "", **{name: text(request, name) for name in IDS[1:]}}


def _start(asked: Asked) -> Json:
    return {"input": ids(request_of(asked))}


def _update(asked: Asked) -> Json:
    request = request_of(asked)
    details = request.get("progressDetails")
    spelled = [request[name] for name in ("timeSpent", "timespent") if request.get(name) is not None]
    return {
        "input": {
            **ids(request),
            "progressDetails": details if isinstance(details, dict) else None,
            "timeSpentSeconds": _number(spelled[0]) if spelled else None,
        }
    }


def _end(asked: Asked) -> Json:
    request = request_of(asked)
    details = request.get("progressDetails")
    return {"input": {**ids(request), "progressDetails": details}}


def _number(value: object) -> float:
    return float(value) if is_number(value) and math.isfinite(value) else NO_DURATION


def _read(asked: Asked) -> Json:
    across = reads_across_contexts(asked.query)
    request = request_of(asked)
    if across and not _given(request):
        raise Rejected("BAD_USER_INPUT", f"request {EMPTY}")
    return {**{name: text(request, name) for name in IDS}, "acrossContexts": across}


def _given(request: Json) -> Json:
    """The ids of a request that are not blank."""
    return {name: request[name] for name in IDS if (text(request, name) or "").strip()}


def _views(data: Json, asked: Asked) -> ViewsRead:
    request = request_of(asked)
    across = reads_across_contexts(asked.query)
    user = data["learnerId"]
    told: Json = {"userId": user}
    if across:
        told |= _given(request)
    else:
        told["contentId"] = request["contentId"]
    told["type"] = "contextall" if across else "content"
    told["contents"] = [_across(each, user) if across else _view(each) for each in data["contentViews"]]
    result: Views = told  # type: ignore[assignment] # its members are these
    return {**envelope("LegacyContentViews", asked), "result": result}


def _view(view: Json) -> View:
    return {
        "collectionId": view["collectionId"],
        "contextId": view["contextId"],
        "contentId": view["contentId"],
        "status": _status(view),
        "progressDetails": view["progressDetails"],
    }


def _across(view: Json, user: str) -> View:
    # "userid", in this list alone: so its only sample has it.
    told: View = {"userid": user}  # type: ignore[typeddict-item] # the others follow
    if not view["isOnItsOwn"]:
        told |= {"collectionId": view["collectionId"], "contextId": view["contextId"]}
    told["contentId"] = view["contentId"]
    told["status"] = _status(view)
    told["progressDetails"] = view["progressDetails"]
    return told


def _status(view: Json) -> TextStatus:
    return TEXT_STATUSES[view["status"]]


ROUTES = (
    Route(
        method="POST",
        path="/view/start",
        operation="LegacyStartContentView",
        about="Begin a content; one that has begun or is completed stays as it is.",
        takes=StartView,
        variables=_start,
        body=done("LegacyStartContentView", "Progress started"),
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    Route(
        method="POST",
        path="/view/update",
        operation="LegacyUpdateContentView",
        about="Tell how far the learner is; of what has not begun, or is completed, nothing is stored.",
        takes=UpdateView,
        variables=_update,
        body=done("LegacyUpdateContentView", "Progress Updated"),
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    Route(
        method="POST",
        path="/view/end",
        operation="LegacyEndContentView",
        about="Complete a content, whether it had begun or not.",
        takes=EndView,
        variables=_end,
        body=done("LegacyEndContentView", "Progress ended"),  # a small e, where the others have a capital
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    Route(
        method="POST",
        path="/view/read",
        operation="LegacyContentViews",
        about="How far the learner is with a content, or wherever some contents were viewed.",
        asks=ReadAsked,
        takes=ReadViews,
        variables=_read,
        body=_views,
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
)
