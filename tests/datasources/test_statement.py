"""A statement as a driver takes it, beside what SQLAlchemy itself would ask and answer."""

import asyncio
import contextlib
import sqlite3
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Integer,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    Time,
    bindparam,
    func,
    literal,
    make_url,
    select,
    text,
    tuple_,
)  # fmt: skip
from sqlalchemy import Enum as EnumType
from sqlalchemy.ext.asyncio import create_async_engine
from support.databases import NewDatabase, Opened, filled, sqlite_url

from datasources.sql import DRIVERS, driver_url
from datasources.statement import DriverStatement


class Colour(Enum):
    RED = "red"
    GREEN = "green"


VIEWS = MetaData()
FRUIT = Table(
    "fruit",
    VIEWS,
    Column("name", String(20), primary_key=True),
    Column("grown", Integer),
    Column("is_ripe", Boolean),
    Column("ripe_on", Date),
    Column("picked_at", DateTime),
    Column("sold_from", Time),
    Column("price", Numeric(8, 2)),
    Column("weight", Float(53)),
    Column("colour", EnumType(Colour)),
)
KEYS = bindparam("keys", expanding=True)
NAMED = select(FRUIT.c.name).where(FRUIT.c.name.in_(KEYS)).order_by(FRUIT.c.name)
DAYS = select(FRUIT.c.name).where(FRUIT.c.ripe_on.in_(KEYS))
PAIRS = select(FRUIT.c.name).where(tuple_(FRUIT.c.name, FRUIT.c.ripe_on).in_(KEYS)).order_by(FRUIT.c.name)
FIRST, SECOND = date(2026, 9, 1), date(2026, 10, 2)
# Columns without an offset give instants without one.
PICKED, LATER = datetime.fromisoformat("2026-09-02T08:30"), datetime.fromisoformat("2026-10-03T09:00:00.000005")
FRUITS = [
    ("apple", 1, True, FIRST, PICKED, time(7, 15), Decimal("1.20"), 0.25, Colour.RED),
    ("fig", None, None, None, None, None, None, None, None),
    ("pear", 3, False, SECOND, LATER, time(7), Decimal("2.00"), 2.0, Colour.GREEN),
]  # fmt: skip


def dialect(kind: str) -> Dialect:
    return make_url(f"{DRIVERS[kind]}://").get_dialect()()


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> Any:
    rows = [dict(zip(FRUIT.columns.keys(), row, strict=True)) for row in FRUITS]
    return asyncio.run(filled(new_database(), VIEWS, {"fruit": rows}))


async def by_sqlalchemy(url: str, statement: Any, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    engine = create_async_engine(driver_url(url))
    async with engine.connect() as connection:
        found = (await connection.execute(statement, parameters)).all()
    await engine.dispose()
    return [tuple(row) for row in found]


ASKED: dict[str, tuple[Any, dict[str, Any]]] = {
    "every type, and nulls": (select(FRUIT).order_by(FRUIT.c.name), {}),
    "no null": (select(FRUIT).where(FRUIT.c.grown.is_not(None)).order_by(FRUIT.c.name), {}),
    "nothing": (select(FRUIT).where(FRUIT.c.name == "plum"), {}),
    "one name": (NAMED, {"keys": ["pear"]}),
    "three names": (NAMED, {"keys": ["pear", "plum", "apple"]}),
    "a tuple of names": (NAMED, {"keys": ("pear", "plum", "apple")}),
    "a hundred names": (NAMED, {"keys": [f"plum {number}" for number in range(99)] + ["fig"]}),
    "no names": (NAMED, {"keys": []}),
    "days in a list": (DAYS, {"keys": [FIRST, date(2000, 1, 1), date(2000, 1, 2)]}),
    "pairs, one with a day": (PAIRS, {"keys": [("apple", FIRST), ("apple", SECOND), ("pear", SECOND)]}),
    "no pairs": (PAIRS, {"keys": []}),
    "a day": (select(FRUIT.c.name).where(FRUIT.c.ripe_on < bindparam("day", type_=Date)), {"day": SECOND}),
    "an enum": (select(FRUIT.c.name).where(FRUIT.c.colour == bindparam("colour")), {"colour": Colour.GREEN}),
    "a list and values around it, one of them twice": (
        select(FRUIT.c.name, bindparam("word", type_=String))
        .where(FRUIT.c.grown >= bindparam("least"), FRUIT.c.name.in_(KEYS), FRUIT.c.name != bindparam("word"))
        .order_by(FRUIT.c.name)
        .limit(bindparam("first")),
        {"word": "apple", "least": 1, "keys": ["apple", "pear", "fig"], "first": 5},
    ),
    "two lists": (
        NAMED.where(FRUIT.c.grown.in_(bindparam("numbers", expanding=True))),
        {"keys": ["apple", "pear", "fig"], "numbers": [1, 2, 3, 4, 5]},
    ),
    "a list in two places": (
        select(FRUIT.c.name).where(FRUIT.c.name.in_(KEYS), (FRUIT.c.name + "").in_(KEYS)).order_by(FRUIT.c.name),
        {"keys": ["apple", "pear", "fig"]},
    ),
    "values of its own": (
        select(FRUIT.c.name, literal("x")).where(FRUIT.c.grown > 0, FRUIT.c.name.in_(["apple", "pear", "fig"]))
        .order_by(FRUIT.c.name).limit(1).offset(1),
        {},
    ),
    "a column twice": (select(FRUIT.c.ripe_on, FRUIT.c.name, FRUIT.c.ripe_on).order_by(FRUIT.c.name), {}),
    "functions": (select(func.count(), func.max(FRUIT.c.ripe_on), func.sum(FRUIT.c.price)), {}),
    "a statement of text": (text("SELECT name FROM fruit WHERE grown = :number"), {"number": 3}),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
async def test_is_answered_as_by_sqlalchemy(url: str, opened: Opened, asked: str) -> None:
    statement, parameters = ASKED[asked]
    expected = await by_sqlalchemy(url, statement, parameters)
    database = opened(url)
    for _ in range(2):
        found = await database.rows(statement, parameters)
        assert list(found) == expected
        assert [list(map(type, row)) for row in found] == [list(map(type, row)) for row in expected]


async def test_every_fruit_is_read(url: str, opened: Opened) -> None:
    """So that the test above compares something."""
    assert list(await opened(url).rows(*ASKED["every type, and nulls"])) == FRUITS


MOMENTS = MetaData()
MOMENT = Table("moment", MOMENTS, Column("id", Integer, primary_key=True), Column("at", DateTime(timezone=True)))


async def test_an_instant_is_in_utc_on_every_database(kind: str, new_database: NewDatabase, opened: Opened) -> None:
    instants = [datetime(2026, 9, 2, 8, 30, 15, 42, UTC), None, datetime(2026, 9, 2, tzinfo=UTC)]
    rows = [{"id": number, "at": at} for number, at in enumerate(instants)]
    url = await filled(new_database(), MOMENTS, {"moment": rows})
    database = opened(url)
    asked = select(MOMENT.c.at).order_by(MOMENT.c.id)
    for statement, expected in (
        (asked, instants),
        (asked.where(MOMENT.c.at.is_not(None)), [at for at in instants if at]),
    ):
        found = [row[0] for row in await database.rows(statement, {})]
        assert found == expected
        assert {at.tzinfo for at in found if at} == {UTC}


async def test_an_instant_that_somebody_wrote_with_an_offset(tmp_path: Path, opened: Opened) -> None:
    url = await filled(sqlite_url(tmp_path / "moments.sqlite"), MOMENTS, {})
    with contextlib.closing(sqlite3.connect(tmp_path / "moments.sqlite")) as connection:
        connection.execute("INSERT INTO moment VALUES (1, '2026-09-02 10:30:00+02:00'), (2, '2026-09-02T08:30:00Z')")
        connection.commit()
    at = datetime(2026, 9, 2, 8, 30, tzinfo=UTC)
    assert list(await opened(url).rows(select(MOMENT.c.at), {})) == [(at,), (at,)]


@pytest.mark.parametrize(
    ("length", "places"), [(0, 0), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (500, 512), (513, 1024)]
)
def test_lists_are_filled_up_to_powers_of_two(length: int, places: int) -> None:
    keys = [str(number) for number in range(length)]
    text_, arguments = DriverStatement(NAMED, dialect("sqlite")).asked({"keys": keys})
    assert arguments == keys + keys[-1:] * (places - length)
    assert text_.count("?") == places


def test_a_list_of_another_length_of_the_same_power_is_the_same_text() -> None:
    statement = DriverStatement(PAIRS, dialect("postgresql"))
    texts = {statement.asked({"keys": [("apple", FIRST)] * length})[0] for length in (5, 6, 7, 8)}
    assert len(texts) == 1
    assert "$16" in texts.pop()


def test_a_value_is_bound_as_its_type_says() -> None:
    """SQLite has no dates."""
    _, arguments = DriverStatement(PAIRS, dialect("sqlite")).asked({"keys": [("apple", FIRST), ("pear", SECOND)]})
    assert arguments == ["apple", "2026-09-01", "pear", "2026-10-02"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("statement", [NAMED, select(FRUIT).where(FRUIT.c.name == bindparam("keys"))])
def test_a_parameter_that_lacks_is_our_own_fault(kind: str, statement: Select[Any]) -> None:
    with pytest.raises(KeyError, match="keys"):
        DriverStatement(statement, dialect(kind)).asked({"other": 1})
