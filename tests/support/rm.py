"""A real RM on loopback and the population register beside it, in a thread: the sandbox's, with chosen faults."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from datasources.sandbox.archive import Archive, Filed
from datasources.sandbox.register import SandboxRegister, beside, register_people
from datasources.sandbox.rm import Fault, SandboxRm, Served

CLIENT_ID = "examgraph"
CLIENT_SECRET = "known to RM"
# stream, session, centre, candidate, assessment, component
KEY = ("02", "14244", "04200", "1804", "0500", "01")
SCRIPT = "5c1a7e2d-0001"


@dataclass
class Faults:
    """What goes wrong, by kind of request; some of it only so many times."""

    now: dict[str, tuple[Fault, int | None]] = field(default_factory=dict)

    def __call__(self, kind: str) -> Fault | None:
        fault, times = self.now.get(kind, (None, None))
        if fault is None or times == 0:
            return None
        self.now[kind] = fault, None if times is None else times - 1
        return fault


@dataclass
class RunningRm:
    """The sandbox's RM, answering at `url`, and its population register."""

    url: str
    register_url: str
    rm: SandboxRm
    register: SandboxRegister
    archive: Archive
    faults: Faults

    def fails(self, kind: str, *, times: int | None = None, **fault: object) -> None:
        """From now on, or so many times, requests of this kind go wrong."""
        self.faults.now[kind] = Fault(**fault), times  # type: ignore[arg-type]

    def served(self, kind: str) -> list[Served]:
        """The requests of this kind, so far."""
        return [served for served in list(self.rm.journal) if served.kind == kind]

    def holds(self, scripts: Sequence[Filed]) -> None:
        """These scripts and no others, no requests, no tokens, no faults, nothing served."""
        self.archive.empty()
        self.archive.file(scripts)
        self.rm.tokens = {}
        self.faults.now.clear()
        self.rm.journal.clear()


def filed(doc_store_page_id: str = SCRIPT, key: Sequence[str] = KEY, pages: int = 2) -> Filed:
    return Filed(doc_store_page_id, tuple(key), pages)


@contextmanager
def running_rm(folder: Path) -> Iterator[RunningRm]:
    """An RM that holds one script."""
    archive = Archive(folder / "archive.sqlite", is_complete=False)
    archive.file([filed()])
    faults = Faults()
    rm = SandboxRm(archive, CLIENT_ID, CLIENT_SECRET, faults)
    register = SandboxRegister(register_people(), CLIENT_SECRET)
    with running_app(beside(register, rm)) as address:
        yield RunningRm(f"{address}/rm", f"{address}/register", rm, register, archive, faults)
    archive.close()


@contextmanager
def running_app(app: ASGIApp) -> Iterator[str]:
    """Serves `app` in a thread, at the address that is given."""
    answers = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            answers.set()

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, log_level="critical", access_log=False, lifespan="off")
        server = Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        assert answers.wait(20)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = server.force_exit = True
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def raw_server(reply: bytes, *, hangs: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """Says `reply` to whoever connects and asks, whatever it asks; then hangs up, or just hangs.

    Gives its address, and what it was asked so far.
    """
    asked: list[bytes] = []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()
    answers = threading.Event()
    address: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(reply)
            await writer.drain()
            if hangs:
                await done.wait()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        address.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        answers.set()
        await done.wait()
        server.close()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert answers.wait(20)
    try:
        yield address[0], asked
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
        loop.close()
