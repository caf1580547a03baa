"""Starts servers and the load client, asks them, and ends them."""

import base64
import contextlib
import http.client
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from bench.workloads import Request

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
STOP_SECONDS = 10
ANSWER_SECONDS = 30


class Failed(Exception):
    """A server does not do what the bench needs; the message says which and what."""


@dataclass(frozen=True)
class Server:
    """How one server is started, and what each workload asks of it."""

    name: str
    command: Sequence[str]
    requests: Mapping[str, Request]
    environment: Mapping[str, str] = field(default_factory=dict)
    warm_up_seconds: float = 0.4


@dataclass(frozen=True)
class Measured:
    """One round of one workload: CPU seconds of the server, answers, and how long it took."""

    cpu: float
    responses: int
    seconds: float

    @property
    def cpu_micros(self) -> float:
        return self.cpu / self.responses * 1e6

    @property
    def rate(self) -> float:
        return self.responses / self.seconds


class Running:
    """A started server. Ends it when the bench does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 lives as long as the server
        self._process = subprocess.Popen(
            server.command, cwd=ROOT, env=environment(server.environment), stdout=subprocess.PIPE, stderr=self._told
        )
        self.ports: Mapping[str, int] = {}

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> Self:
        """Until the server says where it listens. Raises Failed."""
        assert self._process.stdout is not None
        is_telling, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if is_telling else b""
        if not line:
            self._told.seek(0)
            told = self._told.read().decode(errors="replace")[-2000:]
            raise Failed(f"{self.server.name} did not start: {told}")
        self.ports = orjson.loads(line)
        return self

    def asked(self, workload: str) -> Any:  # noqa: ANN401 JSON is any
        """The data of one answer. Raises Failed."""
        request = self.server.requests[workload]
        with socket.create_connection(("127.0.0.1", self.ports[request.port]), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(request.content)
            response = http.client.HTTPResponse(connection)
            response.begin()
            body = response.read()
        if response.status not in (http.client.OK, http.client.CREATED):
            raise Failed(f"{self.server.name} answered {workload} with {response.status}: {body[:500]!r}")
        return request.data(request.read(body))

    def memory_mib(self) -> float:
        """What the process holds in memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        with self._told, self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()


class Load:
    """The load client."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bench.load"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def measured(self, running: Running, workload: str, seconds: float) -> Measured:
        """Load one server with one workload for a while. Raises Failed."""
        request = running.server.requests[workload]
        order = {
            "port": running.ports[request.port],
            "request": base64.b64encode(request.content).decode("ascii"),
            "connections": request.connections,
            "seconds": seconds,
            "pids": [running.pid],
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(order) + b"\n")
        self._process.stdin.flush()
        told = orjson.loads(self._process.stdout.readline())
        if "failure" in told:
            raise Failed(f"{running.server.name}, {workload}: {told['failure']}")
        return Measured(told["cpu"], told["responses"], told["seconds"])

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(STOP_SECONDS)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours without settings of the product that the caller's shell may hold, and with this project's own modules."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAMGRAPH_")}
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), **more}


def output_of(command: Sequence[str]) -> bytes:
    """What a program of the bench prints. Raises Failed."""
    done = subprocess.run(command, cwd=ROOT, env=environment({}), capture_output=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout
