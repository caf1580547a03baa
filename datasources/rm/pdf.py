"""The PDF of a script while it comes from RM: that it is one, how long it is, and that it is not cut off."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from datasources.errors import BackendRefused
from datasources.http import ByteRange, Stream

MEDIA_TYPE = "application/pdf"
BEGINS_WITH = b"%PDF-"
# The mark of a PDF's end stands in its last bytes: readers look for it in this many.
ENDS_WITH = b"%%EOF"
TAIL_BYTES = 1024
OK, PARTIAL, UNSATISFIABLE = 200, 206, 416
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
UNSATISFIED_RANGE = re.compile(r"bytes \*/([0-9]{1,18})")
LENGTH = re.compile(r"[0-9]{1,18}")
ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,128}"')


@dataclass(frozen=True, slots=True)
class UnsatisfiableRange:
    """The part that was asked for begins after the end. `size_bytes` is the whole's, None when RM does not say."""

    size_bytes: int | None


class Pdf:
    """A PDF, or the part `content_range` of one, to be read once and then closed.

    `size_bytes` is what is to come; None when RM does not say. Reading raises BackendError when less comes, or when
    a whole PDF lacks its end: the last bytes are held back until then, so that whoever passes them on has not
    passed on what looks whole.
    """

    def __init__(
        self, stream: Stream, size_bytes: int | None, content_range: str | None, etag: str | None, *, has_end: bool
    ) -> None:
        self.size_bytes = size_bytes
        self.content_range = content_range
        self.etag = etag
        self.on_close: Callable[[], None] = lambda: None
        self._stream = stream
        self._parts = aiter(stream)
        self._first = b""
        self._has_end = has_end

    async def begin(self, *, is_start: bool) -> None:
        """Wait for the first bytes; for those that say that it is a PDF when it `is_start`s at its start."""
        wanted = len(BEGINS_WITH) if is_start else 1
        if is_start and self.size_bytes is not None:
            wanted = min(wanted, self.size_bytes) if self.content_range else wanted
        while len(self._first) < wanted:
            part = await anext(self._parts, None)
            if part is None:
                raise BackendRefused("RM", "an empty PDF" if not self._first else "no PDF")
            self._first += part
        if is_start and not self._first.startswith(BEGINS_WITH[:wanted]):
            raise BackendRefused("RM", "no PDF")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        held = tail = self._first
        size = len(held)
        async for part in self._parts:
            if held:
                yield held
            size += len(part)
            held = part
            tail = part if len(part) >= TAIL_BYTES else tail[-TAIL_BYTES:] + part
        if self.size_bytes is not None and size != self.size_bytes:
            raise BackendRefused("RM", "a PDF of another length than it said")
        if self._has_end and ENDS_WITH not in tail[-TAIL_BYTES:]:
            raise BackendRefused("RM", "a PDF that is cut off")
        yield held

    async def aclose(self) -> None:
        """Tell RM that no more is wanted, or keep the connection when all has come. Once is enough."""
        done, self.on_close = self.on_close, lambda: None
        try:
            await self._stream.aclose()
        finally:
            done()


async def checked_pdf(stream: Stream, part: ByteRange | None) -> Pdf | UnsatisfiableRange:
    """What RM answers to a request for a PDF, when it is one. Raises BackendError."""
    if stream.status == UNSATISFIABLE and part is not None:
        found = UNSATISFIED_RANGE.fullmatch(stream.header("content-range") or "")
        return UnsatisfiableRange(int(found[1]) if found else None)
    is_part = stream.status == PARTIAL and part is not None
    if stream.status != OK and not is_part:
        raise BackendRefused("RM", f"status {stream.status}")
    _require_pdf(stream)
    size = _size(stream)
    if not is_part or part is None:
        pdf = Pdf(stream, size, None, _etag(stream), has_end=True)
        await pdf.begin(is_start=True)
        return pdf
    first, last, total = _range(stream, part)
    if size not in (None, last - first + 1):
        raise BackendRefused("RM", "a part of another length than it says")
    is_whole = (first, last) == (0, total - 1)
    content_range = f"bytes {first}-{last}/{total}"
    pdf = Pdf(stream, last - first + 1, content_range, _etag(stream), has_end=is_whole)
    await pdf.begin(is_start=first == 0)
    return pdf


def _require_pdf(stream: Stream) -> None:
    media_type = (stream.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != MEDIA_TYPE:
        raise BackendRefused("RM", "something that is not a PDF")
    if (stream.header("content-encoding") or "identity").lower() != "identity":
        raise BackendRefused("RM", "a PDF in an encoding that was not asked for")


def _size(stream: Stream) -> int | None:
    told = stream.header("content-length")
    if told is None or stream.header("transfer-encoding") is not None:
        return None
    if LENGTH.fullmatch(told) is None:
        raise BackendRefused("RM", "a length that is no number")
    if int(told) == 0:
        raise BackendRefused("RM", "an empty PDF")
    return int(told)


def _range(stream: Stream, part: ByteRange) -> tuple[int, int, int]:
    """(first, last, size of the whole) of a part that is the one asked for."""
    told = CONTENT_RANGE.fullmatch(stream.header("content-range") or "")
    if told is None:
        raise BackendRefused("RM", "a part that does not say which")
    first, last, total = (int(each) for each in told.groups())
    if (first, last) != part.within(total):
        raise BackendRefused("RM", "another part than the one asked for")
    return first, last, total


def _etag(stream: Stream) -> str | None:
    told = stream.header("etag")
    return told if told is not None and ETAG.fullmatch(told) else None
