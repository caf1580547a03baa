"""An RM that gives a token to whoever asks, and one large PDF as fast as it is taken: `python -m bench.serve.rm size`.

On bare asyncio, so that whoever fetches from it costs many times what it does.
"""

import asyncio
import contextlib
import signal
import sys
from typing import Any

import orjson
import uvloop

HEAD_END = b"\r\n\r\n"
TOKEN = orjson.dumps({"access_token": "a-token-for-the-bench", "token_type": "Bearer", "expires_in": 3600})


def pdf_of(size: int) -> bytes:
    """Bytes that begin and end as a PDF does."""
    first, last = b"%PDF-1.7\n", b"\n%%EOF\n"
    return first + b"\0" * (size - len(first) - len(last)) + last


def answer(media_type: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


class Rm(asyncio.Protocol):
    """One connection. Requests come one after the other; bodies, which are a token's, are not looked at."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._held = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while True:
            head, found, rest = self._held.partition(HEAD_END)
            if not found:
                return
            length = next(
                (
                    int(line.partition(b":")[2])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-le")
                ),
                0,
            )
            if len(rest) < length:
                return
            self._held = rest[length:]
            self._transport.write(self._pdf if head.startswith(b"GET ") else answer("application/json", TOKEN))


async def serve(size: int) -> None:
    pdf = answer("application/pdf", pdf_of(size))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Rm(pdf), "127.0.0.1", 0)
    sys.stdout.buffer.write(orjson.dumps({"main": server.sockets[0].getsockname()[1]}) + b"\n")
    sys.stdout.buffer.flush()
    loop.add_signal_handler(signal.SIGTERM, server.close)
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
