"""Pages: their bounds, and cursors that are taken by their own list and by no other."""

import base64
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from golden.service import Databases, running
from hypothesis import given
from hypothesis import strategies as st

from datasources.eps import SessionSelection
from datasources.errors import BadUserInput
from datasources.paging import PageKey
from resolvers.ids import session_number
from resolvers.paging import CURSOR_LENGTH, DEFAULT_ROWS, cursor_of, page_key

LIST = SessionSelection("02", year=2024)
PLACE = ("2024-04-04", "16884")
CURSOR = cursor_of(LIST, PLACE)
READERS = (date.fromisoformat, session_number)
NOT_OURS = "after is not a cursor that this service gave"
OF_ANOTHER = "after is a cursor of another list"
DIGEST = base64.urlsafe_b64decode(CURSOR).decode().partition(":")[0]


def forged(*parts: str) -> str:
    return base64.urlsafe_b64encode(":".join((DIGEST, *parts)).encode()).decode()


def test_a_page_without_a_size_has_the_default() -> None:
    assert page_key(LIST, None, None, READERS) == PageKey(LIST, DEFAULT_ROWS, None)


@pytest.mark.parametrize("first", [1, 2, 1000])
def test_a_size_within_bounds(first: int) -> None:
    assert page_key(LIST, first, None, READERS) == PageKey(LIST, first, None)


@pytest.mark.parametrize("first", [0, -1, 1001, 2**31 - 1, -(2**31)])
def test_a_size_out_of_bounds(first: int) -> None:
    with pytest.raises(BadUserInput, match=r"^first must be 1 to 1000$"):
        page_key(LIST, first, CURSOR, READERS)


def test_a_cursor_is_taken_by_its_own_list() -> None:
    assert page_key(LIST, 10, CURSOR, READERS) == PageKey(LIST, 10, PLACE)


@pytest.mark.parametrize(
    "another",
    [
        SessionSelection("02"), SessionSelection("03", year=2024), SessionSelection("02", year=2025),
        SessionSelection("02", year=2024, qualification_id="IGCSE"),
        SessionSelection("02", year=2024, assessment_code="IGCSE"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_cursor_of_another_list(another: SessionSelection) -> None:
    with pytest.raises(BadUserInput, match=f"^{OF_ANOTHER}$"):
        page_key(LIST, 10, cursor_of(another, PLACE), READERS)
    with pytest.raises(BadUserInput, match=f"^{OF_ANOTHER}$"):
        page_key(another, 10, CURSOR, READERS)


@pytest.mark.parametrize(
    "cursor",
    [
        "", "=", "!", "é", "\ud800", "\x00", CURSOR[:-1], f"{CURSOR}=", f"{CURSOR}!", f" {CURSOR}", f"{CURSOR}\n",
        CURSOR.replace("=", ""), base64.urlsafe_b64encode(b"\xff\xfe").decode(), "A" * 100_000,
        forged(), forged("2024-04-04"), forged("2024-04-04", "16884", "1"), forged("16884", "2024-04-04"),
        forged("2024-02-30", "16884"), forged("2024-04-04", "0"), forged("2024-04-04", "1' OR '1'='1"),
        forged("2024-04-04", ""), forged("", "16884"), forged("2024-04-04", "1\x00"), forged("0000-00-00", "1"),
        forged("2024-04-04", "0" * CURSOR_LENGTH + "1"),
    ],
)  # fmt: skip
def test_a_cursor_that_was_never_given(cursor: str) -> None:
    with pytest.raises(BadUserInput, match=f"^{NOT_OURS}$"):
        page_key(LIST, 10, cursor, READERS)


JUNK = st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())
FORGED = st.lists(st.text(max_size=30), max_size=4).map(lambda parts: forged(*parts))
CHANGED = st.tuples(st.integers(0, len(CURSOR)), st.integers(0, len(CURSOR)), st.text(max_size=3)).map(
    lambda cut: CURSOR[: cut[0]] + cut[2] + CURSOR[cut[1] :]
)


@given(JUNK | FORGED | CHANGED)
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    with suppress(BadUserInput):
        key = page_key(LIST, 10, cursor, READERS)
        assert key.after is not None
        assert cursor_of(LIST, key.after) == cursor


@given(st.dates(), st.integers(min_value=1, max_value=10**18 - 1))
def test_a_place_is_given_back_by_its_cursor(day: date, number: int) -> None:
    place = (day.isoformat(), str(number))
    assert page_key(LIST, 1, cursor_of(LIST, place), READERS).after == place


def session(number: int, day: int) -> dict[str, Any]:
    return {
        "business_stream_id": "02", "session_id": str(number), "session_name": f"Session {number}",
        "session_year": 2024, "session_type": "EXAMINATION", "session_status": "OPEN",
        "start_date": date(2024, 4, day), "end_date": date(2024, 6, 30),
    }  # fmt: skip


@pytest.mark.parametrize("first", [1, 2, 5, 12, 13])
async def test_pages_one_after_another_hold_each_row_once_in_order(first: int, databases: Databases) -> None:
    """Many sessions of few days, with numbers of different lengths."""
    rows = [session(number, 1 + number % 3) for number in (1, 2, 3, 9, 10, 11, 12, 99, 100, 101, 1000, 9999)]
    url = await databases.url("MEPS", {"eps_session": rows})
    query = (
        'query ($first: Int, $after: String) { businessStream(code: "02") { sessions(first: $first, after: $after) {'
        " nodes { sessionId } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"
    )
    seen: list[str] = []
    page_info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    async with running(databases, {"MEPS": url}) as service:
        while page_info["hasNextPage"]:
            told = await service.graphql(query, ["sessions:read"], first=first, after=page_info["endCursor"])
            page = told.json["data"]["businessStream"]["sessions"]
            assert page["pageInfo"]["hasPreviousPage"] == bool(seen)
            assert len(page["nodes"]) == min(first, len(rows) - len(seen))
            seen += [node["sessionId"] for node in page["nodes"]]
            page_info = page["pageInfo"]
            assert told.calls == {"MEPS": 1}
    assert seen == [row["session_id"] for row in sorted(rows, key=_place, reverse=True)]


def _place(row: dict[str, Any]) -> tuple[date, str]:
    return row["start_date"], row["session_id"]
