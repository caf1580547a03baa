"""Stored procedures as backends have them: as they should be, in another shape, or not at all."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, String, create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from support.databases import NewDatabase, Opened

from datasources.calls import counting_calls
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.procedures import (
    ROW_LIMIT,
    ROW_OFFSET,
    Procedure,
    call_statement,
    called,
    in_order,
    missing_procedures,
)
from datasources.sandbox.stand_ins import stand_ins
from datasources.sql import driver_url

FRUIT = Procedure(
    "dbo.FruitInfo",
    keys=(Column("orchard", String(20)),),
    narrowing=(Column("name", String(20)),),
    columns=(Column("name", String(20)), Column("picked_on", Date), Column("is_ripe", Boolean)),
    order=("name",),
    is_paged=True,
)
TREES = Procedure(
    "trees",
    keys=(Column("orchard", String(20)),),
    narrowing=(),
    columns=(Column("tree", String(20)), Column("height", Integer)),
    order=("tree",),
)
TABLES = stand_ins((FRUIT, TREES))
DAY = date(2026, 9, 1)
ROWS: list[dict[str, Any]] = [
    {"orchard": orchard, "name": name, "picked_on": DAY if name < "c" else None, "is_ripe": name == "a"}
    for orchard in ("north", "south")
    for name in ("b", "a", "c")
]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(driver_url(url))
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    """Both procedures, with fruit in two orchards, and no trees."""
    made = new_database()
    async with connected(made) as connection:
        await connection.run_sync(TABLES.create_all)
        await connection.execute(TABLES.tables["fruitinfo"].insert(), ROWS)
    return made


def asked(orchard: str, name: str | None = None, *, offset: int = 0, limit: int = 10) -> dict[str, object]:
    return {"orchard": orchard, "name": name, ROW_OFFSET: offset, ROW_LIMIT: limit}


async def test_many_calls_are_one(url: str, opened: Opened) -> None:
    with counting_calls() as counted:
        found = await called(
            opened(url, "Orchard"),
            FRUIT,
            [
                asked("north"), asked("north", "b"), asked("south", offset=1, limit=1), asked("south", offset=3),
                asked("west"), asked("north", "' OR 1=1 --"),
            ],
        )  # fmt: skip
    assert [[tuple(row) for row in rows] for rows in found] == [
        [("a", DAY, True, 3), ("b", DAY, False, 3), ("c", None, False, 3)],
        [("b", DAY, False, 1)],
        [("b", DAY, False, 3)],
        [], [], [],
    ]  # fmt: skip
    assert counted == {"Orchard": 1}


async def test_a_procedure_without_pages_that_has_no_rows(url: str, opened: Opened) -> None:
    assert [list(rows) for rows in await called(opened(url), TREES, [{"orchard": "north"}])] == [[]]


async def test_what_is_whole_lacks_nothing(url: str, opened: Opened) -> None:
    assert await missing_procedures(opened(url), (FRUIT, TREES)) == []


async def test_what_is_not_there(new_database: NewDatabase, opened: Opened) -> None:
    empty = new_database()
    async with connected(empty):
        pass
    database = opened(empty, "Orchard")
    assert await missing_procedures(database, (FRUIT, TREES)) == ["dbo.FruitInfo", "trees"]
    with pytest.raises(BackendRefused) as refused:
        await called(database, FRUIT, [asked("north")])
    assert refused.value.message == (
        "Orchard gave an unusable answer: its procedure dbo.FruitInfo is not there, or is not the one that is known"
    )


def reshaped(kind: str, columns: Sequence[str]) -> list[str]:
    """The procedure with other columns than it should have, or in another order."""
    values = {"is_ripe": "TRUE", "name": "'a'", "picked_on": "CAST('2026-09-01' AS DATE)", "total_rows": "1"}
    types = {"is_ripe": "BOOLEAN", "name": "VARCHAR", "picked_on": "DATE", "total_rows": "INTEGER"}
    if kind == "sqlite":
        values["picked_on"] = "'2026-09-01'"
        chosen = ", ".join(f"{values[name]} AS {name}" for name in columns if name != "total_rows")
        return [f"CREATE VIEW fruitinfo AS SELECT 'north' AS orchard, {chosen}"]
    chosen = ", ".join(values[name] for name in columns)
    answers = ", ".join(f"{name} {types[name]}" for name in columns)
    arguments = "VARCHAR, VARCHAR, INTEGER, INTEGER"
    head = f"CREATE FUNCTION fruitinfo({arguments}) RETURNS TABLE ({answers}) LANGUAGE sql"
    return [f"{head} AS $$ SELECT {chosen} $$"]


async def test_columns_in_another_order_are_known_by_their_names(
    kind: str, new_database: NewDatabase, opened: Opened
) -> None:
    url = new_database()
    async with connected(url) as connection:
        for statement in reshaped(kind, ["total_rows", "is_ripe", "picked_on", "name"]):
            await connection.execute(text(statement))
    [rows] = await called(opened(url), FRUIT, [asked("north")])
    assert [tuple(row) for row in rows] == [("a", DAY, True, 1)]
    assert await missing_procedures(opened(url), (FRUIT,)) == []


async def test_one_column_too_few_is_refused_and_named(kind: str, new_database: NewDatabase, opened: Opened) -> None:
    url = new_database()
    async with connected(url) as connection:
        for statement in reshaped(kind, ["total_rows", "is_ripe", "name"]):
            await connection.execute(text(statement))
    database = opened(url, "Orchard")
    with pytest.raises(BackendRefused, match=r"its procedure dbo\.FruitInfo is not there, or"):
        await called(database, FRUIT, [asked("north")])
    assert await missing_procedures(database, (FRUIT, TREES)) == ["dbo.FruitInfo.picked_on", "trees"]


async def test_a_dead_server_is_neither_missing_nor_refused(dead_url: str, opened: Opened) -> None:
    database = opened(dead_url, "Orchard")
    with pytest.raises(BackendUnavailable, match=r"^Orchard cannot be reached$"):
        await called(database, FRUIT, [asked("north")])
    with pytest.raises(BackendUnavailable, match=r"^Orchard cannot be reached$"):
        await missing_procedures(database, (FRUIT,))


# What EXEC answers with: columns cannot be chosen, so that each row must tell what is what


def answered(columns: str) -> Sequence[Any]:
    """Rows as SQLAlchemy gives them of a text whose columns it does not know."""
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(":memory:"))
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns}")).all()
    engine.dispose()
    return rows


def test_rows_of_an_exec_are_put_in_order() -> None:
    rows = answered("7 AS TOTAL_ROWS, NULL AS Picked_On, 1 AS is_ripe, 'a' AS name, 'x' AS more")
    assert list(in_order("Orchard", FRUIT, rows)) == [("a", None, 1, 7)]
    assert list(in_order("Orchard", FRUIT, [])) == []


def test_a_day_that_comes_with_a_time_is_a_day() -> None:
    class Told(tuple[Any, ...]):
        __slots__ = ()
        _fields = ("name", "picked_on", "is_ripe", "total_rows")

    told = Told(("a", datetime(2026, 9, 1, 0, 0), True, 1))  # noqa: DTZ001 as the driver gives it
    assert list(in_order("Orchard", FRUIT, [told])) == [("a", DAY, True, 1)]


def test_a_column_that_an_exec_lacks_is_named() -> None:
    with pytest.raises(BackendRefused) as refused:
        in_order("Orchard", FRUIT, answered("'a' AS name, 1 AS is_ripe"))
    assert refused.value.message == (
        "Orchard gave an unusable answer: its procedure dbo.FruitInfo gives no column picked_on, total_rows"
    )


def test_a_call_is_told_in_each_servers_words() -> None:
    told = {kind: str(call_statement(TREES, kind, frozenset())) for kind in ("mssql", "oracle")}
    assert told["mssql"] == "EXEC trees @orchard = :orchard"
    assert "FROM table(trees(:orchard))" in told["oracle"]
