"""Numbers of people and organisations, and period codes: the contract's cases, and properties of whatever there is."""

import calendar
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.national_ids import (
    ALL_SERIES,
    REAL_SERIES,
    Period,
    Semester,
    Series,
    is_national_number,
    is_organisation_number,
    masked,
    read_period,
    synthetic_number,
)

# (case, number, in every series, among real people, by the rule of 2032)
NUMBERS = [
    ("N01", "31129956715", True, True, True),  # published; reads as born 1899-12-31
    ("N02", "14065850231", True, True, True),
    ("N03", "54065850144", True, True, True),  # D
    ("N04", "15880270033", True, False, True),  # synthetic
    ("N05", "03910270183", True, False, True),
    ("N06", "55880170006", True, False, True),  # D and synthetic
    ("N07", "09500270125", True, False, True),  # H
    ("N08", "49500270119", True, False, True),  # D and H
    ("N09", "13527248013", True, False, True),
    ("N10", "10915596784", True, False, True),
    ("N11", "68467038838", True, False, True),
    ("N12", "29820080031", True, False, True),  # leap day of 2000
    ("N13", "29820000100", False, False, True),  # 1900 had none, but by the new rule no century can be read
    ("N14", "15880250008", True, False, True),  # first check digit 0
    ("N15", "15880250350", True, False, True),  # second check digit 0
    ("N16", "15880270043", False, False, False),
    ("N17", "15880270034", False, False, False),
    ("N18", "15880207033", False, False, False),  # two digits swapped
    ("N19", "31820250063", False, False, False),  # 31 February
    ("N20", "15130250030", False, False, False),  # month 13
    ("N21", "15530250013", False, False, False),  # month 53
    ("N22", "15800250088", False, False, False),  # month 80
    ("N23", "15930250187", False, False, False),  # month 93
    ("N24", "00880250051", False, False, False),  # day 0
    ("N25", "32880250042", False, False, False),
    ("N26", "40880250045", False, False, False),
    ("N27", "72880250036", False, False, False),
    ("N28", "15886075038", False, False, True),  # no century, which the new rule does not read
    ("N29", "15884550073", False, False, True),
    ("N30", "1588027003", False, False, False),
    ("N31", "158802700330", False, False, False),
    ("N32", "158802 70033", False, False, False),
    ("N33", "1588O270033", False, False, False),
    ("N34", "00000000000", False, False, False),
    ("N35", "11111111111", False, False, False),
    ("N38", "15880270041", False, False, True),  # remainder 1
    ("N39", "15880270068", False, False, True),  # remainder 3
    ("empty", "", False, False, False),
    ("other digits", "\u0661\u0665880270033", False, False, False),
    ("superscript", "1588027003\u00b3", False, False, False),
    ("line after it", "15880270033\n", False, False, False),
    ("NUL", "15880270033\0", False, False, False),
    ("sign", "+5880270033", False, False, False),
]


@pytest.mark.parametrize(("number", "any_series", "real", "by_2032"), [row[1:] for row in NUMBERS])
def test_numbers(*, number: str, any_series: bool, real: bool, by_2032: bool) -> None:
    found = (
        is_national_number(number),
        is_national_number(number, series=REAL_SERIES),
        is_national_number(number, follows_2032=True),
    )
    assert found == (any_series, real, by_2032)


@pytest.mark.parametrize("stem", ["158802506", "158802502"], ids=["N36", "N37"])
def test_stems_without_check_digits(stem: str) -> None:
    assert [number for end in range(100) if is_national_number(number := f"{stem}{end:02}")] == []


@pytest.mark.parametrize("number", [row[1] for row in NUMBERS if row[2]])
def test_a_number_of_two_series_needs_both(number: str) -> None:
    kinds: set[Series] = {"D"} if int(number[0]) >= 4 else set()
    if int(number[2]) >= 4:
        kinds.add("synthetic" if int(number[2]) >= 8 else "H")
    needed = kinds or {"ordinary"}
    assert is_national_number(number, series=needed)
    for each in needed:
        assert not is_national_number(number, series=ALL_SERIES - {each})


# number -> whether it is one
ORGANISATIONS = [
    ("123456785", True),
    ("310000019", True),
    ("310000027", True),
    ("310000035", True),
    ("310000000", True),
    ("310000018", False),
    ("31000001", False),
    ("310 000 019", False),
    ("31000001A", False),
    ("3100000190", False),
    ("\u0663\u0661\u0660\u0660\u0660\u0660\u0660\u0661\u0669", False),
    ("310000019\n", False),
    ("", False),
]


@pytest.mark.parametrize(("number", "is_valid"), ORGANISATIONS)
def test_organisation_numbers(*, number: str, is_valid: bool) -> None:
    assert is_organisation_number(number) == is_valid


def test_an_organisation_number_with_remainder_one_is_none() -> None:
    assert [digit for digit in range(10) if is_organisation_number(f"31000006{digit}")] == []


@pytest.mark.parametrize(
    ("code", "period"),
    [
        ("H-2015", Period(Semester.AUTUMN, 2015)),
        ("V-2018", Period(Semester.SPRING, 2018)),
        ("v-2018", None),
        ("V2018", None),
        ("V-18", None),
        ("S-2018", None),
        ("V-2018 ", None),
        ("V-2018\n", None),
        ("V-\u0662\u0660\u0661\u0668", None),
        ("", None),
    ],
)
def test_period_codes(code: str, period: Period | None) -> None:
    assert read_period(code) == period


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("15880270033", "158802*****"),
        ("158802 70033", "158802*****"),
        (" 15880270033", "158802*****"),
        ("1588O270033", "158827*****"),
        ("1588", "1588*****"),
        ("", "*****"),
        ("x\0\x1b[31m\n", "31*****"),
        ("\u0661\u0665", "*****"),
        pytest.param("9" * 1_000_000, "999999*****", id="long"),
        pytest.param("x" * 1_000_000 + "15880270033", "*****", id="long before it"),
    ],
)
def test_masks(given: str, shown: str) -> None:
    assert masked(given) == shown


@given(st.text())
def test_what_is_shown_is_bounded_and_plain(text: str) -> None:
    assert re.fullmatch(r"[0-9]{0,6}\*{5}", masked(text))


def by_the_book(number: str) -> bool:
    """What section 3.7 of the contract says, written down step by step."""
    if len(number) != 11 or any(character not in "0123456789" for character in number):
        return False
    day, month, year, individual = int(number[:2]), int(number[2:4]), int(number[4:6]), int(number[6:9])
    day -= 40 if day >= 41 else 0
    month -= 80 if month >= 81 else 40 if month >= 41 else 0
    if individual <= 499:
        century = 1900
    elif individual <= 749 and year > 54:
        century = 1800
    elif year <= 39:
        century = 2000
    elif individual >= 900 and year >= 40:
        century = 1900
    else:
        return False
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(century + year, month)[1]:
        return False
    digits = [int(character) for character in number]
    first = 11 - sum(weight * digit for weight, digit in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), digits, strict=False)) % 11
    second = sum(weight * digit for weight, digit in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), digits, strict=False))
    second = 11 - second % 11
    return (0 if first == 11 else first) == digits[9] and (0 if second == 11 else second) == digits[10]


def completed(stem: str) -> Iterator[str]:
    """Nine digits with the check digits that they should have, whatever the rest of them says."""
    for first, second in product(range(10), range(10)):
        number = f"{stem}{first}{second}"
        digits = [int(character) for character in number]
        sums = (
            sum(weight * digit for weight, digit in zip(weights, digits, strict=False))
            for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
        )
        if all(found % 11 == 0 for found in sums):
            yield number


@given(
    st.integers(0, 79), st.integers(0, 99), st.integers(0, 99), st.sampled_from((0, 123, 499, 500, 600, 749, 750, 950))
)
def test_dates_and_centuries_are_as_the_book_says(day: int, month: int, year: int, individual: int) -> None:
    for number in completed(f"{day:02}{month:02}{year:02}{individual:03}"):
        assert is_national_number(number) == by_the_book(number)


@given(st.dates(date(1855, 1, 1), date(2039, 12, 31)), st.integers(0, 149))
def test_synthetic_numbers_are_valid_and_tell_their_day(born_on: date, serial: int) -> None:
    number = synthetic_number(born_on, serial)
    assert by_the_book(number)
    assert is_national_number(number, series={"synthetic"})
    assert not is_national_number(number, series=REAL_SERIES)
    assert number[:6] == f"{born_on.day:02}{born_on.month + 80}{born_on.year % 100:02}"
    assert synthetic_number(born_on, serial) == number


@given(st.dates(date(1855, 1, 1), date(2039, 12, 31)), st.integers(0, 149), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_found(born_on: date, serial: int, place: int, more: int) -> None:
    number = synthetic_number(born_on, serial)
    wrong = f"{number[:place]}{(int(number[place]) + more) % 10}{number[place + 1 :]}"
    assert not is_national_number(wrong)


@given(st.dates(date(1855, 1, 1), date(2039, 12, 31)), st.integers(0, 149), st.integers(0, 9))
def test_a_mutated_number_is_judged_by_the_book(born_on: date, serial: int, place: int) -> None:
    number = synthetic_number(born_on, serial)
    swapped = f"{number[:place]}{number[place + 1]}{number[place]}{number[place + 2 :]}"
    assert is_national_number(swapped) == by_the_book(swapped)


def test_synthetic_numbers_differ() -> None:
    days = [date(2002, 1, 1) + timedelta(days=each) for each in range(30)]
    numbers = [synthetic_number(day, serial) for day in days for serial in range(400)]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("born_on", "serial"),
    [(date(2002, 8, 15), -1), (date(2002, 8, 15), 500), (date(1854, 12, 31), 0), (date(2040, 1, 1), 0)],
)
def test_numbers_that_cannot_be_made(born_on: date, serial: int) -> None:
    with pytest.raises(ValueError, match=f"synthetic numbers of {born_on}"):
        synthetic_number(born_on, serial)


@given(st.integers(0, 99_999_999), st.integers(0, 8), st.integers(1, 9))
def test_organisation_numbers_have_at_most_one_check_digit(stem: int, place: int, more: int) -> None:
    valid = [number for digit in range(10) if is_organisation_number(number := f"{stem:08}{digit}")]
    assert len(valid) <= 1
    for number in valid:
        wrong = f"{number[:place]}{(int(number[place]) + more) % 10}{number[place + 1 :]}"
        assert not is_organisation_number(wrong)


def test_random_digits_are_judged_by_the_book() -> None:
    chosen = random.Random(6)
    numbers = [f"{chosen.randrange(10**11):011}" for _ in range(20_000)]
    assert [is_national_number(number) for number in numbers] == [by_the_book(number) for number in numbers]
