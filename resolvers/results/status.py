"""How far results are issued, of a session and of an entry, and the marks behind them."""

from strawberry import Parent

from datasources.eps import ComponentKey, ComponentRecord, EntryKey, EntryRecord, SessionKey, SessionRecord
from resolvers.context import edge, one

session_result_by_session = one(lambda sources: sources.eps.session_results_by_session)
result_by_entry = one(lambda sources: sources.eps.results_by_entry)
marks_by_component = one(lambda sources: sources.eps.marks_by_component)


@edge(session_result_by_session, right="results:read")
def result_status_of_session(session: Parent[SessionRecord]) -> SessionKey:
    return session.business_stream_id, session.session_id


@edge(result_by_entry, right="results:read")
def result_of_entry(entry: Parent[EntryRecord]) -> EntryKey:
    return entry.key


@edge(marks_by_component, right="results:read")
def marks_of_component(component: Parent[ComponentRecord]) -> ComponentKey:
    return component.key
