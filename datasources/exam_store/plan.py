"""The exam plan: periods, exams with their parts, and which schools there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, or_, select

from datasources.exam_store.records import (
    EducationLevel,
    ExamKey,
    ExamPartRecord,
    ExamPartType,
    ExamPeriodRecord,
    ExamPlanRecord,
    ExamRecord,
    PlanKey,
)
from datasources.exam_store.tables import AVAILABILITY, EXAM, PART, PERIOD, SCHOOL
from datasources.forms import Form
from datasources.sql import Database

_SAME_EXAM = and_(
    AVAILABILITY.c.period == EXAM.c.period,
    AVAILABILITY.c.course_code == EXAM.c.course_code,
    AVAILABILITY.c.variant == EXAM.c.variant,
)
# For one school: what is for all, and what is for it. Without one, its number is empty.
_IS_USABLE = or_(
    EXAM.c.is_restricted.is_(False), exists().where(_SAME_EXAM, AVAILABILITY.c.school == bindparam("school"))
)
_EXAM_COLUMNS = (EXAM.c.period, EXAM.c.course_code, EXAM.c.variant, EXAM.c.level, EXAM.c.is_restricted)
_IN_ORDER = (EXAM.c.level, EXAM.c.course_code, EXAM.c.variant)
_OF_PERIOD: BindParameter[str] = bindparam("period")

PERIODS = select(*PERIOD.columns).order_by(PERIOD.c.registration_starts_at, PERIOD.c.code)
ONE_PERIOD = select(*PERIOD.columns).where(PERIOD.c.code == _OF_PERIOD)
ALL_EXAMS: Select[Any] = select(*_EXAM_COLUMNS).where(EXAM.c.period == _OF_PERIOD).order_by(*_IN_ORDER)
EXAMS: Select[Any] = ALL_EXAMS.where(_IS_USABLE)
PARTS: Select[Any] = (
    select(PART.c.course_code, PART.c.variant, PART.c.type, PART.c.starts_at, PART.c.ends_at, PART.c.duration_minutes)
    .where(PART.c.period == _OF_PERIOD)
    .order_by(PART.c.course_code, PART.c.variant, PART.c.ordinal)
)
SCHOOLS: Select[Any] = select(SCHOOL.c.org_number, SCHOOL.c.name).where(
    SCHOOL.c.org_number.in_(bindparam("numbers", expanding=True))
)


class _ExamRow(NamedTuple):
    """An exam without its parts."""

    period: str
    course_code: str
    variant: str
    level: EducationLevel
    is_restricted: bool


PERIOD_FORM = Form("an exam period", (str, datetime, datetime, datetime, datetime), ExamPeriodRecord)
PART_FORM = Form("a part of an exam", (ExamPartType, datetime, datetime, int), ExamPartRecord, "a part's type")
EXAM_FORM = Form("an exam", (str, str, str, EducationLevel, bool), _ExamRow, "an exam's level")


class Plan:
    """Reads the plan. Instants are in UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def periods(self) -> list[ExamPeriodRecord]:
        """All periods, the earliest first. One call. Raises as `Database.rows`."""
        return PERIOD_FORM.read_all(self._database.backend, await self._database.rows(PERIODS, {}))

    async def plans(self, keys: Sequence[PlanKey]) -> dict[PlanKey, list[ExamPlanRecord]]:
        """For each key the plans of its period that have an exam, lower secondary first. One call a key."""
        return {key: await self._plans(key) for key in keys}

    async def exams(self, keys: Sequence[ExamKey]) -> dict[ExamKey, ExamRecord]:
        """Exams by key, also those that are for some schools only. One call a period."""
        found: dict[ExamKey, ExamRecord] = {}
        for period in dict.fromkeys(key.period for key in keys):
            values = {"period": period}
            rows, parts = await self._database.rows_of_each([(ALL_EXAMS, values), (PARTS, values)])
            for exam in self._exams(rows, parts):
                found[exam.key] = exam
        return {key: found[key] for key in keys if key in found}

    async def course_codes(self, period: str, level: EducationLevel | None) -> frozenset[str]:
        """The subjects of a period, at a level or at all; also those that are for some schools only. One call."""
        rows = await self._database.rows(ALL_EXAMS, {"period": period})
        return frozenset(exam.course_code for exam in EXAM_FORM.read_all(self._database.backend, rows)
                         if level in (None, exam.level))  # fmt: skip

    async def schools(self, numbers: Sequence[str]) -> dict[str, str]:
        """The names of schools by organisation number. One call."""
        rows = await self._database.rows(SCHOOLS, {"numbers": list(numbers)})
        return {row[0]: row[1] for row in rows}

    async def _plans(self, key: PlanKey) -> list[ExamPlanRecord]:
        values = {"period": key.period}
        periods, rows, parts = await self._database.rows_of_each(
            [(ONE_PERIOD, values), (EXAMS, {**values, "school": key.school or ""}), (PARTS, values)]
        )
        if not periods:
            return []
        period = PERIOD_FORM.read(self._database.backend, periods[0])
        by_level: dict[EducationLevel, list[ExamRecord]] = defaultdict(list)
        for exam in self._exams(rows, parts):
            by_level[exam.level].append(exam)
        levels = [level for level in EducationLevel if key.level in (None, level)]
        return [ExamPlanRecord(level, period, tuple(by_level[level])) for level in levels if by_level[level]]

    def _exams(self, rows: Sequence[Sequence[Any]], parts: Iterable[Sequence[Any]]) -> list[ExamRecord]:
        backend = self._database.backend
        of_exam: dict[tuple[str, str], list[ExamPartRecord]] = defaultdict(list)
        for course_code, variant, *part in parts:
            of_exam[course_code, variant].append(PART_FORM.read(backend, part))
        return [
            ExamRecord(
                exam.period, exam.course_code, exam.variant or None, exam.level, exam.is_restricted,
                tuple(of_exam[exam.course_code, exam.variant]),
            )
            for exam in EXAM_FORM.read_all(backend, rows)
        ]  # fmt: skip


def current_period(periods: Sequence[ExamPeriodRecord], now: datetime) -> ExamPeriodRecord | None:
    """The period that runs `now`; of several the one whose registration began last; else the next; else the last.

    None when there are no periods.
    """
    running = [each for each in periods if each.runs_at(now)]
    if running:
        return max(running, key=lambda each: each.registration_starts_at)
    coming = [each for each in periods if each.registration_starts_at > now]
    if coming:
        return min(coming, key=lambda each: each.registration_starts_at)
    return max(periods, key=lambda each: each.registration_starts_at, default=None)
