"""The exam store of the sandbox: the contract's two periods, and those around today with what came of the last."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from datasources.exam_store.records import Attendance, CandidateType, EducationLevel, ExaminerRole
from datasources.exam_store.settling import candidate_number
from datasources.national_ids import is_organisation_number, synthetic_number
from datasources.sandbox.exam_contract import (
    FIKTIVDAL,
    LOWER,
    NORWAY,
    SCHOOLS,
    SPRING,
    TENKT,
    UPPER,
    Row,
    candidate_row,
    contract_rows,
    exam_rows,
    group_row,
    period_row,
    sitting_row,
)

MORE_SCHOOLS = 8
# A class, and how many of them a school has in each subject.
CLASS_SIZE, CLASSES = 15, 2
# Candidates are registered so long before the first day of exams, and have all their grades so long after it.
REGISTERED_BEFORE, GRADED_AFTER = timedelta(days=60), timedelta(days=65)
GIVEN_NAMES = (
    "Rask", "Lun", "Blid", "Stille", "Varm", "Grønn", "Mild", "Klok", "Kvikk", "Sterk", "Rolig", "Trygg", "Frisk",
)  # fmt: skip
FAMILY_NAMES = (
    "Elv", "Stein", "Fjord", "Vann", "Lyng", "Gran", "Vind", "Ugle", "Rev", "Bjørn", "Bjørk", "Havn", "Foss", "Berg",
)  # fmt: skip
ATTENDANCE = (
    *[Attendance.PRESENT] * 17, Attendance.ABSENT_DOCUMENTED, Attendance.ABSENT_UNDOCUMENTED, Attendance.NO_ANSWER,
)  # fmt: skip
CHANGED = "Klagenemnda endret karakteren."


def sandbox_exams(seed: int, now: datetime) -> dict[str, list[Row]]:
    """Rows of every table of the sandbox's exam store, by table; the same for the same seed and day."""
    rows = contract_rows()
    today = now.astimezone(NORWAY).date()
    first_days = [_semester(today, back) for back in (2, 1, 0)]
    graded = max(day for day in first_days if day + GRADED_AFTER < today)
    schools = _schools()
    rows["exam_school"] += [{"org_number": number, "name": name} for number, name, _ in schools]
    for first_day in first_days:
        code = _code(first_day)
        rows["exam_period"].append(_period(code, first_day, today if first_day == first_days[-1] else None))
        for exam, parts, available in exam_rows(code, SPRING, first_day=first_day + timedelta(days=2)):
            rows["exam_exam"].append(exam)
            rows["exam_part"] += parts
            rows["exam_availability"] += available
    for table, more in _registered(random.Random(seed), graded, schools).items():  # noqa: S311 made-up data
        rows[table] += more
    return rows


def _semester(today: date, back: int) -> date:
    """The first day of exams of a semester: a Monday in May or November; the one after `today`, or one before it."""
    days = [date(year, month, 14) for year in range(today.year - 2, today.year + 2) for month in (5, 11)]
    mondays = [day + timedelta(days=-day.weekday() % 7) for day in days]
    coming = next(place for place, day in enumerate(mondays) if day > today + timedelta(days=14))
    return mondays[coming - back]


def _code(first_day: date) -> str:
    return f"{'V' if first_day.month < 7 else 'H'}-{first_day.year}"  # noqa: PLR2004 July


def _period(code: str, first_day: date, open_on: date | None) -> Row:
    """A period; candidates are registered until three weeks before, and in one that is open around today anyway."""
    opens, closes = first_day - timedelta(days=120), first_day - timedelta(days=21)
    if open_on is not None:
        opens, closes = min(opens, open_on - timedelta(days=7)), max(closes, open_on + timedelta(days=7))
    days = (opens, closes, first_day, first_day + timedelta(days=25))
    times = (time(0), time(23, 59, 59), time(9), time(15))
    return period_row(code, *(
        datetime.combine(day, at, NORWAY).astimezone(UTC) for day, at in zip(days, times, strict=True)
    ))  # fmt: skip


def _schools() -> list[tuple[str, str, EducationLevel]]:
    """More schools: number, name, level."""
    found: list[tuple[str, str, EducationLevel]] = []
    for serial in count(100):
        number = _organisation_number(f"315{serial:05}")
        if number is not None and number not in SCHOOLS:
            level, kind = (LOWER, "ungdomsskole") if len(found) % 2 == 0 else (UPPER, "videregående skole")
            found.append((number, f"{FAMILY_NAMES[len(found)]}dal {kind}", level))
        if len(found) == MORE_SCHOOLS:
            return found
    raise AssertionError


def _organisation_number(stem: str) -> str | None:
    return next((f"{stem}{digit}" for digit in range(10) if is_organisation_number(f"{stem}{digit}")), None)


def _registered(
    chance: random.Random, first_day: date, schools: list[tuple[str, str, EducationLevel]]
) -> Mapping[str, list[Row]]:
    """Classes of each school in the last period, with grades, appeals, a cancelled exam; and examiners."""
    found: dict[str, list[Row]] = {
        name: [] for name in ("exam_person", "exam_candidate", "exam_group", "exam_group_leader", "exam_sitting",
                              "exam_appointment")
    }  # fmt: skip
    people = _people(chance, first_day)
    group_ids = count(100)
    used: set[str] = set()
    for school, _, level in [*schools, (FIKTIVDAL, "", LOWER), (TENKT, "", UPPER)]:
        leader = next(people)
        subjects = [
            (course, variant) for course, variant, at, _, only in SPRING
            if at is level and not only and course != "NOR1415" and variant in ("", "JAV")
        ]  # fmt: skip
        classes = [[next(people) for _ in range(CLASS_SIZE)] for _ in range(CLASSES)]
        for person in (person for each in classes for person in each):
            number = _unused_number(chance, first_day, used)
            found["exam_person"].append(person)
            found["exam_candidate"].append(candidate_row(_code(first_day), person["national_number"], number))
        for course, variant in subjects:
            for place, members in enumerate(classes):
                group = next(group_ids)
                name = f"{'10' if level is LOWER else 'VG2 '}{'AB'[place]}"
                found["exam_group"].append(group_row(group, school, _code(first_day), course, variant, name))
                found["exam_group_leader"].append({**leader, "group_id": group, "ordinal": 1, "language": None,
                                                   "email": "leder@example.com", "phone": None})  # fmt: skip
                found["exam_sitting"] += _sittings(chance, first_day, school, (course, variant), group, members)
            found["exam_appointment"].append({
                "school": school, "period": _code(first_day), **leader, "role": chance.choice(list(ExaminerRole)).value,
                "course_code": course,
            })  # fmt: skip
    return found


def _people(chance: random.Random, first_day: date) -> Iterator[Row]:
    """People who do not exist, of an age for exams."""
    eldest = date(first_day.year - 17, 1, 1)
    for serial in count():
        yield {
            "national_number": synthetic_number(eldest + timedelta(days=serial % 700), 100 + serial // 700),
            "given_name": chance.choice(GIVEN_NAMES), "family_name": chance.choice(FAMILY_NAMES),
        }  # fmt: skip


def _unused_number(chance: random.Random, first_day: date, used: set[str]) -> str:
    while True:
        number = candidate_number(_code(first_day), chance)
        if number not in used:
            used.add(number)
            return number


def _sittings(
    chance: random.Random, first_day: date, school: str, subject: tuple[str, str], group: int, members: list[Row]
) -> Iterator[Row]:
    registered_at = datetime.combine(first_day - REGISTERED_BEFORE, time(9), UTC)
    published_at = registered_at + timedelta(days=100)
    is_cancelled = school == TENKT and subject[0] == "MAT1013"
    for person in members:
        attendance = Attendance.CANCELLED if is_cancelled else chance.choice(ATTENDANCE)
        grade = chance.randrange(1, 7) if attendance is Attendance.PRESENT else None
        is_changed = grade is not None and grade < 6 and chance.random() < 0.05  # noqa: PLR2004 the best; one in twenty
        yield {
            **sitting_row(school, _code(first_day), person["national_number"], *subject, group, registered_at),
            "candidate_type": (CandidateType.PUPIL if chance.random() < 0.9 else CandidateType.PRIVATE).value,  # noqa: PLR2004
            "attendance": attendance.value, "grade": grade, "grade_published_at": published_at if grade else None,
            "appeal_grade": grade + 1 if is_changed and grade else None,
            "appeal_reason": CHANGED if is_changed else None,
            "appeal_published_at": published_at + timedelta(days=20) if is_changed else None,
        }  # fmt: skip
