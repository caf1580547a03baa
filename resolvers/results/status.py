"""How far results are issued, of a session and of an entry, and the marks behind them."""

from strawberry import Parent

from datasources.audit_store.records import ReadingKind
from datasources.eps import ComponentKey, ComponentRecord, EntryKey, EntryRecord, SessionKey, SessionRecord
from resolvers.context import edge, one
from resolvers.results.readings import of_candidates

session_result_by_session = one(lambda sources: sources.eps.session_results_by_session)
result_by_entry = one(
    lambda sources: sources.eps.results_by_entry,
    reading=lambda told: of_candidates(ReadingKind.RESULTS, (key[:4] for key in told)),
)
marks_by_component = one(
    lambda sources: sources.eps.marks_by_component,
    reading=lambda told: of_candidates(ReadingKind.MARKS, (key[:4] for key in told)),
)


@edge(session_result_by_session, right="results:read")
def result_status_of_session(session: Parent[SessionRecord]) -> SessionKey:
    return session.business_stream_id, session.session_id


@edge(result_by_entry, right="results:read")
def result_of_entry(entry: Parent[EntryRecord]) -> EntryKey:
    return entry.key


@edge(marks_by_component, right="results:read")
def marks_of_component(component: Parent[ComponentRecord]) -> ComponentKey:
    return component.key
