"""The list of registrations that are to be taken back: JSON, in which names may stand bare, as in the old page."""

from time import process_time
from typing import Any

import pytest

from rest_compat.exams.candidates import ROUTES
from rest_compat.messages import AnyCase, Asked, Rejected

[ROUTE] = [route for route in ROUTES if route.method == "DELETE"]
QUERY = AnyCase({"orgno": ["310000043"], "periodekode": ["V-2018"]})
NO_JSON = "The body is not JSON in UTF-8, or nests too deeply"
NO_LIST = "Missing or invalid parameter: kandidatnummer; or send a list, with something in it"


def listed(body: bytes) -> Any:
    """What is to be taken back, as number and subject; or the refusal's words."""
    try:
        given = ROUTE.variables(Asked({}, QUERY, body))["input"]
    except Rejected as refusal:
        return refusal.message
    assert (given["schoolOrgNumber"], given["period"]) == ("310000043", "V-2018")
    return [(each["candidateNumber"], each["courseCode"]) for each in given["registrations"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('[{"Kandidatnummer": "1", "Fagkode": "a"}]', [("1", "a")]),
        (
            '\ufeff[{kandidatNummer\n:"1",FAGKODE :"a"}, {"fagkode": "b", kandidatnummer: "2"}]',
            [("1", "a"), ("2", "b")],
        ),
        ('[{Kandidatnummer: "1, Fagkode: b", "Fagkode": "\\" x: {y:"}]', [("1, Fagkode: b", '" x: {y:')]),
        ('[{Kandidatnummer: "1", Fagkode: "a", x: true, null: -1e5}]', [("1", "a")]),
        ('[{Kandidatnummer: "\\\\", Fagkode: "a"}]', [("\\", "a")]),
        ("[{Kandidatnummer: x, Fagkode: 'a'}]", NO_JSON),
        ('[{1a: "1"}]', NO_JSON),
        ('[{Kandidatnummer: "1', NO_JSON),
        ("", NO_LIST),
        ("null", NO_LIST),
        ("[]", NO_LIST),
        ('{Kandidatnummer: "1", Fagkode: "a"}', NO_LIST),
        ('[{Kandidatnummer: "1"}]', "Missing or invalid parameter: Fagkode (of item 0 must be a text)"),
        (
            '[{Kandidatnummer: "1", Fagkode: "a"}, null]',
            "Missing or invalid parameter: Kandidatnummer (of item 1 must be a text)",
        ),
    ],
)
def test_a_list_is_read_with_bare_names_and_without(body: str, expected: Any) -> None:
    assert listed(body.encode()) == expected


def test_a_list_must_be_utf_8() -> None:
    assert listed('[{"Kandidatnummer": "å", "Fagkode": "a"}]'.encode("latin-1")) == NO_JSON


@pytest.mark.parametrize(
    "body",
    [b"[{" + b"a" * 300_000, b"a " * 150_000, b"a" + b" " * 300_000, b'"' + b"\\\\" * 150_000, b'"\\"' * 100_000],
    ids=["one word", "words", "blanks", "backslashes", "quotes"],
)
def test_what_looks_like_names_takes_no_longer_than_its_length_warrants(body: bytes) -> None:
    began = process_time()
    assert listed(body) == NO_JSON
    assert process_time() - began < 3  # it was hours
