"""Scripts: scanned answer papers, and where the PDF of each is found."""

import strawberry

from datasources.rm import ScriptRecord
from resolvers.results import scripts
from schema.fields import answered_by, attribute
from schema.nodes import Node


@strawberry.type(description="The PDF of a script. Its bytes are served by REST, at `/v1/candidates/scripts/pdf/{id}`.")
class ScriptPdf:
    doc_store_page_id: strawberry.ID = attribute("What names the script at the REST route.")
    file_name: str = attribute("What the file is called when it is saved.")


@strawberry.type(description="A scanned answer paper: what one candidate wrote in one component.")
class Script(Node):
    id: strawberry.ID = answered_by(scripts.id_of_script, "Global id of the script; opaque.")
    doc_store_page_id: strawberry.ID = attribute("Id of the scanned document in RM.")
    business_stream_id: strawberry.ID = attribute("Code of the business stream, two digits.")
    session_id: strawberry.ID = attribute("Number of the session within its business stream.")
    centre_id: strawberry.ID = attribute("Number of the centre, leading zeros kept.")
    candidate_number: strawberry.ID = attribute("Number of the candidate at the centre, leading zeros kept.")
    assessment_code: str = attribute("Code of the assessment, such as `0500`.")
    component_id: strawberry.ID = attribute("Number of the component within its assessment, such as `01`.")
    page_count: int = attribute("Pages in the scan.")
    pdf: ScriptPdf = answered_by(scripts.pdf_of_script, "The scan itself.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, ScriptRecord)


@strawberry.type
class ScriptQueries:
    script: Script | None = answered_by(
        scripts.script,
        "One script; null when RM has none such. Needs the scope `results:read`.",
        arguments={"doc_store_page_id": "Id of the scanned document, 1 to 64 letters, digits or hyphens."},
    )
    script_pdf: ScriptPdf = answered_by(
        scripts.script_pdf,
        "Where the PDF of a script is found, if there is such a script: RM is not asked. "
        "Needs the scope `results:read`.",
        arguments={"doc_store_page_id": "Id of the scanned document, 1 to 64 letters, digits or hyphens."},
    )
