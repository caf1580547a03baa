"""Business streams, their sessions, vocational sessions, and whether the EPS servers are up."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.calls import Status
from datasources.cams import SessionPeriod
from datasources.eps import BusinessStreamRecord, SessionRecord, SessionStatus, SessionType
from resolvers import candidates, sessions
from resolvers.results.dates import result_dates_of_session
from resolvers.results.embargoes import embargoes_of_session, releases_of_session
from resolvers.results.papers import question_papers_of_session
from resolvers.results.status import result_status_of_session
from schema.fields import answered_by, attribute, published
from schema.nodes import Node
from schema.paging import Connection

if TYPE_CHECKING:
    from schema.candidates import Candidate
    from schema.results.dates import ResultDates
    from schema.results.embargoes import Embargo, Release
    from schema.results.papers import QuestionPaper
    from schema.results.status import SessionResultStatus

published(
    SessionType,
    "SessionType",
    "How the assessments of a session are taken.",
    {
        "EXAMINATION": "In exams on set days.",
        "COURSEWORK": "As work handed in over a period.",
        "ON_DEMAND": "When the candidate is ready.",
    },
)
published(
    SessionStatus,
    "SessionStatus",
    "Where a session stands.",
    {
        "PLANNED": "Announced; entries are not open yet.",
        "OPEN": "Entries are open, or assessments are being sat.",
        "CLOSED": "All assessments are sat; results are not issued yet.",
        "RESULTS_ISSUED": "Results are issued.",
    },
)
published(
    SessionPeriod,
    "SessionPeriod",
    "Whether a vocational session comes back every year.",
    {"ANNUAL": "It is held every year.", "SPECIFIC": "It is held once, for one occasion."},
)


@strawberry.type(description="A period in which assessments of one business stream are sat.")
class Session(Node):
    id: strawberry.ID = answered_by(sessions.id_of_session, "Global id of the session; opaque.")
    session_id: strawberry.ID = attribute("Number of the session within its business stream.")
    business_stream_id: strawberry.ID = attribute("Code of the session's business stream, two digits.")
    business_stream: "BusinessStream" = answered_by(
        sessions.business_stream_of_session, "The business stream that holds the session."
    )
    name: str = attribute("Name of the session, such as `June 2026`.")
    year: int = attribute("Year in which the session is held.")
    type: SessionType = attribute("How its assessments are taken.")
    status: SessionStatus = attribute("Where the session stands.")
    starts_on: date = attribute("First day.")
    ends_on: date = attribute("Last day.")
    result_status: Annotated["SessionResultStatus", strawberry.lazy("schema.results.status")] | None = answered_by(
        result_status_of_session,
        "How far its results are issued. Null when nothing is known of them, or, with an error, when EPS does not "
        "answer. Needs the scope `results:read`.",
    )
    result_dates: list[Annotated["ResultDates", strawberry.lazy("schema.results.dates")]] | None = answered_by(
        result_dates_of_session,
        "When its results are issued and released, by group of qualifications; of Cambridge International see "
        "`embargoes` and `releases`. Null, with an error, when Interchange does not answer. "
        "Needs the scope `results:read`.",
        arguments={"qualification_group_id": "Only the group of this number."},
    )
    embargoes: Connection[Annotated["Embargo", strawberry.lazy("schema.results.embargoes")]] | None = answered_by(
        embargoes_of_session,
        "Which of its results are held back at which centre, by centre, qualification and assessment; known of "
        "Cambridge International only. Null, with an error, when CI Direct does not answer. "
        "Needs the scope `results:read`.",
        arguments={
            "centre_id": "Only rows of this centre.",
            "first": "Rows on the page, 1 to 1000.",
            "after": "A cursor of this very list: the page starts after it.",
            "offset": "Rows of the list before the page, for who counts them; not together with `after`.",
        },
    )
    releases: Connection[Annotated["Release", strawberry.lazy("schema.results.embargoes")]] | None = answered_by(
        releases_of_session,
        "When its results are released, by centre; known of Cambridge International only. Null, with an error, when "
        "CI Direct does not answer. Needs the scope `results:read`.",
        arguments={
            "centre_id": "Only rows of this centre.",
            "first": "Rows on the page, 1 to 1000.",
            "after": "A cursor of this very list: the page starts after it.",
            "offset": "Rows of the list before the page, for who counts them; not together with `after`.",
        },
    )
    question_papers: list[Annotated["QuestionPaper", strawberry.lazy("schema.results.papers")]] | None = answered_by(
        question_papers_of_session,
        "Its question papers, by assessment, version and component. Null, with an error, when LIBS does not answer. "
        "Needs the scope `results:read`.",
        arguments={
            "assessment_code": "Only papers of this assessment.",
            "assessment_version": "Only papers of this version of the assessment's syllabus.",
            "component_id": "Only papers of this component, two digits.",
        },
    )
    candidates: Connection[Annotated["Candidate", strawberry.lazy("schema.candidates")]] | None = answered_by(
        candidates.candidates_of_session,
        "Its candidates, by centre and number. Null, with an error, when EPS does not answer. "
        "Needs the scope `candidates:read`.",
        arguments={
            "centre_id": "Only candidates of this centre.",
            "first": "Rows on the page, 1 to 1000.",
            "after": "A cursor of this very list: the page starts after it.",
        },
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, SessionRecord)


@strawberry.type(description="A line of business with sessions of its own, such as Cambridge International.")
class BusinessStream(Node):
    id: strawberry.ID = answered_by(sessions.id_of_business_stream, "Global id of the business stream; opaque.")
    code: strawberry.ID = attribute("Two digits, the leading zero kept, such as `02`.")
    name: str = attribute("Name of the business stream.")
    sessions: Connection[Session] | None = answered_by(
        sessions.sessions_of_business_stream,
        "Its sessions, newest first. Null, with an error, when EPS does not answer. Needs the scope `sessions:read`.",
        arguments={
            "year": "Only sessions held in this year.",
            "qualification_id": "Only sessions that assess this qualification.",
            "assessment_code": "Only sessions that hold this assessment.",
            "first": "Rows on the page, 1 to 1000.",
            "after": "A cursor of this very list: the page starts after it.",
        },
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, BusinessStreamRecord)


@strawberry.type(description="A session of vocational qualifications.")
class VocationalSession:
    session_id: strawberry.ID = attribute("Number of the session.")
    name: str = attribute("Name of the session.")
    qualification_group: str = attribute("Group of qualifications, such as `Cambridge Technicals`.")
    period: SessionPeriod = attribute("Whether it comes back every year.")
    starts_on: date = attribute("First day.")
    ends_on: date = attribute("Last day.")


@strawberry.type(description="One of the servers that hold sessions.")
class EpsServer:
    name: str = attribute("`MEPS` or `OEPS`.")
    status: Status = attribute("Whether it answers.")
    checked_at: datetime = attribute("When it was asked.")


@strawberry.type
class SessionQueries:
    business_streams: list[BusinessStream] = answered_by(
        sessions.business_streams, "All business streams, by code. Needs the scope `sessions:read`."
    )
    business_stream: BusinessStream | None = answered_by(
        sessions.business_stream,
        "One business stream; null when there is none with this code. Needs the scope `sessions:read`.",
        arguments={"code": "Two digits, such as `02`."},
    )
    session: Session | None = answered_by(
        sessions.session,
        "One session; null when the stream has none such. Needs the scope `sessions:read`.",
        arguments={"business_stream": "Code of the business stream.", "session_id": "Number of the session."},
    )
    vocational_sessions: list[VocationalSession] | None = answered_by(
        sessions.vocational_sessions,
        "Sessions of vocational qualifications, newest first. Null, with an error, when CAMS does not answer. "
        "Needs the scope `sessions:read`.",
        arguments={"qualification_group": "Only sessions of this group, such as `Cambridge Technicals`."},
    )
    eps_servers: list[EpsServer] = answered_by(
        sessions.eps_servers,
        "The EPS servers, each really asked just now, side by side. Needs the scope `sessions:read`.",
    )
