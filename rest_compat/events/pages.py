"""Which events a caller of the old Events API asks for: from an id on or of a time, a page by its number."""

import re
from datetime import UTC, datetime

from rest_compat.events.dialect import UNREADABLE, rule_broken
from rest_compat.messages import Asked, Json, Rejected

FROM_DATE = "20000101000000"
TO_DATE = "99991231235959"
PAGE_SIZE = 1000
MOST_EVENTS = 10_000
WHOLE = re.compile(r"\s*[+-]?\d{1,19}\s*", re.ASCII)
DATE = re.compile(r"\d{14}", re.ASCII)
INT32, INT64 = 1 << 31, 1 << 63
# The platform's own sentences.
NO_DATE = "Bad date format String was not recognized as a valid DateTime."
NO_DAY = (
    "Bad date format The DateTime represented by the string is not supported in calendar "
    "System.Globalization.GregorianCalendar."
)


def first_given(asked: Asked, name: str) -> str | None:
    """A query parameter; of one that is given twice, the first."""
    given = asked.query.get(name)
    return given[0] if given else None


def page(asked: Asked) -> Json:
    """The page that is asked for, as an operation takes it.

    An id outranks the dates: beside one they are not looked at. Raises Rejected: first for a parameter that is empty,
    then for a date that is none, and then with all rules that are broken.
    """
    size, number = _page(asked)
    event_id = _event_id(asked)
    return window(size, number, event_id, {} if event_id > 0 else _times(asked, FROM_DATE, TO_DATE))


def page_since(asked: Asked) -> Json:
    """A page of the events from an id on, from the first when none is given. Raises Rejected."""
    size, number = _page(asked)
    found = window(size, number, _event_id(asked), {})
    return {**found, "fromEventId": found["fromEventId"] or "1"}


def page_of_time(asked: Asked, from_date: str | None, to_date: str | None) -> Json:
    """A page of the events of a time; without a default a date must be given. Raises Rejected."""
    size, number = _page(asked)
    return window(size, number, 0, _times(asked, from_date, to_date))


def _page(asked: Asked) -> tuple[int, int]:
    return _number(asked, "pageSize", PAGE_SIZE, INT32), _number(asked, "pageNumber", 1, INT32)


def _event_id(asked: Asked) -> int:
    return _number(asked, "fromEventId", 0, INT64)


def _times(asked: Asked, from_date: str | None, to_date: str | None) -> dict[str, datetime]:
    return {"fromDate": _date(asked, "fromDate", from_date), "toDate": _date(asked, "toDate", to_date)}


def window(size: int, number: int, event_id: int, times: dict[str, datetime]) -> Json:
    """The variables of a page. Raises Rejected with all rules that are broken."""
    broken: list[str] = []
    if times and times["fromDate"] > times["toDate"]:
        latest = f"{times['toDate']:%d/%m/%Y %H:%M:%S}"
        broken.append(rule_broken("fromDateTime", f"must be less than or equal to '{latest}'."))
    if number < 1:
        broken.append(rule_broken("pageNumber", "must be greater than or equal to '1'."))
    if not 1 <= size <= MOST_EVENTS:
        broken.append(rule_broken("pageSize", f"must be between 1 and {MOST_EVENTS}. You entered {size}."))
    if event_id < 0:
        broken.append(rule_broken("fromEventId", "must be greater than or equal to '0'."))
    if broken:
        raise Rejected("BAD_USER_INPUT", "".join(broken))
    # Beyond what an Int can say no store has events.
    return {
        "first": size,
        "offset": min(size * (number - 1), INT32 - 1),
        "fromEventId": str(event_id) if event_id else None,
        **{name: times[name].isoformat() if name in times else None for name in ("fromDate", "toDate")},
    }


def _number(asked: Asked, name: str, default: int, bound: int) -> int:
    """A whole number; what is none stands for the default, as it always did, but nothing at all does not."""
    given = first_given(asked, name)
    if given is None:
        return default
    if not given.strip():
        raise Rejected("BAD_USER_INPUT", f"{UNREADABLE}\nThe parameter {name} must not be empty.")
    value = int(given) if WHOLE.fullmatch(given) else default
    return value if -bound <= value < bound else default


def _date(asked: Asked, name: str, default: str | None) -> datetime:
    given = first_given(asked, name)
    if given is None or not given.strip():
        given = default
    if given is None or DATE.fullmatch(given) is None:
        raise Rejected("BAD_USER_INPUT", NO_DATE)
    try:
        return datetime.strptime(given, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Rejected("BAD_USER_INPUT", NO_DAY) from None
