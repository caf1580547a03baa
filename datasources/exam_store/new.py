"""What is sent to the exam store: candidates to be registered, and registrations to be taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from datasources.exam_store.records import CandidateType, EducationLevel, LanguageForm


@dataclass(frozen=True)
class NewLeader:
    """A person responsible for a group, to be stored as it is."""

    national_number: str
    given_name: str
    family_name: str
    language: LanguageForm | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class NewCandidate:
    """A candidate to be registered."""

    national_number: str
    given_name: str
    family_name: str
    language: LanguageForm
    candidate_type: CandidateType


@dataclass(frozen=True)
class NewGroup:
    """Candidates to be registered for one subject."""

    course_code: str
    candidates: list[NewCandidate]
    name: str | None = None
    variant: str | None = None
    leaders: list[NewLeader] | None = None


@runtime_checkable
class Parts(Protocol):
    """Groups of candidates that come a part at a time, as often as one asks; see `GroupPart`."""

    @property
    def candidate_count(self) -> int: ...

    def parts(self) -> Iterator[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class GroupPart:
    """A part of a group; of one with many candidates there are several, and all but the first `continue` it."""

    name: str | None
    course_code: str
    variant: str
    leaders: Sequence[dict[str, Any]]
    candidates: Sequence[dict[str, Any]]
    continues: bool

    @classmethod
    def of(cls, part: dict[str, Any]) -> "GroupPart":
        """As `Parts` gives it: members by the names that they have in the graph."""
        return cls(
            part["name"], part["courseCode"], part["variant"] or "", part["leaders"], part["candidates"],
            part["continues"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """What a school sends in, its groups aside; `subject` is who asks."""

    school_org_number: str
    school_name: str
    period: str
    level: EducationLevel | None
    user_name: str
    error_email: str | None
    subject: str


@dataclass(frozen=True)
class RegistrationToDelete:
    """A candidate's registration for a subject."""

    candidate_number: str
    course_code: str


@dataclass(frozen=True)
class CandidatesToRegister:
    """What a school sends in: its groups, or an upload that holds them."""

    school_org_number: str
    school_name: str
    period: str
    user_name: str
    level: EducationLevel | None = None
    error_email: str | None = None
    groups: list[NewGroup] | None = None
    upload: Parts | None = None


@dataclass(frozen=True)
class RegistrationsToDelete:
    """Registrations of candidates at a school for a period, to be taken back."""

    school_org_number: str
    period: str
    registrations: list[RegistrationToDelete]
