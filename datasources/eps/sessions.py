"""Sessions: by key, page by page, and counted."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Column, Date, Integer, Select, String, Table, bindparam, func, or_, select, tuple_

from datasources.eps.servers import VIEWS, EpsServers, grouped
from datasources.errors import ServiceError
from datasources.forms import Form
from datasources.paging import Page, PageKey
from datasources.records import record
from datasources.sql import Database

# Keys in one IN-list: Oracle takes at most 1000 values in one.
KEYS_IN_LIST = 500


class SessionType(Enum):
    """How the assessments of a session are taken."""

    EXAMINATION = "EXAMINATION"
    COURSEWORK = "COURSEWORK"
    ON_DEMAND = "ON_DEMAND"


class SessionStatus(Enum):
    """Where a session stands."""

    PLANNED = "PLANNED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    RESULTS_ISSUED = "RESULTS_ISSUED"


@record
class SessionRecord:
    business_stream_id: str  # leading zero kept: "02"
    session_id: str
    name: str
    year: int
    type: SessionType
    status: SessionStatus
    starts_on: date
    ends_on: date

    @property
    def position(self) -> tuple[str, ...]:
        """Its place in a stream's list of sessions."""
        return self.starts_on.isoformat(), self.session_id


@record
class SessionSelection:
    """Some sessions of one stream: those of a year, and those that assess a qualification or an assessment."""

    business_stream_id: str
    year: int | None = None
    qualification_id: str | None = None
    assessment_code: str | None = None


SessionKey = tuple[str, str]  # business stream, session
SessionPageKey = PageKey[SessionSelection]
SessionPage = Page[SessionSelection, SessionRecord]

SESSION = Table(
    "eps_session",
    VIEWS,
    Column("business_stream_id", String(2), primary_key=True),
    Column("session_id", String(20), primary_key=True),
    Column("session_name", String(120), nullable=False),
    Column("session_year", Integer, nullable=False),
    Column("session_type", String(20), nullable=False),
    Column("session_status", String(20), nullable=False),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
)
SESSION_ASSESSMENT = Table(
    "eps_session_assessment",
    VIEWS,
    Column("business_stream_id", String(2), primary_key=True),
    Column("session_id", String(20), primary_key=True),
    Column("assessment_code", String(20), primary_key=True),
    Column("assessment_version", Integer, primary_key=True),
    Column("qualification_id", String(20), nullable=False),
)


SESSION_FORM = Form(
    "a session",
    (str, str, str, int, SessionType, SessionStatus, date, date),
    SessionRecord,
    closed="a session's type or status",
)


class EpsSessions(EpsServers):
    """What is asked of sessions: one call to each server that holds a stream that was asked for, side by side."""

    async def sessions_by_key(self, keys: Sequence[SessionKey]) -> dict[SessionKey, SessionRecord | ServiceError]:
        """Sessions by (stream, session)."""

        async def ask(server: Database, keys: Sequence[SessionKey]) -> dict[SessionKey, SessionRecord]:
            chunks = [keys[start : start + KEYS_IN_LIST] for start in range(0, len(keys), KEYS_IN_LIST)]
            answered = await server.rows_of_each([(sessions_by_key_statement(), {"keys": chunk}) for chunk in chunks])
            sessions = SESSION_FORM.read_all(server.backend, [row for rows in answered for row in rows])
            return {(session.business_stream_id, session.session_id): session for session in sessions}

        return await self._by_server(keys, lambda key: key[0], ask)

    async def pages_of_sessions(
        self, keys: Sequence[SessionPageKey]
    ) -> dict[SessionPageKey, SessionPage | ServiceError]:
        """Pages of streams' sessions, newest first (start date, then session, both descending).

        One statement for all streams that are asked the same.
        """

        async def ask(server: Database, keys: Sequence[SessionPageKey]) -> dict[SessionPageKey, SessionPage]:
            alike = grouped(keys, lambda key: (_filters(key.selection), key.first, key.after))
            answered = await server.rows_of_each([_pages_asked(group) for group in alike.values()])
            pages = {}
            for group, rows in zip(alike.values(), answered, strict=True):
                rows_of = grouped(rows, lambda row: row[0])
                for key in group:
                    found = rows_of.get(key.selection.business_stream_id, [])
                    sessions = SESSION_FORM.read_all(server.backend, found[: key.first])
                    pages[key] = Page(key, sessions, has_more=len(found) > key.first)
            return pages

        return await self._by_server(keys, lambda key: key.selection.business_stream_id, ask)

    async def counts_of_sessions(
        self, selections: Sequence[SessionSelection]
    ) -> dict[SessionSelection, int | ServiceError]:
        """How many sessions each selection holds. One statement for all streams that are asked the same."""

        async def ask(server: Database, selections: Sequence[SessionSelection]) -> dict[SessionSelection, int]:
            alike = grouped(selections, _filters)
            answered = await server.rows_of_each([_counts_asked(group) for group in alike.values()])
            counts = {}
            for group, rows in zip(alike.values(), answered, strict=True):
                count_of = {row[0]: row[1] for row in rows}
                counts.update({selection: count_of.get(selection.business_stream_id, 0) for selection in group})
            return counts

        return await self._by_server(selections, lambda selection: selection.business_stream_id, ask)


@cache
def sessions_by_key_statement() -> Select[Any]:
    """Sessions whose (stream, session) is in `keys`."""
    key = tuple_(SESSION.c.business_stream_id, SESSION.c.session_id)
    return select(SESSION).where(key.in_(bindparam("keys", expanding=True)))


@cache
def pages_of_sessions_statement(filters: frozenset[str], *, is_continued: bool) -> Select[Any]:
    """The first `first` sessions of each of `streams` that match `filters`; continued after (`last_day`, `last_id`)."""
    newest_first = (SESSION.c.start_date.desc(), SESSION.c.session_id.desc())
    place = func.row_number().over(partition_by=SESSION.c.business_stream_id, order_by=newest_first).label("place")
    numbered = _matching(select(SESSION, place), filters)
    if is_continued:
        # Spelt out, because not every server compares rows as (a, b) < (x, y). The names are no Oracle keywords, which
        # `session` is: those may not name a parameter.
        day, session = bindparam("last_day", type_=Date), bindparam("last_id", type_=String)
        same_day = (SESSION.c.start_date == day) & (SESSION.c.session_id < session)
        numbered = numbered.where(or_(SESSION.c.start_date < day, same_day))
    page = numbered.subquery("page")
    columns = [page.c[column.name] for column in SESSION.columns]
    return select(*columns).where(page.c.place <= bindparam("first")).order_by(page.c.business_stream_id, page.c.place)


@cache
def counts_of_sessions_statement(filters: frozenset[str]) -> Select[Any]:
    """How many sessions of each of `streams` match `filters`; a stream without any has no row."""
    stream = SESSION.c.business_stream_id
    return _matching(select(stream, func.count()).group_by(stream), filters)


def _matching(statement: Select[Any], filters: frozenset[str]) -> Select[Any]:
    statement = statement.where(SESSION.c.business_stream_id.in_(bindparam("streams", expanding=True)))
    if "year" in filters:
        statement = statement.where(SESSION.c.session_year == bindparam("year"))
    of_assessment = [
        SESSION_ASSESSMENT.c[name] == bindparam(name)
        for name in ("qualification_id", "assessment_code")
        if name in filters
    ]
    if of_assessment:
        same_session = (SESSION_ASSESSMENT.c.business_stream_id == SESSION.c.business_stream_id) & (
            SESSION_ASSESSMENT.c.session_id == SESSION.c.session_id
        )
        statement = statement.where(select(1).where(same_session, *of_assessment).correlate(SESSION).exists())
    return statement


def _filters(selection: SessionSelection) -> tuple[tuple[str, object], ...]:
    values = (
        ("year", selection.year),
        ("qualification_id", selection.qualification_id),
        ("assessment_code", selection.assessment_code),
    )
    return tuple((name, value) for name, value in values if value is not None)


def _pages_asked(keys: Sequence[SessionPageKey]) -> tuple[Select[Any], dict[str, object]]:
    asked = keys[0]
    filters = dict(_filters(asked.selection))
    # One row more than asked for tells whether there are more.
    values = {"streams": [key.selection.business_stream_id for key in keys], "first": asked.first + 1, **filters}
    if asked.after is not None:
        day, session = asked.after
        values |= {"last_day": date.fromisoformat(day), "last_id": session}
    return pages_of_sessions_statement(frozenset(filters), is_continued=asked.after is not None), values


def _counts_asked(selections: Sequence[SessionSelection]) -> tuple[Select[Any], dict[str, object]]:
    filters = dict(_filters(selections[0]))
    streams = [selection.business_stream_id for selection in selections]
    return counts_of_sessions_statement(frozenset(filters)), {"streams": streams, **filters}
