"""Files: which part a caller asks for, whose bytes they are, and how they are sent without being held."""

import asyncio
import re
from collections.abc import Mapping

import structlog
from prometheus_client import Counter

from app.http.requests import TRANSACTION_HEADER, Exchange, Patience, Receive, Send
from datasources.audit_store.records import ReadingKind, SubjectKind
from datasources.errors import BackendError
from datasources.http import ByteRange
from datasources.learning_store.records import ExportFormat
from datasources.rm.pdf import MEDIA_TYPE, Pdf, UnsatisfiableRange
from datasources.sources import Sources
from resolvers.audit import Reading, audited
from resolvers.context import RequestContext
from rest_compat.messages import Download, HeaderList, Rejected, Reply, Stream

# One range of bytes. Of several the whole is sent, as RFC 9110 (14.2) allows; so it is for a header of another form.
RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
# No file is larger; and a number of a thousand digits is only that.
LARGEST = 10**18
# A caller who takes nothing for so long has gone, whatever its connection says.
STALLED_SECONDS = 60.0
# However slowly it is taken, no file takes longer.
LONGEST_SECONDS = 24 * 3600.0

EXPORT_TYPES = {"CSV": b"text/csv; charset=utf-8", "JSON": b"application/json"}

CUT_OFF = Counter("examgraph_downloads_cut_off_total", "Files that a backend did not send to their end.", ["backend"])

logger = structlog.get_logger(__name__)


def asked_range(header: str) -> ByteRange | None:
    """The part of a file that a Range header asks for; None for all of it, and for a header without meaning."""
    found = RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    first, last = (min(int(digits[:19]), LARGEST) if digits else None for digits in found.groups())
    is_reversed = first is not None and last is not None and last < first
    return None if is_reversed else ByteRange(first, last)


async def opened(context: RequestContext, wanted: Download, headers: Mapping[bytes, bytes], missing: str) -> Reply:
    """The reply that is a file, or the part of it that the caller asks for: recorded, and nothing of it sent yet.

    Raises Rejected for one that there is not, and for a part beyond its end; BackendError.
    """
    if wanted.kind == "export":
        return await _export(context.sources, wanted, missing)
    if wanted.kind != "script":
        raise LookupError(wanted.kind)
    part = asked_range(headers.get(b"range", b"").decode("latin-1"))
    found = await _part(context.sources, wanted.key, part, headers.get(b"if-range"))
    if found is None:
        raise Rejected("NOT_FOUND", missing)
    if isinstance(found, UnsatisfiableRange):
        size = "*" if found.size_bytes is None else found.size_bytes
        content_range = (b"content-range", f"bytes */{size}".encode())
        raise Rejected("RANGE_NOT_SATISFIABLE", "the file ends before the range that was asked for", (content_range,))
    try:
        await audited(context, Reading(ReadingKind.SCRIPTS, [wanted.key], SubjectKind.SCRIPT))
    except BaseException:
        await found.aclose()
        raise
    return Reply(206 if found.content_range else 200, headers=tuple(_headers(found, wanted)), stream=found)


async def _export(sources: Sources, wanted: Download, missing: str) -> Reply:
    """A learner's file, as text: it is short enough to be held, and sent whole whatever part is asked for."""
    kind, _, learner = wanted.key.partition(":")
    found = await sources.learning.exported(learner, ExportFormat[kind])
    if found is None:
        raise Rejected("NOT_FOUND", missing)
    headers = (
        (b"content-type", EXPORT_TYPES[kind]),
        (b"content-disposition", f'attachment; filename="{wanted.file_name}"'.encode("ascii")),
        (b"cache-control", b"private, no-store"),
    )
    return Reply(200, found.encode(), headers)


async def _part(
    sources: Sources, key: str, part: ByteRange | None, only_if: bytes | None
) -> Pdf | UnsatisfiableRange | None:
    """A part of a script's PDF; all of it when the caller holds the beginning of another version (If-Range)."""
    found = await sources.rm.pdf(key, part)
    if part is None or only_if is None or found is None:
        return found
    if isinstance(found, Pdf):
        if _is_version(found, only_if):
            return found
        await found.aclose()
    whole = await sources.rm.pdf(key)
    if isinstance(found, UnsatisfiableRange) and isinstance(whole, Pdf) and _is_version(whole, only_if):
        await whole.aclose()  # who holds all of it already hears that there is no more
        return found
    return whole


def _is_version(pdf: Pdf, etag: bytes) -> bool:
    return pdf.etag is not None and pdf.etag.encode() == etag and not etag.startswith(b"W/")


def _headers(pdf: Pdf, wanted: Download) -> HeaderList:
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", f'attachment; filename="{wanted.file_name}"'.encode("ascii")),
        (b"accept-ranges", b"bytes"),
        # Somebody's answers: for whoever asked, and for nobody's cache.
        (b"cache-control", b"private, no-store"),
    ]
    if pdf.content_range is not None:
        headers.append((b"content-range", pdf.content_range.encode()))
    if pdf.etag is not None:
        headers.append((b"etag", pdf.etag.encode()))
    return tuple(headers)


async def send_stream(reply: Reply, stream: Stream, exchange: Exchange, receive: Receive, send: Send) -> None:
    """Send a reply piece by piece, as fast as its caller takes it, and close it. Raises CallerLeft.

    What breaks off is left incomplete, which has the server break the connection: a caller that was promised a length,
    or an end, sees that it is not there.
    """
    headers = [*reply.headers, (TRANSACTION_HEADER, exchange.transaction_id.encode("ascii"))]
    headers.append((b"x-content-type-options", b"nosniff"))
    if stream.size_bytes is not None:
        headers.append((b"content-length", str(stream.size_bytes).encode()))
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if exchange.method != "HEAD":
            patience = Patience(receive, LONGEST_SECONDS)
            patience.body_is_read()
            await patience.wait_for(_send_parts(stream, send))
        await send({"type": "http.response.body", "body": b""})
    except BackendError as failure:
        CUT_OFF.labels(failure.backend).inc()
        logger.warning("download_cut_off", backend=failure.backend, reason=failure.message, route=exchange.route)
    except TimeoutError:
        logger.warning("download_stalled", route=exchange.route, seconds=STALLED_SECONDS)
    finally:
        await stream.aclose()


async def _send_parts(stream: Stream, send: Send) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(STALLED_SECONDS) as stalled:
        async for part in stream:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            stalled.reschedule(loop.time() + STALLED_SECONDS)
