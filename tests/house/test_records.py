"""A type that reads an attribute which its record lacks fails, and so does one that promises more than the record."""

import dataclasses
import inspect
from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField

from datasources.audit_store.records import AuditRecord
from datasources.calls import Health
from datasources.cams import VocationalSessionRecord
from datasources.ci_direct import EmbargoRecord, ReleaseRecord
from datasources.eps import (
    BusinessStreamRecord,
    CandidateRecord,
    ComponentRecord,
    EnquiryComponentRecord,
    EnquiryRecord,
    EntryRecord,
    EpsServerRecord,
    MarksRecord,
    ResultRecord,
    SessionRecord,
    SessionResultRecord,
)
from datasources.event_store.records import (
    AccountEventRecord,
    AgreementEventRecord,
    ApprenticeshipEventRecord,
    GenericEventRecord,
    PriceEpisodeRecord,
)
from datasources.exam_store.records import (
    DeletedRegistration,
    ExaminerAssignmentRecord,
    ExamPartRecord,
    ExamPeriodRecord,
    ExamPlanRecord,
    ExamRecord,
    GradedCandidateRecord,
    GradedExamRecord,
    GradedGroupRecord,
    GradeOverviewRecord,
    LeaderRecord,
    RegisteredCandidateRecord,
    RegisteredCandidatesRecord,
    RegisteredExamRecord,
    RegisteredGroupRecord,
    RegistrationEntryRecord,
    RegistrationGroupRecord,
    RegistrationRecord,
)
from datasources.exam_store.registrations import Progress
from datasources.interchange import ResultDatesRecord
from datasources.learning_store.records import (
    AnswerRecord,
    AttemptRecord,
    CertificateRecord,
    CollectionRecord,
    ContentStatusRecord,
    ContentViewRecord,
    EnrolmentRecord,
)
from datasources.libs import QuestionPaperRecord
from datasources.rm import ScriptRecord
from resolvers.events.recording import Recorded, RecordedAll
from resolvers.exams.registering import RegisteredCandidatesPayload
from resolvers.exams.registrations import DeletedRegistrations
from resolvers.learning.attempts import SubmittedAttempt
from resolvers.learning.enrolments import DeletedEnrolments, Enrolled
from resolvers.learning.exports import ExportedEnrolments, ExportedFile
from resolvers.learning.views import ChangedView
from resolvers.paging import Listing, ListingEdge
from resolvers.problems import Problem
from resolvers.results.script_requests import RequestedScripts, ScriptRequest
from resolvers.results.scripts import ScriptPdf
from schema.root import SCHEMA

# The record behind each type, by the type's public name; a new type is a new line.
RECORDS: dict[str, type] = {
    "AssessmentAnswer": AnswerRecord,
    "AssessmentAttempt": AttemptRecord,
    "Certificate": CertificateRecord,
    "Collection": CollectionRecord,
    "ContentStatus": ContentStatusRecord,
    "ContentView": ContentViewRecord,
    "ContentViewPayload": ChangedView,
    "DeleteEnrolmentsPayload": DeletedEnrolments,
    "EnrolLearnerPayload": Enrolled,
    "Enrolment": EnrolmentRecord,
    "ExportEnrolmentsPayload": ExportedEnrolments,
    "ExportedFile": ExportedFile,
    "SubmitAssessmentPayload": SubmittedAttempt,
    "AccountEvent": AccountEventRecord,
    "AccountEventConnection": Listing,
    "AccountEventEdge": ListingEdge,
    "AgreementEvent": AgreementEventRecord,
    "AgreementEventConnection": Listing,
    "AgreementEventEdge": ListingEdge,
    "ApprenticeshipEvent": ApprenticeshipEventRecord,
    "ApprenticeshipEventConnection": Listing,
    "ApprenticeshipEventEdge": ListingEdge,
    "GenericEvent": GenericEventRecord,
    "GenericEventConnection": Listing,
    "GenericEventEdge": ListingEdge,
    "PriceEpisode": PriceEpisodeRecord,
    "Problem": Problem,
    "RecordAccountEventPayload": Recorded,
    "RecordAccountEventsPayload": RecordedAll,
    "RecordAgreementEventPayload": Recorded,
    "RecordAgreementEventsPayload": RecordedAll,
    "RecordApprenticeshipEventPayload": Recorded,
    "RecordApprenticeshipEventsPayload": RecordedAll,
    "RecordGenericEventPayload": Recorded,
    "DeleteRegistrationsPayload": DeletedRegistrations,
    "DeletedRegistration": DeletedRegistration,
    "Exam": ExamRecord,
    "ExamPart": ExamPartRecord,
    "ExamPeriod": ExamPeriodRecord,
    "ExamPlan": ExamPlanRecord,
    "ExamRegistration": RegistrationRecord,
    "ExaminerAssignment": ExaminerAssignmentRecord,
    "GradeOverview": GradeOverviewRecord,
    "GradedCandidate": GradedCandidateRecord,
    "GradedExam": GradedExamRecord,
    "GradedGroup": GradedGroupRecord,
    "GroupLeader": LeaderRecord,
    "RegisterCandidatesPayload": RegisteredCandidatesPayload,
    "RegisteredCandidate": RegisteredCandidateRecord,
    "RegisteredCandidates": RegisteredCandidatesRecord,
    "RegisteredExam": RegisteredExamRecord,
    "RegisteredGroup": RegisteredGroupRecord,
    "RegistrationCandidate": RegistrationEntryRecord,
    "RegistrationGroup": RegistrationGroupRecord,
    "RegistrationProgress": Progress,
    "AuditRecord": AuditRecord,
    "AuditRecordConnection": Listing,
    "AuditRecordEdge": ListingEdge,
    "Backend": Health,
    "BusinessStream": BusinessStreamRecord,
    "Candidate": CandidateRecord,
    "CandidateConnection": Listing,
    "CandidateEdge": ListingEdge,
    "Component": ComponentRecord,
    "Embargo": EmbargoRecord,
    "EmbargoConnection": Listing,
    "EmbargoEdge": ListingEdge,
    "Enquiry": EnquiryRecord,
    "EnquiryComponent": EnquiryComponentRecord,
    "Entry": EntryRecord,
    "EpsServer": EpsServerRecord,
    "Marks": MarksRecord,
    "PageInfo": Listing,
    "RequestScriptsPayload": RequestedScripts,
    "Script": ScriptRecord,
    "ScriptPdf": ScriptPdf,
    "ScriptRequest": ScriptRequest,
    "QuestionPaper": QuestionPaperRecord,
    "Release": ReleaseRecord,
    "ReleaseConnection": Listing,
    "ReleaseEdge": ListingEdge,
    "Result": ResultRecord,
    "ResultDates": ResultDatesRecord,
    "Session": SessionRecord,
    "SessionConnection": Listing,
    "SessionEdge": ListingEdge,
    "SessionResultStatus": SessionResultRecord,
    "VocationalSession": VocationalSessionRecord,
}


def definitions() -> Iterator[StrawberryObjectDefinition]:
    """Each object type of the schema; root types and interfaces have no record, inputs are theirs."""
    for found in SCHEMA.schema_converter.type_map.values():
        definition = found.definition
        is_object = isinstance(definition, StrawberryObjectDefinition) and not (
            definition.is_interface or definition.is_input
        )
        if is_object and definition.name not in ("Query", "Mutation", "Subscription"):
            yield definition


def public_name(definition: StrawberryObjectDefinition) -> str:
    return SCHEMA.config.name_converter.from_type(definition)


DEFINITIONS = {public_name(definition): definition for definition in definitions()}
ATTRIBUTES = [
    (name, field) for name, definition in DEFINITIONS.items() for field in definition.fields if not field.base_resolver
]


def readable(record: type) -> dict[str, Any]:
    """What can be read off a record: its fields and properties, with their types."""
    found = {field.name: get_type_hints(record)[field.name] for field in dataclasses.fields(record)}
    for name, value in inspect.getmembers(record, lambda value: isinstance(value, property)):
        found[name] = get_type_hints(value.fget).get("return")
    return found


def test_each_type_has_its_record_here() -> None:
    assert set(RECORDS) == set(DEFINITIONS)


@pytest.mark.parametrize(("name", "field"), ATTRIBUTES, ids=lambda part: getattr(part, "python_name", part))
def test_an_attribute_is_one_that_the_record_has(name: str, field: StrawberryField) -> None:
    there = readable(RECORDS[name])
    assert field.python_name in there, f"{RECORDS[name].__name__} has no {field.python_name}"
    may_be_none = NoneType in get_args(there[field.python_name])
    assert isinstance(field.type, StrawberryOptional) == may_be_none, f"{name}.{field.python_name}"


@pytest.mark.parametrize("name", [name for name, each in DEFINITIONS.items() if each.is_type_of])
def test_a_type_knows_its_own_record_and_no_other(name: str) -> None:
    is_type_of = DEFINITIONS[name].is_type_of
    assert is_type_of is not None
    knows = {record: is_type_of(object.__new__(record), None) for record in set(RECORDS.values())}  # type: ignore[arg-type]
    assert [record for record, is_its in knows.items() if is_its] == [RECORDS[name]]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_what_stands_in_an_interface_knows_its_record(name: str) -> None:
    definition = DEFINITIONS[name]
    assert get_object_definition(definition.origin) is definition
    assert bool(definition.interfaces) == (definition.is_type_of is not None)
