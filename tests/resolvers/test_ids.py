"""Global ids go there and back for any key; whatever else comes is refused, and nothing but refused."""

import base64
import re
from contextlib import suppress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from datasources.errors import BadUserInput
from resolvers.ids import (
    GLOBAL_ID_LENGTH,
    NAME_LENGTH,
    global_id,
    parse_global_id,
    require_business_stream,
    require_code,
    require_name,
    require_session,
    session_number,
)

HOSTILE = (
    "", " ", "=", "====", "A", "AAAAA", "%", ":", "é", "\ud800", "\x00", "Session:02:14244",
    "U2Vzc2lvbjowMjoxNDI0NA==\n", " U2Vzc2lvbjowMjoxNDI0NA==", "U2Vzc2lvbjowMjoxNDI0NA", "U2Vzc2lvbg==",
    base64.b64encode(b"Session:%FF").decode(), base64.b64encode(b"\xff:\xfe").decode(), "A" * 100_000,
    base64.b64encode(b"Session:" + b"1" * GLOBAL_ID_LENGTH).decode(),
)  # fmt: skip


@given(name=st.from_regex(r"[A-Za-z]{1,20}", fullmatch=True), key=st.lists(st.text(max_size=20), min_size=1))
@example(name="Session", key=["02", "14244"])
@example(name="Session", key=["", ""])
@example(name="Session", key=[":", "%3A", "%", "é🎓\x00", "a:b%"])
def test_an_id_gives_back_its_type_and_key(name: str, key: list[str]) -> None:
    given_id = global_id(name, *key)
    assume(len(given_id) <= GLOBAL_ID_LENGTH)
    assert given_id.isascii()
    assert parse_global_id(given_id) == (name, tuple(key))


@given(first=st.tuples(st.text(max_size=9), st.text(max_size=9)), second=st.tuples(st.text(max_size=9), st.text()))
def test_two_keys_never_share_an_id(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert (global_id("T", *first) == global_id("T", *second)) == (first == second)


def test_an_id_is_the_documented_one() -> None:
    assert base64.b64decode(global_id("Session", "02", "14244")) == b"Session:02:14244"


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.b64encode(raw).decode())))
def test_any_text_is_an_id_or_refused(value: str) -> None:
    with suppress(BadUserInput):
        name, key = parse_global_id(value)
        assert parse_global_id(global_id(name, *key)) == (name, key)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_ids_are_refused(value: str) -> None:
    with pytest.raises(BadUserInput, match=r"^id is not an id that this service gave$"):
        parse_global_id(value)


FORMS = {
    "stream": (lambda value: require_business_stream("code", value), "code must be two digits", ("02", "99")),
    "session": (
        lambda value: require_session("sessionId", value),
        "sessionId must be a positive integer",
        ("1", "14244", "007", "9" * 18),
    ),
    "name": (
        lambda value: require_name("group", value),
        f"group must be 1 to {NAME_LENGTH} printable characters",
        (None, "Cambridge Technicals", "é🎓", "'; DROP TABLE x;--", "x" * NAME_LENGTH),
    ),
    "code": (
        lambda value: require_code("code", value),
        "code must be 1 to 20 letters, digits or hyphens",
        (None, "0500", "A-LEVEL", "x" * 20),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_has_the_form_is_given_back(form: str) -> None:
    check, _, good = FORMS[form]
    assert tuple(check(value) for value in good) == good


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", ["", "\n", "02\n", "\x00", "1\x00", "\ud800", "\u2028", "x" * 121])
def test_what_has_not_the_form_is_refused(form: str, value: str) -> None:
    check, message, _ = FORMS[form]
    with pytest.raises(BadUserInput) as refusal:
        check(value)
    assert refusal.value.message == message


@pytest.mark.parametrize("value", ["٠٢", "²2", "2", "002", "0x", " 2", "-2", "+2", "2."])
def test_a_stream_is_two_digits_of_ascii(value: str) -> None:
    with pytest.raises(BadUserInput):
        require_business_stream("code", value)


@pytest.mark.parametrize("value", ["0", "00", "-1", "+1", "1.0", "1e3", "abc", "٣", " 1", "1 ", "1_0", "9" * 19])
def test_a_session_is_a_positive_integer(value: str) -> None:
    with pytest.raises(BadUserInput):
        require_session("sessionId", value)
    with pytest.raises(ValueError, match=re.escape(value)):
        session_number(value)


@given(st.integers(min_value=1, max_value=10**18 - 1), st.integers(min_value=0, max_value=5))
def test_a_session_number_is_the_number_it_spells(number: int, zeros: int) -> None:
    assert session_number("0" * zeros + str(number)) == number
