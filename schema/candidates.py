"""Candidates of a session, what they are entered for, and the components of each entry."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.eps import CandidateRecord
from resolvers import candidates, sessions
from resolvers.results import enquiries, papers, scripts, status
from schema.fields import answered_by, attribute
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.results.enquiries import Enquiry
    from schema.results.papers import QuestionPaper
    from schema.results.scripts import Script
    from schema.results.status import Marks, Result
    from schema.sessions import Session


@strawberry.type(description="What an entry is taken by, such as a written paper.")
class Component:
    component_id: strawberry.ID = attribute("Number of the component within its assessment, two digits.")
    marks: Annotated["Marks", strawberry.lazy("schema.results.status")] | None = answered_by(
        status.marks_of_component,
        "The candidate's marks in it. Null, with an error, when EPS does not answer. Needs the scope `results:read`.",
    )
    question_paper: Annotated["QuestionPaper", strawberry.lazy("schema.results.papers")] | None = answered_by(
        papers.question_paper_of_component,
        "The question paper that it is taken with. Null when there is none, or, with an error, when LIBS does not "
        "answer. Needs the scope `results:read`.",
    )
    scripts: list[Annotated["Script", strawberry.lazy("schema.results.scripts")]] | None = answered_by(
        scripts.scripts_of_component,
        "What the candidate wrote in it, scanned. Null, with an error, when RM does not answer. "
        "Needs the scope `results:read`.",
    )
    enquiries: list[Annotated["Enquiry", strawberry.lazy("schema.results.enquiries")]] | None = answered_by(
        enquiries.enquiries_of_component,
        "Enquiries about the candidate's result that look at this component, oldest first. Null, with an error, when "
        "EPS does not answer. Needs the scope `results:read`.",
    )


@strawberry.type(description="A candidate's entry for an assessment.")
class Entry:
    assessment_code: str = attribute("Code of the assessment, such as `0500`.")
    assessment_version: int = attribute("Version of the assessment's syllabus.")
    option_code: str = attribute("Which components the assessment is taken by.")
    result: Annotated["Result", strawberry.lazy("schema.results.status")] | None = answered_by(
        status.result_of_entry,
        "The result of the entry. Null when there is none, or, with an error, when EPS does not answer. "
        "Needs the scope `results:read`.",
    )
    components: list[Component] | None = answered_by(
        candidates.components_of_entry,
        "Its components, by their numbers. Null, with an error, when EPS does not answer. "
        "Needs the scope `candidates:read`.",
    )


@strawberry.type(description="Somebody who sits assessments of a session at a centre.")
class Candidate(Node):
    id: strawberry.ID = answered_by(candidates.id_of_candidate, "Global id of the candidate in this session; opaque.")
    business_stream_id: strawberry.ID = attribute("Code of the session's business stream, two digits.")
    session_id: strawberry.ID = attribute("Number of the session within its business stream.")
    centre_id: strawberry.ID = attribute("Number of the centre, leading zeros kept, such as `04200`.")
    candidate_number: strawberry.ID = attribute("Number of the candidate at the centre, such as `1804`.")
    unique_candidate_id: strawberry.ID = attribute("Identifier that lasts across sessions.")
    session: Annotated["Session", strawberry.lazy("schema.sessions")] | None = answered_by(
        sessions.session_of_candidate,
        "The session. Null, with an error, when EPS does not answer. Needs the scope `sessions:read`.",
    )
    entries: list[Entry] | None = answered_by(
        candidates.entries_of_candidate,
        "What the candidate is entered for, by assessment. Null, with an error, when EPS does not answer. "
        "Needs the scope `candidates:read`.",
        arguments={"assessment_code": "Only entries for this assessment."},
    )
    enquiries: list[Annotated["Enquiry", strawberry.lazy("schema.results.enquiries")]] | None = answered_by(
        enquiries.enquiries_of_candidate,
        "Enquiries about the candidate's results, oldest first. Null, with an error, when EPS does not answer. "
        "Needs the scope `results:read`.",
        arguments={
            "assessment_code": "Only enquiries about this assessment.",
            "component_id": "Only enquiries that look at this component, two digits.",
        },
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, CandidateRecord)


@strawberry.type
class CandidateQueries:
    candidate: Candidate | None = answered_by(
        candidates.candidate,
        "One candidate of a session; null when there is none such. Needs the scope `candidates:read`.",
        arguments={
            "business_stream": "Code of the business stream, two digits.",
            "session_id": "Number of the session.",
            "centre_id": "Number of the centre, with its leading zeros.",
            "candidate_number": "Number of the candidate at the centre.",
        },
    )
