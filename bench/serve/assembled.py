"""Fifty sessions with all below them, assembled by hand: the very SELECTs that ours makes, on the bare driver.

The texts are compiled once from the product's own statements, so that databases do the same work for both; rows go
straight into dicts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ClauseElement, Dialect, Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as aiosqlite_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from bench.serve.pools import Pools
from datasources.ci_direct import EMBARGOES
from datasources.eps.candidates import components_statement, entries_statement, pages_of_candidates_statement
from datasources.eps.results import marks_statement, results_statement, session_results_statement
from datasources.eps.sessions import pages_of_sessions_statement
from datasources.interchange import ENQUIRE_SERVICE_DATES
from datasources.keys import PARAMETER
from datasources.libs import CHOOSING, papers_statement
from datasources.procedures import call_statement

Row = tuple[Any, ...]
Body = dict[str, Any]
OCR, INTERNATIONAL = ("01", "OEPS"), ("02", "MEPS")


class Select:
    """A statement as its driver takes it. `given` are values that the text depends on."""

    def __init__(self, statement: Executable, dialect: Dialect, **given: object) -> None:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        expanded = compiled.construct_expanded_state({**compiled.params, **given})
        self.text = expanded.statement
        self._names = expanded.positiontup or []
        self._values = dict(expanded.parameters)

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        values = {**self._values, **values}
        return [values[name] for name in self._names]


class Assembled:
    """Answers the question from SQLite or from PostgreSQL, a connection of each backend at a time."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools
        self._dialect = dialect = aiosqlite_dialect() if pools.is_sqlite else asyncpg_dialect()  # type: ignore[no-untyped-call]
        self._session_results = Select(session_results_statement(), dialect)
        self._entries = Select(entries_statement(), dialect)
        self._results = Select(results_statement(), dialect)
        self._components = Select(components_statement(), dialect)
        self._marks = Select(marks_statement(), dialect)
        self._papers = Select(papers_statement(CHOOSING), dialect)
        self._dates = Select(call_statement(ENQUIRE_SERVICE_DATES, dialect.name, frozenset()), dialect)
        self._embargoes = Select(call_statement(EMBARGOES, dialect.name, frozenset()), dialect)
        self._sessions = cache(self._of_sessions)
        self._candidates = cache(self._of_candidates)

    async def sessions(self, sessions: int, candidates: int, embargoes: int) -> bytes:
        ocr = await self._stream(*OCR, sessions, candidates)
        international = await self._stream(*INTERNATIONAL, sessions, candidates)
        async with self._pools["Interchange"].acquire() as connection:
            for session in ocr:
                values = {"business_stream_id": OCR[0], "session_id": session["sessionId"]}
                rows = await _rows(connection, self._dates, {**values, "qualification_group_id": None})
                session["resultDates"] = [
                    {"qualificationGroupName": name, "resultsIssuedOn": issued_on, "resultsReleasedOn": released_on}
                    for _, name, issued_on, released_on, _, _ in rows
                ]
        async with self._pools["CI Direct"].acquire() as connection:
            for session in international:
                values = {"session_id": session["sessionId"], "row_offset": 0, "row_limit": embargoes}
                rows = await _rows(connection, self._embargoes, {**values, "centre_id": None})
                nodes = [
                    {"centreId": centre, "assessmentCode": code, "isEmbargoed": bool(is_embargoed)}
                    for centre, _, code, _, is_embargoed, _ in rows
                ]
                session["embargoes"] = {"nodes": nodes}
        return orjson.dumps(
            {"ocr": {"sessions": {"nodes": ocr}}, "international": {"sessions": {"nodes": international}}}
        )

    async def _stream(self, stream: str, server: str, sessions: int, candidates: int) -> list[Body]:
        async with self._pools[server].acquire() as connection:
            # One row more than asked for tells whether there are more.
            page = self._sessions(stream, sessions + 1)
            found = (await connection.fetch(page.text, *page.arguments({})))[:sessions]
            keys = [(row[0], row[1]) for row in found]
            statuses = await _rows(connection, self._session_results, _keys(keys))
            asked: dict[str, object] = {"first": candidates + 1}
            for place, (stream_id, session_id) in enumerate(keys):
                asked[f"stream_{place}"], asked[f"number_{place}"] = stream_id, session_id
            pages: dict[int, list[Body]] = defaultdict(list)
            entries_of: dict[tuple[Any, ...], list[Body]] = {}
            for _, session_id, centre, number, unique, place in await _rows(
                connection, self._candidates(len(keys)), asked
            ):
                if len(pages[place]) < candidates:
                    of_candidate: list[Body] = []
                    entries_of[stream, session_id, centre, number] = of_candidate
                    pages[place].append(
                        {
                            "centreId": centre,
                            "candidateNumber": number,
                            "uniqueCandidateId": unique,
                            "entries": of_candidate,
                        }
                    )
            entries = await _rows(connection, self._entries, _keys(entries_of))
            of_entries = _keys(row[:6] for row in entries)
            results = await _rows(connection, self._results, of_entries)
            components = await _rows(connection, self._components, of_entries)
            marks = await _rows(connection, self._marks, _keys(row[:7] for row in components))
        # Whatever the session's candidates, the paper of a component is the same.
        papers = await self._papers_of({(row[0], row[1], *row[4:7]) for row in components})
        _add_entries(entries_of, entries, results, _components_of(components, marks, papers))
        status_of = {row[1]: row[2:] for row in statuses}
        return [
            {
                "sessionId": session_id,
                "name": name,
                "status": status,
                "startsOn": starts_on,
                "resultStatus": _session_status(status_of.get(session_id)),
                "candidates": {"nodes": pages[place]},
            }
            for place, (_, session_id, name, _, _, status, starts_on, _) in enumerate(found)
        ]

    async def _papers_of(self, keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Body]:
        async with self._pools["LIBS"].acquire() as connection:
            rows = await _rows(connection, self._papers, _keys(keys))
        papers: dict[tuple[Any, ...], Body] = {}
        for stream, session, identifier, _, code, version, component, _, page_count, _ in rows:
            papers.setdefault(
                (stream, session, code, version, component), {"identifier": identifier, "pageCount": page_count}
            )
        return papers

    def _of_sessions(self, stream: str, first: int) -> Select:
        statement = pages_of_sessions_statement(frozenset(), is_continued=False)
        return Select(statement, self._dialect, streams=[stream], first=first)

    def _of_candidates(self, count: int) -> Select:
        return Select(pages_of_candidates_statement(count, is_of_centre=False, is_continued=False), self._dialect)


def _keys(keys: Iterable[Sequence[Any]]) -> dict[str, object]:
    return {PARAMETER: orjson.dumps(list(keys)).decode()}


async def _rows(connection: Any, asked: Select, values: Mapping[str, object]) -> Sequence[Row]:  # noqa: ANN401 untyped
    found: Sequence[Row] = await connection.fetch(asked.text, *asked.arguments(values))
    return found


def _session_status(row: Row | None) -> Body | None:
    if row is None:
        return None
    status, issued_on, done, pending = row
    return {"status": status, "issuedOn": issued_on, "candidatesWithResults": done, "candidatesPending": pending}


def _components_of(
    components: Iterable[Row], marks: Iterable[Row], papers: Mapping[tuple[Any, ...], Body]
) -> Mapping[tuple[Any, ...], list[Body]]:
    """Components by their entry."""
    marks_of = {row[:7]: {"raw": row[7], "assessor": row[8], "final": row[9]} for row in marks}
    found: dict[tuple[Any, ...], list[Body]] = defaultdict(list)
    for row in components:
        stream, session, _, _, code, version, component = row
        found[row[:6]].append(
            {
                "componentId": component,
                "marks": marks_of.get(row[:7]),
                "questionPaper": papers.get((stream, session, code, version, component)),
            }
        )
    return found


def _add_entries(
    entries_of: Mapping[tuple[Any, ...], list[Body]],
    entries: Iterable[Row],
    results: Iterable[Row],
    components: Mapping[tuple[Any, ...], list[Body]],
) -> None:
    """Put entries into the lists of their candidates."""
    result_of = {row[:6]: {"status": row[6], "issuedOn": row[7]} for row in results}
    for row in entries:
        entries_of[row[:4]].append(
            {
                "assessmentCode": row[4],
                "assessmentVersion": row[5],
                "optionCode": row[6],
                "result": result_of.get(row[:6]),
                "components": components.get(row[:6], []),
            }
        )
