"""When results are issued and released, and when they may be enquired about."""

from strawberry import ID, Parent

from datasources.eps import SessionRecord
from datasources.interchange import ResultDatesSelection
from resolvers.context import edge, many
from resolvers.ids import require_group

result_dates_by_selection = many(lambda sources: sources.interchange.result_dates_by_selection)


@edge(result_dates_by_selection, right="results:read")
def result_dates_of_session(
    session: Parent[SessionRecord], qualification_group_id: ID | None = None
) -> ResultDatesSelection:
    group = require_group("qualificationGroupId", qualification_group_id)
    return ResultDatesSelection(session.business_stream_id, session.session_id, group)
