"""Stored procedures: a named call, told in each kind of database's own words, and the rows that it answers with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Date,
    Executable,
    FromClause,
    Integer,
    Select,
    TextClause,
    bindparam,
    cast,
    func,
    null,
    select,
    table,
    text,
)

from datasources.errors import BackendRefused
from datasources.sql import Database

Values = Mapping[str, object]
Rows = Sequence[Sequence[Any]]

ROW_OFFSET, ROW_LIMIT, TOTAL_ROWS = "row_offset", "row_limit", "total_rows"


@dataclass(frozen=True, eq=False)
class Procedure:
    """A procedure of a backend: what it is given, and the columns that it answers with.

    `keys` must be given; `narrowing` may be null, which means all. One that `is_paged` is also given `row_offset` and
    `row_limit`, and tells in each row how many there are in all, as `total_rows`. Rows come in the order of `order`.

    On SQL Server it is called by `EXEC`; on Oracle it is a table function, on PostgreSQL a function that returns a
    table, with its arguments in this order; on SQLite a view of the same name stands for it, with a column for each
    key. What it answers with is known by the names of the columns, in whatever order they are.
    """

    name: str  # with its schema, if it has one: "dbo.CentreWiseEmbargoInfo"
    keys: tuple[Column[Any], ...]
    narrowing: tuple[Column[Any], ...]
    columns: tuple[Column[Any], ...]
    order: tuple[str, ...]
    is_paged: bool = False

    @property
    def arguments(self) -> tuple[Column[Any], ...]:
        paging = (Column(ROW_OFFSET, Integer), Column(ROW_LIMIT, Integer)) if self.is_paged else ()
        return (*self.keys, *self.narrowing, *paging)

    @property
    def answers(self) -> tuple[Column[Any], ...]:
        """All columns of a row, in the order in which this service reads them."""
        return (*self.columns, Column(TOTAL_ROWS, Integer)) if self.is_paged else self.columns

    @property
    def plain_name(self) -> str:
        """Its name where schemas are others, and letter case is not kept."""
        return self.name.rpartition(".")[2].lower()


async def called(database: Database, procedure: Procedure, asked: Sequence[Values]) -> list[Rows]:
    """The procedure's rows for each set of arguments, one after the other on one connection; columns as `answers`.

    One call. Raises BackendTimeout, BackendUnavailable; BackendRefused when there is no such procedure, or one that
    lacks a column.
    """
    calls = [_call(procedure, database.dialect, values) for values in asked]
    try:
        found = await database.rows_of_each(calls)
    except BackendRefused as refusal:
        if refusal.reason:
            raise
        reason = f"its procedure {procedure.name} is not there, or is not the one that is known"
        raise BackendRefused(database.backend, reason) from refusal
    return [in_order(database.backend, procedure, rows) for rows in found]


def in_order(backend: str, procedure: Procedure, rows: Sequence[Any]) -> Rows:
    """Rows with their columns in the order of `answers`. Raises BackendRefused when one is not there.

    Where columns cannot be chosen (`EXEC`), they come as the procedure has them, and each row knows their names.
    """
    names = getattr(rows[0], "_fields", None) if rows else None
    if names is None:
        return rows
    places = {name.lower(): place for place, name in enumerate(names)}
    lacking = [column.name for column in procedure.answers if column.name not in places]
    if lacking:
        raise BackendRefused(backend, f"its procedure {procedure.name} gives no column {', '.join(lacking)}")
    order = [(places[column.name], isinstance(column.type, Date)) for column in procedure.answers]
    return [tuple(_day(row[place]) if is_day else row[place] for place, is_day in order) for row in rows]


def _day(value: object) -> object:
    """The day alone: SQL Server's older type for days has a time of day, too."""
    return value.date() if isinstance(value, datetime) else value


async def missing_procedures(database: Database, procedures: Sequence[Procedure]) -> list[str]:
    """What the database lacks of `procedures`, as "procedure" or "procedure.column", in order. Raises as `called`."""
    return [name for procedure in procedures for name in await _missing_of(database, procedure)]


async def _missing_of(database: Database, procedure: Procedure) -> list[str]:
    names = [column.name for column in procedure.answers]
    there = await _columns_of(database, procedure)
    lacking = [f"{procedure.name}.{name}" for name in names if name not in there]
    return [procedure.name] if len(lacking) == len(names) else lacking


async def _columns_of(database: Database, procedure: Procedure) -> set[str]:
    if database.dialect == "mssql":
        try:
            rows = await database.rows(description_statement(), {"batch": _batch(procedure)})
        except BackendRefused:
            return set()
        return {str(row[DESCRIBED_NAME]).lower() for row in rows}
    # One by one: whoever lacks one cannot be asked for all.
    return {column.name for column in procedure.answers if await _has(database, procedure, column)}


async def _has(database: Database, procedure: Procedure, column: Column[Any]) -> bool:
    try:
        await database.rows(column_statement(procedure, database.dialect, column.name), {})
    except BackendRefused:
        return False
    return True


def _call(procedure: Procedure, dialect: str, values: Values) -> tuple[Executable, Values]:
    narrowed = frozenset(column.name for column in procedure.narrowing if values.get(column.name) is not None)
    statement = call_statement(procedure, dialect, narrowed if dialect == "sqlite" else frozenset())
    left_out = {column.name for column in procedure.narrowing} - narrowed if dialect == "sqlite" else set()
    names = [column.name for column in procedure.arguments if column.name not in left_out]
    return statement, {name: values.get(name) for name in names}


@cache
def call_statement(procedure: Procedure, dialect: str, narrowed: frozenset[str]) -> Executable:
    """A call of the procedure with its arguments as parameters. On SQLite, of those that narrow, just `narrowed`."""
    if dialect == "mssql":
        return _exec(procedure)
    if dialect == "sqlite":
        return _read_of_view(procedure, narrowed)
    answer = _function(procedure, dialect, [_parameter(column) for column in procedure.arguments])
    return _chosen(procedure, answer).order_by(*(answer.c[name] for name in procedure.order))


@cache
def column_statement(procedure: Procedure, dialect: str, name: str) -> Select[Any]:
    """One column of the procedure's answer, and no row. The procedure is looked up, but has nothing to do."""
    if dialect == "sqlite":
        answer: FromClause = _view(procedure)
        column = answer.c[name] if name in answer.c else null()
    else:
        answer = _function(procedure, dialect, [cast(null(), column.type) for column in procedure.arguments])
        column = answer.c[name]
    return select(column).select_from(answer).where(null().is_not(None))


# The place of a column's name in what SQL Server tells of it.
DESCRIBED_NAME = 2


@cache
def description_statement() -> TextClause:
    """What SQL Server knows of the answer to a batch, without running it."""
    return text("EXEC sp_describe_first_result_set @tsql = :batch")


def _batch(procedure: Procedure) -> str:
    return f"EXEC {procedure.name} {', '.join('NULL' for _ in procedure.arguments)}"


def _exec(procedure: Procedure) -> TextClause:
    given = ", ".join(f"@{column.name} = :{column.name}" for column in procedure.arguments)
    return text(f"EXEC {procedure.name} {given}").bindparams(*map(_parameter, procedure.arguments))


def _function(procedure: Procedure, dialect: str, arguments: Sequence[ColumnElement[Any]]) -> FromClause:
    function = getattr(func, procedure.plain_name)(*arguments)
    in_place = func.table(function) if dialect == "oracle" else function
    return in_place.table_valued(*_plain(procedure.answers), name="answer")


def _read_of_view(procedure: Procedure, narrowed: frozenset[str]) -> Select[Any]:
    view = _view(procedure)
    conditions = [
        view.c[column.name] == _parameter(column)
        for column in (*procedure.keys, *procedure.narrowing)
        if column in procedure.keys or column.name in narrowed
    ]
    order = [view.c[name] for name in procedure.order]
    columns = [view.c[column.name] for column in procedure.columns]
    if not procedure.is_paged:
        return select(*columns).where(*conditions).order_by(*order)
    total = select(func.count()).select_from(view).where(*conditions).scalar_subquery().label(TOTAL_ROWS)
    limit, offset = bindparam(ROW_LIMIT, type_=Integer), bindparam(ROW_OFFSET, type_=Integer)
    return select(*columns, total).where(*conditions).order_by(*order).limit(limit).offset(offset)


def _view(procedure: Procedure) -> FromClause:
    named = {column.name: column for column in (*procedure.keys, *procedure.columns)}
    return table(procedure.plain_name, *_plain(named.values()))


def _chosen(procedure: Procedure, answer: FromClause) -> Select[Any]:
    return select(*(answer.c[column.name] for column in procedure.answers))


def _plain(columns: Iterable[Column[Any]]) -> list[Column[Any]]:
    """Columns of the same names and types, of no table yet."""
    return [Column(column.name, column.type) for column in columns]


def _parameter(column: Column[Any]) -> BindParameter[Any]:
    return bindparam(column.name, type_=column.type)
