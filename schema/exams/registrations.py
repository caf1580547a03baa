"""Registrations as they were sent in, and who is registered."""

from collections.abc import AsyncGenerator
from datetime import datetime

import strawberry

from datasources.exam_store.records import (
    CandidateType,
    EducationLevel,
    EntryStatus,
    LanguageForm,
    RegistrationRecord,
    RegistrationStatus,
)
from resolvers.exams import plan, registrations
from schema.exams.plan import Exam
from schema.fields import answered_by, attribute, published, subscribed_to
from schema.nodes import Node

published(
    CandidateType,
    "CandidateType",
    "Whether a candidate is a pupil of the school.",
    {"PUPIL": "A pupil of the school.", "PRIVATE": "A private candidate, who sits the exam there."},
)
published(
    LanguageForm,
    "LanguageForm",
    "A written form of Norwegian.",
    {"BOKMAL": "Bokmål.", "NYNORSK": "Nynorsk."},
)
published(
    RegistrationStatus,
    "RegistrationStatus",
    "How far a registration is processed.",
    {
        "QUEUED": "It is stored; its candidates wait.",
        "PROCESSING": "Its candidates are being registered.",
        "COMPLETED": "All its candidates are registered, or there were none.",
        "PARTLY_COMPLETED": "Some of its candidates are registered, and some are not.",
        "FAILED": "None of its candidates is registered, or it could not be processed.",
    },
)
published(
    EntryStatus,
    "EntryStatus",
    "What became of a candidate for a subject in a registration.",
    {
        "QUEUED": "Not looked at yet.",
        "REGISTERED": "Registered, now or before, in this group.",
        "NOT_REGISTERED": "A rule stopped it: the message says which.",
        "PARTLY_REGISTERED": "Registered, but the other half of two subjects that go together is not.",
        "REGISTERED_AT_OTHER_SCHOOL": "Registered for this subject at another school.",
    },
)


@strawberry.type(description="A person responsible for a group of candidates, as the school gave it.")
class GroupLeader:
    national_number: str = attribute("National identity number; not checked.")
    given_name: str = attribute("Given name.")
    family_name: str = attribute("Family name.")
    language: LanguageForm | None = attribute("Written form of Norwegian; null when not given.")
    email: str | None = attribute("E-mail address; not checked; null when not given.")
    phone: str | None = attribute("Mobile phone number; null when not given.")


@strawberry.type(description="A candidate in a registration, and what became of it.")
class RegistrationCandidate:
    national_number: str = attribute("National identity number.")
    candidate_number: str | None = attribute("Number of the candidate in the period; null unless registered.")
    status: EntryStatus = attribute("What became of it.")
    message: str = attribute("Why, in the exam service's words; empty when there is nothing to say.")


@strawberry.type(description="Candidates that were sent in for one subject.")
class RegistrationGroup:
    name: str | None = attribute("Name of the group; null when none was given.")
    course_code: strawberry.ID = attribute("Code of the subject.")
    variant: str | None = attribute("Variant of the subject; null when none was given.")
    leaders: list[GroupLeader] = attribute("Who is responsible for it, as given.")
    candidates: list[RegistrationCandidate] = attribute("Its candidates, in the order sent.")


@strawberry.type(description="How far a registration is.")
class RegistrationProgress:
    total: int = attribute("How many candidates it has, each counted for each of its subjects.")
    settled: int = attribute("How many of them are done with.")
    registered: int = attribute("How many of them are registered.")


@strawberry.type(description="What a school sent in: candidates to be registered for exams of one period.")
class ExamRegistration(Node):
    id: strawberry.ID = answered_by(registrations.id_of_registration, "Global id of the registration; opaque.")
    reference: strawberry.ID = attribute("Its reference, a UUID.")
    school_org_number: strawberry.ID = attribute("Organisation number of the school.")
    school_name: str = attribute("Name of the school, as it was sent.")
    period: strawberry.ID = attribute("Code of the period.")
    level: EducationLevel | None = attribute("Level of its subjects; null when none was given.")
    status: RegistrationStatus = attribute("How far it is.")
    message: str | None = attribute("Why it could not be processed; null when it could.")
    candidate_count: int = attribute("How many candidates it has, each counted for each of its subjects.")
    received_at: datetime = attribute("When it was stored.")
    finished_at: datetime | None = attribute("When it was done; null before.")
    progress: RegistrationProgress | None = answered_by(
        registrations.progress_of_registration, "How many of its candidates are done with."
    )
    groups: list[RegistrationGroup] = answered_by(
        registrations.groups_of_registration, "Its groups, in the order sent. Leaves an audit record."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, RegistrationRecord)


@strawberry.type(description="A candidate who is registered for a subject.")
class RegisteredCandidate:
    national_number: str = attribute("National identity number.")
    given_name: str = attribute("Given name.")
    family_name: str = attribute("Family name.")
    language: LanguageForm | None = attribute("Written form of Norwegian; null when not known.")
    candidate_type: CandidateType = attribute("Whether a pupil of the school.")
    candidate_number: str = attribute("Number of the candidate in the period.")


@strawberry.type(description="Candidates of one group who are registered for a subject.")
class RegisteredGroup:
    name: str = attribute("Name of the group; empty when it has none.")
    leaders: list[GroupLeader] = attribute("Who is responsible for it.")
    candidates: list[RegisteredCandidate] = attribute("Its candidates, in the order in which they were registered.")


@strawberry.type(description="A subject for which candidates are registered.")
class RegisteredExam:
    course_code: strawberry.ID = attribute("Code of the subject.")
    variant: str | None = attribute("Variant of the subject; null when it has none.")
    exam: Exam | None = answered_by(
        plan.exam_of_registered, "Its exam in the period's plan; null when the plan has it no longer."
    )
    groups: list[RegisteredGroup] = attribute("Its groups, by name.")


@strawberry.type(description="Who is registered at a school for a period.")
class RegisteredCandidates:
    school_org_number: strawberry.ID = attribute("Organisation number of the school.")
    period: strawberry.ID = attribute("Code of the period.")
    exams: list[RegisteredExam] = attribute("Subjects, those without a variant first.")


@strawberry.type
class RegistrationQueries:
    exam_registration: ExamRegistration | None = answered_by(
        registrations.exam_registration,
        "A registration by its reference; null when there is none such of the viewer's organisations. "
        "Needs the scope `exams:read`.",
        arguments={"reference": "The reference with which it was acknowledged."},
    )
    registered_candidates: RegisteredCandidates | None = answered_by(
        registrations.registered_candidates,
        "Who is registered at a school of the viewer's organisations for a period. Leaves an audit record. "
        "Needs the scope `exams:read`.",
        arguments={"school_org_number": "Organisation number of the school.", "period": "Code of the period."},
    )


@strawberry.type
class RegistrationSubscriptions:
    exam_registration: AsyncGenerator[ExamRegistration] = subscribed_to(
        registrations.live_registration,
        "A registration at each change of its status: those that it has had first, then as they come, until it is "
        "done. Needs the scope `exams:read`.",
        arguments={"reference": "The reference with which it was acknowledged."},
    )
