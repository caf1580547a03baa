"""What came of the sandbox's entries: results, marks, and enquiries about some of them."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from datasources.eps.candidates import CANDIDATE, COMPONENT, ENTRY
from datasources.eps.enquiries import ENQUIRY, ENQUIRY_COMPONENT, ENQUIRY_PART
from datasources.eps.results import RESULT
from datasources.sandbox.population import DOCUMENTED_ENTRIES, RESULTS_AFTER, Candidate, Entry, Row, components_of

Values = tuple[Any, ...]
# Rows by the name of their table.
Tables = dict[str, list[Values]]

HIGHEST_MARK = 80
ENQUIRED_PART = 0.03
# Where a chance below this is, the result is that; issued above all of them.
UNISSUED = ((0.01, "WITHHELD"), (0.03, "NO_RESULT"), (0.04, "PENDING"))
SERVICES = {
    "1": "Clerical check",
    "1S": "Clerical check with copy of script",
    "2": "Review of marking",
    "2P": "Priority review of marking",
    "2PS": "Priority review of marking with copy of script",
    "2S": "Review of marking with copy of script",
    "3": "Review of moderation",
    "ASC": "Access to script: copy of script",
    "ASR": "Access to script: copy of reviewed script",
}
WITHOUT_MARKS = {"ASC", "ASR"}
STATUSES = ("COMPLETED", "COMPLETED", "COMPLETED", "IN_PROGRESS", "REQUESTED", "CANCELLED")
ENQUIRY_AFTER_DAYS = 35
DOCUMENTED_KEYS = {entry[:4] for entry in DOCUMENTED_ENTRIES}


@dataclass
class Outcomes:
    """Makes the rows of one stream's candidates, in the order in which they come, and counts what it made."""

    stream: str
    seed: int
    # session -> candidates with a result, and all candidates
    with_results: Counter[str] = field(default_factory=Counter)
    candidates: Counter[str] = field(default_factory=Counter)
    _enquiries: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(f"{self.seed}:{self.stream}:outcomes")  # noqa: S311 made-up data, no secret

    def rows(self, candidates: Sequence[Candidate]) -> Tables:
        """The rows of some candidates, by table."""
        tables: Tables = {
            table.name: [] for table in (CANDIDATE, ENTRY, RESULT, COMPONENT, ENQUIRY, ENQUIRY_PART, ENQUIRY_COMPONENT)
        }
        for candidate in candidates:
            self._add(tables, candidate)
        return tables

    def session_results(self, sessions: Sequence[Row]) -> Iterator[Values]:
        """How far the results of each session are issued, once all candidates have been added."""
        for session in sessions:
            number = str(session["session_id"])
            is_issued, done = session["session_status"] == "RESULTS_ISSUED", self.with_results[number]
            status, issued_on = ("ISSUED", issued_on_of(session)) if is_issued else ("PENDING", None)
            yield self.stream, number, status, issued_on, done, self.candidates[number] - done

    def _add(self, tables: Tables, candidate: Candidate) -> None:
        tables[CANDIDATE.name].append((*candidate.key, candidate.unique_id))
        issued = [self._add_entry(tables, candidate, entry) for entry in candidate.entries]
        session = candidate.key[1]
        self.candidates[session] += 1
        self.with_results[session] += any(issued)

    def _add_entry(self, tables: Tables, candidate: Candidate, entry: Entry) -> bool:
        code, version, option = entry
        key = (*candidate.key, code, version)
        session_status = str(candidate.session["session_status"])
        status = self._status(candidate, session_status)
        is_issued = status == "ISSUED"
        tables[ENTRY.name].append((*key, option))
        tables[RESULT.name].append((*key, status, issued_on_of(candidate.session) if is_issued else None))
        components = components_of(code, option)
        marks = [(component, *self._marks(session_status)) for component in components]
        tables[COMPONENT.name] += [(*key, *each) for each in marks]
        if is_issued and (candidate.key in DOCUMENTED_KEYS or self._chance.random() < ENQUIRED_PART):
            self._add_enquiry(tables, candidate, entry, marks)
        return is_issued

    def _status(self, candidate: Candidate, session_status: str) -> str:
        if session_status != "RESULTS_ISSUED":
            return "PENDING"
        drawn = self._chance.random()
        if candidate.key in DOCUMENTED_KEYS:
            return "ISSUED"
        return next((status for bound, status in UNISSUED if drawn < bound), "ISSUED")

    def _marks(self, session_status: str) -> tuple[int | None, int | None, int | None]:
        """Raw, assessor's and final mark: all once results are issued, raw ones while papers are marked."""
        if session_status not in ("RESULTS_ISSUED", "CLOSED"):
            return None, None, None
        raw = int(self._chance.random() * (HIGHEST_MARK + 1))
        if session_status == "CLOSED":
            return raw, None, None
        return raw, raw, raw

    def _add_enquiry(self, tables: Tables, candidate: Candidate, entry: Entry, marks: Sequence[Values]) -> None:
        self._enquiries += 1
        number = f"{self.stream}{self._enquiries:07d}"
        service = self._chance.choice(list(SERVICES))
        status = self._chance.choice(STATUSES)
        asked_on = issued_on_of(candidate.session) + timedelta(days=int(self._chance.random() * ENQUIRY_AFTER_DAYS))
        is_done = status == "COMPLETED"
        is_changed = is_done and service not in WITHOUT_MARKS and self._chance.random() < 0.2  # noqa: PLR2004 one in five
        code, _, option = entry
        tables[ENQUIRY.name].append((number, status, asked_on, asked_on + timedelta(days=20) if is_done else None))
        flags = (is_changed, not is_changed) if is_done and service not in WITHOUT_MARKS else (None, None)
        tables[ENQUIRY_PART.name].append((*candidate.key, number, 1, service, SERVICES[service], code, option, *flags))
        for component, *_, final in marks:
            after = min(HIGHEST_MARK, final + 5) if is_changed else final
            known = is_done and service not in WITHOUT_MARKS
            tables[ENQUIRY_COMPONENT.name].append((number, 1, component, final, after if known else None))


def issued_on_of(session: Row) -> date:
    """The day on which a session's results are, or will be, issued."""
    ends_on = session["end_date"]
    assert isinstance(ends_on, date)
    return ends_on + RESULTS_AFTER
