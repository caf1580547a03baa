"""Fills the sandbox: one SQLite file a backend, each put in its place only when it is whole."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Date, Table, create_engine, insert
from sqlalchemy.pool import NullPool

from datasources import cams, ci_direct, eps, libs
from datasources.eps.results import SESSION_RESULT
from datasources.eps.sessions import SESSION, SESSION_ASSESSMENT
from datasources.sandbox import publications, stand_ins
from datasources.sandbox.outcomes import Outcomes
from datasources.sandbox.population import Population

# Raised when the population or the tables change: a sandbox of another version is filled anew.
VERSION = 5
DEFAULT_CANDIDATES = 2000
DEFAULT_SEED = 1
# Candidates whose rows are held at once.
CANDIDATES_AT_ONCE = 1000
ROWS_AT_ONCE = 10_000
SERVERS = {"MEPS": ("02", "03"), "OEPS": ("01", "04")}
BACKENDS = ("CAMS", "Interchange", "CI Direct", "LIBS", *SERVERS)

Item = TypeVar("Item")
# (what is being filled, candidates done so far in all)
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a sandbox was made of."""

    version: int
    candidates: int
    seed: int


def manifest_of(folder: Path) -> Manifest | None:
    """What the sandbox in `folder` was made of; None when there is none, or none that this version can use."""
    try:
        found = Manifest(**json.loads((folder / "manifest.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    is_whole = all((folder / file_name(backend)).is_file() for backend in BACKENDS)
    return found if is_whole and found.version == VERSION else None


def file_name(backend: str) -> str:
    """The file of a backend, by its public name."""
    return f"{backend.lower().replace(' ', '_')}.sqlite"


def fill(folder: Path, candidates: int, seed: int, progress: Progress) -> Manifest:
    """Make every backend's file anew. Rows go in as they are made, so memory does not grow with `candidates`."""
    population = Population(candidates, seed)
    manifest_file = folder / "manifest.json"
    manifest_file.unlink(missing_ok=True)
    _sweep(folder)
    for backend, fill_backend in FILLED_FIRST.items():
        with _new_file(folder / file_name(backend)) as connection:
            fill_backend(connection, population)
    filled = 0
    for server, streams in SERVERS.items():
        with _new_file(folder / file_name(server)) as connection:
            for rows in fill_eps(connection, population, streams):
                filled += rows
                progress(server, filled)
    with _new_file(folder / file_name("CI Direct")) as connection:
        fill_ci_direct(connection, population)
    manifest = Manifest(VERSION, candidates, seed)
    beside = manifest_file.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(asdict(manifest)))
    beside.replace(manifest_file)
    return manifest


def fill_eps(connection: Connection, population: Population, streams: tuple[str, ...]) -> Iterator[int]:
    """Create an EPS server's tables and fill them with the sessions and candidates of `streams`.

    Yields how many candidates went in, each time some did.
    """
    eps.VIEWS.create_all(connection)
    for stream in streams:
        sessions = population.sessions(stream)
        connection.execute(insert(SESSION), sessions)
        connection.execute(insert(SESSION_ASSESSMENT), list(population.assessments(stream)))
        outcomes = Outcomes(stream, population.seed)
        for candidates in _chunks(population.candidates_of(stream), CANDIDATES_AT_ONCE):
            for name, rows in outcomes.rows(candidates).items():
                insert_rows(connection, eps.VIEWS.tables[name], rows)
            yield len(candidates)
        insert_rows(connection, SESSION_RESULT, list(outcomes.session_results(sessions)))


def fill_interchange(connection: Connection, population: Population) -> None:
    """Create what stands for Interchange's procedure, and fill it."""
    stand_ins.INTERCHANGE.create_all(connection)
    [dates] = stand_ins.INTERCHANGE.sorted_tables
    insert_rows(connection, dates, list(publications.result_dates(population)))


def fill_ci_direct(connection: Connection, population: Population) -> None:
    """Create what stands for CI Direct's procedures, and fill it."""
    stand_ins.CI_DIRECT.create_all(connection)
    for procedure, rows in (
        (ci_direct.EMBARGOES, publications.embargoes(population)),
        (ci_direct.RELEASES, publications.releases(population)),
    ):
        for chunk in _chunks(rows, ROWS_AT_ONCE):
            insert_rows(connection, stand_ins.CI_DIRECT.tables[procedure.plain_name], chunk)


def fill_libs(connection: Connection, population: Population) -> None:
    """Create the LIBS table and fill it."""
    libs.VIEWS.create_all(connection)
    insert_rows(connection, libs.QUESTION_PAPER, list(publications.question_papers(population)))


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put rows, whose values are in the order of the table's columns, into it."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        names = [column.name for column in table.columns]
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    # The driver itself takes a million rows in the time that the toolkit needs for looking at them.
    days = [place for place, column in enumerate(table.columns) if isinstance(column.type, Date)]
    values = [_with_days(row, days) for row in rows] if days else rows
    places = ", ".join("?" * len(table.columns))
    connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({places})", list(values))  # noqa: S608 a table of ours


def _with_days(row: tuple[Any, ...], places: Sequence[int]) -> tuple[Any, ...]:
    """The row with its days as SQLite keeps them."""
    values = list(row)
    for place in places:
        values[place] = values[place] and values[place].isoformat()
    return tuple(values)


def fill_cams(connection: Connection, population: Population) -> None:
    """Create the CAMS tables and fill them."""
    cams.VIEWS.create_all(connection)
    connection.execute(insert(cams.VOCATIONAL_SESSION), list(population.vocational_sessions()))


# What does not grow with the candidates.
FILLED_FIRST: dict[str, Callable[[Connection, Population], None]] = {
    "CAMS": fill_cams,
    "Interchange": fill_interchange,
    "LIBS": fill_libs,
}


def _chunks(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _sweep(folder: Path) -> None:
    """Remove what fills that were killed have left. Another that is still running keeps its files."""
    for left in folder.glob(".*.sqlite.*"):
        process = left.name.rpartition(".")[2].removesuffix("-journal")
        if process.isdigit() and not _is_running(int(process)):
            left.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _new_file(path: Path) -> Iterator[Connection]:
    """A connection to a new database that takes the place of `path` when all went well."""
    building = path.with_name(f".{path.name}.{os.getpid()}")
    building.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{building}", poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA synchronous = OFF")  # a crash leaves no file in its place
            yield connection
        building.replace(path)
    finally:
        engine.dispose()
        building.unlink(missing_ok=True)
