"""Who read what of whom: what was recorded, newest first."""

import re
from datetime import UTC, datetime

from strawberry import Parent

from datasources.audit_store.records import ReadingKind, time_of
from datasources.audit_store.store import AuditPageKey, AuditSelection
from datasources.audit_store.tables import VIEWER_LENGTH
from datasources.errors import BadUserInput
from resolvers.context import edge, one
from resolvers.paging import DEFAULT_ROWS, page_key, pages

# Before the first record and after the last.
FROM_DATE = datetime(2000, 1, 1, tzinfo=UTC)
TO_DATE = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
RECORD_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

page_of_records_by_key = pages(
    lambda sources: sources.audit.pages, counted_by=one(lambda sources: sources.audit.counts)
)


@edge(page_of_records_by_key, right="audit:read")
def audit_records(
    _root: Parent[None],
    from_date: datetime | None = None,
    to_date: datetime | None = None,
    viewer: str | None = None,
    organisation: str | None = None,
    kind: ReadingKind | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
) -> AuditPageKey:
    start, end = from_date or FROM_DATE, to_date or TO_DATE
    if start > end:
        raise BadUserInput("fromDate", "must not be later than toDate")
    _require_text("viewer", viewer)
    _require_text("organisation", organisation)
    selection = AuditSelection(start, end, viewer, organisation, kind)
    return page_key(selection, first, after, position=(time_of, _record_number))


def _require_text(argument: str, value: str | None) -> None:
    if value is not None and ("\0" in value or not 1 <= len(value) <= VIEWER_LENGTH):
        raise BadUserInput(argument, f"must be 1 to {VIEWER_LENGTH} characters, none of them NUL")


def _record_number(text: str) -> int:
    if RECORD_ID.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)
