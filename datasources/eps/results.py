"""Results: how far those of a session are issued, the result of an entry, and the marks of a component."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Column, Date, Integer, Select, String, Table

from datasources.eps.candidates import CLUSTERED, COMPONENT, ComponentKey, EntryKey, key_columns
from datasources.eps.servers import VIEWS, EpsServers
from datasources.eps.sessions import SessionKey
from datasources.errors import ServiceError
from datasources.forms import Form, optional
from datasources.keys import joined
from datasources.records import record


class ResultStatus(Enum):
    """Whether a result may be known."""

    ISSUED = "ISSUED"
    PENDING = "PENDING"
    WITHHELD = "WITHHELD"
    NO_RESULT = "NO_RESULT"


@record
class SessionResultRecord:
    """How far the results of a session are issued."""

    status: ResultStatus
    issued_on: date | None
    candidates_with_results: int
    candidates_pending: int


@record
class ResultRecord:
    """The result of one entry, as far as its status goes."""

    status: ResultStatus
    issued_on: date | None


@record
class MarksRecord:
    """Marks of one candidate in one component; None for one that is not given."""

    raw: int | None
    assessor: int | None
    final: int | None


SESSION_RESULT = Table(
    "eps_session_result",
    VIEWS,
    *key_columns(2),
    Column("result_status", String(20), nullable=False),
    Column("issued_date", Date),
    Column("candidates_with_results", Integer, nullable=False),
    Column("candidates_pending", Integer, nullable=False),
    **CLUSTERED,
)
RESULT = Table(
    "eps_result",
    VIEWS,
    *key_columns(6),
    Column("result_status", String(20), nullable=False),
    Column("issued_date", Date),
    **CLUSTERED,
)


_ENTRY = (str, str, str, str, str, int)
SESSION_RESULT_FORM = Form(
    "a session's result status",
    (str, str, ResultStatus, optional(date), int, int),
    lambda *row: SessionResultRecord(*row[2:]),
    closed="the status of a session's results",
)
RESULT_FORM = Form(
    "a result", (*_ENTRY, ResultStatus, optional(date)), lambda *row: ResultRecord(*row[6:]), closed="a result's status"
)
MARKS_FORM = Form(
    "a component's marks",
    (*_ENTRY, str, optional(int), optional(int), optional(int)),
    lambda *row: MarksRecord(*row[7:]),
)


class EpsResults(EpsServers):
    """What is asked of results: one call to each server that holds a stream that was asked for, side by side."""

    async def session_results_by_session(
        self, keys: Sequence[SessionKey]
    ) -> dict[SessionKey, SessionResultRecord | ServiceError]:
        """How far the results of sessions are issued, by (stream, session)."""
        return await self._one_by_key(keys, session_results_statement(), SESSION_RESULT_FORM)

    async def results_by_entry(self, keys: Sequence[EntryKey]) -> dict[EntryKey, ResultRecord | ServiceError]:
        """Results of entries. An entry without a row has no result yet: absent."""
        return await self._one_by_key(keys, results_statement(), RESULT_FORM)

    async def marks_by_component(self, keys: Sequence[ComponentKey]) -> dict[ComponentKey, MarksRecord | ServiceError]:
        """Marks of candidates' components."""
        return await self._one_by_key(keys, marks_statement(), MARKS_FORM)


@cache
def session_results_statement() -> Select[Any]:
    """How far the results of the sessions asked for are issued."""
    return joined(SESSION_RESULT, 2).add_columns(*SESSION_RESULT.columns)


@cache
def results_statement() -> Select[Any]:
    """Results of the entries asked for."""
    return joined(RESULT, 6).add_columns(*RESULT.columns)


@cache
def marks_statement() -> Select[Any]:
    """Marks of the components asked for."""
    return joined(COMPONENT, 7).add_columns(*COMPONENT.columns)
