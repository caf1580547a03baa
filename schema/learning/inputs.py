"""What learners do, as it is given, and what is answered once it is stored."""

from datetime import datetime

import strawberry

from datasources.learning_store.records import (
    DeleteEnrolments,
    EndContentView,
    EnrolLearner,
    ExportFormat,
    NewAnswer,
    StartContentView,
    SubmitAssessment,
    UpdateContentView,
)
from resolvers.learning import attempts, enrolments, views
from schema.fields import answered_by, attribute, published_input
from schema.learning.types import AssessmentAttempt, ContentView, Enrolment
from schema.problems import Problem

CONTENT = "The content: at most 256 bytes of UTF-8."
COLLECTION = "The collection, when it is viewed in one."
CONTEXT = "The context, when it is viewed in one: one that is known, and the collection's."
IDS = {"content_id": CONTENT, "collection_id": COLLECTION, "context_id": CONTEXT}

published_input(
    StartContentView,
    "StartContentViewInput",
    "A content that the learner begins. Ids that are blank count as left out.",
    IDS,
)
published_input(
    UpdateContentView,
    "UpdateContentViewInput",
    "How far the learner is with a content.",
    {
        **IDS,
        "progress_details": "Required. Where the learner is, in the player's own words: an object with members, at "
        "most 64 KiB and 100 levels deep. It takes the place of the one before.",
        "time_spent_seconds": "Required. Seconds: 0 to 1000000000.",
    },
)
published_input(
    EndContentView,
    "EndContentViewInput",
    "A content that the learner has completed.",
    {
        **IDS,
        "collection_id": f"{COLLECTION} Required beside a context.",
        "progress_details": "Where the learner was when completing it. Not looked at once it is completed.",
    },
)
published_input(
    NewAnswer,
    "AssessmentAnswerInput",
    "An answer to one question of an assessment.",
    {
        "question_id": "The question.",
        "score": "What the answer scored.",
        "max_score": "What it could have scored.",
        "answered_at": "When it was given, not before 1970; the beginning of 1970 when it is not known. Of several "
        "answers to a question the latest counts.",
        "told": "Whatever else is to be kept of it.",
    },
)
published_input(
    SubmitAssessment,
    "SubmitAssessmentInput",
    "The answers of one attempt at an assessment.",
    {
        "content_id": "The assessment.",
        "collection_id": "The collection that it is part of.",
        "context_id": "The context in which it was tried.",
        "attempt_id": "What the device calls the attempt. The same again takes its place, unless it is older.",
        "answers": "The answers: 1 to 20000.",
        "attempted_at": "When it was made, not before 1970; the time of its latest answer when it is left out.",
    },
)
published_input(
    EnrolLearner,
    "EnrolLearnerInput",
    "Into what the learner is enrolled.",
    {"collection_id": "The collection.", "context_id": "The context: one that is known, and the collection's."},
)
published_input(
    DeleteEnrolments,
    "DeleteEnrolmentsInput",
    "Which enrolments are deleted: one, by its collection and context, or every one.",
    {
        "collection_id": "The collection of the one.",
        "context_id": "The context of the one.",
        "everything": "Every one.",
    },
)

PROBLEMS = "What has to be mended first. With any of them nothing was stored."


@strawberry.type(description="What became of a view.")
class ContentViewPayload:
    content_view: ContentView | None = answered_by(
        views.view_of_change, "The view as it is now; null when there is none, and when there are problems."
    )
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of an attempt.")
class SubmitAssessmentPayload:
    attempt: AssessmentAttempt | None = answered_by(
        attempts.attempt_of_submission,
        "The attempt of this name as it is now: a later one that was there before stays. Null when there are problems.",
    )
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What became of an enrolment.")
class EnrolLearnerPayload:
    enrolment: Enrolment | None = answered_by(
        enrolments.enrolment_of_enrolled, "The enrolment as it is now; null when there are problems."
    )
    problems: list[Problem] = attribute(PROBLEMS)


@strawberry.type(description="What was deleted.")
class DeleteEnrolmentsPayload:
    learner_id: strawberry.ID | None = attribute("Whose enrolments were deleted; null when there are problems.")
    problems: list[Problem] = attribute("What has to be mended first. With any of them nothing was deleted.")


@strawberry.type(description="A file that was written.")
class ExportEnrolmentsPayload:
    file_name: str = attribute(
        "The name under which its learner can fetch it: at `GET /v1/summary/download/{fileName}`, with the old "
        "service's credentials."
    )
    available_until: datetime = attribute("Until when.")


@strawberry.type(description="A file of a learner's enrolments.")
class ExportedFile:
    learner_id: strawberry.ID = attribute("The learner.")
    format: ExportFormat = attribute("What it is written in.")
    file_name: str = attribute("Its name.")
