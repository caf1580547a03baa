"""What a log line never holds, and what it must keep."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logs import hide_secrets
from datasources.national_ids import synthetic_number

UUID = "6f4e6d3a-53f6-4b5e-9a55-12345678901f"

# (value, as it is logged)
VALUES = [
    ("15880270033", "[number]"),
    ("number 15880270033.", "number [number]."),
    ("fnr15880270033x", "fnr[number]x"),
    ("V-2018-15880270033", "V-2018-[number]"),
    ("158802 70033", "[number]"),
    ("158802\u00a070033", "[number]"),
    ("54065850144 and 68467038838", "[number] and [number]"),
    ("1588027003", "1588027003"),
    ("158802700330", "158802700330"),
    (UUID, UUID),
    (UUID.upper(), UUID.upper()),
    ("6f4e6d3a-53f6-4b5e-9a55-f12345678901", "6f4e6d3a-53f6-4b5e-9a55-f12345678901"),
    (f"{UUID} 15880270033", f"{UUID} [number]"),
    ("Bearer abc.def", "Bearer [hidden]"),
    ("postgresql://user:secret@host/db", "postgresql://user:[hidden]@host/db"),
    ("nothing at all", "nothing at all"),
]


@pytest.mark.parametrize(("value", "logged"), VALUES)
def test_values_are_masked(value: str, logged: str) -> None:
    event = {"event": value, "detail": value}
    assert hide_secrets(None, "", event) == {"event": logged, "detail": logged}


@given(
    st.dates(date(1855, 1, 1), date(2039, 12, 31)),
    st.integers(0, 149),
    st.sampled_from(("", "(", "number ", "Fodselsnr=", "-")),
    st.sampled_from(("", ")", " is not valid", "-", "\n")),
)
def test_no_number_gets_into_a_log(born_on: date, serial: int, before: str, after: str) -> None:
    number = synthetic_number(born_on, serial)
    assert hide_secrets(None, "", {"event": f"{before}{number}{after}"}) == {"event": f"{before}[number]{after}"}
