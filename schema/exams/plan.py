"""The exam plan: periods, and the exams of each with their parts."""

from datetime import datetime

import strawberry

from datasources.exam_store.records import EducationLevel, ExamPartType, ExamRecord
from datasources.national_ids import Semester
from resolvers.exams import plan
from schema.fields import answered_by, attribute, published
from schema.nodes import Node

published(
    EducationLevel,
    "EducationLevel",
    "Where a subject is taught.",
    {"LOWER_SECONDARY": "At a lower secondary school.", "UPPER_SECONDARY": "At an upper secondary school."},
)
published(
    ExamPartType,
    "ExamPartType",
    "What a part of an exam is.",
    {
        "EXAM": "The exam itself, when it has one part.",
        "PART_1": "The first of two parts.",
        "PART_2": "The second of two parts.",
        "PREPARATION": "Preparation before the exam.",
    },
)
published(
    Semester,
    "Semester",
    "Half a school year.",
    {"AUTUMN": "Autumn; periods' codes begin with H.", "SPRING": "Spring; periods' codes begin with V."},
)


@strawberry.type(description="A time in which exams are held, and candidates are registered for them.")
class ExamPeriod:
    code: strawberry.ID = attribute("The period's code, such as `V-2018`.")
    semester: Semester | None = answered_by(plan.semester, "Which half of the school year; null for an odd code.")
    year: int | None = answered_by(plan.year, "The calendar year; null for an odd code.")
    registration_starts_at: datetime = attribute("From when on candidates are registered.")
    registration_ends_at: datetime = attribute("Until when candidates are registered.")
    exams_start_at: datetime = attribute("When the first exam is held.")
    exams_end_at: datetime = attribute("When the last exam ends.")
    is_current: bool = answered_by(plan.is_current, "Whether now is between its first registration and its last exam.")


@strawberry.type(description="A part of an exam.")
class ExamPart:
    type: ExamPartType = attribute("What it is.")
    starts_at: datetime = attribute("When it starts.")
    ends_at: datetime = attribute("When it ends.")
    duration_minutes: int = attribute("For how long it is sat, in minutes.")


@strawberry.type(description="An exam in a subject, or in one of its variants, in a period.")
class Exam(Node):
    id: strawberry.ID = answered_by(plan.id_of_exam, "Global id of the exam; opaque.")
    period: strawberry.ID = attribute("Code of its period.")
    course_code: strawberry.ID = attribute("Code of the subject, such as `MAT0010`.")
    variant: str | None = attribute("Which variant of the subject, such as `JAV`; null when it has none.")
    level: EducationLevel = attribute("Where the subject is taught.")
    is_restricted: bool = attribute("Whether only some schools may register candidates for it.")
    parts: list[ExamPart] = attribute("Its parts, in the order in which they are sat.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, ExamRecord)


@strawberry.type(description="The exams of a level in a period.")
class ExamPlan:
    level: EducationLevel = attribute("Where its subjects are taught.")
    period: ExamPeriod = attribute("Its period.")
    exams: list[Exam] = attribute("Its exams by subject, those without a variant first.")


@strawberry.type
class ExamPlanQueries:
    exam_periods: list[ExamPeriod] = answered_by(
        plan.exam_periods, "All exam periods, the earliest first. Open to everyone."
    )
    exam_plans: list[ExamPlan] = answered_by(
        plan.exam_plans,
        "The plans of a period that have exams, lower secondary first; empty for a period that is not known. "
        "Open to everyone.",
        arguments={
            "period": "Code of the period; left out, the current one: that which runs now, or the next, or the last.",
            "level": "Only the plan of this level.",
            "school_org_number": "Organisation number of a school: exams that are only for some schools are told for "
            "it, if it is one of them.",
        },
    )
