"""Rows as records: many at once are read as each by itself is."""

from datetime import date, datetime
from enum import Enum
from typing import Any

import pytest

from datasources.errors import BackendRefused
from datasources.forms import FEW_ROWS, Form, optional


class Colour(Enum):
    RED = "R"
    BLUE = "B"


FORM: Form[tuple[Any, ...]] = Form(
    "a thing", (str, int, optional(date), Colour), lambda *row: row, closed="a thing's colour"
)
ROWS = [(f"{number}", number, date(2024, 1, 1) if number % 2 else None, "RB"[number % 2]) for number in range(100)]
LACKS = "a thing lacks a value, or has one of another type"


@pytest.mark.parametrize("count", [0, 1, FEW_ROWS - 1, FEW_ROWS, 100])
def test_many_rows_are_read_as_each_is(count: int) -> None:
    rows = ROWS[:count]
    assert FORM.read_all("EPS", rows) == [FORM.read("EPS", row) for row in rows]
    assert FORM.read_all("EPS", rows) == [(*row[:3], Colour(row[3])) for row in rows]


def test_values_of_a_type_below_the_one_wanted_are_taken() -> None:
    odd = ("x", True, datetime(2024, 1, 1, 12), "R")  # noqa: DTZ001 as drivers give them
    assert FORM.read_all("EPS", [*ROWS, odd])[-1] == (*odd[:3], Colour.RED)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((None, 1, None, "R"), LACKS),
        (("x", "1", None, "R"), LACKS),
        (("x", 1, "2024-01-01", "R"), LACKS),
        (("x", 1, None, None), LACKS),
        (("x", 1, None, "G"), "a thing's colour is none that is known"),
    ],
)
@pytest.mark.parametrize("before", [0, 100])
def test_one_row_that_is_not_as_it_should_be_refuses_them_all(row: tuple[Any, ...], reason: str, before: int) -> None:
    with pytest.raises(BackendRefused) as refusal:
        FORM.read_all("EPS", [*ROWS[:before], row])
    assert refusal.value.reason == reason


@pytest.mark.parametrize("width", [3, 5])
def test_rows_of_another_width_are_refused(width: int) -> None:
    with pytest.raises(BackendRefused) as refusal:
        FORM.read_all("EPS", [(*row, "more")[:width] for row in ROWS])
    assert refusal.value.reason == LACKS
