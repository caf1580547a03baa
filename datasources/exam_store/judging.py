"""Whether a candidate may be registered for a subject: the rules, in their order, on facts that are given.

Rules between subjects are data, in the table `exam_course_rule`:
- TOGETHER: who is registered for `course_code` must be sent in for `other_code` as well, in the same registration;
- NOT_WITH: `course_code` goes with `other_code` neither in one registration nor with what is stored;
- NEEDS_VARIANT: `course_code` is taken in one of its variants, even when the plan has it without.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from datasources.exam_store.records import EntryStatus


class RuleKind(Enum):
    """What a rule between subjects says."""

    TOGETHER = "TOGETHER"
    NOT_WITH = "NOT_WITH"
    NEEDS_VARIANT = "NEEDS_VARIANT"


class Verdict(NamedTuple):
    """What becomes of an entry, and why. The words are those of the exam service's own report."""

    status: EntryStatus
    message: str = ""

    @property
    def is_in(self) -> bool:
        return self.status in (EntryStatus.REGISTERED, EntryStatus.PARTLY_REGISTERED)


REGISTERED = Verdict(EntryStatus.REGISTERED)


class Asked(NamedTuple):
    """What one entry asks for."""

    ordinal: int
    course_code: str
    variant: str
    group_key: str  # of the group's name


class Held(NamedTuple):
    """A subject that the candidate is registered for already."""

    course_code: str
    variant: str
    school: str
    group_key: str


@dataclass(frozen=True)
class CourseRules:
    """What holds for subjects of one period: their variants, for which schools these are, and the rules between."""

    variants: Mapping[str, Collection[str]]  # of a subject; empty text for none
    restricted: Mapping[tuple[str, str], Collection[str]]  # (subject, variant) -> schools; absent for all
    together: Mapping[str, Sequence[str]]
    not_with: Mapping[str, Sequence[str]]
    needs_variant: Collection[str]

    @classmethod
    def of(
        cls,
        exams: Iterable[tuple[str, str, bool]],
        available: Iterable[tuple[str, str, str]],
        rules: Iterable[tuple[str, str, str]],
    ) -> "CourseRules":
        """From rows: (subject, variant, whether restricted), (subject, variant, school), (kind, subject, other)."""
        variants: dict[str, set[str]] = defaultdict(set)
        restricted: dict[tuple[str, str], set[str]] = {}
        for course, variant, is_restricted in exams:
            variants[course].add(variant)
            if is_restricted:
                restricted[course, variant] = set()
        for course, variant, school in available:
            restricted.get((course, variant), set()).add(school)
        by_kind: dict[RuleKind, dict[str, list[str]]] = {kind: defaultdict(list) for kind in RuleKind}
        for kind, course, other in rules:
            by_kind[RuleKind(kind)][course].append(other)
        return cls(
            variants, restricted, by_kind[RuleKind.TOGETHER], by_kind[RuleKind.NOT_WITH],
            frozenset(by_kind[RuleKind.NEEDS_VARIANT]),
        )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What an entry is judged by, what is stored for the candidate aside."""

    school: str
    period: str
    is_open: bool  # whether candidates are registered for the period now
    rules: CourseRules
    asked_together: Sequence[Asked]  # all of the same candidate in the same registration


def judged(entry: Asked, case: Case, held: Iterable[Held]) -> Verdict:
    """What becomes of an entry, by the first rule that it meets."""
    by_course = {each.course_code: each for each in held}
    stored = by_course.get(entry.course_code)
    same_course = [each for each in case.asked_together if each.course_code == entry.course_code]
    is_first = entry.ordinal == min(each.ordinal for each in same_course)
    if stored == Held(entry.course_code, entry.variant, case.school, entry.group_key) and is_first:
        return REGISTERED
    if not case.is_open:
        return _refused(f"Pamelding for eksamensperiode {case.period} is closed")
    return (
        _by_variant(entry, case)
        or _by_other_variant(entry, same_course, stored)
        or _by_other_courses(entry, case, by_course)
        or _by_stored(entry, case, stored)
        or REGISTERED
    )


def halved(course: str, other: str) -> Verdict:
    """One half of two that go together went in, and the other did not."""
    return Verdict(EntryStatus.PARTLY_REGISTERED, _not_alone(course, other))


def _by_variant(entry: Asked, case: Case) -> Verdict | None:
    course, variant = entry.course_code, entry.variant
    there = case.rules.variants.get(course, ())
    if not variant and ("" not in there or course in case.rules.needs_variant):
        choices = ", ".join(sorted(each for each in there if each))
        return _refused(f"Fagkode {course} requires one of the variants: {choices}")
    if variant not in there:
        return _refused(f"Variant {variant} is not available for fagkode {course}")
    schools = case.rules.restricted.get((course, variant))
    if schools is not None and case.school not in schools:
        return _refused(f"Variant {variant} of fagkode {course} is not available for skole {case.school}")
    return None


def _by_other_variant(entry: Asked, same_course: Iterable[Asked], stored: Held | None) -> Verdict | None:
    others = {each.variant for each in same_course} | ({stored.variant} if stored else set())
    if others - {entry.variant}:
        return _refused(f"Kandidat can only be registered in one variant of fagkode {entry.course_code}")
    return None


def _by_other_courses(entry: Asked, case: Case, held: Mapping[str, Held]) -> Verdict | None:
    course = entry.course_code
    sent = {each.course_code for each in case.asked_together}
    for other in case.rules.together.get(course, ()):
        if other not in sent:
            return _refused(_not_alone(course, other))
    excluded = case.rules.not_with.get(course, ())
    if any(other in sent or other in held for other in excluded):
        return _refused(f"Fagkode {course} cannot be combined with {' or '.join(excluded)}")
    return None


def _by_stored(entry: Asked, case: Case, stored: Held | None) -> Verdict | None:
    if stored is None:
        return None
    words = f"Kandidat is already registered in fagkode {entry.course_code}"
    if stored.school != case.school:
        return Verdict(EntryStatus.REGISTERED_AT_OTHER_SCHOOL, f"{words} at another skole")
    return _refused(words)


def _not_alone(course: str, other: str) -> str:
    return f"Fagkode {course} requires pamelding to {other} for the same kandidat"


def _refused(message: str) -> Verdict:
    return Verdict(EntryStatus.NOT_REGISTERED, message)
