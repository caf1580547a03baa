"""LIBS: question papers, chosen in every way, on SQLite and on PostgreSQL."""

import asyncio
from datetime import date
from itertools import product
from typing import Any

import pytest
from sqlalchemy import MetaData
from support.databases import NewDatabase, Opened, filled

from datasources.calls import counting_calls
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.libs import VIEWS, Libs, PaperSelection, QuestionPaperRecord

NAMES = tuple(column.name for column in VIEWS.tables["libs_question_paper"].columns)
PAPERS = [
    QuestionPaperRecord(
        stream, session, f"{code}/{version}/{component}/{copy}", "A paper", code, version, component, "007", 8,
        date(2026, 10, 19) if copy == "1" else None,
    )
    for stream, session, code, version, component, copy in product(
        ("02", "01"), ("19722", "1"), ("9239", "0500"), (4, 3), ("03", "01"), ("2", "1")
    )
]  # fmt: skip


def row(paper: QuestionPaperRecord) -> dict[str, Any]:
    values = (getattr(paper, name) for name in QuestionPaperRecord.__slots__)
    return dict(zip(NAMES, values, strict=True))


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    return asyncio.run(filled(new_database(), VIEWS, {"libs_question_paper": [row(paper) for paper in PAPERS]}))


@pytest.fixture
def libs(url: str, opened: Opened) -> Libs:
    return Libs(opened(url, "LIBS"))


def listed(selection: PaperSelection) -> list[QuestionPaperRecord]:
    """What a selection holds, in its order, worked out in Python."""
    found = [paper for paper in PAPERS if all(getattr(paper, name) == value for name, value in selection.given.items())]
    return sorted(found, key=lambda paper: (*paper.of_component, paper.identifier))


async def test_every_way_of_choosing_in_one_call(libs: Libs) -> None:
    chosen = [
        PaperSelection(stream, session, code, version, component)
        for stream, session, code, version, component in product(
            ("02", "01", "99"), ("19722", "2"), (None, "9239", "'"), (None, 4, 0), (None, "03", "99")
        )
    ]
    with counting_calls() as counted:
        found = await libs.papers_by_selection(chosen)
    assert found == {selection: listed(selection) for selection in chosen}
    assert counted == {"LIBS": 1}


async def test_the_paper_of_a_component_is_the_first_of_them(libs: Libs) -> None:
    keys = [("02", "19722", "9239", 4, "03"), ("01", "1", "0500", 3, "01"), ("02", "19722", "9239", 4, "99")]
    with counting_calls() as counted:
        found = await libs.papers_by_component(keys)
    assert {key: paper.identifier for key, paper in found.items()} == {
        keys[0]: "9239/4/03/1", keys[1]: "0500/3/01/1",
    }  # fmt: skip
    assert counted == {"LIBS": 1}


async def test_papers_by_key(libs: Libs) -> None:
    key = ("02", "1", "0500/4/03/2")
    [paper] = [paper for paper in PAPERS if (paper.business_stream_id, paper.session_id, paper.identifier) == key]
    assert await libs.papers_by_key([key, ("02", "1", "none")]) == {key: paper}


async def test_a_view_without_rows(new_database: NewDatabase, opened: Opened) -> None:
    database = opened(await filled(new_database(), VIEWS, {}), "LIBS")
    selection = PaperSelection("02", "19722")
    assert await Libs(database).papers_by_selection([selection]) == {selection: []}
    assert await database.missing(VIEWS) == []


async def test_a_row_that_makes_no_sense_is_refused(new_database: NewDatabase, opened: Opened) -> None:
    views = MetaData()
    for column in VIEWS.tables["libs_question_paper"].to_metadata(views).columns:
        column.nullable = not column.primary_key
    wrong = row(PAPERS[0]) | {"page_count": None}
    database = opened(await filled(new_database(), views, {"libs_question_paper": [wrong]}), "LIBS")
    with pytest.raises(BackendRefused) as refused:
        await Libs(database).papers_by_selection([PaperSelection("02", "19722")])
    assert refused.value.message == (
        "LIBS gave an unusable answer: a question paper lacks a value, or has one of another type"
    )


async def test_a_dead_server(dead_url: str, opened: Opened) -> None:
    with pytest.raises(BackendUnavailable, match=r"^LIBS cannot be reached$"):
        await Libs(opened(dead_url, "LIBS")).papers_by_selection([PaperSelection("02", "1")])
