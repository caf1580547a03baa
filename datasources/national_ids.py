"""Norwegian numbers and codes: of people (fødselsnummer), of organisations, of exam periods.

Nothing is stripped or reformatted: what has a blank in it is no number.
"""

import calendar
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from operator import mul
from typing import Final, Literal

# Which numbers are accepted. H is a help number (month + 40), synthetic a person made for tests (month + 80); a number
# can be of D and one of the two at once, and is accepted when both are.
Series = Literal["ordinary", "D", "H", "synthetic"]
ALL_SERIES: Final[frozenset[Series]] = frozenset({"ordinary", "D", "H", "synthetic"})
REAL_SERIES: Final[frozenset[Series]] = frozenset({"ordinary", "D"})

DIGITS = 11
# Weighted so, the digits up to each check digit sum to a multiple of 11; the check digit itself has weight 1.
FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)
MODULUS = 11
# What the first sum may leave in numbers issued from 2032.
REMAINDERS_2032 = 3

MONTHS = 12
D_OFFSET = 40
H_OFFSET = 40
SYNTHETIC_OFFSET = 80
LEAP_DAY = (29, 2)
# In a leap year.
LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

PERIOD = re.compile("([HV])-([0-9]{4})")
# Digits of a number that may be shown, and how far into a text one looks for them.
SHOWN_DIGITS = 6
LOOKED_AT = 50
STARS = "*****"


class Semester(Enum):
    """Half a school year, by the letter of its exam periods."""

    AUTUMN = "H"
    SPRING = "V"


@dataclass(frozen=True, slots=True)
class Period:
    """An exam period, as its code says it."""

    semester: Semester
    year: int


def is_national_number(text: str, *, series: Collection[Series] = ALL_SERIES, follows_2032: bool = False) -> bool:
    """Whether `text` is the number of a person in one of `series`: its date exists and both check digits hold.

    With `follows_2032` the numbers issued from then on are accepted, too. Those no longer tell their century, so the
    date need only exist in one.
    """
    if not _has_check_digits(text, REMAINDERS_2032 if follows_2032 else 0):
        return False
    day, month, kinds = _without_offsets(int(text[:2]), int(text[2:4]))
    if not all(kind in series for kind in kinds):
        return False
    if not (1 <= month <= MONTHS and 1 <= day <= LONGEST[month]):
        return False
    year, is_leap_day = int(text[4:6]), (day, month) == LEAP_DAY
    if follows_2032:
        return not is_leap_day or year % 4 == 0
    century = _century(year, int(text[6:9]))
    return century is not None and not (is_leap_day and not calendar.isleap(century + year))


def _has_check_digits(text: str, first_remainder: int) -> bool:
    """Whether `text` is eleven digits whose last two check the others, the first of them up to `first_remainder`."""
    if len(text) != DIGITS or not (text.isascii() and text.isdigit()):
        return False
    digits = [character - 48 for character in text.encode()]
    return _remainder(SECOND_WEIGHTS, digits) == 0 and _remainder(FIRST_WEIGHTS, digits) <= first_remainder


def _remainder(weights: Iterable[int], digits: Iterable[int]) -> int:
    total: int = sum(map(mul, weights, digits))
    return total % MODULUS


# By what was added to day and month.
KINDS: Mapping[tuple[int, int], tuple[Series, ...]] = {
    (0, 0): ("ordinary",),
    (D_OFFSET, 0): ("D",),
    (0, H_OFFSET): ("H",),
    (D_OFFSET, H_OFFSET): ("D", "H"),
    (0, SYNTHETIC_OFFSET): ("synthetic",),
    (D_OFFSET, SYNTHETIC_OFFSET): ("D", "synthetic"),
}


def _without_offsets(day: int, month: int) -> tuple[int, int, tuple[Series, ...]]:
    """Day and month of birth, and the series that a number with such a day and month is of."""
    of_day = D_OFFSET if day > D_OFFSET else 0
    of_month = SYNTHETIC_OFFSET if month > SYNTHETIC_OFFSET else H_OFFSET if month > H_OFFSET else 0
    return day - of_day, month - of_month, KINDS[of_day, of_month]


# First and last individual number, first and last year: what tells the century.
CENTURIES = ((0, 499, 1900, 1999), (500, 749, 1855, 1899), (500, 999, 2000, 2039), (900, 999, 1940, 1999))


def _century(year: int, individual: int) -> int | None:
    """The first year of the century that two digits of a year and an individual number mean; None for no century."""
    for first, last, first_year, last_year in CENTURIES:
        century = first_year - first_year % 100
        if first <= individual <= last and first_year <= century + year <= last_year:
            return century
    return None


def synthetic_number(born_on: date, serial: int) -> str:
    """The number of a person who does not exist (month + 80): always the same for a date and a serial from 0.

    Every serial under 150 has one, on most days every one under 400. Raises ValueError when it is above what the day
    has, and for days of no century that numbers can tell (before 1855, after 2039).
    """
    numbers = _synthetic_numbers(born_on)
    if not 0 <= serial < len(numbers):
        raise ValueError(f"there are {len(numbers)} synthetic numbers of {born_on}")
    return numbers[serial]


@lru_cache(maxsize=1000)
def _synthetic_numbers(born_on: date) -> tuple[str, ...]:
    """All synthetic numbers of one day, in order."""
    stem = f"{born_on.day:02}{born_on.month + SYNTHETIC_OFFSET}{born_on.year % 100:02}"
    individuals = [
        individual
        for first, last, first_year, last_year in CENTURIES
        if first_year <= born_on.year <= last_year
        for individual in range(first, last + 1)
    ]
    made = (_with_check_digits(f"{stem}{individual:03}") for individual in individuals)
    return tuple(number for number in made if number is not None)


def _with_check_digits(stem: str) -> str | None:
    """Nine digits and their two check digits; None when one of those would be 10."""
    for weights in (FIRST_WEIGHTS, SECOND_WEIGHTS):
        check_digit = -_remainder(weights, map(int, stem)) % MODULUS
        if check_digit > 9:  # noqa: PLR2004 the last digit
            return None
        stem += str(check_digit)
    return stem


def is_organisation_number(text: str) -> bool:
    """Whether `text` is nine digits, the last of which checks the others."""
    if len(text) != len(ORGANISATION_WEIGHTS) or not (text.isascii() and text.isdigit()):
        return False
    return _remainder(ORGANISATION_WEIGHTS, map(int, text)) == 0


def read_period(code: str) -> Period | None:
    """The exam period of a code such as H-2017; None for what is no code."""
    found = PERIOD.fullmatch(code)
    return Period(Semester(found[1]), int(found[2])) if found else None


def masked(text: str) -> str:
    """A person's number, or what was given for one, as it may be shown: its first six digits and five stars."""
    digits = [character for character in text[:LOOKED_AT] if character.isascii() and character.isdigit()]
    return "".join(digits[:SHOWN_DIGITS]) + STARS
