"""What the learning store holds of a learner, and what a caller gives to have some of it stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, NewType

import orjson

from datasources.records import record

# An object of JSON in the words of whoever sent it. Never changed, told as it was stored.
Details = NewType("Details", dict[str, Any])
EnrolmentKey = tuple[str, str, str]  # learner, collection, context
ViewKey = tuple[str, str, str, str]  # and content
AttemptKey = tuple[str, str, str, str, str]  # and attempt
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LearningStatus(Enum):
    """How far a learner is; as the old service numbered it."""

    NOT_STARTED = 0
    IN_PROGRESS = 1
    COMPLETED = 2


class ExportFormat(Enum):
    """What a file of enrolments is written in."""

    CSV = "csv"
    JSON = "json"


STATUSES = {member.value: member for member in LearningStatus}


@record
class CollectionRecord:
    """What a collection is, as its publisher says. `leaf_count` counts its contents, optional ones too."""

    collection_id: str
    name: str
    logo: str | None
    description: str | None
    leaf_count: int


@record
class CertificateRecord:
    """A certificate that was issued for an enrolment."""

    certificate_id: str
    name: str
    token: str
    last_issued_at: datetime


@record
class EnrolmentRecord:
    """A learner in a collection and a context, with the progress that was worked out last.

    `certificates_json` is a list of objects with `identifier`, `name`, `token` and `lastIssuedOn` in milliseconds.
    """

    learner_id: str
    collection_id: str
    context_id: str
    enrolled_at: datetime
    is_active: bool
    status: LearningStatus
    progress_percent: int
    completed_on: date | None
    certificates_json: str | None
    accessed_at: datetime | None
    collection: CollectionRecord | None

    @property
    def key(self) -> EnrolmentKey:
        return self.learner_id, self.collection_id, self.context_id

    @property
    def certificates(self) -> list[CertificateRecord]:
        return [_certificate(each) for each in orjson.loads(self.certificates_json or "[]")]


@record
class ContentViewRecord:
    """How far a learner is with one content under one collection and context.

    A content that is viewed on its own stands for its collection and its context, too.
    """

    learner_id: str
    collection_id: str
    context_id: str
    content_id: str
    status: LearningStatus
    details_json: str | None
    time_spent_seconds: float | None
    accessed_at: datetime
    completed_at: datetime | None
    updated_at: datetime

    @property
    def key(self) -> ViewKey:
        return self.learner_id, self.collection_id, self.context_id, self.content_id

    @property
    def is_on_its_own(self) -> bool:
        return self.collection_id == self.content_id == self.context_id

    @property
    def progress_details(self) -> Details:
        return Details(orjson.loads(self.details_json or "{}"))


@record
class AnswerRecord:
    """What counted for one question of an attempt."""

    question_id: str
    score: float
    max_score: float
    answered_at: datetime


@record
class ContentStatusRecord:
    """How far a learner is with one content."""

    content_id: str
    status: LearningStatus


@record
class AttemptRecord:
    """One attempt at an assessment."""

    learner_id: str
    collection_id: str
    context_id: str
    content_id: str
    attempt_id: str
    attempted_at: datetime
    score: float
    max_score: float

    @property
    def key(self) -> AttemptKey:
        return self.learner_id, self.collection_id, self.context_id, self.content_id, self.attempt_id


@dataclass(frozen=True)
class StartContentView:
    """A content that a learner begins. Ids that are blank are absent ones."""

    content_id: str
    collection_id: str | None = None
    context_id: str | None = None


@dataclass(frozen=True)
class UpdateContentView:
    """How far a learner is with a content that was begun."""

    content_id: str
    progress_details: Details | None = None
    time_spent_seconds: float | None = None
    collection_id: str | None = None
    context_id: str | None = None


@dataclass(frozen=True)
class EndContentView:
    """A content that a learner has completed."""

    content_id: str
    collection_id: str | None = None
    context_id: str | None = None
    progress_details: Details | None = None


@dataclass(frozen=True)
class NewAnswer:
    """An answer to a question of an assessment. `told` is whatever else is to be kept of it."""

    question_id: str
    score: float = 0.0
    max_score: float = 0.0
    answered_at: datetime | None = None
    told: Details | None = None


@dataclass(frozen=True)
class SubmitAssessment:
    """The answers of one attempt."""

    content_id: str
    collection_id: str
    context_id: str
    attempt_id: str
    answers: list[NewAnswer]
    attempted_at: datetime | None = None


@dataclass(frozen=True)
class EnrolLearner:
    """Into what a learner is enrolled."""

    collection_id: str
    context_id: str


@dataclass(frozen=True)
class DeleteEnrolments:
    """Which enrolments are deleted: one, or every one."""

    collection_id: str | None = None
    context_id: str | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ScoredAttempt:
    """An attempt as it is stored: its answers one a question, and what they add up to.

    `answers_json` is a list of `[question, score, max score, milliseconds since 1970, whatever else was told]`.
    """

    key: AttemptKey
    attempted_at: datetime
    score: float
    max_score: float
    answers_json: str


def milliseconds_of(instant: datetime) -> int:
    """Since 1970, exactly."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def of_milliseconds(milliseconds: int) -> datetime:
    """The instant so long after 1970."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def answers_of(kept: str) -> list[AnswerRecord]:
    """The answers of an attempt, as they are stored with it."""
    return [
        AnswerRecord(question, score, max_score, of_milliseconds(at))
        for question, score, max_score, at, _told in orjson.loads(kept)
    ]


def _certificate(kept: Mapping[str, Any]) -> CertificateRecord:
    return CertificateRecord(kept["identifier"], kept["name"], kept["token"], of_milliseconds(kept["lastIssuedOn"]))
