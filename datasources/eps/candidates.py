"""Candidates of a session, what they are entered for, and the components of each entry."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from datasources.eps.servers import VIEWS, EpsServers, grouped
from datasources.errors import ServiceError
from datasources.forms import Form
from datasources.keys import joined, key_parameters
from datasources.paging import Page, PageKey
from datasources.records import record
from datasources.sql import Database

# Pages that one statement asks for: more would be more text than a server likes to plan.
PAGES_IN_STATEMENT = 50

CandidateKey = tuple[str, str, str, str]  # business stream, session, centre, candidate number
EntryKey = tuple[str, str, str, str, str, int]  # a candidate's key, assessment, its version
ComponentKey = tuple[str, str, str, str, str, int, str]  # an entry's key, component


@record
class CandidateRecord:
    business_stream_id: str
    session_id: str
    centre_id: str  # leading zeros kept, as everywhere here: "04200"
    candidate_number: str
    unique_candidate_id: str  # lasts across sessions

    @property
    def key(self) -> CandidateKey:
        return self.business_stream_id, self.session_id, self.centre_id, self.candidate_number

    @property
    def position(self) -> tuple[str, ...]:
        """Its place in a session's list of candidates."""
        return self.centre_id, self.candidate_number


@record
class CandidateSelection:
    """The candidates of one session; those of one centre, if it is given."""

    business_stream_id: str
    session_id: str
    centre_id: str | None = None


@record
class EntryRecord:
    """A candidate's entry for an assessment."""

    business_stream_id: str
    session_id: str
    centre_id: str
    candidate_number: str
    assessment_code: str
    assessment_version: int
    option_code: str

    @property
    def candidate_key(self) -> CandidateKey:
        return self.business_stream_id, self.session_id, self.centre_id, self.candidate_number

    @property
    def key(self) -> EntryKey:
        return (*self.candidate_key, self.assessment_code, self.assessment_version)


@record
class EntrySelection:
    """A candidate's entries; those for one assessment, if it is given."""

    candidate: CandidateKey
    assessment_code: str | None = None


@record
class ComponentRecord:
    """A component that an entry is taken by."""

    business_stream_id: str
    session_id: str
    centre_id: str
    candidate_number: str
    assessment_code: str
    assessment_version: int
    component_id: str  # two digits

    @property
    def candidate_key(self) -> CandidateKey:
        return self.business_stream_id, self.session_id, self.centre_id, self.candidate_number

    @property
    def key(self) -> ComponentKey:
        return (*self.candidate_key, self.assessment_code, self.assessment_version, self.component_id)


CandidatePageKey = PageKey[CandidateSelection]
CandidatePage = Page[CandidateSelection, CandidateRecord]


def key_columns(count: int) -> list[Column[Any]]:
    """The first `count` columns of whatever belongs to a candidate, an entry or a component."""
    columns: list[Column[Any]] = [
        Column("business_stream_id", String(2), primary_key=True),
        Column("session_id", String(20), primary_key=True),
        Column("centre_id", String(10), primary_key=True),
        Column("candidate_number", String(10), primary_key=True),
        Column("assessment_code", String(20), primary_key=True),
        Column("assessment_version", Integer, primary_key=True),
        Column("component_id", String(2), primary_key=True),
    ]
    return columns[:count]


# Kept in the order of their keys: a session's candidates, or a candidate's entries, are read in one go.
CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
CANDIDATE = Table(
    "eps_candidate",
    VIEWS,
    *key_columns(4),
    Column("unique_candidate_id", String(20), nullable=False),
    **CLUSTERED,
)
ENTRY = Table("eps_entry", VIEWS, *key_columns(6), Column("option_code", String(10), nullable=False), **CLUSTERED)
COMPONENT = Table(
    "eps_component",
    VIEWS,
    *key_columns(7),
    Column("raw_mark", Integer),
    Column("assessor_mark", Integer),
    Column("final_mark", Integer),
    **CLUSTERED,
)

CANDIDATE_FORM = Form("a candidate", (str,) * 5, CandidateRecord)
ENTRY_FORM = Form("an entry", (str, str, str, str, str, int, str), EntryRecord)
COMPONENT_FORM = Form("a component", (str, str, str, str, str, int, str), ComponentRecord)


class EpsCandidates(EpsServers):
    """What is asked of candidates: one call to each server that holds a stream that was asked for, side by side."""

    async def candidates_by_key(
        self, keys: Sequence[CandidateKey]
    ) -> dict[CandidateKey, CandidateRecord | ServiceError]:
        """Candidates by (stream, session, centre, number)."""
        return await self._one_by_key(keys, candidates_by_key_statement(), CANDIDATE_FORM)

    async def pages_of_candidates(
        self, keys: Sequence[CandidatePageKey]
    ) -> dict[CandidatePageKey, CandidatePage | ServiceError]:
        """Pages of sessions' candidates, by centre and number as text.

        One statement for up to `PAGES_IN_STATEMENT` pages that are asked the same, each read no further than its end.
        """

        async def ask(server: Database, keys: Sequence[CandidatePageKey]) -> dict[CandidatePageKey, CandidatePage]:
            parts = list(_statements(keys))
            answered = await server.rows_of_each([_pages_asked(part) for part in parts])
            pages = {}
            for part, rows in zip(parts, answered, strict=True):
                rows_of = grouped(rows, lambda row: row[-1])
                for place, key in enumerate(part):
                    found = rows_of.get(place, [])
                    candidates = CANDIDATE_FORM.read_all(server.backend, [row[:-1] for row in found[: key.first]])
                    pages[key] = Page(key, candidates, has_more=len(found) > key.first)
            return pages

        return await self._by_server(keys, lambda key: key.selection.business_stream_id, ask)

    async def counts_of_candidates(
        self, selections: Sequence[CandidateSelection]
    ) -> dict[CandidateSelection, int | ServiceError]:
        """How many candidates each selection holds. At most two statements: for sessions, and for centres."""

        async def ask(server: Database, selections: Sequence[CandidateSelection]) -> dict[CandidateSelection, int]:
            alike = grouped(selections, lambda selection: selection.centre_id is not None)
            answered = await server.rows_of_each([_counts_asked(group) for group in alike.values()])
            count_of = {tuple(row[:-1]): row[-1] for rows in answered for row in rows}
            return {selection: count_of.get(_selected(selection), 0) for selection in selections}

        return await self._by_server(selections, lambda selection: selection.business_stream_id, ask)

    async def entries_by_selection(
        self, selections: Sequence[EntrySelection]
    ) -> dict[EntrySelection, list[EntryRecord] | ServiceError]:
        """Entries of candidates, by assessment and version."""
        keys = list(dict.fromkeys(selection.candidate for selection in selections))
        found = await self._many_by_key(keys, entries_statement(), ENTRY_FORM)
        return {
            selection: _chosen(found[selection.candidate], selection)
            for selection in selections
            if selection.candidate in found
        }

    async def components_by_entry(
        self, keys: Sequence[EntryKey]
    ) -> dict[EntryKey, list[ComponentRecord] | ServiceError]:
        """Components of entries, by their numbers."""
        return await self._many_by_key(keys, components_statement(), COMPONENT_FORM)


@cache
def candidates_by_key_statement() -> Select[Any]:
    """Candidates by their whole keys."""
    return joined(CANDIDATE, 4).add_columns(*CANDIDATE.columns)


@cache
def pages_of_candidates_statement(count: int, *, is_of_centre: bool, is_continued: bool) -> Select[Any]:
    """The first `first` candidates of each of `count` sessions or centres, numbered from 0 in the last column.

    Session n is (`stream_n`, `number_n`), its centre `centre_n`; continued after (`last_centre_n`, `last_number_n`).
    """
    parts = [_page_statement(place, is_of_centre=is_of_centre, is_continued=is_continued) for place in range(count)]
    pages = (union_all(*parts) if count > 1 else parts[0]).subquery("pages")
    return select(pages).order_by(pages.c.page, pages.c.centre_id, pages.c.candidate_number)


def _page_statement(place: int, *, is_of_centre: bool, is_continued: bool) -> Select[Any]:
    def given(name: str) -> BindParameter[str]:
        return bindparam(f"{name}_{place}", type_=String)

    view = CANDIDATE.c
    conditions = [view.business_stream_id == given("stream"), view.session_id == given("number")]
    if is_of_centre:
        conditions.append(view.centre_id == given("centre"))
    if is_continued:
        # Spelt out, because not every server compares rows as (a, b) > (x, y).
        conditions.append(view.centre_id >= given("last_centre"))
        conditions.append(or_(view.centre_id > given("last_centre"), view.candidate_number > given("last_number")))
    first = (
        select(*CANDIDATE.columns, literal_column(str(place)).label("page"))
        .where(*conditions)
        .order_by(view.centre_id, view.candidate_number)
        .limit(bindparam("first", type_=Integer))
        .subquery(f"page_{place}")
    )
    return select(first)  # a part of a union may not be limited itself, but what it reads from may


@cache
def counts_of_candidates_statement(*, is_of_centre: bool) -> Select[Any]:
    """How many candidates the sessions or centres asked for have; one without any has no row."""
    width = 3 if is_of_centre else 2
    columns = list(CANDIDATE.columns)[:width]
    return joined(CANDIDATE, width).add_columns(*columns, func.count()).group_by(*columns)


@cache
def entries_statement() -> Select[Any]:
    """Entries of the candidates asked for."""
    order = (ENTRY.c.assessment_code, ENTRY.c.assessment_version)
    return joined(ENTRY, 4).add_columns(*ENTRY.columns).order_by(*order)


@cache
def components_statement() -> Select[Any]:
    """Components of the entries asked for."""
    return joined(COMPONENT, 6).add_columns(*list(COMPONENT.columns)[:7]).order_by(COMPONENT.c.component_id)


def _statements(keys: Sequence[CandidatePageKey]) -> Iterator[list[CandidatePageKey]]:
    """The pages that one statement can ask for together."""
    alike = grouped(keys, lambda key: (key.first, key.after is None, key.selection.centre_id is None))
    for group in alike.values():
        for start in range(0, len(group), PAGES_IN_STATEMENT):
            yield group[start : start + PAGES_IN_STATEMENT]


def _pages_asked(keys: Sequence[CandidatePageKey]) -> tuple[Select[Any], dict[str, object]]:
    is_of_centre, is_continued = keys[0].selection.centre_id is not None, keys[0].after is not None
    # One row more than asked for tells whether there are more.
    values: dict[str, object] = {"first": keys[0].first + 1}
    for place, key in enumerate(keys):
        values[f"stream_{place}"] = key.selection.business_stream_id
        values[f"number_{place}"] = key.selection.session_id
        if is_of_centre:
            values[f"centre_{place}"] = key.selection.centre_id
        if key.after is not None:
            values[f"last_centre_{place}"], values[f"last_number_{place}"] = key.after
    statement = pages_of_candidates_statement(len(keys), is_of_centre=is_of_centre, is_continued=is_continued)
    return statement, values


def _counts_asked(selections: Sequence[CandidateSelection]) -> tuple[Select[Any], dict[str, object]]:
    statement = counts_of_candidates_statement(is_of_centre=selections[0].centre_id is not None)
    return statement, key_parameters([_selected(selection) for selection in selections])


def _selected(selection: CandidateSelection) -> tuple[str, ...]:
    stream, session, centre = selection.business_stream_id, selection.session_id, selection.centre_id
    return (stream, session) if centre is None else (stream, session, centre)


def _chosen(entries: list[EntryRecord] | ServiceError, selection: EntrySelection) -> list[EntryRecord] | ServiceError:
    if isinstance(entries, ServiceError) or selection.assessment_code is None:
        return entries
    return [entry for entry in entries if entry.assessment_code == selection.assessment_code]
