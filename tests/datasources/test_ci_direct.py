"""CI Direct: embargoes and releases by centre, page by page, from two procedures."""

import asyncio
from datetime import date
from typing import Any

import pytest
from support.databases import NewDatabase, Opened, filled

from datasources.calls import counting_calls
from datasources.ci_direct import (
    PROCEDURES,
    CentrePageKey,
    CiDirect,
    EmbargoRecord,
    EmbargoSelection,
    ReleaseRecord,
    ReleaseSelection,
)
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.paging import Page, PageKey
from datasources.procedures import missing_procedures
from datasources.sandbox.stand_ins import CI_DIRECT

DAY = date(2024, 7, 28)
CODES = ("0500", "0580", "9709")


def embargo(session: str, centre: str, code: str, issued: date | None = DAY) -> dict[str, Any]:
    return {
        "session_id": session, "centre_id": centre, "qualification_id": "IGCSE", "assessment_code": code,
        "issued_date": issued, "is_embargoed": code == "9709",
    }  # fmt: skip


EMBARGOES = [embargo("1", centre, code) for centre in ("B", "A", "C") for code in reversed(CODES)]
RELEASES = [
    {"session_id": "1", "centre_id": centre, "released_date": DAY if centre == "A" else None, "is_released": True}
    for centre in ("B", "A")
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "centrewiseembargoinfo": [*EMBARGOES, embargo("2", "A", "0500"), {**embargo("3", "A", "1"), "is_embargoed": None}],
    "result_release_date_validation": RELEASES,
}
ALL = [
    EmbargoRecord(place, centre, "IGCSE", code, DAY, is_embargoed=code == "9709")
    for place, (centre, code) in enumerate(((centre, code) for centre in "ABC" for code in CODES), 1)
]


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    return asyncio.run(filled(new_database(), CI_DIRECT, ROWS))


@pytest.fixture
def ci_direct(url: str, opened: Opened) -> CiDirect:
    return CiDirect(opened(url, "CI Direct"))


def selected(session: str = "1", centre: str | None = None, stream: str = "02") -> EmbargoSelection:
    return EmbargoSelection(stream, session, centre)


async def test_pages_of_embargoes_in_one_call(ci_direct: CiDirect) -> None:
    whole, first, second, late = (
        PageKey(selected(), first, after) for first, after in ((100, None), (4, None), (4, ("4",)), (5, ("9",)))
    )
    centre = PageKey(selected(centre="B"), 2)
    other, none, foreign = PageKey(selected("2"), 5), PageKey(selected("9"), 5), PageKey(selected(stream="01"), 5)
    with counting_calls() as counted:
        found = await ci_direct.pages_of_embargoes([whole, first, second, late, centre, other, none, foreign])
    in_b = [
        EmbargoRecord(place, "B", "IGCSE", code, DAY, is_embargoed=False) for place, code in ((1, "0500"), (2, "0580"))
    ]
    assert found == {
        whole: Page(whole, ALL, has_more=False, total=9),
        first: Page(first, ALL[:4], has_more=True, total=9),
        second: Page(second, ALL[4:8], has_more=True, total=9),
        late: Page(late, [], has_more=False, total=None),  # no row tells
        centre: Page(centre, in_b, has_more=True, total=3),
        other: Page(other, [EmbargoRecord(1, "A", "IGCSE", "0500", DAY, is_embargoed=False)], has_more=False, total=1),
        none: Page(none, [], has_more=False, total=0),
        foreign: Page(foreign, [], has_more=False, total=0),
    }
    assert counted == {"CI Direct": 1}


async def test_pages_follow_each_other_by_their_positions(ci_direct: CiDirect) -> None:
    key: CentrePageKey = PageKey(selected(), 2)
    seen: list[EmbargoRecord] = []
    while True:
        page = (await ci_direct.pages_of_embargoes([key]))[key]
        seen += page.rows
        if not page.has_more:
            break
        key = PageKey(selected(), 2, page.rows[-1].position)
    assert seen == ALL


async def test_counts(ci_direct: CiDirect) -> None:
    with counting_calls() as counted:
        embargoes = await ci_direct.counts_of_embargoes([selected(), selected(centre="B"), selected("9")])
        ours, other = ReleaseSelection("02", "1"), ReleaseSelection("04", "1")
        releases = await ci_direct.counts_of_releases([ours, other])
    assert embargoes == {selected(): 9, selected(centre="B"): 3, selected("9"): 0}
    assert releases == {ours: 2, other: 0}
    assert counted == {"CI Direct": 2}


async def test_nobody_is_asked_for_another_streams_sessions(ci_direct: CiDirect) -> None:
    with counting_calls() as counted:
        await ci_direct.pages_of_embargoes([PageKey(selected(stream="01"), 1)])
    assert counted == {}


async def test_releases(ci_direct: CiDirect) -> None:
    key: CentrePageKey = PageKey(ReleaseSelection("02", "1"), 10)
    page = (await ci_direct.pages_of_releases([key]))[key]
    rows = [ReleaseRecord(1, "A", DAY, is_released=True), ReleaseRecord(2, "B", None, is_released=True)]
    assert page == Page(key, rows, has_more=False, total=2)


async def test_a_row_that_makes_no_sense_is_refused(ci_direct: CiDirect) -> None:
    with pytest.raises(BackendRefused) as refused:
        await ci_direct.pages_of_embargoes([PageKey(selected("3"), 5)])
    assert refused.value.message == (
        "CI Direct gave an unusable answer: an embargo lacks a value, or has one of another type"
    )


async def test_a_dead_server(dead_url: str, opened: Opened) -> None:
    with pytest.raises(BackendUnavailable, match=r"^CI Direct cannot be reached$"):
        await CiDirect(opened(dead_url, "CI Direct")).pages_of_embargoes([PageKey(selected(), 5)])


async def test_it_lacks_no_procedure(ci_direct: CiDirect) -> None:
    assert await missing_procedures(ci_direct.database, PROCEDURES) == []
