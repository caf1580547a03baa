"""EPS: candidates, entries, components, results and enquiries, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
from sqlalchemy import MetaData
from support.databases import NewDatabase, Opened, filled

from datasources.calls import counting_calls
from datasources.eps import (
    VIEWS,
    BusinessStreamRecord,
    CandidateKey,
    CandidatePageKey,
    CandidateRecord,
    CandidateSelection,
    ComponentRecord,
    EnquiryComponentRecord,
    EnquiryRecord,
    EnquirySelection,
    EnquiryStatus,
    EntryRecord,
    EntrySelection,
    Eps,
    MarksRecord,
    ResultRecord,
    ResultStatus,
    SessionResultRecord,
)
from datasources.eps.candidates import PAGES_IN_STATEMENT
from datasources.errors import BackendError, BackendRefused, BackendUnavailable, ServiceError
from datasources.paging import Page, PageKey

Row = dict[str, Any]
STREAMS = (BusinessStreamRecord("02", "International", "MEPS"), BusinessStreamRecord("04", "Vocational", "OEPS"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = ("business_stream_id", "session_id", "centre_id", "candidate_number")
SESSIONS = [str(number) for number in range(100, 160)]


def candidate(*key: str) -> Row:
    return {**dict(zip(KEY, key, strict=True)), "unique_candidate_id": f"ZZ{key[2]}{key[3]}"}


# Sixty sessions of nought to three centres with one to four candidates each, in no order.
CANDIDATES = [
    candidate("02", session, centre, f"{number:04d}")
    for place, session in enumerate(SESSIONS)
    for number, centre in product(range(place % 4, -1, -1), ["04200", "1126", "5A"][: place % 3])
]
FIRST: CandidateKey = ("02", "101", "04200", "0001")
ENTRIES = [
    {**dict(zip(KEY, FIRST, strict=True)), "assessment_code": code, "assessment_version": version, "option_code": "A"}
    for code, version in (("9239", 4), ("0500", 2), ("0500", 1))
]
COMPONENTS = [
    {**{name: value for name, value in ENTRIES[0].items() if name != "option_code"}, "component_id": component,
     "raw_mark": 40, "assessor_mark": None, "final_mark": 41}
    for component in ("03", "01")
]  # fmt: skip
RESULTS = [
    {**{name: value for name, value in ENTRIES[place].items() if name != "option_code"}, "result_status": status,
     "issued_date": issued}
    for place, (status, issued) in enumerate([("ISSUED", date(2022, 7, 28)), ("WITHHELD", None)])
]  # fmt: skip
SESSION_RESULTS = [
    {"business_stream_id": "02", "session_id": "101", "result_status": "PENDING", "issued_date": None,
     "candidates_with_results": 1, "candidates_pending": 2}
]  # fmt: skip
ENQUIRIES = [
    {"enquiry_id": "E9", "enquiry_status": "COMPLETED", "created_date": date(2022, 8, 1),
     "completed_date": date(2022, 8, 20)},
    {"enquiry_id": "E1", "enquiry_status": "REQUESTED", "created_date": date(2022, 8, 2), "completed_date": None},
]  # fmt: skip


def part(enquiry: str, number: int, code: str, *, changed: bool | None) -> Row:
    return {
        **dict(zip(KEY, FIRST, strict=True)), "enquiry_id": enquiry, "part_number": number, "service_code": "2S",
        "service_name": "Review", "assessment_code": code, "option_code": "A", "grade_changed": changed,
        "grade_confirmed": None if changed is None else not changed,
    }  # fmt: skip


ROWS: dict[str, list[Row]] = {
    "eps_candidate": CANDIDATES,
    "eps_entry": ENTRIES,
    "eps_component": COMPONENTS,
    "eps_result": RESULTS,
    "eps_session_result": SESSION_RESULTS,
    "eps_enquiry": ENQUIRIES,
    "eps_enquiry_part": [
        part("E1", 1, "9239", changed=None), part("E9", 2, "0500", changed=False), part("E9", 1, "9239", changed=True),
    ],
    "eps_enquiry_component": [
        {"enquiry_id": "E9", "part_number": 1, "component_id": component, "mark_before": 40, "mark_after": after}
        for component, after in (("03", 44), ("01", None))
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    return asyncio.run(filled(new_database(), VIEWS, ROWS))


@pytest.fixture
def eps(url: str, dead_url: str, opened: Opened) -> Eps:
    """MEPS is there, OEPS is not."""
    return Eps({"MEPS": opened(url), "OEPS": opened(dead_url, "OEPS")}, STREAMS, lambda: NOW)


def listed(selection: CandidateSelection) -> list[CandidateRecord]:
    """What a selection holds, in its order, worked out in Python."""
    found = [
        CandidateRecord(*row.values())
        for row in CANDIDATES
        if (row["business_stream_id"], row["session_id"]) == (selection.business_stream_id, selection.session_id)
        and selection.centre_id in (None, row["centre_id"])
    ]
    return sorted(found, key=lambda row: row.position)


def page_of(key: CandidatePageKey) -> Page[CandidateSelection, CandidateRecord]:
    rows = [row for row in listed(key.selection) if key.after is None or row.position > key.after]
    return Page(key, rows[: key.first], has_more=len(rows) > key.first)


async def test_candidates_by_key(eps: Eps) -> None:
    keys: list[CandidateKey] = [("02", "101", "04200", number) for number in ("0000", "0001", "0002", "'")]
    with counting_calls() as counted:
        found = await eps.candidates_by_key([*keys, ("99", "101", "04200", "0000")])
    assert found == {key: CandidateRecord(*key, f"ZZ{key[2]}{key[3]}") for key in keys[:2]}
    assert counted == {"MEPS": 1}


async def test_a_key_is_never_cut_to_its_columns_length(eps: Eps) -> None:
    longer = [("02", "101", "04200", "0001" + "0" * 300), ("02", "101", "04200" + "0" * 6, "0001")]
    assert await eps.candidates_by_key(longer) == {}


async def test_pages_of_many_sessions_are_one_call(eps: Eps) -> None:
    keys = [
        PageKey(CandidateSelection("02", session, centre), first, after)
        for session in [*SESSIONS, "999"]
        for centre in (None, "1126", "none")
        for first in (1, 3, 1000)
        for after in (None, ("04200", "0001"), ("1126", "0000"))
    ]
    assert len(keys) > 9 * PAGES_IN_STATEMENT
    with counting_calls() as counted:
        found = await eps.pages_of_candidates(keys)
    assert found == {key: page_of(key) for key in keys}
    assert counted == {"MEPS": 1}


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
async def test_pages_follow_each_other_to_the_end(eps: Eps, size: int) -> None:
    selection = CandidateSelection("02", "111")
    key: CandidatePageKey = PageKey(selection, size)
    rows: list[CandidateRecord] = []
    while True:
        page = (await eps.pages_of_candidates([key]))[key]
        assert isinstance(page, Page)
        rows += page.rows
        if not page.has_more:
            break
        key = PageKey(selection, size, page.rows[-1].position)
    assert rows == listed(selection)
    assert len(rows) == 8


async def test_counts(eps: Eps) -> None:
    chosen = [CandidateSelection("02", session, centre) for session in SESSIONS for centre in (None, "1126", "none")]
    with counting_calls() as counted:
        found = await eps.counts_of_candidates(chosen)
    assert found == {selection: len(listed(selection)) for selection in chosen}
    assert counted == {"MEPS": 1}


async def test_entries_and_their_components(eps: Eps) -> None:
    other: CandidateKey = ("02", "101", "04200", "0000")
    entries = [EntryRecord(*FIRST, code, version, "A") for code, version in (("0500", 1), ("0500", 2), ("9239", 4))]
    with counting_calls() as counted:
        found = await eps.entries_by_selection([
            EntrySelection(FIRST), EntrySelection(FIRST, "0500"), EntrySelection(FIRST, "none"), EntrySelection(other),
        ])  # fmt: skip
        components = await eps.components_by_entry([entry.key for entry in entries])
    assert found == {
        EntrySelection(FIRST): entries, EntrySelection(FIRST, "0500"): entries[:2], EntrySelection(FIRST, "none"): [],
        EntrySelection(other): [],
    }  # fmt: skip
    assert components == {
        entries[0].key: [], entries[1].key: [],
        entries[2].key: [ComponentRecord(*entries[2].key, "01"), ComponentRecord(*entries[2].key, "03")],
    }  # fmt: skip
    assert counted == {"MEPS": 2}


async def test_results_and_marks(eps: Eps) -> None:
    issued, withheld, none = ((*FIRST, code, version) for code, version in (("9239", 4), ("0500", 2), ("0500", 1)))
    assert await eps.results_by_entry([issued, withheld, none]) == {
        issued: ResultRecord(ResultStatus.ISSUED, date(2022, 7, 28)),
        withheld: ResultRecord(ResultStatus.WITHHELD, None),
    }
    assert await eps.marks_by_component([(*issued, "01"), (*issued, "02")]) == {
        (*issued, "01"): MarksRecord(40, None, 41)
    }
    assert await eps.session_results_by_session([("02", "101"), ("02", "102")]) == {
        ("02", "101"): SessionResultRecord(ResultStatus.PENDING, None, 1, 2)
    }


async def test_enquiries_in_the_order_in_which_they_were_asked(eps: Eps) -> None:
    review = EnquiryRecord(
        "E9", 1, "2S", "Review", EnquiryStatus.COMPLETED, date(2022, 8, 1), date(2022, 8, 20), "9239", "A",
        grade_changed=True, grade_confirmed=False,
        components=(EnquiryComponentRecord("01", 40, None), EnquiryComponentRecord("03", 40, 44)),
    )  # fmt: skip
    other = EnquiryRecord(
        "E9", 2, "2S", "Review", EnquiryStatus.COMPLETED, date(2022, 8, 1), date(2022, 8, 20), "0500", "A",
        grade_changed=False, grade_confirmed=True, components=(),
    )  # fmt: skip
    waiting = EnquiryRecord(
        "E1", 1, "2S", "Review", EnquiryStatus.REQUESTED, date(2022, 8, 2), None, "9239", "A", None, None, ()
    )
    expected = {
        EnquirySelection(FIRST): [review, other, waiting],
        EnquirySelection(FIRST, "9239"): [review, waiting],
        EnquirySelection(FIRST, "9239", "02"): [waiting],
        EnquirySelection(FIRST, None, "03"): [review, other, waiting],
        EnquirySelection(("02", "101", "04200", "0000")): [],
    }
    with counting_calls() as counted:
        assert await eps.enquiries_by_selection(list(expected)) == expected
    assert counted == {"MEPS": 1}


async def test_thousands_of_keys_are_one_call(eps: Eps) -> None:
    keys = [(*FIRST, "9239", 4, f"{number:02d}") for number in range(100)]
    keys += [("02", "101", "04200", f"{number:04d}", "9239", 4, "01") for number in range(2, 5000)]
    with counting_calls() as counted:
        found = await eps.marks_by_component(keys)
    assert set(found) == {(*FIRST, "9239", 4, "01"), (*FIRST, "9239", 4, "03")}
    assert counted == {"MEPS": 1}


# Failures


async def test_a_dead_server_costs_its_own_keys_only(eps: Eps) -> None:
    dead: CandidateKey = ("04", "101", "04200", "0001")
    answers: Sequence[dict[Any, Any]] = [
        await eps.candidates_by_key([FIRST, dead]),
        await eps.entries_by_selection([EntrySelection(FIRST), EntrySelection(dead)]),
        await eps.enquiries_by_selection([EnquirySelection(FIRST), EnquirySelection(dead)]),
        await eps.counts_of_candidates([CandidateSelection("02", "101"), CandidateSelection("04", "101")]),
    ]
    for answer in answers:
        living, failed = answer.values()
        assert not isinstance(living, ServiceError)
        assert isinstance(failed, BackendUnavailable)
        assert failed.message == "OEPS cannot be reached"


def loosened() -> MetaData:
    """The views as a backend might have them that keeps none of its promises."""
    views = MetaData()
    for table in VIEWS.sorted_tables:
        for column in table.to_metadata(views).columns:
            column.nullable = not column.primary_key
    return views


NONSENSE: list[tuple[str, Row, str]] = [
    ("eps_candidate", {"unique_candidate_id": None}, "a candidate lacks a value, or has one of another type"),
    ("eps_entry", {"option_code": None}, "an entry lacks a value, or has one of another type"),
    ("eps_result", {"result_status": "LOST"}, "a result's status is none that is known"),
    ("eps_result", {"result_status": None}, "a result lacks a value, or has one of another type"),
    ("eps_session_result", {"candidates_pending": None},
     "a session's result status lacks a value, or has one of another type"),
    ("eps_session_result", {"result_status": "lost"}, "the status of a session's results is none that is known"),
    ("eps_enquiry", {"enquiry_status": "LOST"}, "an enquiry's status is none that is known"),
    ("eps_enquiry", {"created_date": None}, "an enquiry lacks a value, or has one of another type"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "wrong", "words"), NONSENSE, ids=[words for _, _, words in NONSENSE])
async def test_a_row_that_makes_no_sense_is_refused(
    new_database: NewDatabase, opened: Opened, view: str, wrong: Row, words: str
) -> None:
    rows = {**ROWS, view: [row | wrong for row in ROWS[view]]}
    eps = Eps({"MEPS": opened(await filled(new_database(), loosened(), rows))}, STREAMS, lambda: NOW)
    asked: dict[str, Any] = {
        "eps_candidate": lambda: eps.candidates_by_key([FIRST]),
        "eps_entry": lambda: eps.entries_by_selection([EntrySelection(FIRST)]),
        "eps_result": lambda: eps.results_by_entry([(*FIRST, "9239", 4)]),
        "eps_session_result": lambda: eps.session_results_by_session([("02", "101")]),
        "eps_enquiry": lambda: eps.enquiries_by_selection([EnquirySelection(FIRST)]),
    }
    [answer] = (await asked[view]()).values()
    assert isinstance(answer, BackendError)
    assert (type(answer), answer.message) == (BackendRefused, f"MEPS gave an unusable answer: {words}")
