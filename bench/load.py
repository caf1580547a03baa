"""The load client, a process of its own: keeps a few connections busy for a while, and counts.

Reads one JSON object a line: {"port", "request", "connections", "seconds", "pids"}, the request in base64. Answers one
a line: {"responses", "seconds", "cpu"}, with the user and system seconds that the processes `pids` spent meanwhile.
"""

import asyncio
import base64
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import uvloop

LAST_ANSWER_SECONDS = 20
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
HEAD_END = b"\r\n\r\n"
OK = (b"http/1.1 200 ", b"http/1.1 201 ")


class Asker(asyncio.Protocol):
    """One connection: asks again as soon as it is answered, until told to stop."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._held = b""
        # Bytes of the body still to come; -1 while waiting for a head, -2 within a chunked body.
        self._missing = -1
        self._transport: Any = None
        self.responses = 0
        self.is_stopped = True
        self.idle = asyncio.get_running_loop().create_future()
        self.idle.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def start(self) -> None:
        self.is_stopped = False
        self.idle = asyncio.get_running_loop().create_future()
        self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()

    def connection_lost(self, _failure: Exception | None) -> None:
        if not self.idle.done():
            self.idle.set_exception(ConnectionError("the server closed a connection that was in use"))

    def data_received(self, data: bytes) -> None:
        if self._missing >= 0:
            self._missing -= len(data)
            if self._missing == 0:
                self._answered()
            return
        data = self._held + data
        if self._missing == -1:
            end = data.find(HEAD_END)
            if end < 0:
                self._held = data
                return
            head, data = data[:end].lower(), data[end + 4 :]
            if not head.startswith(OK):
                self.idle.set_exception(RuntimeError(f"answered {head[:200]!r} {data[:300]!r}"))
                return
            found = head.find(b"content-length:")
            if found >= 0:
                self._held = b""
                self._missing = int(head[found + 15 :].split(b"\r\n", 1)[0]) - len(data)
                if self._missing == 0:
                    self._answered()
                return
            self._missing = -2
        # Chunked: the last chunk is empty, and nothing follows it on a connection without pipelining.
        self._held = data[-7:]
        if data.endswith(b"0\r\n\r\n"):
            self._held = b""
            self._answered()

    def _answered(self) -> None:
        self._missing = -1
        self.responses += 1
        if self.is_stopped:
            self.idle.set_result(None)
        else:
            self._transport.write(self._request)


async def measured(
    port: int, request: bytes, connections: int, seconds: float, pids: Sequence[int]
) -> dict[str, float]:
    """Keep all connections busy for `seconds`; every answer that was asked for is waited for and counted."""
    loop = asyncio.get_running_loop()
    askers = [
        (await loop.create_connection(lambda: Asker(request), "127.0.0.1", port))[1] for _ in range(connections)
    ]  # fmt: skip
    try:
        cpu, started = cpu_seconds(pids), time.perf_counter()
        for asker in askers:
            asker.start()
        idle = asyncio.gather(*(asker.idle for asker in askers))
        await asyncio.wait([idle], timeout=seconds)
        for asker in askers:
            asker.is_stopped = True
        async with asyncio.timeout(LAST_ANSWER_SECONDS):
            await idle
        return {
            "responses": sum(asker.responses for asker in askers),
            "seconds": time.perf_counter() - started,
            "cpu": cpu_seconds(pids) - cpu,
        }
    finally:
        for asker in askers:
            asker.close()


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of the processes, all their threads and the children they have waited for."""
    ticks = 0
    for pid in pids:
        # The name, which may hold anything, ends at the last bracket; utime, stime, cutime, cstime follow.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS_A_SECOND


async def serve() -> None:
    """Answer orders until there are no more."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        order = orjson.loads(line)
        request = base64.b64decode(order["request"])
        try:
            told: dict[str, Any] = await measured(
                order["port"], request, order["connections"], order["seconds"], order["pids"]
            )
        except (OSError, RuntimeError) as failure:  # a TimeoutError is an OSError
            told = {"failure": str(failure) or "no answer in time"}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(serve())
