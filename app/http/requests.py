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
    """The request's headers by lower-case name; of one that is repeated, the first, but all that it accepts."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name == b"accept" and name in headers:
            headers[name] += b", " + value
        else:
            headers.setdefault(name, value)
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
    announced = headers.get(b"content-length", b"0")
    is_too_large = announced.isdigit() and int(announced) > bound
    parts: list[bytes] = []
    size = 0
    ends_at = asyncio.get_running_loop().time() + REFUSED_BODY_SECONDS
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        part = message.get("body", b"")
        size += len(part)
        is_too_large = is_too_large or size > bound
        if is_too_large:
            parts.clear()
            if asyncio.get_running_loop().time() > ends_at:
                raise BodyTooLarge(bound)
        else:
            parts.append(part)
        if not message.get("more_body", False):
            break
    if is_too_large:
        raise BodyTooLarge(bound)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def while_caller_waits(work: Awaitable[Result], receive: Receive) -> Result:
    """What `work` gives. Cancels it when the caller goes away first, and raises CallerLeft."""
    worker = asyncio.current_task()
    loop = asyncio.get_running_loop()
    watchers: list[asyncio.Task[None]] = []
    has_left = False

    async def watch() -> None:
        nonlocal has_left
        while (await receive())["type"] != "http.disconnect":
            pass
        has_left = True
        if worker is not None:
            worker.cancel()

    timer = loop.call_later(WATCH_AFTER_SECONDS, lambda: watchers.append(loop.create_task(watch())))
    try:
        return await work
    except asyncio.CancelledError:
        if has_left and worker is not None and worker.uncancel() == 0:
            raise CallerLeft from None
        raise
    finally:
        timer.cancel()
        for watcher in watchers:
            watcher.cancel()
