"""CAMS: sessions of vocational qualifications, on SQLite and on PostgreSQL."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import MetaData
from support.databases import NewDatabase, Opened, filled

from datasources.calls import counting_calls
from datasources.cams import EVERY_GROUP, VIEWS, Cams, SessionPeriod, VocationalSessionRecord
from datasources.errors import BackendError, BackendRefused, BackendUnavailable

Row = dict[str, Any]
JUNE = date(2024, 6, 10)


def session(number: str, group: str, starts_on: date, period: str = "ANNUAL") -> Row:
    """A row of `cams_vocational_session`."""
    return {
        "session_id": number,
        "session_name": f"Session {number}",
        "qualification_group": group,
        "period": period,
        "start_date": starts_on,
        "end_date": date(starts_on.year, 12, 31),
    }


TECHNICALS, NATIONALS = "Cambridge Technicals", "Cambridge Nationals"
SESSIONS = [
    session("9", TECHNICALS, JUNE),
    session("10", TECHNICALS, JUNE, "SPECIFIC"),
    session("8", TECHNICALS, date(2025, 1, 10)),
    session("7", NATIONALS, JUNE),
    session("6", NATIONALS, date(2018, 1, 10), "SPECIFIC"),
    session("5", "Functional Skills / Fähigkeiten", date(2026, 3, 10)),
]


def records(*groups: str) -> list[VocationalSessionRecord]:
    """The sessions of some groups, newest first, worked out in Python."""
    found = [
        VocationalSessionRecord(
            session_id=row["session_id"],
            name=row["session_name"],
            qualification_group=row["qualification_group"],
            period=SessionPeriod(row["period"]),
            starts_on=row["start_date"],
            ends_on=row["end_date"],
        )
        for row in SESSIONS
        if row["qualification_group"] in groups
    ]
    return sorted(found, key=lambda session: (session.starts_on, session.session_id), reverse=True)


EVERYTHING = records(*(row["qualification_group"] for row in SESSIONS))


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    return asyncio.run(filled(new_database(), VIEWS, {"cams_vocational_session": SESSIONS}))


@pytest.fixture
def cams(url: str, opened: Opened) -> Cams:
    return Cams(opened(url, "CAMS"))


async def test_every_group(cams: Cams) -> None:
    with counting_calls() as counted:
        found = await cams.vocational_sessions_by_group([EVERY_GROUP])
    assert found == {EVERY_GROUP: EVERYTHING}
    assert [row.session_id for row in found[EVERY_GROUP]] == ["5", "8", "9", "7", "10", "6"]
    assert counted == {"CAMS": 1}


async def test_some_groups_in_one_call(cams: Cams) -> None:
    groups = [NATIONALS, "Functional Skills / Fähigkeiten", "cambridge nationals", "' OR 1=1 --"]
    with counting_calls() as counted:
        found = await cams.vocational_sessions_by_group(groups)
    assert found == {group: records(group) for group in groups}
    assert [len(rows) for rows in found.values()] == [2, 1, 0, 0]
    assert counted == {"CAMS": 1}


async def test_every_group_beside_one(cams: Cams) -> None:
    with counting_calls() as counted:
        found = await cams.vocational_sessions_by_group([TECHNICALS, EVERY_GROUP, "none"])
    assert found == {TECHNICALS: records(TECHNICALS), EVERY_GROUP: EVERYTHING, "none": []}
    assert counted == {"CAMS": 1}


async def test_views_without_rows(new_database: NewDatabase, opened: Opened) -> None:
    cams = Cams(opened(await filled(new_database(), VIEWS, {}), "CAMS"))
    assert await cams.vocational_sessions_by_group([EVERY_GROUP, NATIONALS]) == {EVERY_GROUP: [], NATIONALS: []}
    assert await cams.database.missing(VIEWS) == []


async def failed(cams: Cams, group: str) -> tuple[type[Exception], str]:
    with pytest.raises(BackendError) as raised:
        await cams.vocational_sessions_by_group([group])
    return type(raised.value), raised.value.message


NONSENSE: list[tuple[Row, str]] = [
    ({"period": "SOMETIMES"}, "a session's period is none that is known"),
    ({"period": None}, "a session lacks a value"),
    ({"session_name": None}, "a session lacks a value"),
    ({"start_date": None}, "a session lacks a value"),
]


async def test_a_row_that_makes_no_sense_is_refused(new_database: NewDatabase, opened: Opened) -> None:
    """Each in a group of its own."""
    views = MetaData()
    for column in VIEWS.tables["cams_vocational_session"].to_metadata(views).columns:
        column.nullable = not column.primary_key
    wrong = [session(str(number), f"Group {number}", JUNE) | change for number, (change, _) in enumerate(NONSENSE)]
    url = await filled(new_database(), views, {"cams_vocational_session": [*wrong, SESSIONS[3]]})
    cams = Cams(opened(url, "CAMS"))
    for row, (_, words) in zip(wrong, NONSENSE, strict=True):
        told = await failed(cams, row["qualification_group"])
        assert told == (BackendRefused, f"CAMS gave an unusable answer: {words}")
    assert await cams.vocational_sessions_by_group([NATIONALS]) == {NATIONALS: [records(NATIONALS)[0]]}


async def test_a_dead_server_is_everybodys_failure(dead_url: str, opened: Opened) -> None:
    cams = Cams(opened(dead_url, "CAMS"))
    assert await failed(cams, EVERY_GROUP) == (BackendUnavailable, "CAMS cannot be reached")


async def test_a_missing_view_is_refused(new_database: NewDatabase, opened: Opened) -> None:
    cams = Cams(opened(await filled(new_database(), MetaData(), {}), "CAMS"))
    assert await failed(cams, EVERY_GROUP) == (BackendRefused, "CAMS gave an unusable answer")
    assert await cams.database.missing(VIEWS) == ["cams_vocational_session"]
