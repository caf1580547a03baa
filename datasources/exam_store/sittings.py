"""Who is registered at a school, what came of it, who examines there; and registrations that are taken back."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import compress, groupby, islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import BindParameter, and_, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.exam_store.new import RegistrationToDelete
from datasources.exam_store.records import (
    Attendance,
    CandidateType,
    DeletedRegistration,
    DeletionStatus,
    ExaminerAssignmentRecord,
    ExaminerRole,
    GradedCandidateRecord,
    GradedExamRecord,
    GradedGroupRecord,
    GradeOverviewRecord,
    LanguageForm,
    LeaderRecord,
    RegisteredCandidateRecord,
    RegisteredCandidatesRecord,
    RegisteredExamRecord,
    RegisteredGroupRecord,
)
from datasources.exam_store.tables import APPOINTMENT, CANDIDATE, GROUP, LEADER, PART, PERSON, SITTING
from datasources.forms import Form, optional
from datasources.stores import Store

Record = TypeVar("Record")
Row = Sequence[Any]
SchoolPeriod = tuple[str, str]
# A row's subject, variant, name and id of its group, and whether it is of somebody.
Head = tuple[str, str, str, int, bool]

_SCHOOL: BindParameter[str] = bindparam("school")
_PERIOD: BindParameter[str] = bindparam("period")
_OF_SCHOOL = and_(GROUP.c.school == _SCHOOL, GROUP.c.period == _PERIOD)
# Groups too that nobody is in any more: they stand under the variant of the first who came into them.
_VARIANT = func.coalesce(SITTING.c.variant, GROUP.c.variant)
_HEAD = (GROUP.c.course_code, _VARIANT, GROUP.c.name, GROUP.c.id)
_IN_ORDER = (*_HEAD, SITTING.c.id)
_CANDIDATE_OF_SITTING = and_(
    CANDIDATE.c.period == SITTING.c.period, CANDIDATE.c.national_number == SITTING.c.national_number
)
_SITTINGS_OF_GROUPS = GROUP.outerjoin(SITTING, SITTING.c.group_id == GROUP.c.id).outerjoin(
    CANDIDATE, _CANDIDATE_OF_SITTING
)
REGISTERED = (
    select(
        *_HEAD, SITTING.c.national_number, PERSON.c.given_name, PERSON.c.family_name, CANDIDATE.c.language,
        SITTING.c.candidate_type, CANDIDATE.c.number,
    )
    .select_from(_SITTINGS_OF_GROUPS.outerjoin(PERSON, PERSON.c.national_number == SITTING.c.national_number))
    .where(_OF_SCHOOL)
    .order_by(*_IN_ORDER)
)  # fmt: skip
GRADED = (
    select(
        *_HEAD, SITTING.c.national_number, CANDIDATE.c.number, SITTING.c.attendance, SITTING.c.grade,
        SITTING.c.grade_published_at, SITTING.c.appeal_grade, SITTING.c.appeal_reason, SITTING.c.appeal_published_at,
    )
    .select_from(_SITTINGS_OF_GROUPS)
    .where(_OF_SCHOOL, SITTING.c.id.is_not(None))
    .order_by(*_IN_ORDER)
)  # fmt: skip
LEADERS = (
    select(
        LEADER.c.group_id, LEADER.c.national_number, LEADER.c.given_name, LEADER.c.family_name, LEADER.c.language,
        LEADER.c.email, LEADER.c.phone,
    )
    .join(GROUP, GROUP.c.id == LEADER.c.group_id)
    .where(_OF_SCHOOL)
    .order_by(LEADER.c.group_id, LEADER.c.ordinal)
)  # fmt: skip
APPOINTED = (
    select(
        APPOINTMENT.c.family_name, APPOINTMENT.c.given_name, APPOINTMENT.c.national_number, APPOINTMENT.c.role,
        APPOINTMENT.c.course_code,
    )
    .where(APPOINTMENT.c.school == _SCHOOL, APPOINTMENT.c.period == _PERIOD)
    .order_by(
        APPOINTMENT.c.family_name, APPOINTMENT.c.given_name, APPOINTMENT.c.national_number, APPOINTMENT.c.course_code
    )
)  # fmt: skip
_BEGINS_AT = (
    select(func.min(PART.c.starts_at))
    .where(
        PART.c.period == SITTING.c.period, PART.c.course_code == SITTING.c.course_code,
        PART.c.variant == SITTING.c.variant,
    )
    .scalar_subquery()
)  # fmt: skip
TO_DELETE = (
    select(
        SITTING.c.id, CANDIDATE.c.number, SITTING.c.course_code, SITTING.c.attendance, SITTING.c.grade,
        SITTING.c.appeal_grade, _BEGINS_AT.label("begins_at"),
    )
    .join(CANDIDATE, _CANDIDATE_OF_SITTING)
    .where(
        SITTING.c.school == _SCHOOL, SITTING.c.period == _PERIOD,
        CANDIDATE.c.number.in_(bindparam("numbers", expanding=True)),
    )
    .with_for_update(of=SITTING)
)  # fmt: skip

REGISTERED_FORM = Form(
    "a registered candidate", (str, str, str, LanguageForm, CandidateType, str), RegisteredCandidateRecord,
    "a candidate's language or type",
)  # fmt: skip
GRADED_FORM = Form(
    "a candidate's exam", (str, str, Attendance, optional(int), optional(int), optional(str)), GradedCandidateRecord,
    "a candidate's attendance",
)  # fmt: skip
# The columns before a candidate's own: those of the group, and of its exam.
OF_GROUP = len(_HEAD)


class Sittings:
    """Reads and deletes registrations for exams. `now` decides what is published, and whether an exam has begun."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def registered(self, keys: Sequence[SchoolPeriod]) -> dict[SchoolPeriod, RegisteredCandidatesRecord]:
        """Who is registered, by school and period. One call each. Raises as `Database.rows`."""
        return {key: await self._registered(*key) for key in keys}

    async def graded(self, keys: Sequence[SchoolPeriod]) -> dict[SchoolPeriod, GradeOverviewRecord]:
        """What came of exams, by school and period; what is not published is None. One call each. Raises as above."""
        return {key: await self._graded(*key) for key in keys}

    async def examiners(self, keys: Sequence[SchoolPeriod]) -> dict[SchoolPeriod, list[ExaminerAssignmentRecord]]:
        """Who examines, by school and period; by family name, given name and number. One call each. Raises as above."""
        return {key: await self._examiners(*key) for key in keys}

    async def delete(
        self, school: str, period: str, asked: Sequence[RegistrationToDelete]
    ) -> list[DeletedRegistration]:
        """Take back registrations that nothing has come of yet; what became of each, in the order asked.

        All in one transaction, one call. Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        wanted = list(dict.fromkeys((each.candidate_number, each.course_code) for each in asked))
        values = {"school": school, "period": period, "numbers": list(dict.fromkeys(number for number, _ in wanted))}

        async def take_back(connection: AsyncConnection) -> list[DeletedRegistration]:
            rows = (await connection.execute(TO_DELETE, values)).all()
            found = {(row.number, row.course_code): row for row in rows}
            outcomes = {key: self._deletable(found.get(key)) for key in wanted}
            ids = [found[key].id for key, (status, _) in outcomes.items() if status is DeletionStatus.DELETED]
            if ids:
                await connection.execute(delete(SITTING).where(SITTING.c.id.in_(ids)))
            return [DeletedRegistration(*key, *outcome) for key, outcome in outcomes.items()]

        return await self._store.write(take_back)

    def _deletable(self, sitting: Any) -> tuple[DeletionStatus, str]:  # noqa: ANN401 a row
        if sitting is None:
            return DeletionStatus.NOT_FOUND, "No such pamelding at this skole in this eksamensperiode"
        if sitting.grade is not None or sitting.appeal_grade is not None:
            return DeletionStatus.NOT_DELETED, "A grade is registered"
        if sitting.attendance != Attendance.PRESENT.value:
            return DeletionStatus.NOT_DELETED, "Attendance is registered"
        if sitting.begins_at is not None and sitting.begins_at <= self._now():
            return DeletionStatus.NOT_DELETED, "The exam has started"
        return DeletionStatus.DELETED, ""

    async def _registered(self, school: str, period: str) -> RegisteredCandidatesRecord:
        values = {"school": school, "period": period}
        rows, leaders = await self._store.database.rows_of_each([(REGISTERED, values), (LEADERS, values)])
        led_by = self._leaders(leaders)
        heads, of_candidates = _columns(rows)
        candidates = iter(REGISTERED_FORM.read_columns(self._store.backend, of_candidates))
        exams = tuple(
            RegisteredExamRecord(
                period, course, variant or None,
                tuple(
                    RegisteredGroupRecord(name, tuple(led_by.get(group, ())), tuple(islice(candidates, size)))
                    for name, group, size in groups
                ),
            )
            for course, variant, groups in _by_exam(heads)
        )  # fmt: skip
        return RegisteredCandidatesRecord(school, period, exams)

    def _leaders(self, rows: Iterable[Row]) -> Mapping[int, Sequence[LeaderRecord]]:
        found: dict[int, list[LeaderRecord]] = defaultdict(list)
        for group, number, given_name, family_name, language, email, phone in rows:
            spoken = None if language is None else LanguageForm(language)
            found[group].append(LeaderRecord(number, given_name, family_name, spoken, email, phone))
        return found

    async def _graded(self, school: str, period: str) -> GradeOverviewRecord:
        rows = await self._store.database.rows(GRADED, {"school": school, "period": period})
        now = self._now()
        candidates = iter(GRADED_FORM.read_all(self._store.backend, [_published(row[OF_GROUP:], now) for row in rows]))
        exams = tuple(
            GradedExamRecord(
                period, course, variant or None,
                tuple(GradedGroupRecord(name, tuple(islice(candidates, size))) for name, _, size in groups),
            )
            for course, variant, groups in _by_exam((*row[:OF_GROUP], True) for row in rows)
        )  # fmt: skip
        return GradeOverviewRecord(school, period, exams)

    async def _examiners(self, school: str, period: str) -> list[ExaminerAssignmentRecord]:
        rows = await self._store.database.rows(APPOINTED, {"school": school, "period": period})
        found: list[ExaminerAssignmentRecord] = []
        for (family_name, given_name, number), each in groupby(rows, key=itemgetter(0, 1, 2)):
            codes: dict[ExaminerRole, list[str]] = {role: [] for role in ExaminerRole}
            for row in each:
                codes[ExaminerRole(row[3])].append(row[4])
            examiner, appeals = (tuple(codes[role]) for role in (ExaminerRole.EXAMINER, ExaminerRole.APPEALS_BOARD))
            found.append(ExaminerAssignmentRecord(number, given_name, family_name, examiner, appeals))
        return found


def _columns(rows: Sequence[Row]) -> tuple[Iterable[Head], Sequence[Sequence[Any]]]:
    """The head of each row, and the columns of its candidate, without the rows of groups that nobody is in."""
    columns = list(zip(*rows, strict=True))
    is_somebody = [number is not None for number in columns[OF_GROUP]] if columns else []
    heads = zip(*columns[:OF_GROUP], is_somebody, strict=True)
    return heads, [tuple(compress(each, is_somebody)) for each in columns[OF_GROUP:]]


def _by_exam(heads: Iterable[Head]) -> Iterator[tuple[str, str, list[tuple[str, int, int]]]]:
    """Of each exam its subject, its variant, and its groups: of each its name, its id and how many are in it."""
    groups = ((head, len(list(same))) for head, same in groupby(heads))
    for (course, variant), of_exam in groupby(groups, key=lambda group: group[0][:2]):
        yield (
            course,
            variant,
            [(name, group, size if somebody else 0) for (_, _, name, group, somebody), size in of_exam],
        )


def _published(row: Row, now: datetime) -> Row:
    """A candidate's row, without what is not published yet."""
    national_number, number, attendance, grade, published_at, appeal, reason, appeal_published_at = row
    is_published = published_at is not None and published_at <= now
    is_appeal_published = appeal_published_at is not None and appeal_published_at <= now
    return (
        national_number, number, attendance, grade if is_published else None,
        appeal if is_appeal_published else None, reason if is_appeal_published else None,
    )  # fmt: skip
