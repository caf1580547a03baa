"""What the old Events API reads in a body, and how it writes amounts: the very digits."""

import orjson
import pytest

from rest_compat.events.bodies import ACCOUNT, APPRENTICESHIP, names_in_body, one_event
from rest_compat.events.reading import legacy_amount
from rest_compat.messages import Asked, Rejected


def asked(body: str) -> Asked:
    return Asked({}, body=body.encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0", "0"),
        ("1001", "1001"),
        ("9007199254740993", "9007199254740993"),  # the first that a float cannot be
        ("9999999999999999.99", "9999999999999999.99"),
        ("1500.00", "1500.00"),
        ("1e2", "100"),
        ("1.5E+1", "15"),
        ('"123.450"', "123.450"),
    ],
)
def test_an_amount_keeps_its_digits(sent: str, read: str) -> None:
    assert one_event(asked(f'{{"TRAININGTOTALCOST": {sent}}}'), APPRENTICESHIP)["trainingTotalCost"] == read


@pytest.mark.parametrize("sent", ["1e40", "1e-40", "1e-99999999999999999999", "1.00000000001", '"1e2"', "true", "[]"])
def test_what_no_amount_has_is_refused_by_its_name(sent: str) -> None:
    with pytest.raises(Rejected) as refusal:
        one_event(asked(f'{{"trainingTotalCost": {sent}}}'), APPRENTICESHIP)
    assert refusal.value.message == (
        "Property Name: TrainingTotalCost\r\n"
        "Error: 'Training Total Cost' must be a number of at most 18 digits and 10 decimals.\r\n"
    )


@pytest.mark.parametrize(("told", "written"), [("1001", b"1001.0"), ("1500.00", b"1500.00"), ("123.45", b"123.45")])
def test_an_amount_is_written_with_its_decimals_and_a_whole_one_with_one(told: str, written: bytes) -> None:
    assert orjson.dumps(legacy_amount(told)) == written


@pytest.mark.parametrize(("sent", "read"), [("444", "444"), ("444.0", "444"), ('"+444"', "444"), ('" 444 "', "444")])
def test_a_whole_number_is_one_however_it_is_spelled(sent: str, read: str) -> None:
    assert one_event(asked(f'{{"apprenticeshipId": {sent}}}'), APPRENTICESHIP)["apprenticeshipId"] == read


@pytest.mark.parametrize("sent", ["444.5", "4.44e2", '"444.0"', "true"])
def test_a_number_that_is_not_whole_is_refused(sent: str) -> None:
    with pytest.raises(Rejected, match="'Apprenticeship Id' must be a whole number"):
        one_event(asked(f'{{"apprenticeshipId": {sent}}}'), APPRENTICESHIP)


def test_a_body_that_nests_deeper_than_the_second_reading_goes_is_refused() -> None:
    # Less than orjson's limit of 1024, more than Python's own of 1000.
    body = f'{{"event": "E", "resourceUri": "/", "more": {"[" * 1010}{"]" * 1010}}}'
    with pytest.raises(Rejected) as refusal:
        one_event(asked(body), ACCOUNT)
    assert (refusal.value.code, refusal.value.message) == ("BAD_USER_INPUT", "the body nests too deeply")


def test_a_number_is_no_name() -> None:
    with pytest.raises(Rejected, match="must be a list of names"):
        names_in_body(asked("[1.5]"))
