"""CAMS: sessions of vocational qualifications."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Column, Date, MetaData, Select, String, Table, bindparam, select

from datasources.errors import BackendRefused
from datasources.records import record
from datasources.sql import Database


class SessionPeriod(Enum):
    """Whether a vocational session comes back every year."""

    ANNUAL = "ANNUAL"
    SPECIFIC = "SPECIFIC"


@record
class VocationalSessionRecord:
    session_id: str
    name: str
    qualification_group: str
    period: SessionPeriod
    starts_on: date
    ends_on: date


VIEWS = MetaData()
VOCATIONAL_SESSION = Table(
    "cams_vocational_session",
    VIEWS,
    Column("session_id", String(20), primary_key=True),
    Column("session_name", String(120), nullable=False),
    Column("qualification_group", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
)


# No group has an empty name.
EVERY_GROUP = ""


class Cams:
    """Reads the CAMS views. One call and one statement each."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def vocational_sessions_by_group(self, groups: Sequence[str]) -> dict[str, list[VocationalSessionRecord]]:
        """Sessions of each qualification group, newest first; of all groups for `EVERY_GROUP`.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        is_all = EVERY_GROUP in groups
        parameters = {} if is_all else {"groups": list(groups)}
        rows = await self.database.rows(vocational_sessions_statement(is_all=is_all), parameters)
        sessions = [_session(self.database.backend, row) for row in rows]
        return {
            group: [session for session in sessions if group in (EVERY_GROUP, session.qualification_group)]
            for group in groups
        }  # fmt: skip


@cache
def vocational_sessions_statement(*, is_all: bool) -> Select[Any]:
    """Vocational sessions, newest first: all, or those of `groups`."""
    view = VOCATIONAL_SESSION.c
    statement = select(VOCATIONAL_SESSION).order_by(view.start_date.desc(), view.session_id.desc())
    return statement if is_all else statement.where(view.qualification_group.in_(bindparam("groups", expanding=True)))


def _session(backend: str, row: Sequence[Any]) -> VocationalSessionRecord:
    session, name, group, period, starts_on, ends_on = row
    if any(value is None for value in row):
        raise BackendRefused(backend, "a session lacks a value")
    try:
        return VocationalSessionRecord(session, name, group, SessionPeriod(period), starts_on, ends_on)
    except ValueError:
        raise BackendRefused(backend, "a session's period is none that is known") from None
