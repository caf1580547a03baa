"""Files of a learner's enrolments: as CSV, or as the JSON that the old summaries are."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from strawberry import ID

from datasources.learning_store.records import (
    AttemptRecord,
    ContentStatusRecord,
    EnrolmentRecord,
    ExportFormat,
    milliseconds_of,
)
from resolvers.context import Info
from resolvers.learning.attempts import best_attempts_by_enrolment
from resolvers.learning.enrolments import enrolments_by_learner
from resolvers.learning.learners import own_learner
from resolvers.learning.views import statuses_by_enrolment

COLUMNS = ("collectionId", "contextId", "status", "progress", "completedOn", "enrolledDate", "certificatesCount")
# What a spreadsheet would take for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ExportedEnrolments:
    """A file that its learner can fetch until then."""

    file_name: str
    available_until: datetime


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """Which file a learner asks for; whether it is still there shows when its bytes are asked for."""

    learner_id: str
    format: ExportFormat
    file_name: str


async def export_enrolments(info: Info, format: ExportFormat, learner_id: ID | None = None) -> ExportedEnrolments:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer, learner_id)
    found = await info.context.load(enrolments_by_learner, learner)
    content = _as_csv(found) if format is ExportFormat.CSV else await _as_json(info, found)
    until = await info.context.sources.learning.store_export(learner, format, content)
    return ExportedEnrolments(file_name(learner, format), until)


async def exported_file(info: Info, format: ExportFormat, learner_id: ID | None = None) -> ExportedFile:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer, learner_id)
    return ExportedFile(learner, format, file_name(learner, format))


def file_name(learner: str, kind: ExportFormat) -> str:
    """What a learner's file is called."""
    return f"{learner}_viewer_summary.{kind.value}"


def _as_csv(enrolments: Sequence[EnrolmentRecord]) -> str:
    """A line for each enrolment under the names of the columns, quoted as RFC 4180 has it."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for each in enrolments:
        writer.writerow([
            _cell(each.collection_id), _cell(each.context_id), each.status.value, each.progress_percent,
            "" if each.completed_on is None else each.completed_on.isoformat(), milliseconds_of(each.enrolled_at),
            len(each.certificates),
        ])  # fmt: skip
    return written.getvalue()


def _cell(text: str) -> str:
    """A text that no spreadsheet works out."""
    return f"'{text}" if text.startswith(FORMULAS) else text


async def _as_json(info: Info, enrolments: Sequence[EnrolmentRecord]) -> str:
    keys = [each.key for each in enrolments]
    statuses = await info.context.load_level(statuses_by_enrolment, keys)
    attempts = await info.context.load_level(best_attempts_by_enrolment, keys)
    rows = [_row(*each) for each in zip(enrolments, map(_raised, statuses), map(_raised, attempts), strict=True)]
    return orjson.dumps(rows).decode()


def _raised(answer: Any) -> Any:  # noqa: ANN401 whatever a batch answers
    if isinstance(answer, Exception):
        raise answer
    return answer


def _row(
    enrolment: EnrolmentRecord, statuses: Sequence[ContentStatusRecord], attempts: Sequence[AttemptRecord]
) -> dict[str, Any]:
    collection = enrolment.collection
    return {
        "userId": enrolment.learner_id,
        "collectionId": enrolment.collection_id,
        "contextId": enrolment.context_id,
        "enrolledDate": milliseconds_of(enrolment.enrolled_at),
        "active": enrolment.is_active,
        "contentStatus": {each.content_id: each.status.value for each in statuses},
        "assessmentStatus": {
            each.content_id: {"score": _number(each.score), "max_score": _number(each.max_score)} for each in attempts
        },
        "collection": {}
        if collection is None
        else {
            "identifier": collection.collection_id,
            "name": collection.name,
            "logo": collection.logo,
            "leafNodesCount": collection.leaf_count,
            "description": collection.description,
        },
        "issuedCertificates": [
            {
                "name": each.name,
                "id": each.certificate_id,
                "token": each.token,
                "lastIssuedOn": str(milliseconds_of(each.last_issued_at)),
            }
            for each in enrolment.certificates
        ],
        "completedOn": None if enrolment.completed_on is None else enrolment.completed_on.isoformat(),
        "progress": enrolment.progress_percent,
        "status": enrolment.status.value,
    }


def _number(score: float) -> float:
    """A whole number without a fraction."""
    return int(score) if score.is_integer() else score
