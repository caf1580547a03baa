"""The exam plan: periods, and the exams of each. Open to everyone."""

from strawberry import ID, Parent

from datasources.errors import BadUserInput
from datasources.exam_store.plan import current_period
from datasources.exam_store.records import (
    EducationLevel,
    ExamKey,
    ExamPeriodRecord,
    ExamPlanRecord,
    ExamRecord,
    GradedExamRecord,
    PlanKey,
    RegisteredExamRecord,
)
from datasources.national_ids import Semester, read_period
from resolvers.context import Info, edge, many, one
from resolvers.exams.forms import require_organisation_number, require_period
from resolvers.ids import global_id

plans_by_key = many(lambda sources: sources.exams.plan.plans)
exam_by_key = one(lambda sources: sources.exams.plan.exams)


async def exam_periods(info: Info) -> list[ExamPeriodRecord]:
    return await info.context.sources.exams.plan.periods()


async def exam_plans(
    info: Info,
    period: str | None = None,
    level: EducationLevel | None = None,
    school_org_number: ID | None = None,
) -> list[ExamPlanRecord]:
    if school_org_number is not None:
        require_organisation_number("schoolOrgNumber", school_org_number)
    exams = info.context.sources.exams
    if period is None:
        current = current_period(await exams.plan.periods(), exams.now())
        if current is None:
            return []
        period = current.code
    else:
        require_period("period", period)
    return await info.context.load(plans_by_key, PlanKey(period, level, school_org_number))


@edge(exam_by_key, right="exams:read")
def exam_of_registered(exam: Parent[RegisteredExamRecord]) -> ExamKey:
    return ExamKey(exam.period, exam.course_code, exam.variant or "")


@edge(exam_by_key, right="grades:read")
def exam_of_graded(exam: Parent[GradedExamRecord]) -> ExamKey:
    return ExamKey(exam.period, exam.course_code, exam.variant or "")


def is_current(root: Parent[ExamPeriodRecord], info: Info) -> bool:
    return root.runs_at(info.context.sources.exams.now())


def semester(root: Parent[ExamPeriodRecord]) -> Semester | None:
    period = read_period(root.code)
    return period.semester if period else None


def year(root: Parent[ExamPeriodRecord]) -> int | None:
    period = read_period(root.code)
    return period.year if period else None


def id_of_exam(root: Parent[ExamRecord]) -> str:
    return global_id("Exam", *root.key)


async def exam(info: Info, period: str, course_code: str, variant: str = "") -> ExamRecord | None:
    """The exam, for whoever has its id."""
    if read_period(period) is None:
        raise BadUserInput("id", "must be that of an exam")
    return await info.context.load(exam_by_key, ExamKey(period, course_code, variant))


NODES = {"Exam": exam}
