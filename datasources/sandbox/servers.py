"""The sandbox's HTTP servers, as a process of their own: `python -m datasources.sandbox.servers`, under its parent.

The parent writes one line of JSON to standard input, `Asked`, and reads one line from standard output, the port, once
the servers answer. When standard input ends, because the parent closed it or is no more, so does this process.
"""

import json
import os
import socket
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasources.sandbox.rm import Faults

# What serves is imported where it is needed: the parent reads this module for how to ask.

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the parent asks for. `folder` is where RM keeps its files; port 0 is any.

    The register knows us by the same secret, as a bearer token.
    """

    folder: str
    port: int
    client_id: str
    client_secret: str

    @property
    def line(self) -> str:
        return f"{json.dumps(asdict(self))}\n"


def main() -> None:
    """Serve until standard input ends."""
    import uvicorn

    from datasources.sandbox.archive import Archive
    from datasources.sandbox.register import SandboxRegister, beside, register_people
    from datasources.sandbox.rm import SandboxRm

    asked = Asked(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    folder = Path(asked.folder)
    archive = Archive(folder / "archive.sqlite")
    rm = SandboxRm(archive, asked.client_id, asked.client_secret, faults_of(folder / "faults.json"))
    app = beside(SandboxRegister(register_people(), asked.client_secret), rm)

    class Server(uvicorn.Server):
        """Tells the port once it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            sys.stdout.write(f"{listening.getsockname()[1]}\n")
            sys.stdout.flush()

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, asked.port))
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", server_header=False)
        Server(config).run(sockets=[listening])


def faults_of(file: Path) -> "Faults":
    """The faults that tests wrote into `file`: `{"pdf": {"size_bytes": 200000000}}`. None without such a file."""
    from datasources.sandbox.rm import Fault

    def fault(kind: str) -> Fault | None:
        try:
            members = json.loads(file.read_bytes()).get(kind)
        except FileNotFoundError:
            return None
        return None if members is None else Fault(**members)

    return fault


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)  # at once: nobody is there who waits for an answer


if __name__ == "__main__":
    main()
