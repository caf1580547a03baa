"""What came of a school's exams, and who examines there."""

import strawberry

from datasources.exam_store.records import Attendance
from resolvers.exams import grades, plan
from schema.exams.plan import Exam
from schema.fields import answered_by, attribute, published

published(
    Attendance,
    "Attendance",
    "Whether a candidate took part in an exam.",
    {
        "PRESENT": "The candidate took part, or is still to.",
        "ABSENT_UNDOCUMENTED": "The candidate was absent, without a document that says why.",
        "ABSENT_DOCUMENTED": "The candidate was absent, with a document that says why.",
        "NO_ANSWER": "There is no answer by the candidate.",
        "CANCELLED": "The exam was cancelled.",
    },
)


@strawberry.type(description="What came of a candidate's exam.")
class GradedCandidate:
    national_number: str = attribute("National identity number.")
    candidate_number: str = attribute("Number of the candidate in the period.")
    attendance: Attendance = attribute("Whether the candidate took part.")
    grade: int | None = attribute("Grade, 1 to 6, the best being 6; null without one, and until it is published.")
    appeal_grade: int | None = attribute("Grade after an appeal; null without one, and until it is published.")
    appeal_reason: str | None = attribute("Why the appeal ended so; null without one, and until it is published.")


@strawberry.type(description="Candidates of one group and what came of their exam.")
class GradedGroup:
    name: str = attribute("Name of the group; empty when it has none.")
    candidates: list[GradedCandidate] = attribute("Its candidates, in the order in which they were registered.")


@strawberry.type(description="A subject and what came of its exam.")
class GradedExam:
    course_code: strawberry.ID = attribute("Code of the subject.")
    variant: str | None = attribute("Variant of the subject; null when it has none.")
    exam: Exam | None = answered_by(
        plan.exam_of_graded, "Its exam in the period's plan; null when the plan has it no longer."
    )
    groups: list[GradedGroup] = attribute("Its groups, by name.")


@strawberry.type(description="What came of a school's exams in a period.")
class GradeOverview:
    school_org_number: strawberry.ID = attribute("Organisation number of the school.")
    period: strawberry.ID = attribute("Code of the period.")
    exams: list[GradedExam] = attribute("Subjects, those without a variant first.")


@strawberry.type(description="A subject expert of a school, and the subjects in which the person is appointed.")
class ExaminerAssignment:
    national_number: str = attribute("National identity number.")
    given_name: str = attribute("Given name.")
    family_name: str = attribute("Family name.")
    examiner_course_codes: list[str] = attribute("Subjects that the person examines, sorted.")
    appeals_board_course_codes: list[str] = attribute("Subjects of whose appeals board the person is one, sorted.")


@strawberry.type
class GradeQueries:
    grade_overview: GradeOverview | None = answered_by(
        grades.grade_overview,
        "What came of the exams of a school of the viewer's organisations in a period. Leaves an audit record. "
        "Needs the scope `grades:read`.",
        arguments={
            "school_org_number": "Organisation number of the school.",
            "period": "Code of the period.",
            "sas_user_reference": "On whose behalf: the user's name in the exam service, for the audit record.",
            "include_cancelled": "Tell cancelled exams as such; else they are told as documented absence.",
        },
    )
    examiner_assignments: list[ExaminerAssignment] | None = answered_by(
        grades.examiner_assignments,
        "Who of a school of the viewer's organisations examines in a period, by name; null where this is not offered. "
        "Leaves an audit record. Needs the scope `examiners:read`.",
        arguments={"school_org_number": "Organisation number of the school.", "period": "Code of the period."},
    )
