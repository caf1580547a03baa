"""Candidates of a session, their entries, and the components of those."""

from collections.abc import Awaitable, Callable, Mapping

from strawberry import ID, Parent

from datasources.eps import (
    CandidateKey,
    CandidatePageKey,
    CandidateRecord,
    CandidateSelection,
    EntryKey,
    EntryRecord,
    EntrySelection,
    SessionRecord,
)
from resolvers.context import Info, edge, many, one
from resolvers.ids import (
    candidate_number_text,
    centre_text,
    global_id,
    require_business_stream,
    require_candidate_number,
    require_centre,
    require_code,
    require_session,
)
from resolvers.paging import DEFAULT_ROWS, page_key, pages

candidate_by_key = one(lambda sources: sources.eps.candidates_by_key)
count_by_selection = one(lambda sources: sources.eps.counts_of_candidates)
page_of_candidates_by_key = pages(lambda sources: sources.eps.pages_of_candidates, counted_by=count_by_selection)
entries_by_selection = many(lambda sources: sources.eps.entries_by_selection)
components_by_entry = many(lambda sources: sources.eps.components_by_entry)


@edge(candidate_by_key, right="candidates:read")
def candidate(
    _root: Parent[None], business_stream: ID, session_id: ID, centre_id: ID, candidate_number: ID
) -> CandidateKey:
    return (
        require_business_stream("businessStream", business_stream),
        require_session("sessionId", session_id),
        require_centre("centreId", centre_id),
        require_candidate_number("candidateNumber", candidate_number),
    )


@edge(page_of_candidates_by_key, right="candidates:read")
def candidates_of_session(
    session: Parent[SessionRecord],
    centre_id: ID | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
) -> CandidatePageKey:
    centre = None if centre_id is None else require_centre("centreId", centre_id)
    selection = CandidateSelection(session.business_stream_id, session.session_id, centre)
    return page_key(selection, first, after, position=(centre_text, candidate_number_text))


@edge(entries_by_selection, right="candidates:read")
def entries_of_candidate(candidate: Parent[CandidateRecord], assessment_code: str | None = None) -> EntrySelection:
    return EntrySelection(candidate.key, require_code("assessmentCode", assessment_code))


@edge(components_by_entry, right="candidates:read")
def components_of_entry(entry: Parent[EntryRecord]) -> EntryKey:
    return entry.key


def id_of_candidate(candidate: Parent[CandidateRecord]) -> str:
    return global_id("Candidate", *candidate.key)


async def candidate_of_id(
    info: Info, business_stream: str, session_id: str, centre_id: str, candidate_number: str
) -> CandidateRecord | None:
    given = {
        "business_stream": business_stream, "session_id": session_id, "centre_id": centre_id,
        "candidate_number": candidate_number,
    }  # fmt: skip
    return await candidate.resolve(None, info, given)


# How a node of this domain is found again by its global id: the same question, the same right.
NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {"Candidate": candidate_of_id}
