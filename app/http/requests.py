"""Reading a request off ASGI: its headers, its body within bounds, and whether the caller is still there."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

Result = TypeVar("Result")

# Headers that are lists: one that is repeated is one list (RFC 9110, 5.3).
LISTS = (b"accept", b"range")
TRANSACTION_HEADER = b"x-transaction-id"
TRANSACTION = re.compile(rb"[\x20-\x7e]{1,128}")
HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?")
# A body that is too large is read and thrown away for this long, so that its sender hears the refusal.
REFUSED_BODY_SECONDS = 1.5
# Requests that take longer than this are worth watching for callers who leave.
WATCH_AFTER_SECONDS = 0.05

logger = structlog.get_logger(__name__)


class BodyTooLarge(Exception):
    """The body is larger than `bound` bytes."""

    def __init__(self, bound: int) -> None:
        super().__init__(f"the body is larger than {bound} bytes")


class CallerLeft(Exception):
    """Nobody waits for the answer any more."""


@dataclass(slots=True)
class Exchange:
    """One request on its way through, and what the log and the metrics say of it."""

    method: str
    path: str  # as it came over the wire, percent-encoded
    query_string: bytes
    headers: dict[bytes, bytes]
    transaction_id: str
    scheme: str = "http"
    route: str = "other"
    operation: str = ""

    @property
    def base_url(self) -> str:
        """How the caller addresses this service; empty when its Host header is none."""
        host = self.headers.get(b"host", b"")
        return f"{self.scheme}://{host.decode('ascii')}" if HOST.fullmatch(host) else ""

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers by lower-case name; of one that is repeated, the first, but of `LISTS` all values."""
    pairs = scope["headers"]
    headers: dict[bytes, bytes] = dict(reversed(pairs))
    if len(headers) < len(pairs):
        for listed in LISTS:
            if listed in headers:
                headers[listed] = b", ".join(value for name, value in pairs if name == listed)
    return headers


def transaction_of(headers: dict[bytes, bytes]) -> str:
    """The caller's X-TRANSACTION-ID, or a new one in place of none or of one that is malformed."""
    given = headers.get(TRANSACTION_HEADER, b"").strip()
    if TRANSACTION.fullmatch(given):
        return given.decode("ascii")
    made = str(uuid.uuid4())
    if given:
        logger.warning("transaction_id_replaced", length=len(given), transaction_id=made)
    return made


async def body_of(headers: dict[bytes, bytes], receive: Receive, bound: int) -> bytes:
    """The whole body. Raises BodyTooLarge, CallerLeft."""
    parts: list[bytes] = []
    await read_body(headers, receive, bound, parts.append)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def read_body(headers: dict[bytes, bytes], receive: Receive, bound: int, take: Callable[[bytes], object]) -> None:
    """Have the body taken part by part. Raises BodyTooLarge, when its beginning may have been taken, and CallerLeft."""
    announced = headers.get(b"content-length", b"0")
    is_too_large = announced.isdigit() and int(announced) > bound
    size = 0
    ends_at = asyncio.get_running_loop().time() + REFUSED_BODY_SECONDS
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        part = message.get("body", b"")
        size += len(part)
        is_too_large = is_too_large or size > bound
        if not is_too_large:
            take(part)
        elif asyncio.get_running_loop().time() > ends_at:
            raise BodyTooLarge(bound)
        if not message.get("more_body", False):
            break
    if is_too_large:
        raise BodyTooLarge(bound)


class Patience:
    """Waits for one request's work: until its time is over, or its caller has left.

    Most requests are answered before `WATCH_AFTER_SECONDS` and cost no more than one timer.
    """

    __slots__ = ("_body_is_read", "_ending", "_loop", "_receive", "_seconds", "_timer", "_watcher", "_worker")

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._body_is_read = asyncio.Event()
        self._ending: type[TimeoutError | CallerLeft] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def wait_for(self, work: Awaitable[Result]) -> Result:
        """What `work` gives. Cancels it when it takes too long or nobody waits: raises TimeoutError, CallerLeft."""
        self._loop = asyncio.get_running_loop()
        self._worker = asyncio.current_task()
        self._timer = self._loop.call_later(min(WATCH_AFTER_SECONDS, self._seconds), self._look_closer)
        try:
            return await work
        except asyncio.CancelledError:
            if self._ending is not None and self._worker is not None and self._worker.uncancel() == 0:
                raise self._ending from None
            raise
        finally:
            self._timer.cancel()
            if self._watcher is not None:
                self._watcher.cancel()

    def body_is_read(self) -> None:
        """From now on, whatever comes from the caller says that it leaves."""
        self._body_is_read.set()

    def _look_closer(self) -> None:
        left = self._seconds - WATCH_AFTER_SECONDS
        self._timer = self._loop.call_later(max(0.0, left), self._end, TimeoutError)
        self._watcher = self._loop.create_task(self._watch())

    async def _watch(self) -> None:
        await self._body_is_read.wait()  # who reads the body hears of a caller who leaves meanwhile
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._end(CallerLeft)

    def _end(self, ending: type[TimeoutError | CallerLeft]) -> None:
        if self._ending is None and self._worker is not None:
            self._ending = ending
            self._worker.cancel()
