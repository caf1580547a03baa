"""Interchange: result dates by a procedure, a real function on PostgreSQL and a view's stand-in on SQLite."""

import asyncio
from datetime import date
from typing import Any

import pytest
from support.databases import NewDatabase, Opened, filled

from datasources.calls import counting_calls
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.interchange import PROCEDURES, Interchange, ResultDatesRecord, ResultDatesSelection
from datasources.procedures import missing_procedures
from datasources.sandbox.stand_ins import INTERCHANGE

DAYS = ("results_issued_date", "results_released_date", "enquiries_open_date", "enquiries_close_date")


def row(stream: str, session: str, group: str, name: str | None, *days: date | None) -> dict[str, Any]:
    return {
        "business_stream_id": stream, "session_id": session, "qualification_group_id": group,
        "qualification_group_name": name, **dict(zip(DAYS, days, strict=True)),
    }  # fmt: skip


ISSUED, RELEASED, OPENS, CLOSES = (date(2025, 8, day) for day in (20, 21, 22, 30))
ROWS = {
    "enquire_service_dates": [
        row("01", "3269", "2", "AS and A Level", ISSUED, RELEASED, OPENS, CLOSES),
        row("01", "3269", "1", "GCSE", ISSUED, RELEASED, None, None),
        row("04", "3269", "4", "Technicals", None, None, None, None),
        row("01", "9", "1", None, None, None, None, None),
    ]
}
GCSE = ResultDatesRecord("1", "GCSE", ISSUED, RELEASED, None, None)
LEVELS = ResultDatesRecord("2", "AS and A Level", ISSUED, RELEASED, OPENS, CLOSES)


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    return asyncio.run(filled(new_database(), INTERCHANGE, ROWS))


async def test_dates_of_sessions_by_group_in_one_call(url: str, opened: Opened) -> None:
    expected = {
        ResultDatesSelection("01", "3269"): [GCSE, LEVELS],
        ResultDatesSelection("01", "3269", "2"): [LEVELS],
        ResultDatesSelection("01", "3269", "3"): [],
        ResultDatesSelection("04", "3269"): [ResultDatesRecord("4", "Technicals", None, None, None, None)],
        ResultDatesSelection("99", "3269"): [],
    }
    with counting_calls() as counted:
        assert await Interchange(opened(url, "Interchange")).result_dates_by_selection(list(expected)) == expected
    assert counted == {"Interchange": 1}


async def test_a_group_without_a_name_is_refused(url: str, opened: Opened) -> None:
    with pytest.raises(BackendRefused) as refused:
        await Interchange(opened(url, "Interchange")).result_dates_by_selection([ResultDatesSelection("01", "9")])
    assert refused.value.message == (
        "Interchange gave an unusable answer: a session's result dates lacks a value, or has one of another type"
    )


async def test_without_rows(new_database: NewDatabase, opened: Opened) -> None:
    database = opened(await filled(new_database(), INTERCHANGE, {}), "Interchange")
    selection = ResultDatesSelection("01", "3269")
    assert await Interchange(database).result_dates_by_selection([selection]) == {selection: []}
    assert await missing_procedures(database, PROCEDURES) == []


async def test_a_dead_server(dead_url: str, opened: Opened) -> None:
    with pytest.raises(BackendUnavailable, match=r"^Interchange cannot be reached$"):
        await Interchange(opened(dead_url, "Interchange")).result_dates_by_selection([ResultDatesSelection("01", "1")])
