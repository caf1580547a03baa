"""Days and instants, in and out, through a schema of their own."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from schema.scalars import SCALARS

NOT_A_DAY = "must be a day as in 2026-06-30"
NOT_AN_INSTANT = "must be an instant with its offset, as in 2026-06-30T09:00:00Z"


@strawberry.type
class Query:
    """Gives back what it is given, and how it was read."""

    @strawberry.field
    def day(self, value: date) -> date:
        assert type(value) is date
        return value

    @strawberry.field
    def instant(self, value: datetime) -> datetime:
        assert value.tzinfo is UTC
        return value

    @strawberry.field
    def written(self, info: strawberry.Info) -> datetime:
        instant: datetime = info.context["instant"]
        return instant


ECHO = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))


def asked(field: str, kind: str, value: object) -> tuple[Any, list[str]]:
    """What a value gives as a variable: the data, and the errors' messages."""
    result = ECHO.execute_sync(f"query ($value: {kind}!) {{ {field}(value: $value) }}", {"value": value})
    return result.data and result.data[field], [error.message for error in result.errors or ()]


def literally(field: str, literal: str) -> tuple[Any, list[str]]:
    """What a literal gives."""
    result = ECHO.execute_sync(f"{{ {field}(value: {literal}) }}")
    return result.data and result.data[field], [error.message for error in result.errors or ()]


@given(st.dates())
def test_a_day_goes_there_and_back(day: date) -> None:
    assert asked("day", "Date", day.isoformat()) == (day.isoformat(), [])


@pytest.mark.parametrize("text", ["2024-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_as_a_literal(text: str) -> None:
    assert literally("day", f'"{text}"') == (text, [])


BAD_DAYS = (
    "", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "20260630", "2026-W26-2", "2026-6-30", "26-06-30",
    "2026-06-30T00:00:00Z", "2026-06-30 ", " 2026-06-30", "2026-06-30\n", "\uff12026-06-30", "-2026-06-30", "today",
    20260630, 1.5, True, [], ["2026-06-30"], {},
)  # fmt: skip


@pytest.mark.parametrize("value", BAD_DAYS, ids=repr)
def test_what_is_no_day_is_refused(value: object) -> None:
    data, errors = asked("day", "Date", value)
    assert data is None
    assert [error.endswith(NOT_A_DAY) for error in errors] == [True], errors


@pytest.mark.parametrize("literal", ['"2026-02-29"', "20260630", "true", "TODAY", "[]", "{}", "2026.5", "null"])
def test_what_is_no_day_is_refused_as_a_literal(literal: str) -> None:
    data, errors = literally("day", literal)
    assert data is None
    assert len(errors) == 1


INSTANTS: Mapping[str, str] = {
    "2026-06-30T09:00:00Z": "2026-06-30T09:00:00Z",
    "2026-06-30t09:00:00z": "2026-06-30T09:00:00Z",
    "2026-06-30T09:00:00+00:00": "2026-06-30T09:00:00Z",
    "2026-06-30T09:00:00-00:00": "2026-06-30T09:00:00Z",
    "2026-06-30T09:00:00+02:00": "2026-06-30T07:00:00Z",
    "2026-01-01T00:30:00+01:00": "2025-12-31T23:30:00Z",
    "2026-06-30T09:00:00.5Z": "2026-06-30T09:00:00.500000Z",
    "2026-06-30T09:00:00.123456Z": "2026-06-30T09:00:00.123456Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z": "9999-12-31T23:59:59.999999Z",
}


@pytest.mark.parametrize("text", INSTANTS)
def test_an_instant_is_told_in_utc(text: str) -> None:
    assert asked("instant", "DateTime", text) == (INSTANTS[text], [])
    assert literally("instant", f'"{text}"') == (INSTANTS[text], [])


BAD_INSTANTS = (
    "", "2026-06-30", "2026-06-30T09:00:00", "2026-06-30T09:00Z", "2026-06-30 09:00:00Z", "2026-06-30T09:00:00 Z",
    "2026-06-30T25:00:00Z", "2026-06-30T09:60:00Z", "2026-06-30T09:00:61Z", "2026-02-30T09:00:00Z",
    "2026-06-30T09:00:00+2", "2026-06-30T09:00:00+0200", "2026-06-30T09:00:00+24:00", "2026-06-30T09:00:00.Z",
    "2026-06-30T09:00:00.1234567Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "20260630T090000Z",
    "2026-06-30T09:00:00Z\n", "\uff12026-06-30T09:00:00Z", "now", 1782810000, 1.5, True, [], {},
)  # fmt: skip


@pytest.mark.parametrize("value", BAD_INSTANTS, ids=repr)
def test_what_is_no_instant_is_refused(value: object) -> None:
    data, errors = asked("instant", "DateTime", value)
    assert data is None
    assert [error.endswith(NOT_AN_INSTANT) for error in errors] == [True], errors


@given(st.text() | st.integers() | st.floats() | st.booleans())
def test_whatever_comes_is_read_or_refused(value: object) -> None:
    for field, kind, rule in (("day", "Date", NOT_A_DAY), ("instant", "DateTime", NOT_AN_INSTANT)):
        data, errors = asked(field, kind, value)
        assert (data is None) == bool(errors)
        assert all(error.endswith(rule) for error in errors)


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-23, 23))  # noqa: DTZ001 the zone comes next
def test_an_instant_of_any_zone_is_written_in_utc(moment: datetime, hours: int) -> None:
    instant = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    result = ECHO.execute_sync("{ written }", context_value={"instant": instant})
    assert result.errors is None
    assert result.data is not None
    text = result.data["written"]
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == instant
    assert asked("instant", "DateTime", text) == (text, [])


def test_both_say_where_they_are_specified() -> None:
    for name in ("Date", "DateTime"):
        kind = ECHO._schema.type_map[name]  # noqa: SLF001 Strawberry has no public way to its schema
        assert kind.specified_by_url == "https://www.rfc-editor.org/rfc/rfc3339"  # type: ignore[attr-defined]
