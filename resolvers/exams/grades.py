"""What came of a school's exams, and who examines there."""

from dataclasses import replace

from strawberry import ID

from datasources.audit_store.records import ReadingKind, SubjectKind
from datasources.errors import BadUserInput
from datasources.exam_store.records import (
    Attendance,
    ExaminerAssignmentRecord,
    GradedCandidateRecord,
    GradeOverviewRecord,
)
from resolvers.audit import Reading, audited
from resolvers.context import Info, many, one
from resolvers.exams.forms import require_period, require_school

USER_LENGTH = 300

grades_by_school = one(lambda sources: sources.exams.sittings.graded)
examiners_by_school = many(lambda sources: sources.exams.sittings.examiners)


async def grade_overview(
    info: Info, school_org_number: ID, period: str, sas_user_reference: str, *, include_cancelled: bool = False
) -> GradeOverviewRecord | None:
    info.context.viewer.require("grades:read")
    await require_school(info, "schoolOrgNumber", school_org_number)
    require_period("period", period)
    if not sas_user_reference.strip() or len(sas_user_reference) > USER_LENGTH or not sas_user_reference.isprintable():
        raise BadUserInput("sasUserReference", f"must be 1 to {USER_LENGTH} printable characters, not all blank")
    found = await info.context.load(grades_by_school, (school_org_number, period))
    if found is not None:
        groups = [group for exam in found.exams for group in exam.groups]
        numbers = {each.national_number for group in groups for each in group.candidates}
        of = Reading(
            ReadingKind.GRADES, numbers, SubjectKind.PERSON, school_org_number, period, sas_user_reference
        )  # fmt: skip
        await audited(info.context, of)
    return found if found is None or include_cancelled else _without_cancelled(found)


def _without_cancelled(overview: GradeOverviewRecord) -> GradeOverviewRecord:
    """The overview with cancelled exams told as documented absence, as they were before callers knew of them."""
    exams = tuple(
        replace(
            exam,
            groups=tuple(replace(group, candidates=tuple(map(_as_absent, group.candidates))) for group in exam.groups),
        )
        for exam in overview.exams
    )
    return replace(overview, exams=exams)


def _as_absent(candidate: GradedCandidateRecord) -> GradedCandidateRecord:
    if candidate.attendance is not Attendance.CANCELLED:
        return candidate
    return replace(candidate, attendance=Attendance.ABSENT_DOCUMENTED)


async def examiner_assignments(info: Info, school_org_number: ID, period: str) -> list[ExaminerAssignmentRecord] | None:
    info.context.viewer.require("examiners:read")
    exams = info.context.sources.exams
    if not exams.offer.tells_examiners:
        return None
    await require_school(info, "schoolOrgNumber", school_org_number)
    require_period("period", period)
    found = await info.context.load(examiners_by_school, (school_org_number, period))
    numbers = {each.national_number for each in found}
    await audited(info.context, Reading(ReadingKind.EXAMINERS, numbers, SubjectKind.PERSON, school_org_number, period))
    return found
