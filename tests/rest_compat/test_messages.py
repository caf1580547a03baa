"""Reading what an old route's caller sent: media types by RFC 9110, query strings by what they can mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rest_compat.messages import QUERY_PARAMETERS, Asked, Rejected, json_reply, preferred, read_query

JSON, XML, HTML = "application/json", "application/xml", "text/html"
GRAPHQL = "application/graphql-response+json"

# (Accept, offered) -> what is liked best
PREFERENCES: list[tuple[str | None, tuple[str, ...], str | None]] = [
    (None, (JSON,), JSON),
    ("", (JSON, XML), JSON),
    ("   ", (JSON,), JSON),
    ("*/*", (JSON, XML), JSON),
    ("application/*", (JSON, XML), JSON),
    (JSON, (XML, JSON), JSON),
    ("APPLICATION/JSON", (JSON,), JSON),
    ("  application/json  ", (JSON,), JSON),
    (f"{XML}, {JSON}", (JSON, XML), JSON),  # on a tie the first offer, not the first range
    (f"{XML};q=1, {JSON};q=0.9", (JSON, XML), XML),
    (f"{XML};q=0.1, {JSON};q=0.11", (XML, JSON), JSON),
    ("text/*", (JSON,), None),
    ("text/html", (JSON,), None),
    ("application/jso", (JSON,), None),
    ("json", (JSON,), None),
    ("*/json", (JSON,), None),
    ("*", (JSON,), None),
    # a quality of 0 means "not this", and the more specific range decides
    (f"{JSON};q=0", (JSON,), None),
    (f"{JSON};q=0, */*", (JSON,), None),
    (f"*/*, {JSON};q=0", (JSON,), None),
    (f"{JSON};q=0, */*", (JSON, XML), XML),
    (f"application/*;q=0, {JSON}", (JSON, XML), JSON),
    ("application/*;q=0, */*", (JSON, HTML), HTML),
    ("*/*;q=0", (JSON,), None),
    (f"*/*;q=0, {JSON};q=0.001", (JSON,), JSON),
    # specificity outranks quality and order
    (f"*/*;q=1, application/*;q=0.5, {JSON};q=0.1", (JSON, XML), XML),
    (f"*/*;q=1, application/*;q=0.5, {JSON};q=0.1", (JSON, HTML), HTML),
    ("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", (HTML, "text/plain", "image/jpeg"), HTML),
    ("text/*;q=0.3, text/html;q=0.2, */*;q=0.5", (HTML, "text/plain", "image/jpeg"), "image/jpeg"),
    # what browsers and clients really send
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", (HTML, GRAPHQL, JSON), HTML),
    (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", (GRAPHQL, JSON), GRAPHQL),
    (f"{JSON}; charset=utf-8", (GRAPHQL, JSON), JSON),
    ("application/json, text/plain, */*", (GRAPHQL, JSON), GRAPHQL),
    # parameters, blanks and letters where they may be
    (f"{JSON} ; q=0.5 , {XML};q=0.4", (XML, JSON), JSON),
    (f"{JSON};Q=0", (JSON,), None),
    (f"{JSON};level=1;q=0", (JSON,), None),
    (f"{JSON};q=1.000", (JSON,), JSON),
    # a quality that is none likes nothing; beyond the bounds it is the bound
    (f"{JSON};q=", (JSON,), None),
    (f"{JSON};q=high", (JSON,), None),
    (f"{JSON};q=nan", (JSON,), None),
    (f"{JSON};q=-1", (JSON,), None),
    (f"{JSON};q=7, {XML}", (XML, JSON), XML),
    # what is no list at all
    (",", (JSON,), None),
    (f",,{JSON},,", (JSON,), JSON),
    (";;;q=1", (JSON,), None),
    ("\x00", (JSON,), None),
    ('text/html;a="application/json"', (JSON,), None),
]


@pytest.mark.parametrize(("accept", "offered", "liked"), PREFERENCES)
def test_the_media_type_that_a_caller_would_rather_have(
    accept: str | None, offered: tuple[str, ...], liked: str | None
) -> None:
    assert preferred(accept, offered) == liked


@given(st.text(alphabet=st.sampled_from('apliction/jsxml*;q=0.19, \t"\\')) | st.text())
def test_any_accept_header_is_answered(accept: str) -> None:
    assert preferred(accept, (JSON, XML)) in (JSON, XML, None)


def test_a_query_string_is_read_with_every_value_in_order() -> None:
    assert read_query(b"") == {}
    assert read_query(b"&&") == {}
    assert read_query(b"a=1&b=2&a=3") == {"a": ["1", "3"], "b": ["2"]}
    assert read_query(b"a&b=&=c") == {"a": [""], "b": [""], "": ["c"]}
    assert read_query(b"a=b=c&d=1;e=2") == {"a": ["b=c"], "d": ["1;e=2"]}
    assert read_query(b"group=Cambridge+Technicals&g=a%20b%2Bc") == {
        "group": ["Cambridge Technicals"], "g": ["a b+c"],
    }  # fmt: skip
    assert read_query(b"%61=%C3%A9&b=%00%0A") == {"a": ["é"], "b": ["\x00\n"]}
    assert read_query(b"a=%zz&b=%") == {"a": ["%zz"], "b": ["%"]}


@pytest.mark.parametrize("raw", [b"a=%FF", b"%C3=1", b"a=%C3%28", b"a=\xff", b"\xc3\xa9=1", b"a=%ED%A0%80"])
def test_a_query_string_that_is_not_utf_8(raw: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        read_query(raw)
    assert (refusal.value.code, refusal.value.message, refusal.value.headers) == (
        "BAD_USER_INPUT", "the query string is not UTF-8, percent-encoded", (),
    )  # fmt: skip


def test_a_query_string_has_so_many_parameters_and_no_more() -> None:
    assert read_query(b"&".join([b"a=1"] * QUERY_PARAMETERS)) == {"a": ["1"] * QUERY_PARAMETERS}
    with pytest.raises(Rejected) as refusal:
        read_query(b"&".join([b"a=1"] * (QUERY_PARAMETERS + 1)))
    assert refusal.value.message == "the query string has more than 50 parameters"


@given(st.binary() | st.text(alphabet="a=&%+F0;C3").map(str.encode))
def test_any_query_string_is_read_or_rejected(raw: bytes) -> None:
    try:
        read_query(raw)
    except Rejected as refusal:
        assert refusal.code == "BAD_USER_INPUT"  # noqa: PT017 either is right, and only this kind of refusal


def even(text: str) -> int:
    if int(text) % 2:
        raise ValueError("must be even")
    return int(text)


def test_one_parameter_is_read_or_the_refusal_names_it() -> None:
    asked = Asked({}, {"even": ["2"], "odd": ["3"], "empty": [""], "twice": ["2", "2"]})
    assert asked.one("even", even) == 2
    assert asked.one("absent", even) is None
    for name, words in (
        ("odd", "odd must be even"), ("empty", "empty must not be empty"), ("twice", "twice is given more than once"),
    ):  # fmt: skip
        with pytest.raises(Rejected) as refusal:
            asked.one(name, even)
        assert (refusal.value.code, refusal.value.message) == ("BAD_USER_INPUT", words)


def test_a_json_reply_is_compact_utf_8_and_says_so() -> None:
    reply = json_reply(404, {"a": "é", "b": [1, None]}, ((b"allow", b"GET"),))
    assert (reply.status, reply.body) == (404, '{"a":"é","b":[1,null]}'.encode())
    assert reply.headers == ((b"content-type", b"application/json"), (b"allow", b"GET"))
