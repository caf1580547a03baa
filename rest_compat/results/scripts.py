"""Cambridge Results API: R2, requests for scripts, and R3, the PDF of a script."""

from typing import Annotated

from typing_extensions import TypedDict

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Download, Json
from rest_compat.shapes import documented
from rest_compat.translate import Route

DocStorePageId = Annotated[
    str,
    documented(
        "Id of the scanned document: 1 to 64 letters, digits or hyphens.",
        "24c6e828-628c-547d-b310-a0db19292cf0",
        pattern="^[A-Za-z0-9-]{1,64}$",
    ),
]


class ScriptPdfAsked(TypedDict):
    docStorePageId: DocStorePageId


def _pdf(data: Json, _asked: Asked) -> Download | None:
    """The body may turn out to be missing when its bytes are asked for."""
    found = data["scriptPdf"]
    return Download("script", found["docStorePageId"], found["fileName"])


def _pdf_at(path: str) -> Route:
    return Route(
        path=path,
        operation="LegacyScriptPdf",
        about="The PDF of a script, or the part of it that a Range header asks for.",
        asks=ScriptPdfAsked,
        variables=lambda asked: {"id": asked.values["docStorePageId"]},
        body=_pdf,
        answers=("application/pdf",),
        dialect=CAMBRIDGE,
        backends=("RM",),
        missing="no such script",
    )


ROUTES = (
    _pdf_at("/candidates/scripts/pdf/{docStorePageId}"),
    # The second of the documents' tables leaves out the slash, and callers followed it.
    _pdf_at("/candidates/scripts/pdf{docStorePageId}"),
)
