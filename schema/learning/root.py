"""The root fields of learning."""

from collections.abc import AsyncGenerator

import strawberry

from resolvers.learning import attempts, exports, learners, views
from resolvers.learning import enrolments as enrolling
from schema.fields import answered_by, subscribed_to
from schema.learning.inputs import (
    ContentViewPayload,
    DeleteEnrolmentsPayload,
    EnrolLearnerPayload,
    ExportedFile,
    ExportEnrolmentsPayload,
    SubmitAssessmentPayload,
)
from schema.learning.types import AssessmentAttempt, ContentView, Enrolment

READS = "Needs the scope `learning:self`, or for another learner `learning:read`."
ACTS = "Needs the scope `learning:self`."
LEARNER = {"learner_id": "The learner; the token's own when left out."}
ITSELF = {"learner_id": "The token's own learner: anybody else is refused."}


@strawberry.type
class LearningQueries:
    learner_id: strawberry.ID | None = answered_by(learners.learner_id, f"The learner whose token this is. {ACTS}")
    content_views: list[ContentView] | None = answered_by(
        views.content_views,
        f"The view of a content, if there is one; or all views of some contents, those on their own first. {READS}",
        arguments={
            "content_id": "The content; required unless `acrossContexts`.",
            "collection_id": "The collection; with `acrossContexts` its contents, and those viewed in it.",
            "context_id": "The context; with `acrossContexts` the contents viewed in it, and its collection's.",
            "across_contexts": "Wherever they were viewed, 20000 at most. One id is needed, several narrow it.",
            **LEARNER,
        },
    )
    assessment_attempts: list[AssessmentAttempt] | None = answered_by(
        attempts.assessment_attempts,
        f"Every attempt at an assessment, the oldest first. {READS}",
        arguments={
            "content_id": "The assessment.",
            "collection_id": "The collection that it is part of.",
            "context_id": "The context in which it was tried.",
            **LEARNER,
        },
    )
    enrolments: list[Enrolment] | None = answered_by(
        enrolling.enrolments, f"A learner's enrolments, the newest first. {READS}", arguments=LEARNER
    )
    enrolment: Enrolment | None = answered_by(
        enrolling.enrolment,
        f"One enrolment; null when the learner is not enrolled there. {READS}",
        arguments={"collection_id": "The collection.", "context_id": "The context.", **LEARNER},
    )
    exported_file: ExportedFile | None = answered_by(
        exports.exported_file,
        f"The file of the learner's enrolments; `exportEnrolments` writes it. {ACTS}",
        arguments={"format": "What it is written in.", **ITSELF},
    )


@strawberry.type
class LearningMutations:
    start_content_view: ContentViewPayload | None = answered_by(
        views.start_content_view,
        f"Begin a content. One that has begun, or is completed, stays as it is. {ACTS}",
        arguments={"input": "The content."},
    )
    update_content_view: ContentViewPayload | None = answered_by(
        views.update_content_view,
        f"Tell how far one is with a content. One that has not begun, or is completed, stays as it is. {ACTS}",
        arguments={"input": "How far."},
    )
    end_content_view: ContentViewPayload | None = answered_by(
        views.end_content_view,
        f"Complete a content, whether it had begun or not. {ACTS}",
        arguments={"input": "The content."},
    )
    submit_assessment: SubmitAssessmentPayload | None = answered_by(
        attempts.submit_assessment,
        f"Store an attempt at an assessment, and complete its content. {ACTS}",
        arguments={"input": "The attempt."},
    )
    enrol_learner: EnrolLearnerPayload | None = answered_by(
        enrolling.enrol_learner,
        f"Enrol the learner, unless that was done before. {ACTS}",
        arguments={"input": "Into what."},
    )
    export_enrolments: ExportEnrolmentsPayload | None = answered_by(
        exports.export_enrolments,
        f"Write the learner's enrolments into a file, which takes the place of the one before. {ACTS}",
        arguments={"format": "What it is written in.", **ITSELF},
    )
    delete_enrolments: DeleteEnrolmentsPayload | None = answered_by(
        enrolling.delete_enrolments,
        f"Delete enrolments, with what was viewed and tried under each. {ACTS}",
        arguments={"input": "Which.", **ITSELF},
    )


@strawberry.type
class LearningSubscriptions:
    learning_progress: AsyncGenerator[Enrolment] = subscribed_to(
        enrolling.learning_progress,
        "Each enrolment of the token's own learner as it is now, then each that changes, when it does. Of changes in "
        f"quick succession the last is told. {ACTS}",
    )
