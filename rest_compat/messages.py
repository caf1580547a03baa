"""An HTTP request and its reply, as data; and which media type a caller would rather have."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import IO, Any, Protocol, TypeVar
from urllib.parse import parse_qsl

import orjson

Value = TypeVar("Value")
HeaderList = tuple[tuple[bytes, bytes], ...]

# Characters of an Accept header whose meaning is remembered.
ACCEPT_REMEMBERED = 200
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
# No documented route has more; a longer query string is not one that we can mean.
QUERY_PARAMETERS = 50


class Rejected(Exception):
    """A request refused before it is asked: `code` as in errors' extensions, or one of HTTP's own."""

    def __init__(self, code: str, message: str, headers: HeaderList = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = headers


class Stream(Protocol):
    """Bytes that come piece by piece. Closed by whoever sends them, whatever happens."""

    @property
    def size_bytes(self) -> int | None:
        """How many will come; None when that is not known."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers beside Content-Length, body; a `stream` stands in the place of a body."""

    status: int
    body: bytes = b""
    headers: HeaderList = ()
    stream: Stream | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A route's answer that is a file: its bytes never pass through GraphQL, `app` streams them.

    `kind` says whose bytes they are, `key` which, `file_name` what a caller saves them as.
    """

    kind: str
    key: str
    file_name: str


# As our scalars write instants: `Z`, not `+00:00`.
JSON_OPTIONS = orjson.OPT_UTC_Z


def json_reply(
    status: int, value: object, headers: HeaderList = (), content_type: bytes = b"application/json"
) -> Reply:
    return Reply(status, orjson.dumps(value, option=JSON_OPTIONS), ((b"content-type", content_type), *headers))


@dataclass(frozen=True)
class Asked:
    """What a caller of a route asked: the values in its path, its query string, its body and the body's type.

    `base_url` is how the caller addresses this service, without a slash at its end; empty when it did not say.
    `accept` is its Accept header. `file` is the body of a route that takes one, at its beginning; what is made of it is
    given to `closing`, which ends with the request. `now` tells the time.
    """

    values: Mapping[str, str]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""
    content_type: str | None = None
    base_url: str = ""
    accept: str | None = None
    file: IO[bytes] | None = None
    closing: ExitStack = field(default_factory=ExitStack)
    transaction_id: str = ""
    now: Callable[[], datetime] = lambda: datetime(1970, 1, 1, tzinfo=UTC)

    @cached_property
    def json(self) -> Any:  # noqa: ANN401 JSON is any
        """The body as JSON, whatever its type is said to be, read once; None for one that is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def one(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """The query parameter `name` as `read` reads it; None when absent.

        Raises Rejected when it is given twice or empty, or when `read` raises ValueError with the rule it breaks.
        """
        given = self.query.get(name)
        if given is None:
            return None
        if len(given) > 1:
            raise Rejected("BAD_USER_INPUT", f"{name} is given more than once")
        if not given[0]:
            raise Rejected("BAD_USER_INPUT", f"{name} must not be empty")
        try:
            return read(given[0])
        except ValueError as rule:
            raise Rejected("BAD_USER_INPUT", f"{name} {rule}") from None

    def needed(self, name: str, read: Callable[[str], Value]) -> Value:
        """The query parameter `name`, as `one` gives it. Raises Rejected when it is absent, too."""
        value = self.one(name, read)
        if value is None:
            raise Rejected("BAD_USER_INPUT", f"{name} is required")
        return value


def whole_number(text: str) -> int:
    """The number that `text` spells. Raises ValueError with the rule that it breaks."""
    if WHOLE_NUMBER.fullmatch(text) is None:
        raise ValueError("must be a whole number of at most nine digits")
    return int(text)


def read_json_body(content_type: str | None, body: bytes) -> Any:  # noqa: ANN401 JSON is any
    """The JSON value of a body that is sent as `application/json`. Raises Rejected."""
    media_type, _, parameters = (content_type or "").lower().partition(";")
    if media_type.strip() != "application/json":
        raise Rejected("UNSUPPORTED_MEDIA_TYPE", "send Content-Type: application/json")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip('"')
    if charset not in ("", "utf-8", "utf8"):
        raise Rejected("UNSUPPORTED_MEDIA_TYPE", "the body's charset must be utf-8")
    return read_json("the body", body)


def read_json(what: str, text: str | bytes) -> Any:  # noqa: ANN401 JSON is any
    """The value that `text` is in JSON. Raises Rejected, which calls it `what`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Rejected("BAD_USER_INPUT", f"{what} is not JSON in UTF-8, or nests too deeply") from None


class AnyCase(dict[str, Sequence[str]]):
    """Query parameters whose names are found whatever the case of their letters; one given twice has all its values."""

    def __init__(self, query: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        for name, values in query.items():
            self[name.lower()] = [*super().get(name.lower(), ()), *values]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 as dict's
        return super().get(name.lower(), default)


def read_query(raw: bytes) -> dict[str, list[str]]:
    """The query string's parameters, each with all its values in order. Raises Rejected."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=QUERY_PARAMETERS)
    except UnicodeDecodeError:
        raise Rejected("BAD_USER_INPUT", "the query string is not UTF-8, percent-encoded") from None
    except ValueError:
        raise Rejected("BAD_USER_INPUT", f"the query string has more than {QUERY_PARAMETERS} parameters") from None
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The one of `offered` that an Accept header likes best, the first on a tie; None when it likes none.

    Each offer takes the quality of the most specific range that covers it (RFC 9110, 12.5.1).
    """
    if accept is None or not accept.strip():
        return offered[0]
    # Most callers send one of a few; a longer one is nobody's habit, and is not worth remembering.
    return (_liked_before if len(accept) <= ACCEPT_REMEMBERED else _liked)(accept, tuple(offered))


def _liked(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    liked = [(_quality(offer, ranges), -place, offer) for place, offer in enumerate(offered)]
    best = max(liked)
    return best[2] if best[0] > 0 else None


_liked_before = lru_cache(maxsize=1000)(_liked)


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media, min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return media, 0.0
    return media, 1.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    major = offer.partition("/")[0]
    for covering in (offer, f"{major}/*", "*/*"):
        found = [quality for media, quality in ranges if media == covering]
        if found:
            return max(found)
    return 0.0


Json = dict[str, Any]
