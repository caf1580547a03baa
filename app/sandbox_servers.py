"""The sandbox's HTTP servers as one child process: started before the first worker, ended after the last."""

import contextlib
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import structlog
from pydantic import HttpUrl, SecretStr

from app.settings import ConfigurationProblem, Settings
from datasources.sandbox.servers import HOST, Asked

logger = structlog.get_logger(__name__)

CLIENT_ID = "examgraph"
# A child that died is started again after so long: time enough to notice that it was gone.
AGAIN_AFTER_SECONDS = 2.0
START_SECONDS = 30.0
END_SECONDS = 2.0


@contextlib.contextmanager
def sandbox_servers(settings: Settings) -> Iterator[Settings]:
    """The settings, with the child's servers in the place of those that have no URL. Starts nothing when all have one.

    Raises ConfigurationProblem when the child does not start.
    """
    if not settings.is_sandbox or (settings.rm.url is not None and settings.population_register.url is not None):
        yield settings
        return
    with contextlib.closing(_Child(settings.data_dir / "sandbox" / "rm")) as child:
        base = f"http://{HOST}:{child.port}"
        secret = SecretStr(child.client_secret)
        rm, register = settings.rm, settings.population_register
        if rm.url is None:
            rm = rm.model_copy(update={"url": HttpUrl(f"{base}/rm"), "client_id": CLIENT_ID, "client_secret": secret})
        if register.url is None:
            register = register.model_copy(update={"url": HttpUrl(f"{base}/register"), "token": secret})
        yield settings.model_copy(update={"rm": rm, "population_register": register})


class _Child:
    """The child process. A thread waits for its death, and starts another on the same port."""

    def __init__(self, folder: Path) -> None:
        self.client_secret = secrets.token_urlsafe(24)
        self._folder = folder
        self._is_closing = threading.Event()
        self._process, self.port = self._started(0)
        self._watch = threading.Thread(target=self._start_again, daemon=True)
        self._watch.start()

    def close(self) -> None:
        """End the child, by ending its standard input; by force when it does not listen."""
        self._is_closing.set()
        _end(self._process)
        self._watch.join()

    def _started(self, port: int) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-m", "datasources.sandbox.servers"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            # A signal for our process group is for us alone: what we answer while we stop may need the child.
            process_group=0,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        asked = Asked(str(self._folder.resolve()), port, CLIENT_ID, self.client_secret)
        told = ""
        late = threading.Timer(START_SECONDS, process.kill)
        late.start()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(asked.line)
            process.stdin.flush()
            told = process.stdout.readline()
        late.cancel()
        if not told:
            _end(process)
            raise ConfigurationProblem(["the sandbox's servers do not start"])
        logger.info("sandbox_servers_started", port=int(told), process=process.pid)
        return process, int(told)

    def _start_again(self) -> None:
        while True:
            status = self._process.wait()
            if self._is_closing.is_set():
                return
            logger.warning("sandbox_servers_ended", process=self._process.pid, exit_status=status)
            _end(self._process)
            while not self._is_closing.wait(AGAIN_AFTER_SECONDS):
                with contextlib.suppress(ConfigurationProblem):
                    self._process, _ = self._started(self.port)
                    break
            if self._is_closing.is_set():
                _end(self._process)
                return


def _end(process: subprocess.Popen[str]) -> None:
    """Close the pipes of a process, which ends it, and wait until it has."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
