"""The process that serves: where it listens, how many workers it has, and how it stops."""

import contextlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from rich.console import Console
from starlette.types import ASGIApp

from app.settings import ConfigurationProblem, Settings, share_metrics

err = Console(stderr=True, highlight=False, soft_wrap=True)


def require_free_port(settings: Settings) -> None:
    """A port that is taken is told at once, not after the sandbox is filled."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not an address"
        raise ConfigurationProblem([f"{settings.host}:{settings.port}: cannot listen here ({reason})"]) from None


def serve_until_stopped(settings: Settings) -> None:
    """Serve until told to stop; then answer what is under way."""
    if settings.workers > 1:
        _share_metrics(settings)
    from app.logs import configure_logs

    configure_logs(settings.log_level, settings.log_format)

    class Server(uvicorn.Server):
        """Tells the addresses once they answer."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _print_addresses(settings)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            with super().capture_signals():
                yield
                # Asked to stop, and stopped with all requests answered: no failure, so no signal is raised again.
                self._captured_signals.clear()

    config = server_config(settings)
    with contextlib.suppress(KeyboardInterrupt):
        if settings.workers == 1:
            Server(config).run()
        else:
            from uvicorn.supervisors import Multiprocess

            _print_addresses(settings)
            Multiprocess(config, sockets=[config.bind_socket()]).run()


def server_config(settings: Settings, app: ASGIApp | str = "app.main:create_app") -> uvicorn.Config:
    """How `app`, or what the function of this name makes in each worker, is served."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


def _print_addresses(settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{settings.port}"
    err.print(f"\n[bold]examgraph[/] ({settings.profile})")
    err.print(f"  start page    {base}/", markup=False)
    if settings.has_playground:
        err.print(f"  playground    {base}/graphql", markup=False)
    err.print(f"  GraphQL       {base}/graphql", markup=False)
    err.print(f"  REST          {base}/v1/businessStreams/02/sessions  (and all of {base}/docs)", markup=False)
    err.print(f"  operations    {base}/healthz  {base}/readyz  {base}/metrics", markup=False)
    if settings.is_sandbox:
        command = "examgraph" if shutil.which("examgraph") else str(Path(sys.argv[0]))
        err.print(f"  credentials   {command} credentials --data-dir {settings.data_dir}", markup=False)
    err.print("")


def _share_metrics(settings: Settings) -> None:
    """Workers count into files of one folder, empty at each start."""
    folder = settings.data_dir / "run" / f"metrics-{os.getpid()}"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    share_metrics(folder)
