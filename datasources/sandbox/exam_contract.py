"""Two finished exam periods with four schools, as the contract of the old service describes them.

People are made up, and so are their numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from datasources.exam_store.records import (
    Attendance,
    CandidateType,
    EducationLevel,
    ExaminerRole,
    ExamPartType,
    LanguageForm,
)

Row = dict[str, Any]

NORWAY = ZoneInfo("Europe/Oslo")
LOWER, UPPER = EducationLevel.LOWER_SECONDARY, EducationLevel.UPPER_SECONDARY
FIKTIVDAL, TENKT, OPPDIKTET, ANNEN = "310000019", "310000027", "310000035", "310000043"
SCHOOLS = {
    FIKTIVDAL: "Fiktivdal ungdomsskole",
    TENKT: "Tenkt videregående skole",
    OPPDIKTET: "Oppdiktet videregående skole",
    ANNEN: "Annen ungdomsskole",
}
WHOLE_DAY_MINUTES = 300

# subject, variant, level, its parts, the schools that it is restricted to
Exam = tuple[str, str, EducationLevel, tuple[ExamPartType, ...], tuple[str, ...]]
ONE = (ExamPartType.EXAM,)
PREPARED = (ExamPartType.PREPARATION, ExamPartType.EXAM)
TWO = (ExamPartType.PART_1, ExamPartType.PART_2)
SPRING: tuple[Exam, ...] = (
    ("ENG0012", "", LOWER, PREPARED, ()),
    ("MAT0010", "", LOWER, TWO, ()),
    ("NOR0214", "", LOWER, ONE, ()),
    ("NOR0215", "", LOWER, ONE, ()),
    ("NOR1415", "", LOWER, ONE, ()),
    ("MAT1013", "", UPPER, TWO, ()),
    ("MAT1013", "PIL", UPPER, ONE, (OPPDIKTET,)),
    *(("REA3015", variant, UPPER, ONE, ()) for variant in ("AS", "CS", "DIV", "JAV")),
)
AUTUMN: tuple[Exam, ...] = (
    ("MAT1013", "", UPPER, ONE, ()),
    ("REA3015", "CS", UPPER, ONE, ()),
    ("REA3015", "JAV", UPPER, ONE, ()),
)
# national number, given name, family name, candidate number
AUTUMN_CANDIDATES = (
    ("11830073304", "Mild", "Vind", "201BAA-H"),
    ("30899910083", "Klok", "Ugle", "202BAB-H"),
    ("18860090054", "Kvikk", "Rev", "203BAC-H"),
    ("02840055771", "Sterk", "Bjørn", "204BAD-H"),
)
SPRING_CANDIDATE = ("24920265592", "Grønn", "Gran", "106AAF-V")
# group, subject, variant, candidate, attendance, grade, grade on appeal, why
SITTINGS: tuple[tuple[int, str, str, int, Attendance, int | None, int | None, str | None], ...] = (
    (1, "REA3015", "JAV", 0, Attendance.PRESENT, 4, 5, "Klagenemnda endret karakteren."),
    (1, "REA3015", "JAV", 3, Attendance.CANCELLED, None, None, None),
    (2, "REA3015", "CS", 1, Attendance.ABSENT_UNDOCUMENTED, None, None, None),
    (2, "REA3015", "CS", 2, Attendance.NO_ANSWER, None, None, None),
    (3, "MAT1013", "", 1, Attendance.PRESENT, 6, None, None),
    (3, "MAT1013", "", 2, Attendance.ABSENT_DOCUMENTED, None, None, None),
)
GROUPS = ((1, "REA3015", "JAV", "IT2 H17"), (2, "REA3015", "CS", "IT2 H17 CS"), (3, "MAT1013", "", "1T H17"))
APPOINTMENTS = (
    ("12828010083", "Rolig", "Bjørk", ExaminerRole.EXAMINER, "MAT0010"),
    ("23877520153", "Trygg", "Havn", ExaminerRole.EXAMINER, "NOR0214"),
    ("23877520153", "Trygg", "Havn", ExaminerRole.EXAMINER, "NOR0215"),
    ("23877520153", "Trygg", "Havn", ExaminerRole.APPEALS_BOARD, "NOR0214"),
    ("05859030124", "Frisk", "Foss", ExaminerRole.APPEALS_BOARD, "ENG0012"),
)


def contract_rows() -> dict[str, list[Row]]:
    """Rows of every table of an exam store that the contract's cases begin with, by table."""
    spring = list(exam_rows("V-2018", SPRING, first_day=date(2018, 5, 16)))
    autumn = list(exam_rows("H-2017", AUTUMN, first_day=date(2017, 11, 15)))
    return {
        "exam_period": [
            period_row("H-2017", *map(instant, ("2017-09-01T00:00:00+02:00", "2017-10-01T23:59:59+02:00",
                                                "2017-11-13T09:00:00+01:00", "2017-12-15T15:00:00+01:00"))),
            period_row("V-2018", *map(instant, ("2018-01-15T00:00:00+01:00", "2018-03-01T23:59:59+01:00",
                                                "2018-05-14T09:00:00+02:00", "2018-06-08T15:00:00+02:00"))),
        ],
        "exam_school": [{"org_number": number, "name": name} for number, name in SCHOOLS.items()],
        "exam_exam": [row for row, _, _ in (*autumn, *spring)],
        "exam_part": [part for _, parts, _ in (*autumn, *spring) for part in parts],
        "exam_availability": [available for _, _, schools in (*autumn, *spring) for available in schools],
        "exam_group_leader": [],
        **_registered(),
        "exam_appointment": [
            {
                "school": FIKTIVDAL, "period": "V-2018", "national_number": number, "role": role.value,
                "course_code": course, "given_name": given_name, "family_name": family_name,
            }
            for number, given_name, family_name, role, course in APPOINTMENTS
        ],
    }  # fmt: skip


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def period_row(code: str, opens: datetime, closes: datetime, begins: datetime, ends: datetime) -> Row:
    return {
        "code": code, "registration_starts_at": opens, "registration_ends_at": closes, "exams_start_at": begins,
        "exams_end_at": ends,
    }  # fmt: skip


def exam_rows(period: str, exams: Iterable[Exam], first_day: date) -> Iterator[tuple[Row, list[Row], list[Row]]]:
    """Of each exam its row, its parts and the schools that it is restricted to; all begin at nine on the first day."""
    for course, variant, level, parts, schools in exams:
        key = {"period": period, "course_code": course, "variant": variant}
        of_parts = [{**key, "ordinal": place, **times} for place, times in enumerate(_times(parts, first_day), 1)]
        yield (
            {**key, "level": level.value, "is_restricted": bool(schools)},
            of_parts,
            [{**key, "school": school} for school in schools],
        )


def _times(parts: tuple[ExamPartType, ...], first_day: date) -> Iterator[Row]:
    """When parts are sat: a preparation on the day before, two parts after one another."""
    nine = datetime.combine(first_day, time(9), NORWAY)
    if parts == TWO:
        yield _part(ExamPartType.PART_1, nine, 120)
        yield _part(ExamPartType.PART_2, nine + timedelta(hours=2), 180)
        return
    for part in parts:
        begins = nine - timedelta(days=1) if part is ExamPartType.PREPARATION else nine
        yield _part(part, begins, WHOLE_DAY_MINUTES)


def _part(kind: ExamPartType, begins: datetime, minutes: int) -> Row:
    begins = begins.astimezone(UTC)
    ends = begins + timedelta(minutes=minutes)
    return {"type": kind.value, "starts_at": begins, "ends_at": ends, "duration_minutes": minutes}


def _registered() -> Mapping[str, list[Row]]:
    known = [*((*person, "H-2017") for person in AUTUMN_CANDIDATES), (*SPRING_CANDIDATE, "V-2018")]
    autumn_day, spring_day = instant("2017-09-15T10:00:00+02:00"), instant("2018-01-20T10:00:00+01:00")
    published = instant("2017-12-20T08:00:00+01:00")
    groups = [group_row(number, TENKT, "H-2017", *group) for number, *group in GROUPS]
    sittings = [
        {
            **sitting_row(TENKT, "H-2017", AUTUMN_CANDIDATES[who][0], course, variant, group, autumn_day),
            "attendance": attendance.value, "grade": grade, "grade_published_at": published if grade else None,
            "appeal_grade": appeal, "appeal_reason": reason, "appeal_published_at": published if appeal else None,
        }
        for group, course, variant, who, attendance, grade, appeal, reason in SITTINGS
    ]  # fmt: skip
    return {
        "exam_person": [
            {"national_number": number, "given_name": given_name, "family_name": family_name}
            for number, given_name, family_name, _, _ in known
        ],
        "exam_candidate": [candidate_row(period, number, own) for number, _, _, own, period in known],
        "exam_group": [*groups, group_row(4, ANNEN, "V-2018", "ENG0012", "", "10X")],
        "exam_sitting": [
            *sittings,
            sitting_row(ANNEN, "V-2018", SPRING_CANDIDATE[0], "ENG0012", "", 4, spring_day),
        ],
    }


def candidate_row(period: str, national_number: str, number: str) -> Row:
    return {
        "period": period, "national_number": national_number, "number": number, "language": LanguageForm.BOKMAL.value,
    }  # fmt: skip


def group_row(number: int, school: str, period: str, course: str, variant: str, name: str) -> Row:
    return {
        "id": number, "school": school, "period": period, "course_code": course, "name_key": name.casefold(),
        "name": name, "variant": variant,
    }  # fmt: skip


def sitting_row(
    school: str, period: str, national_number: str, course: str, variant: str, group: int, registered_at: datetime
) -> Row:
    """A pupil's registration that nothing has come of yet."""
    return {
        "school": school, "period": period, "national_number": national_number, "course_code": course,
        "variant": variant, "group_id": group, "candidate_type": CandidateType.PUPIL.value,
        "attendance": Attendance.PRESENT.value, "grade": None, "grade_published_at": None, "appeal_grade": None,
        "appeal_reason": None, "appeal_published_at": None, "registered_at": registered_at,
    }  # fmt: skip
