"""Records of who read the grades and results of named persons."""

from datetime import datetime

import strawberry

from datasources.audit_store.records import ReadingKind, SubjectKind
from resolvers import audit_records
from schema.fields import answered_by, attribute, published
from schema.paging import Connection

published(
    ReadingKind,
    "ReadingKind",
    "What was read of somebody.",
    {
        "RESULTS": "Results of entries.",
        "MARKS": "Marks in components.",
        "ENQUIRIES": "Enquiries about results, and what came of them.",
        "SCRIPTS": "Scanned answer papers, or where they are.",
        "GRADES": "Grades in exams.",
        "REGISTRATIONS": "Who is registered for exams, or was sent in to be.",
        "EXAMINERS": "Who examines.",
    },
)
published(
    SubjectKind,
    "SubjectKind",
    "By what somebody is named.",
    {
        "CANDIDATE": "By business stream, session, centre and number: `02/14244/04200/1804`.",
        "SCRIPT": "By the id of a scanned document.",
        "PERSON": "By a national identity number.",
    },
)


@strawberry.type(description="A read of named persons' grades or results, recorded before it was answered.")
class AuditRecord:
    record_id: strawberry.ID = attribute("Number of the record.")
    at: datetime = attribute("When it was recorded.")
    viewer: str = attribute("Who read: the subject of the token, or the client of an old service.")
    on_behalf_of: str | None = attribute("For whom the viewer said to read, such as a user of a school's system.")
    surface: str = attribute("Where it was asked: `graphql`, the name of an old service, or `local` for a command.")
    operation: str = attribute("What the operation was called.")
    kind: ReadingKind = attribute("What was read.")
    organisation: str | None = attribute("The school or centre that all of them are of; null when there are several.")
    period: str | None = attribute("The exam period or session that all of it is of; null when there are several.")
    subject_kind: SubjectKind = attribute("By what they are named.")
    subject_count: int = attribute("Of how many it was read.")
    subjects_digest: str = attribute("Keyed digest of who they are: the same for the same ones, and no way back.")
    transaction_id: str = attribute("The request's `X-TRANSACTION-ID`.")


@strawberry.type
class AuditQueries:
    audit_records: Connection[AuditRecord] | None = answered_by(
        audit_records.audit_records,
        "Who read the grades and results of named persons, newest first. Null, with an error, when the store does not "
        "answer. Needs the scope `audit:read`.",
        arguments={
            "from_date": "Only reads recorded at this instant or later.",
            "to_date": "Only reads recorded before this instant.",
            "viewer": "Only what this viewer read.",
            "organisation": "Only what was read of this school or centre.",
            "kind": "Only reads of this kind.",
            "first": "Rows on the page, 1 to 1000.",
            "after": "A cursor of this very list: the page starts after it.",
        },
    )
