"""A real `examgraph serve` process, and everything that talks to it."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from app.credentials import sandbox_credentials
from app.settings import load_settings

EXAMGRAPH = Path(sys.executable).parent / "examgraph"
START_SECONDS = 90
# All is asked by plain HTTP, and reading what the system trusts takes 24 ms each time.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment without anybody's own settings, with `settings` as EXAMGRAPH_ variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAMGRAPH_")}
    return {**kept, **{f"EXAMGRAPH_{name}": value for name, value in settings.items()}}


def examgraph(
    *arguments: str, stdin: str = "", cwd: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [str(EXAMGRAPH), *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=cwd,
        env=clean_environment(**settings),
    )  # fmt: skip


@dataclass
class Server:
    """A running process. `log` is what it wrote to standard error so far, a line each."""

    base: str
    process: subprocess.Popen[bytes]
    data_dir: Path
    log_file: Path
    credentials: Mapping[str, Mapping[str, str]]

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    def events(self) -> list[dict[str, Any]]:
        """The structured lines of the log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.credentials['graphql']['token']}"}

    @property
    def client(self) -> dict[str, str]:
        return dict(self.credentials["cambridge"])

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        """POST a query as the holder of every scope; `headers` come on top."""
        return httpx.post(
            f"{self.base}/graphql", json={"query": query, "variables": variables or {}},
            headers={**self.bearer, **headers}, timeout=20, verify=NO_TLS,
        )  # fmt: skip

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET a legacy path as the sandbox's client; `headers` come on top."""
        return httpx.get(f"{self.base}{path}", headers={**self.client, **headers}, timeout=20, verify=NO_TLS)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def running_server(data_dir: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """`examgraph serve` on a free port, answering. Ends it whatever happens."""
    port = free_port()
    log_file = data_dir.parent / f"{data_dir.name}.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [str(EXAMGRAPH), "serve", "--port", str(port), "--data-dir", str(data_dir), *arguments],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean_environment(**settings), start_new_session=True,
        )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_answering(base, process, log_file)
        yield Server(base, process, data_dir, log_file, _credentials(data_dir, settings))
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)


def _credentials(data_dir: Path, settings: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """What `examgraph credentials` prints, without the second that a process takes; nothing in production."""
    with patch.dict(os.environ, clean_environment(**settings), clear=True):
        loaded = load_settings(data_dir=data_dir)
    return sandbox_credentials(loaded, lifetime_seconds=3600) if loaded.is_sandbox else {}


def _wait_until_answering(base: str, process: subprocess.Popen[bytes], log_file: Path) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{base}/healthz", timeout=1, verify=NO_TLS).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log_file.read_text()}")
