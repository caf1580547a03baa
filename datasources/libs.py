"""LIBS: the question papers of a session and their identifiers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, String, Table

from datasources.forms import Form, optional
from datasources.keys import joined, joined_by, key_parameters
from datasources.records import record
from datasources.sql import Database

PaperKey = tuple[str, str, str]  # business stream, session, identifier
PaperOfComponentKey = tuple[str, str, str, int, str]  # business stream, session, assessment, version, component


@record
class QuestionPaperRecord:
    business_stream_id: str
    session_id: str
    identifier: str  # unique within its session
    name: str
    assessment_code: str
    assessment_version: int
    component_id: str  # two digits
    barcode: str
    page_count: int
    sat_on: date | None

    @property
    def of_component(self) -> PaperOfComponentKey:
        """What it is the paper of."""
        stream, session = self.business_stream_id, self.session_id
        return stream, session, self.assessment_code, self.assessment_version, self.component_id


@record
class PaperSelection:
    """Papers of one session; of an assessment, a version of it or a component, if they are given."""

    business_stream_id: str
    session_id: str
    assessment_code: str | None = None
    assessment_version: int | None = None
    component_id: str | None = None

    @property
    def given(self) -> dict[str, str | int]:
        """The columns that it chooses by, with their values."""
        values = {name: getattr(self, name) for name in CHOOSING}
        return {name: value for name, value in values.items() if value is not None}


VIEWS = MetaData()
QUESTION_PAPER = Table(
    "libs_question_paper",
    VIEWS,
    Column("business_stream_id", String(2), primary_key=True),
    Column("session_id", String(20), primary_key=True),
    Column("qp_identifier", String(40), primary_key=True),
    Column("question_paper_name", String(120), nullable=False),
    Column("assessment_code", String(20), nullable=False),
    Column("assessment_version", Integer, nullable=False),
    Column("component_id", String(2), nullable=False),
    Column("barcode", String(40), nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("exam_date", Date),
)
CHOOSING = ("business_stream_id", "session_id", "assessment_code", "assessment_version", "component_id")
Index("libs_question_paper_component", *(QUESTION_PAPER.c[name] for name in CHOOSING))
PAPER_FORM = Form(
    "a question paper", (str, str, str, str, str, int, str, str, int, optional(date)), QuestionPaperRecord
)


class Libs:
    """Reads the LIBS view. One call each."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def papers_by_selection(
        self, selections: Sequence[PaperSelection]
    ) -> dict[PaperSelection, list[QuestionPaperRecord]]:
        """Papers of sessions, by assessment, version, component and identifier.

        One call, with a statement for each way of choosing. Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        alike: dict[tuple[str, ...], list[PaperSelection]] = defaultdict(list)
        for selection in selections:
            alike[tuple(selection.given)].append(selection)
        answered = await self.database.rows_of_each(
            [
                (papers_statement(names), key_parameters(tuple(selection.given.values()) for selection in group))
                for names, group in alike.items()
            ]
        )
        found: dict[PaperSelection, list[QuestionPaperRecord]] = {selection: [] for selection in selections}
        for (names, group), rows in zip(alike.items(), answered, strict=True):
            chosen = {tuple(selection.given.values()): found[selection] for selection in group}
            for paper in self._papers(rows):
                chosen[tuple(getattr(paper, name) for name in names)].append(paper)
        return found

    async def papers_by_component(
        self, keys: Sequence[PaperOfComponentKey]
    ) -> dict[PaperOfComponentKey, QuestionPaperRecord]:
        """The paper of each component; of several the first by identifier. One call, and raises, as above."""
        rows = await self.database.rows(papers_statement(CHOOSING), key_parameters(keys))
        found: dict[PaperOfComponentKey, QuestionPaperRecord] = {}
        for paper in self._papers(rows):
            found.setdefault(paper.of_component, paper)
        return found

    async def papers_by_key(self, keys: Sequence[PaperKey]) -> dict[PaperKey, QuestionPaperRecord]:
        """Papers by (stream, session, identifier). One call, and raises, as above."""
        papers = self._papers(await self.database.rows(papers_by_key_statement(), key_parameters(keys)))
        return {(paper.business_stream_id, paper.session_id, paper.identifier): paper for paper in papers}

    def _papers(self, rows: Sequence[Sequence[Any]]) -> list[QuestionPaperRecord]:
        return PAPER_FORM.read_all(self.database.backend, rows)


@cache
def papers_statement(names: tuple[str, ...]) -> Select[Any]:
    """Papers whose values of the columns `names` are asked for."""
    order = [QUESTION_PAPER.c[name] for name in (*CHOOSING[2:], "qp_identifier")]
    chosen = joined_by(QUESTION_PAPER, [QUESTION_PAPER.c[name] for name in names])
    return chosen.add_columns(*QUESTION_PAPER.columns).order_by(*order)


@cache
def papers_by_key_statement() -> Select[Any]:
    """Papers by their whole keys."""
    return joined(QUESTION_PAPER, 3).add_columns(*QUESTION_PAPER.columns)
