"""How SQLite finds what is asked by key: by an index each time, however large the sandbox."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

from datasources import ci_direct, interchange, libs
from datasources.eps import candidates, enquiries, results
from datasources.procedures import Procedure, call_statement
from datasources.sandbox.fill import fill


def called(procedure: Procedure) -> Executable:
    return call_statement(procedure, "sqlite", frozenset(column.name for column in procedure.narrowing))


def page(*, is_of_centre: bool, is_continued: bool) -> Executable:
    return candidates.pages_of_candidates_statement(2, is_of_centre=is_of_centre, is_continued=is_continued)


# What is asked, of which backend, and the tables that it reads.
ASKED: dict[str, tuple[str, Executable]] = {
    "a candidate": ("meps", candidates.candidates_by_key_statement()),
    "candidates": ("meps", page(is_of_centre=False, is_continued=False)),
    "more candidates": ("meps", page(is_of_centre=False, is_continued=True)),
    "candidates of a centre": ("meps", page(is_of_centre=True, is_continued=True)),
    "how many candidates": ("meps", candidates.counts_of_candidates_statement(is_of_centre=False)),
    "how many of a centre": ("meps", candidates.counts_of_candidates_statement(is_of_centre=True)),
    "entries": ("meps", candidates.entries_statement()),
    "components": ("meps", candidates.components_statement()),
    "results": ("meps", results.results_statement()),
    "marks": ("meps", results.marks_statement()),
    "results of a session": ("meps", results.session_results_statement()),
    "enquiries": ("meps", enquiries.enquiries_statement()),
    "result dates": ("interchange", called(interchange.ENQUIRE_SERVICE_DATES)),
    "embargoes": ("ci_direct", called(ci_direct.EMBARGOES)),
    "releases": ("ci_direct", called(ci_direct.RELEASES)),
    "papers": ("libs", libs.papers_statement(libs.CHOOSING)),
    "papers of a session": ("libs", libs.papers_statement(libs.CHOOSING[:2])),
    "a paper": ("libs", libs.papers_by_key_statement()),
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned")
    fill(folder, 500, 1, lambda _backend, _done: None)
    return folder


@pytest.mark.parametrize("asked", ASKED)
def test_no_table_is_read_from_end_to_end(sandbox: Path, asked: str) -> None:
    file, statement = ASKED[asked]
    text = str(statement.compile(dialect=sqlite.dialect()))  # type: ignore[no-untyped-call]
    with closing(sqlite3.connect(sandbox / f"{file}.sqlite")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?")).fetchall()
    steps = [step for *_, step in plan]
    assert [step for step in steps if re.match("SEARCH (eps|libs|centre|result|enquire)", step)]
    assert [step for step in steps if re.match("SCAN (eps|libs|centre|result|enquire)", step)] == []
