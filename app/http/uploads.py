"""A body that is a file: read when its turn comes, kept in memory while it is small, gone with its request."""

from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO

from app.http.requests import BodyTooLarge, Patience, Receive, read_body
from rest_compat.messages import Rejected

MEMORY_BYTES = 1 << 20


class Upload:
    """The body of one request, not read yet. Closed by whoever made it, whatever happens."""

    def __init__(self, headers: dict[bytes, bytes], receive: Receive, bound: int, patience: Patience) -> None:
        self._headers = headers
        self._receive = receive
        self._bound = bound
        self._patience = patience
        self._file: IO[bytes] | None = None
        self._is_read = False

    async def file(self) -> IO[bytes]:
        """The whole body, at its beginning. Raises Rejected for one that is too large or encoded, CallerLeft."""
        if self._headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise Rejected("UNSUPPORTED_MEDIA_TYPE", "send the body without Content-Encoding")
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 closed below
        self._is_read = True
        try:
            # The system takes a piece in its stride: no thread is needed for it.
            await read_body(self._headers, self._receive, self._bound, self._file.write)
        except BodyTooLarge as refusal:
            raise Rejected("PAYLOAD_TOO_LARGE", str(refusal)) from None
        self._patience.body_is_read()
        self._file.seek(0)
        return self._file

    async def pass_over(self) -> None:
        """Let the sender of a body that nobody wants come to its end, for a moment, so that it hears why."""
        if not self._is_read:
            self._is_read = True
            with suppress(BodyTooLarge):
                await read_body({}, self._receive, 0, _thrown_away)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _thrown_away(_part: bytes) -> None:
    """What is not wanted."""
