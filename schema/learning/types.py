"""What learners view, try and enrol for."""

from datetime import date, datetime

import strawberry

from datasources.learning_store.records import (
    ContentViewRecord,
    Details,
    EnrolmentRecord,
    ExportFormat,
    LearningStatus,
)
from resolvers.learning import attempts, enrolments, views
from schema.fields import answered_by, attribute, published
from schema.nodes import Node

published(
    LearningStatus,
    "LearningStatus",
    "How far a learner is. It never goes back.",
    {
        "NOT_STARTED": "Nothing was begun yet.",
        "IN_PROGRESS": "Something was begun.",
        "COMPLETED": "All was completed.",
    },
)
published(
    ExportFormat,
    "ExportFormat",
    "What a file is written in.",
    {"CSV": "A line for each enrolment, under the names of the columns.", "JSON": "A list of the old summaries."},
)


@strawberry.type(description="How far a learner is with one content, under one collection and context.")
class ContentView(Node):
    id: strawberry.ID = answered_by(views.id_of_view, "Global id of the view; opaque.")
    learner_id: strawberry.ID = attribute("The learner.")
    content_id: strawberry.ID = attribute("The content.")
    collection_id: strawberry.ID = attribute("The collection; the content itself when it is viewed on its own.")
    context_id: strawberry.ID = attribute("The context; the collection itself when there is none.")
    is_on_its_own: bool = attribute("Whether the content is viewed outside all collections and contexts.")
    status: LearningStatus = attribute("How far the learner is.")
    progress_details: Details = attribute("Where the learner is in the content, in the player's own words.")
    time_spent_seconds: float | None = attribute("Seconds, as told last; null before the first update.")
    accessed_at: datetime = attribute("When it was started, updated or completed last.")
    completed_at: datetime | None = attribute("When it was completed last; null before that.")
    updated_at: datetime = attribute("When something was stored of it last.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, ContentViewRecord)


@strawberry.type(description="How far a learner is with one content.")
class ContentStatus:
    content_id: strawberry.ID = attribute("The content.")
    status: LearningStatus = attribute("How far the learner is.")


@strawberry.type(description="The answer that counted for one question of an attempt.")
class AssessmentAnswer:
    question_id: str = attribute("The question.")
    score: float = attribute("What it scored.")
    max_score: float = attribute("What it could have scored.")
    answered_at: datetime = attribute("When it was given, by the device's clock.")


@strawberry.type(description="One attempt at an assessment.")
class AssessmentAttempt:
    learner_id: strawberry.ID = attribute("The learner.")
    content_id: strawberry.ID = attribute("The assessment.")
    collection_id: strawberry.ID = attribute("The collection that it is part of.")
    context_id: strawberry.ID = attribute("The context in which it was tried.")
    attempt_id: strawberry.ID = attribute("What the device calls the attempt.")
    attempted_at: datetime = attribute("When it was made, by the device's clock.")
    score: float = attribute("The sum of the scores of its answers.")
    max_score: float = attribute("The sum of the greatest scores of its answers.")
    answers: list[AssessmentAnswer] = answered_by(
        attempts.answers_of_attempt,
        "Of each question the latest answer, in the order given; of at most 100 attempts at once.",
    )


@strawberry.type(description="A collection of contents.")
class Collection:
    collection_id: strawberry.ID = attribute("The collection.")
    name: str = attribute("Its name.")
    logo: str | None = attribute("Where its picture is.")
    description: str | None = attribute("What it is about.")
    leaf_count: int = attribute("How many contents it is made of.")


@strawberry.type(description="A certificate that was issued for an enrolment.")
class Certificate:
    certificate_id: strawberry.ID = attribute("The certificate.")
    name: str = attribute("Its name.")
    token: str = attribute("By which its issuer finds it.")
    last_issued_at: datetime = attribute("When it was issued last.")


@strawberry.type(description="A learner in a collection and a context.")
class Enrolment(Node):
    id: strawberry.ID = answered_by(enrolments.id_of_enrolment, "Global id of the enrolment; opaque.")
    learner_id: strawberry.ID = attribute("The learner.")
    collection_id: strawberry.ID = attribute("The collection.")
    context_id: strawberry.ID = attribute("The context.")
    enrolled_at: datetime = attribute("When the learner was enrolled.")
    is_active: bool = attribute("Whether the learner still takes part.")
    status: LearningStatus = attribute("How far the learner is with the collection; completed once, for ever.")
    progress_percent: int = attribute("Completed contents of the collection, in whole percent, rounded down.")
    completed_on: date | None = attribute("The day, in UTC, on which the collection was completed; null before that.")
    accessed_at: datetime | None = attribute("When the learner did something here last.")
    certificates: list[Certificate] = attribute("The certificates that were issued for it.")
    collection: Collection | None = attribute("What the collection is; null when nobody has said.")
    content_statuses: list[ContentStatus] = answered_by(
        views.statuses_of_enrolment, "How far the learner is with each content that was viewed here, by content."
    )
    content_views: list[ContentView] = answered_by(
        views.views_of_enrolment, "What was viewed here, by content; at most 1000 at once."
    )
    best_attempts: list[AssessmentAttempt] = answered_by(
        attempts.best_attempts_of_enrolment,
        "Of each assessment here the attempt with the greatest score, the latest of equals; by content.",
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, EnrolmentRecord)
