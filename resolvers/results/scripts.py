"""Scripts: one by its id, those of a candidate's component, and where the PDF of one is found."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from strawberry import ID, Parent

from datasources.audit_store.records import ReadingKind
from datasources.eps import ComponentRecord
from datasources.rm import ScriptKey, ScriptRecord
from resolvers.context import Info, edge, many, one
from resolvers.ids import global_id, require_doc_store_page
from resolvers.results.readings import of_candidates

script_by_id = one(
    lambda sources: sources.rm.scripts_by_id,
    reading=lambda told: of_candidates(ReadingKind.SCRIPTS, (each.key[:4] for each in told.values() if each)),
)
scripts_by_component = many(
    lambda sources: sources.rm.scripts_by_component,
    reading=lambda told: of_candidates(ReadingKind.SCRIPTS, (key[:4] for key in told)),
)


@dataclass(frozen=True, slots=True)
class ScriptPdf:
    """The PDF of a script, by name: its bytes pass beside the graph."""

    doc_store_page_id: str

    @property
    def file_name(self) -> str:
        return f"script-{self.doc_store_page_id}.pdf"


async def script(info: Info, doc_store_page_id: ID) -> ScriptRecord | None:
    info.context.viewer.require("results:read")
    return await info.context.load(script_by_id, require_doc_store_page("docStorePageId", doc_store_page_id))


def script_pdf(info: Info, doc_store_page_id: ID) -> ScriptPdf:
    info.context.viewer.require("results:read")
    return ScriptPdf(require_doc_store_page("docStorePageId", doc_store_page_id))


@edge(scripts_by_component, right="results:read")
def scripts_of_component(component: Parent[ComponentRecord]) -> ScriptKey:
    return (*component.candidate_key, component.assessment_code, component.component_id)


def pdf_of_script(script: Parent[ScriptRecord]) -> ScriptPdf:
    return ScriptPdf(script.doc_store_page_id)


def id_of_script(script: Parent[ScriptRecord]) -> str:
    return global_id("Script", script.doc_store_page_id)


NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {"Script": script}
