"""Business streams, their sessions, vocational sessions, and whether the EPS servers are up."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from strawberry import ID, Parent

from datasources.cams import EVERY_GROUP
from datasources.eps import (
    BusinessStreamRecord,
    EpsServerRecord,
    SessionKey,
    SessionPageKey,
    SessionRecord,
    SessionSelection,
)
from resolvers.context import Info, edge, many, one
from resolvers.ids import (
    global_id,
    require_business_stream,
    require_code,
    require_name,
    require_session,
    session_number,
)
from resolvers.paging import DEFAULT_ROWS, page_key, pages

session_by_key = one(lambda sources: sources.eps.sessions_by_key)
count_by_selection = one(lambda sources: sources.eps.counts_of_sessions)
page_of_sessions_by_key = pages(lambda sources: sources.eps.pages_of_sessions, counted_by=count_by_selection)
vocational_sessions_by_group = many(lambda sources: sources.cams.vocational_sessions_by_group)


async def business_streams(info: Info) -> list[BusinessStreamRecord]:
    info.context.viewer.require("sessions:read")
    return list(info.context.sources.eps.streams.values())


async def business_stream(info: Info, code: ID) -> BusinessStreamRecord | None:
    info.context.viewer.require("sessions:read")
    return info.context.sources.eps.streams.get(require_business_stream("code", code))


@edge(session_by_key, right="sessions:read")
def session(_root: Parent[None], business_stream: ID, session_id: ID) -> SessionKey:
    return require_business_stream("businessStream", business_stream), require_session("sessionId", session_id)


@edge(vocational_sessions_by_group, right="sessions:read")
def vocational_sessions(_root: Parent[None], qualification_group: str | None = None) -> str:
    return require_name("qualificationGroup", qualification_group) or EVERY_GROUP


async def eps_servers(info: Info) -> list[EpsServerRecord]:
    info.context.viewer.require("sessions:read")
    return await info.context.sources.eps.probe_servers()


@edge(page_of_sessions_by_key, right="sessions:read")
def sessions_of_business_stream(
    stream: Parent[BusinessStreamRecord],
    year: int | None = None,
    qualification_id: ID | None = None,
    assessment_code: str | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
) -> SessionPageKey:
    selection = SessionSelection(
        stream.code,
        year,
        require_code("qualificationId", qualification_id),
        require_code("assessmentCode", assessment_code),
    )
    return page_key(selection, first, after, position=(date.fromisoformat, session_number))


def business_stream_of_session(session: Parent[SessionRecord], info: Info) -> BusinessStreamRecord:
    return info.context.sources.eps.streams[session.business_stream_id]


def id_of_business_stream(stream: Parent[BusinessStreamRecord]) -> str:
    return global_id("BusinessStream", stream.code)


def id_of_session(session: Parent[SessionRecord]) -> str:
    return global_id("Session", session.business_stream_id, session.session_id)


async def session_of_id(info: Info, business_stream: str, session_id: str) -> SessionRecord | None:
    return await session.resolve(None, info, {"business_stream": business_stream, "session_id": session_id})


# How a node of this domain is found again by its global id: the same questions, the same rights.
NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {
    "BusinessStream": business_stream,
    "Session": session_of_id,
}
