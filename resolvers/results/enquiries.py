"""Enquiries about results."""

from strawberry import ID, Parent

from datasources.audit_store.records import ReadingKind
from datasources.eps import CandidateRecord, ComponentRecord, EnquirySelection
from resolvers.context import edge, many
from resolvers.ids import require_code, require_component
from resolvers.results.readings import of_candidates

enquiries_by_selection = many(
    lambda sources: sources.eps.enquiries_by_selection,
    reading=lambda told: of_candidates(ReadingKind.ENQUIRIES, (selection.candidate for selection in told)),
)


@edge(enquiries_by_selection, right="results:read")
def enquiries_of_candidate(
    candidate: Parent[CandidateRecord], assessment_code: str | None = None, component_id: ID | None = None
) -> EnquirySelection:
    code = require_code("assessmentCode", assessment_code)
    return EnquirySelection(candidate.key, code, require_component("componentId", component_id))


@edge(enquiries_by_selection, right="results:read")
def enquiries_of_component(component: Parent[ComponentRecord]) -> EnquirySelection:
    return EnquirySelection(component.candidate_key, component.assessment_code, component.component_id)
