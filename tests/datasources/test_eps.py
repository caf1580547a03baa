"""EPS: sessions from two servers. Everything on two SQLite and on two PostgreSQL databases."""

import asyncio
import contextlib
import itertools
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text
from support.databases import NewDatabase, Opened, filled, sqlite_url

from datasources.calls import PROBE_SECONDS, Limits, Status, counting_calls
from datasources.eps import (
    VIEWS,
    BusinessStreamRecord,
    Eps,
    EpsServerRecord,
    SessionPage,
    SessionPageKey,
    SessionRecord,
    SessionSelection,
    SessionStatus,
    SessionType,
)
from datasources.eps.sessions import KEYS_IN_LIST
from datasources.errors import BackendRefused, BackendUnavailable, ServiceError
from datasources.paging import Page, PageKey
from datasources.sql import Database, driver_url

NOW = datetime(2026, 11, 22, 10, 30, 15, 123456, tzinfo=UTC)
# What a busy machine may add to a wait that is measured.
SLACK_SECONDS = 0.8
Row = dict[str, Any]

STREAMS = (
    BusinessStreamRecord("04", "OCR Vocational", "OEPS"),
    BusinessStreamRecord("01", "OCR", "OEPS"),
    BusinessStreamRecord("02", "Cambridge International", "MEPS"),
    BusinessStreamRecord("03", "Cambridge English", "MEPS"),
)
FIFTY = tuple(BusinessStreamRecord(str(code), f"Stream {code}", ("MEPS", "OEPS")[code % 2]) for code in range(10, 60))
ALL = STREAMS + FIFTY


def session(stream: str, number: str, starts_on: date, year: int | None = None, **others: str) -> Row:
    """A row of `eps_session`."""
    return {
        "business_stream_id": stream,
        "session_id": number,
        "session_name": f"Session {number} of {stream}",
        "session_year": starts_on.year if year is None else year,
        "session_type": "EXAMINATION",
        "session_status": "OPEN",
        "start_date": starts_on,
        "end_date": starts_on + timedelta(days=40),
        **others,
    }


def assessed(stream: str, number: str, qualification: str, code: str, version: int = 1) -> Row:
    """A row of `eps_session_assessment`."""
    return {
        "business_stream_id": stream,
        "session_id": number,
        "assessment_code": code,
        "assessment_version": version,
        "qualification_id": qualification,
    }


JUNE = date(2024, 6, 1)
SESSIONS = [
    session("02", "14244", date(2022, 4, 4), session_type="COURSEWORK", session_status="RESULTS_ISSUED"),
    session("02", "9", JUNE, session_type="ON_DEMAND"),
    session("02", "10", JUNE, session_status="CLOSED"),
    session("02", "100", JUNE),
    session("02", "8", date(2024, 6, 2), year=2023),
    session("02", "7", date(2024, 5, 31)),
    session("02", "11", date(2027, 6, 1), session_status="PLANNED"),
    session("01", "9", JUNE),
    session("01", "8", date(2019, 5, 4)),
    session("04", "3229", date(2025, 5, 4)),
    *(
        session(stream.code, str(number), JUNE + timedelta(days=number // 2))
        for stream in FIFTY
        for number in range(int(stream.code) % 4)
    ),
]
ASSESSMENTS = [
    # 9 has both, each in a row of its own; 10 has both in one row
    assessed("02", "9", "IGCSE", "0500"),
    assessed("02", "9", "A-LEVEL", "9700"),
    assessed("02", "10", "IGCSE", "9700"),
    assessed("02", "10", "IGCSE", "9700", version=2),
    assessed("02", "100", "IGCSE", "0500"),
    assessed("02", "8", "IGCSE", "9700"),
    assessed("02", "14244", "A-LEVEL", "0500"),
    assessed("01", "9", "A-LEVEL", "9700"),
    assessed("04", "3229", "IGCSE", "0500"),
]


def record(row: Row) -> SessionRecord:
    return SessionRecord(
        business_stream_id=row["business_stream_id"],
        session_id=row["session_id"],
        name=row["session_name"],
        year=row["session_year"],
        type=SessionType(row["session_type"]),
        status=SessionStatus(row["session_status"]),
        starts_on=row["start_date"],
        ends_on=row["end_date"],
    )


def listed(selection: SessionSelection, sessions: Sequence[Row] = SESSIONS) -> list[SessionRecord]:
    """What a selection holds, in its order, worked out in Python."""
    found = [
        record(row)
        for row in sessions
        if row["business_stream_id"] == selection.business_stream_id
        and selection.year in (None, row["session_year"])
        and _is_assessed(row, selection)
    ]
    return sorted(found, key=lambda session: (session.starts_on, session.session_id), reverse=True)


def _is_assessed(row: Row, selection: SessionSelection) -> bool:
    if selection.qualification_id is None and selection.assessment_code is None:
        return True
    return any(
        (found["business_stream_id"], found["session_id"]) == (row["business_stream_id"], row["session_id"])
        and selection.qualification_id in (None, found["qualification_id"])
        and selection.assessment_code in (None, found["assessment_code"])
        for found in ASSESSMENTS
    )


def selections(*streams: str) -> list[SessionSelection]:
    """Every combination of filters that match something, or nothing."""
    return [
        SessionSelection(stream, year, qualification, code)
        for stream in streams
        for year in (None, 2024, 2023, 1999)
        for qualification in (None, "IGCSE", "A-LEVEL", "NONE")
        for code in (None, "0500", "9700", "' OR 1=1 --")
    ]


def page_of(key: SessionPageKey) -> SessionPage:
    """The page that `key` asks for, worked out in Python."""
    rows = listed(key.selection)
    if key.after is not None:
        rows = [row for row in rows if row.position < key.after]
    return Page(key, rows[: key.first], has_more=len(rows) > key.first)


@dataclass(frozen=True)
class Servers:
    """Where the two servers' databases are."""

    meps: str
    oeps: str


def of_server(server: str, rows: Sequence[Row]) -> list[Row]:
    codes = {stream.code for stream in ALL if stream.server == server}
    return [row for row in rows if row["business_stream_id"] in codes]


@pytest.fixture(scope="module")
def servers(new_database: NewDatabase) -> Servers:
    """Both servers' databases, filled."""

    async def fill(server: str) -> str:
        rows = {
            "eps_session": of_server(server, SESSIONS),
            "eps_session_assessment": of_server(server, ASSESSMENTS),
        }
        return await filled(new_database(), VIEWS, rows)

    return Servers(asyncio.run(fill("MEPS")), asyncio.run(fill("OEPS")))


MadeEps = Callable[..., Eps]


@pytest.fixture
def make_eps(servers: Servers, opened: Opened) -> MadeEps:
    """Makes an Eps, of other databases or streams if told so."""

    def make(
        meps: str = servers.meps, oeps: str = servers.oeps, streams: Sequence[BusinessStreamRecord] = STREAMS
    ) -> Eps:
        return Eps({"MEPS": opened(meps, "MEPS"), "OEPS": opened(oeps, "OEPS")}, streams, lambda: NOW)

    return make


@pytest.fixture
def eps(make_eps: MadeEps) -> Eps:
    return make_eps()


def told(answers: dict[Any, Any]) -> dict[Any, Any]:
    """The answers, with each failure as its type and words."""
    return {
        key: (type(answer), answer.message) if isinstance(answer, ServiceError) else answer
        for key, answer in answers.items()
    }


# By key


async def test_sessions_by_key(eps: Eps) -> None:
    keys = [("02", "14244"), ("01", "9"), ("02", "9"), ("04", "3229"), ("01", "8")]
    with counting_calls() as counted:
        found = await eps.sessions_by_key(keys)
    by_key = {(row["business_stream_id"], row["session_id"]): record(row) for row in SESSIONS}
    assert found == {key: by_key[key] for key in keys}
    assert counted == {"MEPS": 1, "OEPS": 1}


async def test_what_is_not_there_is_absent(eps: Eps) -> None:
    keys = [("02", "14244"), ("02", "3229"), ("02", "99999999"), ("03", "9"), ("99", "9"), ("02", "'"), ("", "")]
    with counting_calls() as counted:
        found = await eps.sessions_by_key(keys)
    assert list(found) == [("02", "14244")]
    assert counted == {"MEPS": 1}  # nobody asked for a session of OEPS


async def test_nobody_is_asked_for_nothing(eps: Eps) -> None:
    unknown = SessionSelection("99")
    with counting_calls() as counted:
        assert await eps.sessions_by_key([]) == {}
        assert await eps.sessions_by_key([("99", "9"), ("2", "9")]) == {}
        assert await eps.pages_of_sessions([PageKey(unknown, 10)]) == {}
        assert await eps.counts_of_sessions([unknown]) == {}
    assert counted == {}


async def test_more_keys_than_one_list_holds(eps: Eps) -> None:
    keys = [("02", str(number)) for number in range(3 * KEYS_IN_LIST + 1)]
    with counting_calls() as counted:
        found = await eps.sessions_by_key(keys)
    by_number = {row["session_id"]: record(row) for row in SESSIONS if row["business_stream_id"] == "02"}
    assert found == {("02", number): by_number[number] for number in ("7", "8", "9", "10", "11", "100")}
    assert counted == {"MEPS": 1}


# Pages


async def test_newest_first_and_ties_by_number_as_text(eps: Eps) -> None:
    key = PageKey(SessionSelection("02"), 1000)
    found = await eps.pages_of_sessions([key])
    assert [row.session_id for row in _page(found[key]).rows] == ["11", "8", "9", "100", "10", "7", "14244"]
    assert found == {key: page_of(key)}


async def test_every_combination_of_filters(eps: Eps) -> None:
    keys = [PageKey(selection, 1000) for selection in selections("01", "02", "03", "04")]
    with counting_calls() as counted:
        found = await eps.pages_of_sessions(keys)
    assert found == {key: page_of(key) for key in keys}
    assert counted == {"MEPS": 1, "OEPS": 1}


async def test_qualification_and_assessment_must_stand_in_one_row(eps: Eps) -> None:
    key = PageKey(SessionSelection("02", 2024, "IGCSE", "9700"), 1000)
    page = _page((await eps.pages_of_sessions([key]))[key])
    assert [row.session_id for row in page.rows] == ["10"]  # once, though two versions match; and not 9


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("selection", [SessionSelection("02"), SessionSelection("02", 2024), SessionSelection("03")])
async def test_pages_follow_each_other_to_the_end(eps: Eps, selection: SessionSelection, size: int) -> None:
    pages = await walked(eps, selection, size)
    expected = listed(selection)
    assert list(itertools.chain.from_iterable(page.rows for page in pages)) == expected
    assert [len(page.rows) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]
    assert len(pages) == max(1, -(-len(expected) // size))


async def walked(eps: Eps, selection: SessionSelection, size: int) -> list[SessionPage]:
    """All pages of a selection, each asked for from where the last ended."""
    key: SessionPageKey = PageKey(selection, size)
    pages = []
    while True:
        page = _page((await eps.pages_of_sessions([key]))[key])
        pages.append(page)
        assert len(pages) < 100, "the pages do not end"
        if not page.has_more:
            return pages
        key = replace(key, after=page.rows[-1].position)


def _page(answer: SessionPage | ServiceError) -> SessionPage:
    assert isinstance(answer, Page)
    return answer


async def test_a_page_after_any_place_even_one_that_is_gone(eps: Eps) -> None:
    places = [("2024-06-01", "9"), ("2024-06-01", "5"), ("2024-06-01", ""), ("1900-01-01", "9"), ("2999-12-31", "x")]
    keys = [PageKey(selection, 2, place) for place in places for selection in selections("02")]
    assert await eps.pages_of_sessions(keys) == {key: page_of(key) for key in keys}


async def test_pages_of_different_sizes_and_places_in_one_call(eps: Eps) -> None:
    keys = [
        PageKey(SessionSelection(stream), first, after)
        for stream in ("01", "02", "03", "04")
        for first in (1, 2, 1000)
        for after in (None, ("2024-06-01", "9"))
    ]
    with counting_calls() as counted:
        assert await eps.pages_of_sessions(keys) == {key: page_of(key) for key in keys}
    assert counted == {"MEPS": 1, "OEPS": 1}


async def test_fifty_streams_are_one_call_to_each_server(make_eps: MadeEps) -> None:
    eps = make_eps(streams=FIFTY)
    keys = [PageKey(SessionSelection(stream.code), 2) for stream in FIFTY]
    with counting_calls() as counted:
        found = await eps.pages_of_sessions(keys)
    assert found == {key: page_of(key) for key in keys}
    assert counted == {"MEPS": 1, "OEPS": 1}
    chosen = [key.selection for key in keys]
    with counting_calls() as counted:
        counts = await eps.counts_of_sessions(chosen)
    assert counts == {selection: len(listed(selection)) for selection in chosen}
    assert counted == {"MEPS": 1, "OEPS": 1}


async def test_counts(eps: Eps) -> None:
    chosen = selections("01", "02", "03", "04")
    with counting_calls() as counted:
        found = await eps.counts_of_sessions(chosen)
    assert found == {selection: len(listed(selection)) for selection in chosen}
    assert counted == {"MEPS": 1, "OEPS": 1}


def test_streams_are_in_the_order_of_their_codes(eps: Eps) -> None:
    assert list(eps.streams) == ["01", "02", "03", "04"]


# Failures


async def test_a_dead_server_costs_its_own_keys_only(make_eps: MadeEps, dead_url: str) -> None:
    eps = make_eps(meps=dead_url)
    dead = (BackendUnavailable, "MEPS cannot be reached")
    by_key = {("02", "9"): dead, ("01", "9"): record(SESSIONS[7]), ("03", "9"): dead}
    assert told(await eps.sessions_by_key(list(by_key))) == by_key
    chosen = [SessionSelection(stream) for stream in ("01", "02", "03", "04", "99")]
    answered = [selection for selection in chosen if selection.business_stream_id in ("01", "04")]
    failed = [selection for selection in chosen if selection.business_stream_id in ("02", "03")]
    pages = await eps.pages_of_sessions([PageKey(selection, 5) for selection in chosen])
    assert told(pages) == {
        **{PageKey(selection, 5): page_of(PageKey(selection, 5)) for selection in answered},
        **{PageKey(selection, 5): dead for selection in failed},
    }
    assert told(await eps.counts_of_sessions(chosen)) == {
        **{selection: len(listed(selection)) for selection in answered},
        **dict.fromkeys(failed, dead),
    }


def loosened() -> MetaData:
    """The views as a backend might have them that keeps none of its promises."""
    views = MetaData()
    for table in VIEWS.sorted_tables:
        for column in table.to_metadata(views).columns:
            column.nullable = not column.primary_key
    return views


NO_TYPE = "OEPS gave an unusable answer: a session's type or status is none that is known"
LACKS = "OEPS gave an unusable answer: a session lacks a value, or has one of another type"


NONSENSE: list[tuple[Row, str]] = [
    ({"session_type": "PICNIC"}, NO_TYPE),
    ({"session_type": "examination"}, NO_TYPE),
    ({"session_status": ""}, NO_TYPE),
    ({"session_status": None}, LACKS),
    ({"session_name": None}, LACKS),
    ({"session_year": None}, LACKS),
    ({"end_date": None}, LACKS),
]


async def test_a_row_that_makes_no_sense_is_refused(make_eps: MadeEps, new_database: NewDatabase) -> None:
    """Each in a stream of its own, beside a good row."""
    codes = [stream.code for stream in FIFTY if stream.server == "OEPS"]
    wrong = [session(code, "1", JUNE) | change for code, (change, _) in zip(codes, NONSENSE, strict=False)]
    good = [session(row["business_stream_id"], "2", JUNE) for row in wrong]
    oeps = await filled(new_database(), loosened(), {"eps_session": wrong + good})
    eps = make_eps(oeps=oeps, streams=ALL)
    other = SessionSelection("02")
    for row, (_, words) in zip(good, NONSENSE, strict=True):
        code, refused = row["business_stream_id"], (BackendRefused, words)
        assert told(await eps.sessions_by_key([(code, "1"), ("02", "9")])) == {
            (code, "1"): refused,
            ("02", "9"): record(SESSIONS[1]),
        }
        assert await eps.sessions_by_key([(code, "2")]) == {(code, "2"): record(row)}
        keys = [PageKey(SessionSelection(code), 5), PageKey(other, 5)]
        assert told(await eps.pages_of_sessions(keys)) == {keys[0]: refused, keys[1]: page_of(keys[1])}
        assert await eps.counts_of_sessions([SessionSelection(code)]) == {SessionSelection(code): 2}


async def test_a_day_that_is_none_is_refused(tmp_path: Path, opened: Opened) -> None:
    views = loosened()
    views.tables["eps_session"].c.start_date.type = Text()
    rows = [session("02", "9", JUNE) | {"start_date": "soon"}]
    url = await filled(sqlite_url(tmp_path / "meps.sqlite"), views, {"eps_session": rows})
    eps = Eps({"MEPS": opened(url)}, STREAMS, lambda: NOW)
    words = "MEPS gave an unusable answer: a value is not of its column's type"
    assert told(await eps.sessions_by_key([("02", "9")])) == {("02", "9"): (BackendRefused, words)}


async def test_a_server_without_a_column_is_refused(make_eps: MadeEps, new_database: NewDatabase) -> None:
    views = MetaData()
    columns = [column for column in VIEWS.tables["eps_session"].columns if column.name != "end_date"]
    Table("eps_session", views, *(Column(column.name, column.type) for column in columns))
    eps = make_eps(meps=await filled(new_database(), views, {}))
    others = {view.name for view in VIEWS.sorted_tables} - {"eps_session"}
    found = await eps.servers["MEPS"].missing(VIEWS)
    assert (len(found), set(found)) == (1 + len(others), {"eps_session.end_date", *others})
    assert told(await eps.sessions_by_key([("02", "9"), ("01", "9")])) == {
        ("02", "9"): (BackendRefused, "MEPS gave an unusable answer"),
        ("01", "9"): record(SESSIONS[7]),
    }


# Whether the servers are up


@pytest.fixture
def silent_url(kind: str, dead_url: str) -> Iterator[str]:
    """Where a server takes connections and says nothing; for SQLite, which has none, where no file is."""
    if kind != "postgresql":
        yield dead_url
        return
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(10)
        yield f"postgresql://keeper:hidden-word@127.0.0.1:{listening.getsockname()[1]}/vault"


async def test_probes_tell_side_by_side_which_servers_are_down(make_eps: MadeEps, silent_url: str) -> None:
    asked = [make_eps(meps=silent_url), make_eps(oeps=silent_url), make_eps(meps=silent_url, oeps=silent_url)]
    started = time.monotonic()
    with counting_calls() as counted:
        found = await asyncio.gather(*(eps.probe_servers() for eps in asked))
    assert time.monotonic() - started <= PROBE_SECONDS + SLACK_SECONDS
    now = datetime(2026, 11, 22, 10, 30, 15, tzinfo=UTC)
    assert found == [
        [EpsServerRecord("MEPS", Status.DOWN, now), EpsServerRecord("OEPS", Status.UP, now)],
        [EpsServerRecord("MEPS", Status.UP, now), EpsServerRecord("OEPS", Status.DOWN, now)],
        [EpsServerRecord("MEPS", Status.DOWN, now), EpsServerRecord("OEPS", Status.DOWN, now)],
    ]
    assert counted == {"MEPS": 3, "OEPS": 3}


async def test_both_up(eps: Eps) -> None:
    now = datetime(2026, 11, 22, 10, 30, 15, tzinfo=UTC)
    assert await eps.probe_servers() == [
        EpsServerRecord("MEPS", Status.UP, now),
        EpsServerRecord("OEPS", Status.UP, now),
    ]


# Any list at all


@pytest.fixture(scope="module")
def any_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with empty views."""
    file = tmp_path_factory.mktemp("any") / "meps.sqlite"
    asyncio.run(filled(sqlite_url(file), VIEWS, {}))
    return file


# Few days and digits, so that there are ties.
DAYS = st.sampled_from([date(2024, 1, 1), date(2024, 1, 2), date(2024, 12, 31), date(2025, 1, 1)])
NUMBERS = st.text("0123456789", min_size=1, max_size=3)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(
    days=st.dictionaries(st.tuples(st.sampled_from(["02", "03"]), NUMBERS), DAYS, max_size=30),
    size=st.integers(1, 12),
)
def test_pages_joined_are_the_sorted_list(any_file: Path, days: dict[tuple[str, str], date], size: int) -> None:
    rows = [session(*key, starts_on) for key, starts_on in days.items()]
    replace_sessions(any_file, rows)

    async def walk(selection: SessionSelection) -> list[SessionRecord]:
        database = Database("MEPS", driver_url(sqlite_url(any_file)), Limits())
        database.open()
        pages = await walked(Eps({"MEPS": database}, STREAMS, lambda: NOW), selection, size)
        await database.close()
        return [row for page in pages for row in page.rows]

    for selection in (SessionSelection("02"), SessionSelection("02", 2024)):
        assert asyncio.run(walk(selection)) == listed(selection, rows)


def replace_sessions(file: Path, rows: Sequence[Row]) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM eps_session")
        places = ", ".join("?" * len(VIEWS.tables["eps_session"].columns))
        values = [[str(value) for value in row.values()] for row in rows]
        connection.executemany(f"INSERT INTO eps_session VALUES ({places})", values)
        connection.commit()
