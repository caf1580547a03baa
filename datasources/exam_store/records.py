"""What the exam store holds: the plan, what was sent in, who is registered, what came of it, and who examines."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from datasources.records import record


class EducationLevel(Enum):
    """Where a subject is taught."""

    LOWER_SECONDARY = "LOWER_SECONDARY"
    UPPER_SECONDARY = "UPPER_SECONDARY"


class ExamPartType(Enum):
    """What a part of an exam is."""

    EXAM = "EXAM"
    PART_1 = "PART_1"
    PART_2 = "PART_2"
    PREPARATION = "PREPARATION"


class CandidateType(Enum):
    """Whether a candidate is a pupil of the school."""

    PUPIL = "PUPIL"
    PRIVATE = "PRIVATE"


class LanguageForm(Enum):
    """A written form of Norwegian."""

    BOKMAL = "BOKMAL"
    NYNORSK = "NYNORSK"


class RegistrationStatus(Enum):
    """How far what was sent in is processed."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    PARTLY_COMPLETED = "PARTLY_COMPLETED"
    FAILED = "FAILED"


# Not all of it is stored yet: nobody may see it.
ARRIVING = "ARRIVING"


class EntryStatus(Enum):
    """What became of one candidate for one subject in what was sent in."""

    QUEUED = "QUEUED"
    REGISTERED = "REGISTERED"
    NOT_REGISTERED = "NOT_REGISTERED"
    PARTLY_REGISTERED = "PARTLY_REGISTERED"
    REGISTERED_AT_OTHER_SCHOOL = "REGISTERED_AT_OTHER_SCHOOL"


class Attendance(Enum):
    """Whether a candidate took part."""

    PRESENT = "PRESENT"
    ABSENT_UNDOCUMENTED = "ABSENT_UNDOCUMENTED"
    ABSENT_DOCUMENTED = "ABSENT_DOCUMENTED"
    NO_ANSWER = "NO_ANSWER"
    CANCELLED = "CANCELLED"


class DeletionStatus(Enum):
    """What became of a registration that was to be deleted."""

    DELETED = "DELETED"
    NOT_FOUND = "NOT_FOUND"
    NOT_DELETED = "NOT_DELETED"


class ExaminerRole(Enum):
    """What a person is appointed to."""

    EXAMINER = "EXAMINER"
    APPEALS_BOARD = "APPEALS_BOARD"


class ExamKey(NamedTuple):
    """Which exam; `variant` is empty when it has none."""

    period: str
    course_code: str
    variant: str


@record
class ExamPeriodRecord:
    """When candidates are registered, and when exams are sat."""

    code: str
    registration_starts_at: datetime
    registration_ends_at: datetime
    exams_start_at: datetime
    exams_end_at: datetime

    def is_open_at(self, instant: datetime) -> bool:
        """Whether candidates may be registered then."""
        return self.registration_starts_at <= instant <= self.registration_ends_at

    def runs_at(self, instant: datetime) -> bool:
        """Whether it is between its first registration and its last exam then."""
        return self.registration_starts_at <= instant <= self.exams_end_at


@record
class ExamPartRecord:
    """A part of an exam: when it is sat, and for how long."""

    type: ExamPartType
    starts_at: datetime
    ends_at: datetime
    duration_minutes: int


@record
class ExamRecord:
    """An exam of a period, in the order of its parts."""

    period: str
    course_code: str
    variant: str | None
    level: EducationLevel
    is_restricted: bool
    parts: tuple[ExamPartRecord, ...]

    @property
    def key(self) -> ExamKey:
        return ExamKey(self.period, self.course_code, self.variant or "")


@dataclass(frozen=True, slots=True)
class ExamPlanRecord:
    """The exams of a level in a period, by subject, those without a variant first."""

    level: EducationLevel
    period: ExamPeriodRecord
    exams: tuple[ExamRecord, ...]


@dataclass(frozen=True, slots=True)
class PlanKey:
    """Whose plan: a school's holds exams that only some schools may use, those of others do not."""

    period: str
    level: EducationLevel | None = None
    school: str | None = None


@record
class LeaderRecord:
    """A person responsible for a group of candidates, as the school gave it; the number is not checked."""

    national_number: str
    given_name: str
    family_name: str
    language: LanguageForm | None
    email: str | None
    phone: str | None


@record
class RegistrationRecord:
    """What a school sent in, under its reference."""

    reference: str
    school_org_number: str
    school_name: str
    period: str
    level: EducationLevel | None
    status: RegistrationStatus
    message: str | None
    candidate_count: int
    received_at: datetime
    finished_at: datetime | None


@record
class RegistrationEntryRecord:
    """One candidate for one subject in what was sent in. `candidate_number` is None until there is one."""

    national_number: str
    candidate_number: str | None
    status: EntryStatus
    message: str


@dataclass(frozen=True, slots=True)
class RegistrationGroupRecord:
    """A group of candidates as it was sent in, and what became of each, in the order sent."""

    name: str | None
    course_code: str
    variant: str | None
    leaders: tuple[LeaderRecord, ...]
    candidates: tuple[RegistrationEntryRecord, ...]


@record
class RegisteredCandidateRecord:
    """A candidate who is registered for a subject."""

    national_number: str
    given_name: str
    family_name: str
    language: LanguageForm | None
    candidate_type: CandidateType
    candidate_number: str


@record
class GradedCandidateRecord:
    """What came of a candidate's exam. Grades, 1 to 6 and 6 the best, are None until they are published."""

    national_number: str
    candidate_number: str
    attendance: Attendance
    grade: int | None
    appeal_grade: int | None
    appeal_reason: str | None


@dataclass(frozen=True, slots=True)
class RegisteredGroupRecord:
    """A group of candidates in an exam, in the order in which they were registered."""

    name: str
    leaders: tuple[LeaderRecord, ...]
    candidates: tuple[RegisteredCandidateRecord, ...]


@dataclass(frozen=True, slots=True)
class RegisteredExamRecord:
    """An exam with its groups, by name."""

    period: str
    course_code: str
    variant: str | None
    groups: tuple[RegisteredGroupRecord, ...]


@dataclass(frozen=True, slots=True)
class RegisteredCandidatesRecord:
    """Who is registered at a school for a period: exams by subject, those without a variant first."""

    school_org_number: str
    period: str
    exams: tuple[RegisteredExamRecord, ...]


@dataclass(frozen=True, slots=True)
class GradedGroupRecord:
    """A group of candidates in an exam, in the order in which they were registered."""

    name: str
    candidates: tuple[GradedCandidateRecord, ...]


@dataclass(frozen=True, slots=True)
class GradedExamRecord:
    """An exam with its groups, by name."""

    period: str
    course_code: str
    variant: str | None
    groups: tuple[GradedGroupRecord, ...]


@dataclass(frozen=True, slots=True)
class GradeOverviewRecord:
    """What came of a school's exams in a period: exams by subject, those without a variant first."""

    school_org_number: str
    period: str
    exams: tuple[GradedExamRecord, ...]


@dataclass(frozen=True, slots=True)
class ExaminerAssignmentRecord:
    """A subject expert of a school, and the subjects in which the person is appointed; codes sorted."""

    national_number: str
    given_name: str
    family_name: str
    examiner_course_codes: tuple[str, ...]
    appeals_board_course_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeletedRegistration:
    """What became of it; `message` says why it was not deleted, and is empty when it was."""

    candidate_number: str
    course_code: str
    status: DeletionStatus
    message: str
