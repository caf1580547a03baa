"""The sandbox's made-up population: sessions, their assessments, candidates and entries, all from one seed number.

Nothing depends on the day on which it is made: the same numbers give the same rows. Nobody in it exists.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

Row = dict[str, object]

# The day that the population is seen from: what ends before it has results, what starts after it is planned.
SEEN_ON = date(2026, 11, 1)
YEARS = range(2018, 2028)
RESULTS_AFTER = timedelta(days=55)
LARGEST_CENTRE = 400
MOST_ENTRIES = 10
MOST_COMPONENTS = 4
# The option that takes every component of its assessment, and all options.
FULL_OPTION = "A"
OPTIONS = (FULL_OPTION, FULL_OPTION, "B")

# stream -> series of a year: name, first month, length in days, type
SERIES: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    "01": (("January", 1, 21, "EXAMINATION"), ("June", 5, 50, "EXAMINATION"), ("Autumn", 10, 30, "COURSEWORK")),
    "02": (("March", 2, 40, "EXAMINATION"), ("June", 4, 60, "EXAMINATION"), ("November", 10, 45, "EXAMINATION")),
    "03": (("Spring", 3, 60, "ON_DEMAND"), ("Summer", 6, 60, "ON_DEMAND"), ("Winter", 11, 60, "ON_DEMAND")),
    "04": (("January", 1, 28, "COURSEWORK"), ("June", 5, 45, "COURSEWORK")),
}
# stream -> qualification -> assessments with their versions
ASSESSMENTS: dict[str, dict[str, tuple[tuple[str, int], ...]]] = {
    "01": {
        "GCSE-9-1": (("J277", 1), ("J310", 2), ("J351", 1), ("J560", 3)),
        "A-LEVEL": (("H240", 1), ("H420", 2), ("H432", 1), ("H446", 2)),
    },
    "02": {
        "IGCSE": (("0500", 1), ("0510", 2), ("0580", 3), ("0610", 2), ("0620", 2)),
        "INT-A-LEVEL": (("9239", 4), ("9700", 3), ("9701", 3), ("9709", 2), ("9708", 1)),
    },
    "03": {"CEFR-B2": (("B2FS", 1), ("B2F", 1)), "CEFR-C1": (("C1A", 2), ("C1BV", 1))},
    "04": {"NATIONALS-L2": (("R031", 1), ("R032", 1), ("R033", 1)), "TECHNICALS-L3": (("05831", 1), ("05839", 2))},
}
# How many components documented assessments have; the others have a number of their own.
COMPONENTS = {"0500": 2, "9239": 4, "R031": 2}
# Keys that documented URLs name, each in the year and series where it stands: stream, session, year, series.
DOCUMENTED_SESSIONS = (
    ("01", "8", 2019, "June"),
    ("01", "3269", 2025, "June"),
    ("02", "14244", 2022, "June"),
    ("02", "16884", 2024, "June"),
    ("02", "19722", 2026, "November"),
    ("04", "3229", 2025, "June"),
)
# stream, session, centre, candidate, assessment
DOCUMENTED_ENTRIES = (
    ("02", "14244", "04200", "1804", "0500"),
    ("02", "16884", "1126", "0001", "0580"),
    ("02", "19722", "04200", "1805", "9239"),
    ("04", "3229", "43319", "8129", "R031"),
)
# Session numbers that the generator gives begin here in each stream: clear of every documented one.
FIRST_SESSION = {"01": 4000, "02": 20000, "03": 30000, "04": 5000}

# CAMS: group -> period of its sessions -> names of a year's sessions with their first months
VOCATIONAL_GROUPS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "Cambridge Technicals": (("January", "ANNUAL", 1), ("June", "ANNUAL", 5), ("Retake", "SPECIFIC", 9)),
    "Cambridge Nationals": (("January", "ANNUAL", 1), ("June", "ANNUAL", 5)),
    "Functional Skills": (("On demand", "SPECIFIC", 3),),
}


Entry = tuple[str, int, str]  # assessment, its version, option


@dataclass(frozen=True, slots=True)
class Candidate:
    """One made-up candidate of a session, and what it is entered for."""

    key: tuple[str, str, str, str]  # stream, session, centre, number
    session: Row
    entries: list[Entry]

    @property
    def unique_id(self) -> str:
        """Lasts across sessions; the prefix marks it as made up."""
        stream, _, centre, number = self.key
        return f"ZZ{stream}{centre}{number}"


@dataclass(frozen=True, slots=True)
class Population:
    """`candidates` made-up candidates, and the sessions that they sit.

    The documented candidates are among them, and are always there: no population has fewer.
    """

    candidates: int
    seed: int

    def sessions(self, stream: str) -> list[Row]:
        """All sessions of a stream, oldest first."""
        documented = {(year, series): number for code, number, year, series in DOCUMENTED_SESSIONS if code == stream}
        numbers = iter(range(FIRST_SESSION[stream], FIRST_SESSION[stream] + 1000))
        return [
            _session(stream, documented.get((year, series), str(next(numbers))), year, series, month, days, kind)
            for year in YEARS
            for series, month, days, kind in SERIES[stream]
        ]

    def assessments(self, stream: str) -> Iterator[Row]:
        """What each session of a stream assesses."""
        for session in self.sessions(stream):
            for qualification, assessments in ASSESSMENTS[stream].items():
                for code, version in assessments:
                    yield {
                        "business_stream_id": stream,
                        "session_id": session["session_id"],
                        "assessment_code": code,
                        "assessment_version": version,
                        "qualification_id": qualification,
                    }

    def candidates_of(self, stream: str) -> Iterator[Candidate]:
        """Each candidate of a stream: the documented ones, then the others centre by centre."""
        sessions = {str(session["session_id"]): session for session in self.sessions(stream)}
        for code, session, centre, number, assessment in DOCUMENTED_ENTRIES:
            if code == stream:
                key = (stream, session, centre, number)
                yield Candidate(key, sessions[session], [(assessment, _version(stream, assessment), FULL_OPTION)])
        yield from self._made_up(stream, list(sessions.values()), self._share(stream))

    def _share(self, stream: str) -> int:
        """How many candidates beside the documented ones are a stream's: evenly, the first streams first."""
        others = max(0, self.candidates - len(DOCUMENTED_ENTRIES))
        place = sorted(SERIES).index(stream)
        return others // len(SERIES) + (place < others % len(SERIES))

    def _made_up(self, stream: str, sessions: list[Row], count: int) -> Iterator[Candidate]:
        chance = random.Random(f"{self.seed}:{stream}")  # noqa: S311 made-up data, no secret
        offered = [assessment for group in ASSESSMENTS[stream].values() for assessment in group]
        centre = 50_000
        while count > 0:
            centre += chance.randint(1, 7)
            session = chance.choice(sessions)
            size = min(count, 1 + int(chance.triangular(0, LARGEST_CENTRE, 12)))
            count -= size
            for number in range(size):
                chosen = chance.sample(offered, min(len(offered), chance.randint(1, MOST_ENTRIES)))
                entries = [(code, version, chance.choice(OPTIONS)) for code, version in chosen]
                key = (stream, str(session["session_id"]), f"{centre:05d}", f"{2000 + number:04d}")
                yield Candidate(key, session, entries)

    def vocational_sessions(self) -> Iterator[Row]:
        """All CAMS sessions, oldest first."""
        number = 700
        for year in YEARS:
            for group, series in VOCATIONAL_GROUPS.items():
                for name, period, month in series:
                    number += 1
                    yield {
                        "session_id": str(number),
                        "session_name": f"{name} {year}",
                        "qualification_group": group,
                        "period": period,
                        "start_date": date(year, month, 10),
                        "end_date": date(year, month, 10) + timedelta(days=20),
                    }


def _session(stream: str, number: str, year: int, series: str, month: int, days: int, kind: str) -> Row:
    starts_on = date(year, month, 4)
    ends_on = starts_on + timedelta(days=days)
    return {
        "business_stream_id": stream,
        "session_id": number,
        "session_name": f"{series} {year}",
        "session_year": year,
        "session_type": kind,
        "session_status": _status(starts_on, ends_on),
        "start_date": starts_on,
        "end_date": ends_on,
    }


def _status(starts_on: date, ends_on: date) -> str:
    if ends_on + RESULTS_AFTER < SEEN_ON:
        return "RESULTS_ISSUED"
    if ends_on < SEEN_ON:
        return "CLOSED"
    return "OPEN" if starts_on <= SEEN_ON else "PLANNED"


def components_of(code: str, option: str) -> tuple[str, ...]:
    """The components by which an assessment is taken in an option: all in the full one, fewer in the other."""
    count = COMPONENTS.get(code) or 1 + sum(map(ord, code)) % MOST_COMPONENTS
    taken = count if option == FULL_OPTION else max(1, count - 1)
    return tuple(f"{number:02d}" for number in range(1, taken + 1))


def _version(stream: str, code: str) -> int:
    return next(version for group in ASSESSMENTS[stream].values() for known, version in group if known == code)
