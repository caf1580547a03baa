"""Serves one ASGI application on a port that the system gives, and tells which."""

import os
import socket
import sys
from typing import Any

import orjson
import uvicorn

from bench.sampling import sampler


class Server(uvicorn.Server):
    """Tells its port once it answers; from then on its log goes nowhere, though every line is written."""

    _sampler = sampler()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        sys.stdout.buffer.write(orjson.dumps({"main": port, "legacy": port}) + b"\n")
        sys.stdout.buffer.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        if self._sampler is not None:
            self._sampler.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._sampler is not None:
            self._sampler.stop()
        await super().shutdown(sockets)


def serve(app: Any) -> None:  # noqa: ANN401 any ASGI application
    """Serve a peer until told to stop, as the product is served."""
    Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, server_header=False)).run()
