"""Global ids: opaque to callers, a type and its key to us."""

import base64
import binascii
import re
from urllib.parse import quote, unquote

from datasources.errors import BadUserInput
from datasources.idempotency import KEY_LENGTH

# Longer than any id we give: one of four keys of 256 bytes, percent-encoded.
GLOBAL_ID_LENGTH = 4200
NOT_OURS = "is not an id that this service gave"


def global_id(type_name: str, *key: str) -> str:
    """Base64 of `Type:key:key`; a colon inside a key is percent-encoded."""
    text = ":".join((type_name, *(quote(part, safe="") for part in key)))
    return base64.b64encode(text.encode()).decode()


def parse_global_id(value: str) -> tuple[str, tuple[str, ...]]:
    """The type's name and the key. Raises BadUserInput for what `global_id` never gave."""
    try:
        name, *key = base64.b64decode(value[: GLOBAL_ID_LENGTH + 1], validate=True).decode().split(":")
        parts = tuple(unquote(part, errors="strict") for part in key)
    except (ValueError, binascii.Error):
        parts = ()
    if not parts or len(value) > GLOBAL_ID_LENGTH:
        raise BadUserInput("id", NOT_OURS)
    return name, parts


BUSINESS_STREAM = re.compile(r"[0-9]{2}")
SESSION = re.compile(r"0*[1-9][0-9]{0,17}")
# No name in a backend's views is longer.
NAME_LENGTH = 120
CODE = re.compile(r"[A-Za-z0-9-]{1,20}")
CENTRE = re.compile(r"[A-Za-z0-9]{1,10}")
CANDIDATE_NUMBER = re.compile(r"[A-Za-z0-9]{1,10}")
COMPONENT = re.compile(r"[0-9]{2}")
DOC_STORE_PAGE = re.compile(r"[A-Za-z0-9-]{1,64}")
MOST_VERSION = 9999


def require_business_stream(argument: str, value: str) -> str:
    """`value` if it is the form of a business stream's code. Raises BadUserInput."""
    return _require(BUSINESS_STREAM, argument, value, "must be two digits")


def require_session(argument: str, value: str) -> str:
    """`value` if it is the form of a session's number. Raises BadUserInput."""
    return _require(SESSION, argument, value, "must be a positive integer")


def session_number(text: str) -> int:
    """The number that `text` spells. Raises ValueError for anything but a session's number."""
    if SESSION.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def require_centre(argument: str, value: str) -> str:
    """`value` if it is the form of a centre's number. Raises BadUserInput."""
    return _require(CENTRE, argument, value, "must be 1 to 10 letters or digits")


def centre_text(text: str) -> str:
    """`text` if it is the form of a centre's number. Raises ValueError."""
    return _text(CENTRE, text)


def require_candidate_number(argument: str, value: str) -> str:
    """`value` if it is the form of a candidate's number at a centre. Raises BadUserInput."""
    return _require(CANDIDATE_NUMBER, argument, value, "must be 1 to 10 letters or digits")


def candidate_number_text(text: str) -> str:
    """`text` if it is the form of a candidate's number. Raises ValueError."""
    return _text(CANDIDATE_NUMBER, text)


def require_component(argument: str, value: str | None) -> str | None:
    """`value` if it is the form of a component's number, or absent. Raises BadUserInput."""
    return None if value is None else _require(COMPONENT, argument, value, "must be two digits")


def require_group(argument: str, value: str | None) -> str | None:
    """`value` if it is the form of a qualification group's number, or absent. Raises BadUserInput."""
    return None if value is None else _require(SESSION, argument, value, "must be a positive integer")


def require_version(argument: str, value: int | None) -> int | None:
    """`value` if it can be the version of an assessment, or absent. Raises BadUserInput."""
    if value is not None and not 0 <= value <= MOST_VERSION:
        raise BadUserInput(argument, f"must be 0 to {MOST_VERSION}")
    return value


def require_name(argument: str, value: str | None) -> str | None:
    """`value` if it can be a name, or absent. Raises BadUserInput."""
    if value is None:
        return None
    if not 1 <= len(value) <= NAME_LENGTH or not value.isprintable():
        raise BadUserInput(argument, f"must be 1 to {NAME_LENGTH} printable characters")
    return value


def require_code(argument: str, value: str | None) -> str | None:
    """`value` if it is the form of a qualification's or an assessment's code, or absent. Raises BadUserInput."""
    if value is None:
        return None
    return _require(CODE, argument, value, "must be 1 to 20 letters, digits or hyphens")


def require_doc_store_page(argument: str, value: str) -> str:
    """`value` if it is the form of a scanned document's id. Raises BadUserInput."""
    return _require(DOC_STORE_PAGE, argument, value, "must be 1 to 64 letters, digits or hyphens")


def require_idempotency_key(value: str) -> str:
    """`value` if it can be an idempotency key. Raises BadUserInput."""
    if not 1 <= len(value) <= KEY_LENGTH or not value.isprintable():
        raise BadUserInput("idempotencyKey", f"must be 1 to {KEY_LENGTH} printable characters")
    return value


def _require(form: re.Pattern[str], argument: str, value: str, rule: str) -> str:
    if form.fullmatch(value) is None:
        raise BadUserInput(argument, rule)
    return value


def _text(form: re.Pattern[str], text: str) -> str:
    if form.fullmatch(text) is None:
        raise ValueError(text)
    return text
