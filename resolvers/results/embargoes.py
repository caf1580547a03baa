"""Which results are embargoed at which centre, and when they are released."""

from strawberry import ID, Parent

from datasources.ci_direct import CentrePageKey, EmbargoSelection, ReleaseSelection
from datasources.eps import SessionRecord
from resolvers.context import edge, one
from resolvers.ids import require_centre
from resolvers.paging import DEFAULT_ROWS, numbered_page_key, pages

embargo_count_by_selection = one(lambda sources: sources.ci_direct.counts_of_embargoes)
page_of_embargoes_by_key = pages(
    lambda sources: sources.ci_direct.pages_of_embargoes, counted_by=embargo_count_by_selection
)
release_count_by_selection = one(lambda sources: sources.ci_direct.counts_of_releases)
page_of_releases_by_key = pages(
    lambda sources: sources.ci_direct.pages_of_releases, counted_by=release_count_by_selection
)


@edge(page_of_embargoes_by_key, right="results:read")
def embargoes_of_session(
    session: Parent[SessionRecord],
    centre_id: ID | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
    offset: int | None = None,
) -> CentrePageKey:
    selection = EmbargoSelection(session.business_stream_id, session.session_id, _centre(centre_id))
    return numbered_page_key(selection, first, after, offset)


@edge(page_of_releases_by_key, right="results:read")
def releases_of_session(
    session: Parent[SessionRecord],
    centre_id: ID | None = None,
    first: int | None = DEFAULT_ROWS,
    after: str | None = None,
    offset: int | None = None,
) -> CentrePageKey:
    selection = ReleaseSelection(session.business_stream_id, session.session_id, _centre(centre_id))
    return numbered_page_key(selection, first, after, offset)


def _centre(centre_id: ID | None) -> str | None:
    return None if centre_id is None else require_centre("centreId", centre_id)
