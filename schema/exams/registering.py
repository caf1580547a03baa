"""Candidates as they are sent in, registrations to be taken back, and what is answered to both."""

import strawberry

from datasources.exam_store.new import (
    CandidatesToRegister,
    NewCandidate,
    NewGroup,
    NewLeader,
    RegistrationsToDelete,
    RegistrationToDelete,
)
from datasources.exam_store.records import DeletionStatus
from resolvers.exams import registering, registrations
from schema.exams.registrations import ExamRegistration
from schema.fields import answered_by, attribute, published, published_input
from schema.problems import Problem

published_input(
    NewLeader,
    "GroupLeaderInput",
    "A person responsible for a group.",
    {
        "national_number": "National identity number; not checked.",
        "given_name": "Given name: at most 200 characters.",
        "family_name": "Family name: at most 200 characters.",
        "language": "Written form of Norwegian.",
        "email": "E-mail address; not checked.",
        "phone": "Mobile phone number.",
    },
)
published_input(
    NewCandidate,
    "NewCandidateInput",
    "A candidate to be registered.",
    {
        "national_number": "National identity number: eleven digits.",
        "given_name": "Given name: at most 200 characters.",
        "family_name": "Family name: at most 200 characters.",
        "language": "Written form of Norwegian.",
        "candidate_type": "Whether a pupil of the school.",
    },
)
published_input(
    NewGroup,
    "CandidateGroupInput",
    "Candidates to be registered for one subject. One that the school has by this name already is added to.",
    {
        "course_code": "Code of a subject in the period's plan.",
        "candidates": "The candidates.",
        "name": "Name of the group, used once for a subject: at most 200 characters.",
        "variant": "Variant of the subject.",
        "leaders": "Who is responsible for it. They take the place of those that the school gave before.",
    },
)
published_input(
    CandidatesToRegister,
    "RegisterCandidatesInput",
    "Candidates of one school for one period.",
    {
        "school_org_number": "Organisation number of the school.",
        "school_name": "Name of the school: at most 200 characters.",
        "period": "Code of a period whose exams are not over.",
        "user_name": "Who registers them: the user's name in the exam service.",
        "level": "Level of all its subjects.",
        "error_email": "Who is told by e-mail when not all candidates could be registered.",
        "groups": "The candidates, by group.",
        "upload": "In place of `groups`: what was sent to the old route, which alone can give it.",
    },
)
published_input(
    RegistrationToDelete,
    "RegistrationToDelete",
    "A candidate's registration for a subject.",
    {
        "candidate_number": "Number of the candidate in the period.",
        "course_code": "Code of the subject.",
    },
)
published_input(
    RegistrationsToDelete,
    "DeleteRegistrationsInput",
    "Registrations to be taken back.",
    {
        "school_org_number": "Organisation number of the school.",
        "period": "Code of the period.",
        "registrations": "The registrations, 1 to 5000.",
    },
)

published(
    DeletionStatus,
    "DeletionStatus",
    "What became of a registration that was to be deleted.",
    {
        "DELETED": "It is deleted.",
        "NOT_FOUND": "There is none such at the school for the period.",
        "NOT_DELETED": "Something has come of it already: the message says what.",
    },
)


@strawberry.type(description="What became of a registration that was to be deleted.")
class DeletedRegistration:
    candidate_number: str = attribute("Number of the candidate.")
    course_code: str = attribute("Code of the subject.")
    status: DeletionStatus = attribute("What became of it.")
    message: str = attribute("Why it was not deleted, in the exam service's words; empty when it was.")


@strawberry.type(description="What became of registrations that were to be deleted.")
class DeleteRegistrationsPayload:
    school_org_number: strawberry.ID = attribute("Organisation number of the school.")
    period: strawberry.ID = attribute("Code of the period.")
    registrations: list[DeletedRegistration] = attribute(
        "Each registration in the order asked; one that was asked for twice stands there once."
    )


@strawberry.type(description="A registration that was stored, or what keeps it from being stored.")
class RegisterCandidatesPayload:
    registration: ExamRegistration | None = attribute("The registration; null when there are problems.")
    problems: list[Problem] = attribute("What is to be mended, at most 100 of a kind; empty when all is well.")


@strawberry.type
class RegistrationMutations:
    register_candidates: RegisterCandidatesPayload | None = answered_by(
        registering.register_candidates,
        "Send in candidates of a school of the viewer's organisations. What is wrong is told all at once, and nothing "
        "is stored; else it is stored, and processed later: follow it by its reference. "
        "Needs the scope `exams:register`.",
        arguments={
            "input": "The candidates.",
            "idempotency_key": "The same key again, with the same input, gives the first answer again, for 90 days.",
        },
    )
    delete_registrations: DeleteRegistrationsPayload | None = answered_by(
        registrations.delete_registrations,
        "Take back registrations at a school of the viewer's organisations, of which nothing has come yet. "
        "Needs the scope `exams:register`.",
        arguments={"input": "The registrations."},
    )
