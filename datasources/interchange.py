"""Interchange: when results are issued and released, and when they may be enquired about."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Column, Date, String

from datasources.forms import Form, optional
from datasources.procedures import Procedure, called
from datasources.records import record
from datasources.sql import Database


@record
class ResultDatesRecord:
    """The days that matter for one group of qualifications. None for one that is not set."""

    qualification_group_id: str
    qualification_group_name: str
    results_issued_on: date | None
    results_released_on: date | None
    enquiries_open_on: date | None
    enquiries_close_on: date | None


@record
class ResultDatesSelection:
    """The days of one session; of one group of qualifications, if it is given."""

    business_stream_id: str
    session_id: str
    qualification_group_id: str | None = None


ENQUIRE_SERVICE_DATES = Procedure(
    "enquire_service_dates",
    keys=(Column("business_stream_id", String(2)), Column("session_id", String(20))),
    narrowing=(Column("qualification_group_id", String(20)),),
    columns=(
        Column("qualification_group_id", String(20)),
        Column("qualification_group_name", String(120)),
        Column("results_issued_date", Date),
        Column("results_released_date", Date),
        Column("enquiries_open_date", Date),
        Column("enquiries_close_date", Date),
    ),
    order=("qualification_group_id",),
)
PROCEDURES = (ENQUIRE_SERVICE_DATES,)
DATES_FORM = Form("a session's result dates", (str, str, *[optional(date)] * 4), ResultDatesRecord)


class Interchange:
    """Calls Interchange's procedure, on one connection for all sessions that are asked for together."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def result_dates_by_selection(
        self, selections: Sequence[ResultDatesSelection]
    ) -> dict[ResultDatesSelection, list[ResultDatesRecord]]:
        """Result dates of sessions, by qualification group. One call.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        asked = [
            {
                "business_stream_id": selection.business_stream_id,
                "session_id": selection.session_id,
                "qualification_group_id": selection.qualification_group_id,
            }
            for selection in selections
        ]
        found = await called(self.database, ENQUIRE_SERVICE_DATES, asked)
        return {
            selection: DATES_FORM.read_all(self.database.backend, rows)
            for selection, rows in zip(selections, found, strict=True)
        }
