"""Learning-progress service: `summary/list`, `summary/read`, `summary/download`, `summary/delete`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from rest_compat.learning.assessments import EPOCH, whole_if_it_is
from rest_compat.learning.dialect import EMPTY, VIEWER, envelope, request_of, text
from rest_compat.learning.shapes import (
    Acknowledged,
    CollectionMetadata,
    DeleteAsked,
    DownloadAsked,
    FileAsked,
    FileWritten,
    LearnerAsked,
    ReadSummary,
    Status,
    SummariesRead,
    Summary,
    SummaryRead,
)
from rest_compat.learning.views import refuse
from rest_compat.messages import Asked, Download, Json, Rejected
from rest_compat.translate import Route

NUMBERS: Mapping[str, Status] = {"NOT_STARTED": 0, "IN_PROGRESS": 1, "COMPLETED": 2}
# The spelling is the contract.
DELETED = "Enrolment Deleted Succesfully"
FORMATS = ("csv", "json")


def _milliseconds(value: str | datetime) -> int:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _day(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def _summary(enrolment: Json) -> Summary:
    return {
        "userId": enrolment["learnerId"],
        "collectionId": enrolment["collectionId"],
        "contextId": enrolment["contextId"],
        "enrolledDate": _milliseconds(enrolment["enrolledAt"]),
        "active": enrolment["isActive"],
        "contentStatus": {each["contentId"]: NUMBERS[each["status"]] for each in enrolment["contentStatuses"]},
        "assessmentStatus": {
            each["contentId"]: {"score": whole_if_it_is(each["score"]), "max_score": whole_if_it_is(each["maxScore"])}
            for each in enrolment["bestAttempts"]
        },
        "collection": _collection(enrolment["collection"]),
        "issuedCertificates": [
            {
                "name": each["name"],
                "id": each["certificateId"],
                "token": each["token"],
                "lastIssuedOn": str(_milliseconds(each["lastIssuedAt"])),
            }
            for each in enrolment["certificates"]
        ],
        "completedOn": _day(enrolment["completedOn"]),
        "progress": enrolment["progressPercent"],
        "status": NUMBERS[enrolment["status"]],
    }


def _collection(collection: Json | None) -> CollectionMetadata:
    if collection is None:
        return {}
    return {
        "identifier": collection["collectionId"],
        "name": collection["name"],
        "logo": collection["logo"],
        "leafNodesCount": collection["leafCount"],
        "description": collection["description"],
    }


def _summaries(data: Json, asked: Asked) -> SummariesRead:
    summary = [_summary(each) for each in data["enrolments"]]
    return {**envelope("LegacyEnrolments", asked), "result": {"summary": summary}}


def _one(asked: Asked) -> Json:
    """An enrolment's ids. Raises Rejected for the first that is empty."""
    request = request_of(asked)
    found = {name: text(request, name) or "" for name in ("userId", "collectionId", "contextId")}
    for name, value in found.items():
        if not value.strip():
            raise Rejected("BAD_USER_INPUT", f"{name} {EMPTY}")
    return {"learnerId": found["userId"], "collectionId": found["collectionId"], "contextId": found["contextId"]}


def _one_summary(data: Json, asked: Asked) -> SummaryRead:
    found = data["enrolment"]
    return {**envelope("LegacyEnrolment", asked), "result": {} if found is None else _summary(found)}


def _format(asked: Asked) -> str:
    """The format that is asked for, by the name that the graph has for it. Raises Rejected."""
    given = asked.query.get("format", FORMATS[:1])
    if len(given) != 1 or given[0].lower() not in FORMATS:
        raise Rejected("BAD_USER_INPUT", "format must be csv or json")
    return given[0].upper()


def _file_written(data: Json, asked: Asked) -> FileWritten:
    return {
        **envelope("LegacyExportEnrolments", asked),
        "result": {"url": data["exportEnrolments"]["fileName"]},
    }


def _file_asked(asked: Asked) -> Json:
    asked_format = asked.values["format"]
    if asked_format not in FORMATS:
        raise Rejected("NOT_FOUND", "no such file")
    return {"learnerId": asked.values["userId"], "format": asked_format.upper()}


def _file(data: Json, _asked: Asked) -> Download | None:
    """The file may turn out to be gone when its bytes are asked for."""
    found = data["exportedFile"]
    name = f"viewer_summary.{found['format'].lower()}"
    return Download("export", f"{found['format']}:{found['learnerId']}", name)


def _deleted_one(asked: Asked) -> Json:
    given = _one(asked)
    return {
        "learnerId": given["learnerId"],
        "input": {"collectionId": given["collectionId"], "contextId": given["contextId"], "everything": False},
    }


def _deletion(asked: Asked) -> Json:
    flags = asked.query.get("all", ())
    if any(value.lower() != "false" for value in flags):
        return {"learnerId": asked.values["userId"], "input": {"everything": True}}
    return _deleted_one(asked)


def _deleted(data: Json, asked: Asked) -> Acknowledged:
    payload = data["deleteEnrolments"]
    refuse(payload["problems"])
    return {**envelope("LegacyDeleteEnrolments", asked), "result": {payload["learnerId"]: DELETED}}


ROUTES = (
    Route(
        path="/summary/list/{userId}",
        operation="LegacyEnrolments",
        about="Every enrolment of the learner and how far it is, the newest first.",
        asks=LearnerAsked,
        variables=lambda asked: {"learnerId": asked.values["userId"]},
        body=_summaries,
        learner="userId",
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    Route(
        method="POST",
        path="/summary/read",
        operation="LegacyEnrolment",
        about="One enrolment of the learner and how far it is.",
        takes=ReadSummary,
        variables=_one,
        body=_one_summary,
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    # Before the one whose path a file's name would fit, too.
    Route(
        path="/summary/download/{userId}_viewer_summary.{format}",
        operation="LegacyExportedFile",
        about="A file that was written for the learner, for 15 minutes.",
        asks=FileAsked,
        variables=_file_asked,
        body=_file,
        answers=("text/csv",),
        learner="userId",
        dialect=VIEWER,
        backends=("LEARNING",),
        missing="no such file",
    ),
    Route(
        path="/summary/download/{userId}",
        operation="LegacyExportEnrolments",
        about="Write the learner's enrolments into a file, and name it.",
        asks=DownloadAsked,
        variables=lambda asked: {"learnerId": asked.values["userId"], "format": _format(asked)},
        body=_file_written,
        learner="userId",
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
    Route(
        method="DELETE",
        path="/summary/delete/{userId}",
        operation="LegacyDeleteEnrolments",
        about="Delete every enrolment of the learner, or the one in the body, with what was done under it.",
        asks=DeleteAsked,
        takes=ReadSummary,
        variables=_deletion,
        body=_deleted,
        learner="userId",
        dialect=VIEWER,
        backends=("LEARNING",),
    ),
)
