"""Question papers: of a session, of a component, and by their identifiers."""

from collections.abc import Awaitable, Callable, Mapping

from strawberry import ID, Parent

from datasources.eps import ComponentRecord, SessionRecord
from datasources.libs import PaperOfComponentKey, PaperSelection, QuestionPaperRecord
from resolvers.context import Info, edge, many, one
from resolvers.ids import (
    global_id,
    require_business_stream,
    require_code,
    require_component,
    require_name,
    require_session,
    require_version,
)

papers_by_selection = many(lambda sources: sources.libs.papers_by_selection)
paper_by_component = one(lambda sources: sources.libs.papers_by_component)
paper_by_key = one(lambda sources: sources.libs.papers_by_key)


async def question_papers(
    info: Info,
    business_stream: ID,
    session_id: ID,
    assessment_code: str | None = None,
    assessment_version: int | None = None,
    component_id: ID | None = None,
) -> list[QuestionPaperRecord]:
    info.context.viewer.require("results:read")
    session = require_business_stream("businessStream", business_stream), require_session("sessionId", session_id)
    selection = _selection(session, assessment_code, assessment_version, component_id)
    return await info.context.load(papers_by_selection, selection)


@edge(papers_by_selection, right="results:read")
def question_papers_of_session(
    session: Parent[SessionRecord],
    assessment_code: str | None = None,
    assessment_version: int | None = None,
    component_id: ID | None = None,
) -> PaperSelection:
    key = session.business_stream_id, session.session_id
    return _selection(key, assessment_code, assessment_version, component_id)


@edge(paper_by_component, right="results:read")
def question_paper_of_component(component: Parent[ComponentRecord]) -> PaperOfComponentKey:
    stream, session = component.business_stream_id, component.session_id
    return stream, session, component.assessment_code, component.assessment_version, component.component_id


def id_of_question_paper(paper: Parent[QuestionPaperRecord]) -> str:
    return global_id("QuestionPaper", paper.business_stream_id, paper.session_id, paper.identifier)


async def _question_paper(
    info: Info, business_stream: str, session_id: str, identifier: str
) -> QuestionPaperRecord | None:
    info.context.viewer.require("results:read")
    session = require_business_stream("businessStream", business_stream), require_session("sessionId", session_id)
    name = require_name("identifier", identifier)
    return None if name is None else await info.context.load(paper_by_key, (*session, name))


def _selection(
    session: tuple[str, str], code: str | None, version: int | None, component: str | None
) -> PaperSelection:
    return PaperSelection(
        *session,
        require_code("assessmentCode", code),
        require_version("assessmentVersion", version),
        require_component("componentId", component),
    )


# How a node of this domain is found again by its global id: the same question, the same right.
NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {"QuestionPaper": _question_paper}
