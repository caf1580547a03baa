"""Registrations as they were sent in, who is registered, and taking registrations back."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID

from strawberry import ID, Parent

from datasources.audit_store.records import ReadingKind, SubjectKind
from datasources.errors import BadUserInput
from datasources.exam_store.new import RegistrationsToDelete
from datasources.exam_store.records import (
    DeletedRegistration,
    RegisteredCandidatesRecord,
    RegisteredGroupRecord,
    RegistrationGroupRecord,
    RegistrationRecord,
)
from resolvers.audit import Reading, audited
from resolvers.context import Info, edge, many, one
from resolvers.exams.forms import require_period, require_school
from resolvers.ids import global_id

# Taken back in one transaction, together or not at all.
DELETIONS_AT_ONCE = 5000
NUMBER_LENGTH = 40

registration_by_reference = one(lambda sources: sources.exams.registrations.by_reference)
groups_by_reference = many(lambda sources: sources.exams.registrations.groups)
progress_by_reference = one(lambda sources: sources.exams.registrations.progress)
registered_by_school = one(lambda sources: sources.exams.sittings.registered)


@dataclass(frozen=True, slots=True)
class DeletedRegistrations:
    """What became of each registration, in the order asked; one that was asked for twice stands there once."""

    school_org_number: str
    period: str
    registrations: list[DeletedRegistration]


async def exam_registration(info: Info, reference: UUID) -> RegistrationRecord | None:
    info.context.viewer.require("exams:read")
    found = await info.context.load(registration_by_reference, str(reference))
    # Another organisation's is not there: that it exists is its own affair.
    return found if found is not None and info.context.viewer.may_act_for(found.school_org_number) else None


async def registration_of_id(info: Info, reference: str) -> RegistrationRecord | None:
    try:
        return await exam_registration(info, UUID(reference))
    except ValueError:
        raise BadUserInput("id", "must be that of a registration") from None


async def live_registration(info: Info, reference: UUID) -> AsyncGenerator[RegistrationRecord]:
    """The registration at each change of its status, those that it has had first, until it is done."""
    registration = await exam_registration(info, reference)
    if registration is None:
        raise BadUserInput("reference", "must be that of a registration of yours")
    registrations = info.context.sources.exams.registrations
    async with aclosing(registrations.changes(registration.reference)) as changes:
        async for status in changes:
            found = (await registrations.by_reference([registration.reference])).get(registration.reference)
            yield replace(found or registration, status=status)


async def groups_of_registration(root: Parent[RegistrationRecord], info: Info) -> list[RegistrationGroupRecord]:
    info.context.viewer.require("exams:read")
    groups = await info.context.load(groups_by_reference, root.reference)
    await audited(info.context, _reading(groups, root.school_org_number, root.period))
    return groups


@edge(progress_by_reference, right="exams:read")
def progress_of_registration(registration: Parent[RegistrationRecord]) -> str:
    return registration.reference


def id_of_registration(registration: Parent[RegistrationRecord]) -> str:
    return global_id("ExamRegistration", registration.reference)


async def registered_candidates(info: Info, school_org_number: ID, period: str) -> RegisteredCandidatesRecord | None:
    info.context.viewer.require("exams:read")
    await require_school(info, "schoolOrgNumber", school_org_number)
    require_period("period", period)
    found = await info.context.load(registered_by_school, (school_org_number, period))
    if found is not None:
        groups = [group for exam in found.exams for group in exam.groups]
        await audited(info.context, _reading(groups, school_org_number, period))
    return found


def _reading(
    groups: Sequence[RegistrationGroupRecord] | Sequence[RegisteredGroupRecord], school: str, period: str
) -> Reading:
    numbers = {leader.national_number for group in groups for leader in group.leaders}
    for group in groups:
        numbers.update([candidate.national_number for candidate in group.candidates])
    return Reading(ReadingKind.REGISTRATIONS, numbers, SubjectKind.PERSON, organisation=school, period=period)


async def delete_registrations(
    info: Info,
    input: RegistrationsToDelete,  # noqa: A002 the published name
) -> DeletedRegistrations:
    info.context.viewer.require("exams:register")
    await require_school(info, "schoolOrgNumber", input.school_org_number)
    require_period("period", input.period)
    if not 1 <= len(input.registrations) <= DELETIONS_AT_ONCE:
        raise BadUserInput("registrations", f"must be 1 to {DELETIONS_AT_ONCE}")
    for each in input.registrations:
        for name, text in (("candidateNumber", each.candidate_number), ("courseCode", each.course_code)):
            if not 1 <= len(text) <= NUMBER_LENGTH or not text.isprintable():
                raise BadUserInput(name, f"must be 1 to {NUMBER_LENGTH} printable characters")
    sittings = info.context.sources.exams.sittings
    deleted = await sittings.delete(input.school_org_number, input.period, input.registrations)
    return DeletedRegistrations(input.school_org_number, input.period, deleted)


NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {"ExamRegistration": registration_of_id}
