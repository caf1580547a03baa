"""Fills the sandbox: one SQLite file a backend, each put in its place only when it is whole."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, create_engine, insert
from sqlalchemy.pool import NullPool

from datasources import cams, eps
from datasources.sandbox.population import Population, Row

# Raised when the population or the tables change: a sandbox of another version is filled anew.
VERSION = 2
DEFAULT_CANDIDATES = 2000
DEFAULT_SEED = 1
ROWS_AT_ONCE = 5000
SERVERS = {"MEPS": ("02", "03"), "OEPS": ("01", "04")}

# What EPS holds of candidates, beside the views that `datasources.eps` reads.
CANDIDATES = MetaData()
_KEY = ("business_stream_id", "session_id", "centre_id", "candidate_number")
CANDIDATE = Table(
    "eps_candidate",
    CANDIDATES,
    *(Column(name, String(20), primary_key=True) for name in _KEY),
    Column("unique_candidate_id", String(20), nullable=False),
)
ENTRY = Table(
    "eps_entry",
    CANDIDATES,
    *(Column(name, String(20), primary_key=True) for name in _KEY),
    Column("assessment_code", String(20), primary_key=True),
    Column("assessment_version", Integer, primary_key=True),
)

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
    is_whole = all((folder / f"{name.lower()}.sqlite").is_file() for name in (*SERVERS, "CAMS"))
    return found if is_whole and found.version == VERSION else None


def fill(folder: Path, candidates: int, seed: int, progress: Progress) -> Manifest:
    """Make every backend's file anew. Rows go in as they are made, so memory does not grow with `candidates`."""
    population = Population(candidates, seed)
    manifest_file = folder / "manifest.json"
    manifest_file.unlink(missing_ok=True)
    _sweep(folder)
    with _new_file(folder / "cams.sqlite") as connection:
        fill_cams(connection, population)
    filled = 0
    for server, streams in SERVERS.items():
        with _new_file(folder / f"{server.lower()}.sqlite") as connection:
            for rows in fill_eps(connection, population, streams):
                filled += rows
                progress(server, filled)
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
    CANDIDATES.create_all(connection)
    for stream in streams:
        connection.execute(insert(eps.SESSION), population.sessions(stream))
        connection.execute(insert(eps.SESSION_ASSESSMENT), list(population.assessments(stream)))
    for chunk in _chunks(population.entries(streams)):
        connection.execute(insert(CANDIDATE), [candidate for candidate, _ in chunk])
        connection.execute(insert(ENTRY), [entry for _, entries in chunk for entry in entries])
        yield len(chunk)


def fill_cams(connection: Connection, population: Population) -> None:
    """Create the CAMS tables and fill them."""
    cams.VIEWS.create_all(connection)
    connection.execute(insert(cams.VOCATIONAL_SESSION), list(population.vocational_sessions()))


def _chunks(items: Iterator[tuple[Row, list[Row]]]) -> Iterator[list[tuple[Row, list[Row]]]]:
    while chunk := list(islice(items, ROWS_AT_ONCE)):
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
