"""The sandbox's RM: a token call, calls for scripts and requests, and PDFs with ranges; and its faults, for tests."""

import asyncio
import hmac
import json
import re
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from datasources.sandbox.archive import Archive, Filed, OtherRequest
from datasources.sandbox.scans import scanned

TOKEN_SECONDS = 300.0
MOST_DIRECTIVES = 500
PDFS_KEPT = 16
CHUNK = 1 << 16
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
MEMBERS = ("businessStreamId", "sessionId", "centreId", "candidateNumber", "assessmentCode", "componentId")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one kind of request, for tests. What is None goes as it should."""

    status: int | None = None
    seconds: float = 0.0  # waits first
    body: str | None = None  # says this
    content_type: str | None = None  # says so of its answer
    lifetime_seconds: float | None = None  # of the tokens that are given
    cut_after_bytes: int | None = None  # breaks the connection there
    ends_after_bytes: int | None = None  # sends so much of a PDF as if it were all
    size_bytes: int | None = None  # makes a PDF so large, while it is sent
    has_length: bool = True  # tells a PDF's length
    takes_ranges: bool = True  # answers with the part of a PDF that was asked for
    seconds_between: float = 0.0  # waits before each part of a PDF


# The fault of a kind of request, "token", "search", "request" or "pdf"; None for none.
Faults = Callable[[str], Fault | None]


@dataclass(slots=True)
class Served:
    """One request as this RM saw it. `is_whole` when all of the answer was sent."""

    kind: str
    transaction_id: str
    idempotency_key: str = ""
    sent_bytes: int = 0
    is_over: bool = False
    is_whole: bool = False


class SandboxRm:
    """An RM over an archive, as an ASGI application."""

    def __init__(
        self, archive: Archive, client_id: str, client_secret: str, faults: Faults = lambda _kind: None
    ) -> None:
        self.journal: deque[Served] = deque(maxlen=10_000)
        self.tokens: dict[str, float] = {}
        self._archive = archive
        self._credentials = client_id, client_secret
        self._faults = faults
        self._pdfs: OrderedDict[str, bytes] = OrderedDict()
        self._app = Starlette(
            routes=[
                Route("/rm/token", self._answering("token", self._token), methods=["POST"]),
                Route("/rm/scripts/search", self._answering("search", self._search), methods=["POST"]),
                Route("/rm/scripts", self._answering("request", self._request), methods=["POST"]),
                Route("/rm/scripts/{id}/pdf", self._answering("pdf", self._pdf), methods=["GET"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def _answering(
        self, kind: str, answer: Callable[[Request, Fault, Served], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            fault = self._faults(kind) or Fault()
            transaction, key = (request.headers.get(name, "") for name in ("x-transaction-id", "idempotency-key"))
            served = Served(kind, transaction, key)
            self.journal.append(served)
            await asyncio.sleep(fault.seconds)
            if fault.status is not None or fault.body is not None:
                content_type = fault.content_type or "application/json"
                body = "{}" if fault.body is None else fault.body
                return Response(body, fault.status or 200, {"content-type": content_type})
            if kind != "token" and not self._is_known(request.headers.get("authorization", "")):
                return JSONResponse({"error": "invalid_token"}, 401, {"www-authenticate": "Bearer"})
            response = await answer(request, fault, served)
            is_cut = kind != "pdf" and fault.cut_after_bytes is not None
            return _cut(response, fault.cut_after_bytes or 0) if is_cut else response

        return answered

    def _is_known(self, authorization: str) -> bool:
        return self.tokens.get(authorization.removeprefix("Bearer "), 0.0) > time.monotonic()

    async def _token(self, request: Request, fault: Fault, _served: Served) -> Response:
        given = parse_qs((await request.body()).decode("utf-8", "replace"))
        id_and_secret = (given.get(name, [""])[0].encode() for name in ("client_id", "client_secret"))
        pairs = zip(id_and_secret, self._credentials, strict=True)
        if not all(hmac.compare_digest(one, other.encode()) for one, other in pairs):
            return JSONResponse({"error": "invalid_client"}, 401)
        seconds = TOKEN_SECONDS if fault.lifetime_seconds is None else fault.lifetime_seconds
        now = time.monotonic()
        self.tokens = {token: ends_at for token, ends_at in self.tokens.items() if ends_at > now}
        token = secrets.token_urlsafe(32)
        self.tokens[token] = now + seconds
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": seconds})

    async def _search(self, request: Request, _fault: Fault, _served: Served) -> Response:
        asked = await _json(request)
        keys = [tuple(each[name] for name in MEMBERS) for each in asked.get("components", [])]
        found = await asyncio.to_thread(self._archive.of_components, keys)
        found += await asyncio.to_thread(self._archive.of_ids, asked.get("docStorePageIds", []))
        return JSONResponse({"scripts": [_described(script) for script in found]})

    async def _request(self, request: Request, _fault: Fault, served: Served) -> Response:
        asked = await _json(request)
        directives = asked.get("customerDirectives")
        if not isinstance(directives, list) or not 1 <= len(directives) <= MOST_DIRECTIVES:
            return JSONResponse({"error": f"1 to {MOST_DIRECTIVES} customerDirectives"}, 400)
        keys = dict.fromkeys(tuple(each[name] for name in MEMBERS) for each in directives)
        found = await asyncio.to_thread(self._archive.of_components, keys)
        scripts = [_described(script) for script in found]
        is_whole = {script.key for script in found} == set(keys)
        key = served.idempotency_key or secrets.token_hex()
        try:
            answer = await asyncio.to_thread(self._archive.request, key, asked, scripts, is_whole=is_whole)
        except OtherRequest:
            return JSONResponse({"error": "this key was used for another request"}, 409)
        return JSONResponse(answer, 201)

    async def _pdf(self, request: Request, fault: Fault, served: Served) -> Response:
        found = await asyncio.to_thread(self._archive.of_ids, [request.path_params["id"]])
        if not found:
            return JSONResponse({"error": "no such script"}, 404)
        whole = await self._scan(found[0])
        size = fault.size_bytes or len(whole)
        part = _part(request.headers.get("range") if fault.takes_ranges else None, size)
        first, last = part or (0, size - 1)
        headers = {"content-type": fault.content_type or "application/pdf", "etag": f'"{found[0].doc_store_page_id}"'}
        if first >= size:
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        if part is not None:
            headers["content-range"] = f"bytes {first}-{last}/{size}"
        if fault.ends_after_bytes is not None:
            last = fault.ends_after_bytes - 1
        if fault.has_length:
            headers["content-length"] = str(last - first + 1)
        parts = _sent(_large(whole, size) if fault.size_bytes else whole, first, last, fault, served)
        return StreamingResponse(parts, 206 if "content-range" in headers else 200, headers)

    async def _scan(self, script: Filed) -> bytes:
        name = script.doc_store_page_id
        if name not in self._pdfs:
            self._pdfs[name] = await asyncio.to_thread(scanned, script.paper)
            if len(self._pdfs) > PDFS_KEPT:
                self._pdfs.popitem(last=False)
        return self._pdfs[name]


def _cut(response: Response, after_bytes: int) -> Response:
    """The beginning of `response`, after which the connection breaks."""

    async def parts() -> AsyncIterator[bytes]:
        yield bytes(response.body)[:after_bytes]
        raise ConnectionAbortedError

    return StreamingResponse(parts(), response.status_code, dict(response.headers))


async def _json(request: Request) -> dict[str, Any]:
    asked = json.loads(await request.body())
    return asked if isinstance(asked, dict) else {}


def _described(script: Filed) -> dict[str, str | int]:
    members = dict(zip(MEMBERS, script.key, strict=True))
    return {"docStorePageId": script.doc_store_page_id, **members, "pageCount": script.page_count}


def _part(asked: str | None, size: int) -> tuple[int, int] | None:
    """The first and the last byte of what a Range header asks for; the first is not in it when there is none such.

    None for all of it.
    """
    found = RANGE.fullmatch(asked or "")
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        count = min(int(found[2]), size)
        return size - count, size - 1
    return int(found[1]), min(int(found[2]) if found[2] else size, size - 1)


class _Bytes(Protocol):
    def __getitem__(self, wanted: slice) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Large:
    """A PDF with one more object in it, of any size, that no page shows: it is made while it is sent."""

    before: bytes
    filler_bytes: int
    after: bytes

    def __getitem__(self, wanted: slice) -> bytes:
        start: int = wanted.start
        stop: int = wanted.stop
        filler_ends = len(self.before) + self.filler_bytes
        filler = min(stop, filler_ends) - max(start, len(self.before))
        after = self.after[max(0, start - filler_ends) : max(0, stop - filler_ends)]
        return self.before[start:stop] + b"\0" * max(0, filler) + after


def _large(pdf: bytes, size_bytes: int) -> _Large:
    """`pdf` and an update after it, as PDF has them, `size_bytes` together."""
    found = re.findall(rb"startxref\s+(\d+)", pdf)[-1], re.findall(rb"/Size (\d+)", pdf)[-1]
    last_table, number = (int(each) for each in found)
    root = re.findall(rb"/Root (\d+ \d+ R)", pdf)[-1].decode()
    at = len(pdf)
    head = "{} 0 obj\n<< /Length {:012d} >>\nstream\n"
    tail = "\nendstream\nendobj\n"
    update = (
        "xref\n{number} 1\n{at:010d} 00000 n \ntrailer\n<< /Size {size} /Root {root} /Prev {last} >>\n"
        "startxref\n{table:012d}\n%%EOF\n"
    )
    words: dict[str, Any] = {"number": number, "at": at, "size": number + 1, "root": root, "last": last_table}
    fixed = at + len(head.format(number, 0)) + len(tail) + len(update.format(**words, table=0))
    filler = size_bytes - fixed
    table = at + len(head.format(number, 0)) + filler + len(tail)
    after = tail + update.format(**words, table=table)
    return _Large(pdf + head.format(number, filler).encode(), filler, after.encode())


def _chunks(first: int, last: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last + 1, CHUNK):
        yield start, min(start + CHUNK, last + 1)


async def _sent(whole: _Bytes, first: int, last: int, fault: Fault, served: Served) -> AsyncIterator[bytes]:
    try:
        for start, stop in _chunks(first, last):
            await asyncio.sleep(fault.seconds_between)
            part = whole[start:stop]
            if fault.cut_after_bytes is not None and served.sent_bytes + len(part) > fault.cut_after_bytes:
                yield part[: fault.cut_after_bytes - served.sent_bytes]
                raise ConnectionAbortedError
            yield part
            served.sent_bytes += len(part)
        served.is_whole = True
    finally:
        served.is_over = True
