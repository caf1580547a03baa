"""The bench's own little schema, written the way the product's schema is."""

from datetime import datetime
from typing import cast

import strawberry
from strawberry import ID, Parent
from strawberry.schema.config import StrawberryConfig

from bench.records import AgreementStatus, EntryRecord, Memory, SessionRecord
from bench.workloads import SCOPE
from datasources.sources import Sources
from resolvers.context import edge, many, one
from schema.fields import answered_by, attribute, published
from schema.scalars import SCALARS


def _backend(sources: Sources) -> Memory:
    """The bench's backend, in memory or stored, where the product has its own."""
    return cast("Memory", sources)


page_of_events = many(lambda sources: _backend(sources).pages_of_events)
event_by_id = one(lambda sources: _backend(sources).events_by_id)
sessions_by_stream = many(lambda sources: _backend(sources).sessions_by_stream)
entries_by_session = many(lambda sources: _backend(sources).entries_by_session)
candidate_by_id = one(lambda sources: _backend(sources).candidates_by_id)


@edge(entries_by_session, right=SCOPE)
def entries_of_session(session: Parent[SessionRecord]) -> str:
    return session.session_id


@edge(candidate_by_id, right=SCOPE)
def candidate_of_entry(entry: Parent[EntryRecord]) -> str:
    return entry.candidate_id


@edge(page_of_events, right=SCOPE)
def events(_root: Parent[None], first: int = 100) -> int:
    return first


@edge(event_by_id, right=SCOPE)
def event(_root: Parent[None], id: ID) -> str:  # noqa: A002 the argument's public name
    return id


@edge(sessions_by_stream, right=SCOPE)
def sessions(_root: Parent[None], business_stream: ID) -> str:
    return business_stream


published(
    AgreementStatus,
    "AgreementStatus",
    "Where an agreement stands.",
    {"DRAFT": "Being written.", "SIGNED": "In force.", "WITHDRAWN": "Taken back."},
)


@strawberry.type(description="An event of an apprenticeship.")
class Event:
    id: ID = attribute("Its id.")
    event: str = attribute("What happened.")
    apprenticeship_id: int = attribute("The apprenticeship's number.")
    agreement_status: AgreementStatus = attribute("Where the agreement stands.")
    payment_status: str = attribute("Where payment stands.")
    provider_id: ID = attribute("The provider's number.")
    learner_id: ID = attribute("The learner's number.")
    employer_account_id: ID = attribute("The employer's account.")
    training_type: str = attribute("Framework or standard.")
    training_id: str = attribute("Which training.")
    training_start: datetime = attribute("When it begins.")
    training_end: datetime = attribute("When it ends.")
    cost: float = attribute("What it costs, in pounds.")
    created_on: datetime = attribute("When the event was stored.")


@strawberry.type(description="A candidate.")
class Candidate:
    candidate_id: ID = attribute("Its id.")
    family_name: str = attribute("Family name.")
    given_name: str = attribute("Given name.")
    birth_year: int = attribute("Year of birth.")
    is_private: bool = attribute("Whether no school enters it.")


@strawberry.type(description="An entry for an assessment.")
class Entry:
    entry_id: ID = attribute("Its id.")
    centre_id: ID = attribute("The centre.")
    candidate_number: int = attribute("The candidate's number at the centre.")
    qualification: str = attribute("Which qualification.")
    option: str = attribute("Which option.")
    candidate: Candidate | None = answered_by(candidate_of_entry, "Who is entered.")


@strawberry.type(description="A period in which assessments are sat.")
class Session:
    session_id: ID = attribute("Its number.")
    business_stream_id: ID = attribute("Its business stream.")
    name: str = attribute("Its name.")
    year: int = attribute("Its year.")
    starts_at: datetime = attribute("When it begins.")
    entries: list[Entry] = answered_by(entries_of_session, "Entries in it.")


@strawberry.type(description="Everything that the bench asks.")
class Query:
    events: list[Event] = answered_by(events, "A page of events.", arguments={"first": "How many."})
    event: Event | None = answered_by(event, "One event.", arguments={"id": "Its id."})
    sessions: list[Session] = answered_by(
        sessions, "The sessions of a business stream.", arguments={"business_stream": "Its code."}
    )


SCHEMA = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))
