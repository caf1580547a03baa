"""The sandbox's databases: the same numbers give the same rows, and what is half made is never used."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select
from support.databases import Opened, sqlite_url

from datasources import cams, ci_direct, eps, interchange, libs
from datasources.eps import Eps
from datasources.eps.candidates import CANDIDATE
from datasources.sandbox.fill import SERVERS, VERSION, Manifest, file_name, fill, manifest_of
from datasources.sandbox.population import ASSESSMENTS, DOCUMENTED_ENTRIES, LARGEST_CENTRE, MOST_ENTRIES
from datasources.sources import Needs

FILES = ("cams.sqlite", "ci_direct.sqlite", "interchange.sqlite", "libs.sqlite", "meps.sqlite", "oeps.sqlite")
WHOLE = {*FILES, "manifest.json"}
Dump = dict[str, list[tuple[Any, ...]]]


def quietly(_server: str, _filled: int) -> None:
    pass


def made(folder: Path, candidates: int, seed: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    assert fill(folder, candidates, seed, quietly) == Manifest(VERSION, candidates, seed)
    return folder


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def rows(folder: Path, file: str, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(folder / file)) as connection:
        return connection.execute(query).fetchall()


def dump(folder: Path) -> Dump:
    """Every row of every table, by file and table."""
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    return {
        f"{file} {table}": sorted(rows(folder, file, f"SELECT * FROM {table}"))
        for file in FILES
        for (table,) in rows(folder, file, tables)
    }


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox of the default size. Tests only read it."""
    return made(tmp_path_factory.mktemp("sandbox"), 2000)


# What is in it


def test_the_same_numbers_give_the_same_rows(tmp_path: Path) -> None:
    first = dump(made(tmp_path / "first", 60, seed=7))
    assert dump(made(tmp_path / "second", 60, seed=7)) == first
    assert list(first) == [
        "cams.sqlite cams_vocational_session",
        "ci_direct.sqlite centrewiseembargoinfo",
        "ci_direct.sqlite result_release_date_validation",
        "interchange.sqlite enquire_service_dates",
        "libs.sqlite libs_question_paper",
        *(f"{server}.sqlite {table}" for server in ("meps", "oeps") for table in sorted(eps.VIEWS.tables)),
    ]
    assert {name: bool(found) for name, found in first.items()} == dict.fromkeys(first, True)


def is_of_candidates(name: str) -> bool:
    """Whether what a table holds depends on how many candidates there are, and on the seed number."""
    return name.startswith("ci_direct") or (
        " eps_" in name and not name.endswith(("eps_session", "eps_session_assessment"))
    )


def test_another_seed_gives_other_candidates(tmp_path: Path) -> None:
    first = dump(made(tmp_path / "first", 60, seed=7))
    other = dump(made(tmp_path / "other", 60, seed=8))
    assert {name for name in first if first[name] != other[name]} == {name for name in first if is_of_candidates(name)}


def test_another_size_has_other_candidates_and_the_same_sessions(tmp_path: Path, sandbox: Path) -> None:
    few, many = dump(made(tmp_path / "few", 0)), dump(sandbox)
    same = {name for name in few if few[name] == many[name]}
    assert same == {name for name in few if not is_of_candidates(name)}


def candidates(folder: Path) -> list[tuple[Any, ...]]:
    query = "SELECT business_stream_id, session_id, centre_id, candidate_number FROM eps_candidate"
    return [row for server in SERVERS for row in rows(folder, f"{server.lower()}.sqlite", query)]


@pytest.mark.parametrize(
    ("asked", "by_stream"),
    [
        (0, {"02": 3, "04": 1}),  # the documented ones are always there
        (1, {"02": 3, "04": 1}),
        (3, {"02": 3, "04": 1}),
        (4, {"02": 3, "04": 1}),
        (5, {"01": 1, "02": 3, "04": 1}),
        (10, {"01": 2, "02": 5, "03": 1, "04": 2}),
        (2000, {"01": 499, "02": 502, "03": 499, "04": 500}),
    ],
)
def test_as_many_candidates_as_asked_for(tmp_path: Path, asked: int, by_stream: dict[str, int]) -> None:
    found = candidates(made(tmp_path, asked))
    assert Counter(stream for stream, *_ in found) == by_stream
    assert len(found) == max(asked, len(DOCUMENTED_ENTRIES))


# cambridge.md, section 5
DOCUMENTED_SESSIONS = {("01", "8"), ("01", "3269"), ("02", "16884"), ("02", "14244"), ("02", "19722"), ("04", "3229")}


async def test_the_documented_sessions_are_there(sandbox: Path, opened: Opened) -> None:
    streams = [eps.BusinessStreamRecord(code, "any", server) for server, codes in SERVERS.items() for code in codes]
    servers = {name: opened(sqlite_url(sandbox / f"{name.lower()}.sqlite"), name) for name in SERVERS}
    found = await Eps(servers, streams, now=lambda: pytest.fail("nobody asks for the time")).sessions_by_key(
        sorted(DOCUMENTED_SESSIONS)
    )
    named = {
        key: (record.name, record.year, record.status.value)
        for key, record in found.items()
        if isinstance(record, eps.SessionRecord)
    }
    assert named == {
        ("01", "8"): ("June 2019", 2019, "RESULTS_ISSUED"),
        ("01", "3269"): ("June 2025", 2025, "RESULTS_ISSUED"),
        ("02", "14244"): ("June 2022", 2022, "RESULTS_ISSUED"),
        ("02", "16884"): ("June 2024", 2024, "RESULTS_ISSUED"),
        ("02", "19722"): ("November 2026", 2026, "OPEN"),
        ("04", "3229"): ("June 2025", 2025, "RESULTS_ISSUED"),
    }


@pytest.mark.parametrize("asked", [0, 2000])
def test_the_documented_candidates_are_there(tmp_path: Path, asked: int) -> None:
    folder = made(tmp_path, asked)
    documented = {
        ("02", "14244", "04200", "1804"): ("0500", 1, "A"),
        ("02", "16884", "1126", "0001"): ("0580", 3, "A"),
        ("02", "19722", "04200", "1805"): ("9239", 4, "A"),
        ("04", "3229", "43319", "8129"): ("R031", 1, "A"),
    }
    entries = [row for file in ("meps.sqlite", "oeps.sqlite") for row in rows(folder, file, "SELECT * FROM eps_entry")]
    assert {row[:4]: row[4:] for row in entries if row[:4] in documented} == documented
    assert set(documented) <= set(candidates(folder))


@pytest.mark.parametrize("server", SERVERS)
def test_candidates_and_entries_belong_to_what_is_there(sandbox: Path, server: str) -> None:
    file = f"{server.lower()}.sqlite"
    sessions = set(rows(sandbox, file, "SELECT business_stream_id, session_id FROM eps_session"))
    found = rows(sandbox, file, "SELECT business_stream_id, session_id, centre_id, candidate_number FROM eps_candidate")
    entries = rows(sandbox, file, "SELECT * FROM eps_entry")
    assert {row[:2] for row in found} <= sessions
    assert {row[:4] for row in entries} == set(found)
    offered = {
        (stream, *assessment)
        for stream in SERVERS[server] for group in ASSESSMENTS[stream].values() for assessment in group
    }  # fmt: skip
    assert {(row[0], row[4], row[5]) for row in entries} <= offered
    assert {len(row[2]) for row in found} <= {4, 5}
    assert {len(row[3]) for row in found} == {4}
    assert max(Counter(row[:4] for row in entries).values()) <= MOST_ENTRIES
    assert max(Counter(row[:3] for row in found).values()) <= LARGEST_CENTRE


async def test_it_lacks_no_view(sandbox: Path, opened: Opened) -> None:
    needs = {
        "MEPS": Needs(eps.VIEWS), "OEPS": Needs(eps.VIEWS), "CAMS": Needs(cams.VIEWS), "LIBS": Needs(libs.VIEWS),
        "Interchange": Needs(MetaData(), interchange.PROCEDURES), "CI Direct": Needs(MetaData(), ci_direct.PROCEDURES),
    }  # fmt: skip
    for name, needed in needs.items():
        assert await needed.missing_in(opened(sqlite_url(sandbox / file_name(name)), name)) == []


def test_progress_counts_candidates_of_all_servers(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    fill(tmp_path, 12, 1, lambda server, filled: told.append((server, filled)))
    assert told == [("MEPS", 5), ("MEPS", 7), ("OEPS", 9), ("OEPS", 12)]


# What it was made of


def test_a_manifest_tells_what_it_was_made_of(tmp_path: Path) -> None:
    assert manifest_of(tmp_path / "nowhere") is None
    assert manifest_of(tmp_path) is None
    made(tmp_path, 5, seed=9)
    assert manifest_of(tmp_path) == Manifest(VERSION, candidates=5, seed=9)
    assert names(tmp_path) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        "", "5", "[]", "{}", "\x00\xff", '{"version": 0, "candidates": 5, "seed": 9}',
        json.dumps({"version": VERSION, "candidates": 5}),
        json.dumps({"version": VERSION, "candidates": 5, "seed": 9, "colour": "red"}),
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_used_is_none(tmp_path: Path, text: str) -> None:
    made(tmp_path, 0)
    (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
    assert manifest_of(tmp_path) is None


@pytest.mark.parametrize("file", FILES)
def test_a_sandbox_that_lacks_a_file_is_none(tmp_path: Path, file: str) -> None:
    made(tmp_path, 0)
    (tmp_path / file).unlink()
    assert manifest_of(tmp_path) is None
    made(tmp_path, 0)
    assert manifest_of(tmp_path) == Manifest(VERSION, 0, 1)


# Made while others look on


FILLING = """
import sys
from pathlib import Path
from datasources.sandbox.fill import fill
fill(Path(sys.argv[1]), int(sys.argv[2]), 1, lambda server, filled: print(server, filled, flush=True))
"""


def filling(folder: Path, candidates: int) -> subprocess.Popen[str]:
    """A process that fills `folder` and writes a line whenever it got further."""
    command = [sys.executable, "-c", FILLING, str(folder), str(candidates)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_fill_that_is_killed_leaves_no_manifest_and_no_half_file(tmp_path: Path) -> None:
    before = dump(made(tmp_path, 60))
    with filling(tmp_path, 10_000_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "MEPS 1000\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert manifest_of(tmp_path) is None
    assert dump(tmp_path) == before  # what was whole still is
    assert f".meps.sqlite.{process.pid}" in names(tmp_path)
    made(tmp_path, 60)
    assert manifest_of(tmp_path) == Manifest(VERSION, 60, 1)
    assert dump(tmp_path) == before
    assert names(tmp_path) == WHOLE


def test_two_processes_may_fill_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    with filling(folder, 3000) as first, filling(folder, 3000) as second:
        assert (first.wait(), second.wait()) == (0, 0)
    assert manifest_of(folder) == Manifest(VERSION, 3000, 1)
    assert names(folder) == WHOLE
    assert dump(folder) == dump(made(tmp_path / "alone", 3000))


async def test_a_reader_sees_the_old_one_or_the_new_one(tmp_path: Path, opened: Opened) -> None:
    made(tmp_path, 8)
    database = opened(sqlite_url(tmp_path / "meps.sqlite"), in_flight=4)
    count = select(func.count()).select_from(CANDIDATE)
    assert list(await database.rows(count, {})) == [(5,)]
    refilling = asyncio.create_task(asyncio.to_thread(made, tmp_path, 2000))
    rounds = []
    while not refilling.done():
        rounds.append({rows[0][0] for rows in await asyncio.gather(*(database.rows(count, {}) for _ in range(4)))})
    await refilling
    assert set().union(*rounds) <= {5, 1001}
    # Calls of one round may begin before the new one is in place and after it; no later round sees the old one again.
    first = next((number for number, seen in enumerate(rounds) if 1001 in seen), len(rounds))
    assert all(seen == {1001} for seen in rounds[first + 1 :])
    found = await asyncio.gather(*(database.rows(count, {}) for _ in range(8)))
    assert [list(rows) for rows in found] == [[(1001,)]] * 8
