"""What the sandbox's organisation publishes: result dates, embargoes and releases by centre, question papers."""

import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from datasources import ci_direct
from datasources.sandbox.outcomes import issued_on_of
from datasources.sandbox.population import ASSESSMENTS, FULL_OPTION, Candidate, Population, Row, components_of

Values = tuple[Any, ...]

# Streams whose result dates are Interchange's, with their groups of qualifications.
GROUPS = {
    "01": (("1", "GCSE"), ("2", "AS and A Level")),
    "03": (("5", "Cambridge English Qualifications"),),
    "04": (("3", "Cambridge Nationals"), ("4", "Cambridge Technicals")),
}
# Streams whose question papers are in LIBS.
PAPER_STREAMS = ("01", "02")
ENQUIRIES_FOR = timedelta(days=35)
EMBARGOED_ONE_IN = 100
PAGE_COUNTS = (8, 12, 16, 20, 24)


def result_dates(population: Population) -> Iterator[Values]:
    """Interchange's days: of each session, by qualification group."""
    for stream, groups in GROUPS.items():
        for session in population.sessions(stream):
            issued_on = issued_on_of(session)
            released_on = issued_on + timedelta(days=1)
            for number, name in groups:
                days = (issued_on, released_on, released_on, released_on + ENQUIRIES_FOR)
                yield stream, session["session_id"], number, name, *days


def embargoes(population: Population) -> Iterator[Values]:
    """CI Direct's embargoes: of each centre's assessments in its session."""
    stream = ci_direct.BUSINESS_STREAM
    qualification_of = {code: name for name, group in ASSESSMENTS[stream].items() for code, _ in group}
    for session, centre, candidates in _centres(population):
        entered = sorted({code for candidate in candidates for code, _, _ in candidate.entries})
        for code in entered:
            number = str(session["session_id"])
            yield number, centre, qualification_of[code], code, issued_on_of(session), _is_held(session, centre, code)


def releases(population: Population) -> Iterator[Values]:
    """CI Direct's releases: of each centre in its session."""
    for session, centre, _ in _centres(population):
        is_released = session["session_status"] == "RESULTS_ISSUED"
        yield session["session_id"], centre, issued_on_of(session) + timedelta(days=1), is_released


def question_papers(population: Population) -> Iterator[Values]:
    """LIBS's papers: one for each component of what a session assesses."""
    for stream in PAPER_STREAMS:
        for session in population.sessions(stream):
            for group in ASSESSMENTS[stream].values():
                for code, version in group:
                    for component in components_of(code, FULL_OPTION):
                        yield _paper(stream, session, code, version, component)


def _paper(stream: str, session: Row, code: str, version: int, component: str) -> Values:
    number, name, starts_on = str(session["session_id"]), str(session["session_name"]), session["start_date"]
    assert isinstance(starts_on, date)
    series, _, year = name.rpartition(" ")
    identifier = f"{code}-{component}-{series[:3].upper()}{year[2:]}"
    drawn = zlib.crc32(f"{stream}:{number}:{identifier}".encode())
    pages, sat_on = PAGE_COUNTS[drawn % len(PAGE_COUNTS)], starts_on + timedelta(days=drawn % 20)
    words = f"{code} Paper {int(component)}, {name}"
    return stream, number, identifier, words, code, version, component, f"{drawn:012d}", pages, sat_on


def _centres(population: Population) -> Iterator[tuple[Row, str, list[Candidate]]]:
    """Each centre of the stream in each session that it sits, with its candidates, who stand together."""
    candidates = population.candidates_of(ci_direct.BUSINESS_STREAM)
    for (_, centre), together in groupby(candidates, lambda candidate: candidate.key[1:3]):
        of_centre = list(together)
        yield of_centre[0].session, centre, of_centre


def _is_held(session: Row, centre: str, code: str) -> bool:
    """Whether results are embargoed: before they are issued all are, after that a few."""
    if session["session_status"] != "RESULTS_ISSUED":
        return True
    return zlib.crc32(f"{centre}:{code}".encode()) % EMBARGOED_ONE_IN == 0
