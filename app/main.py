"""The ASGI application of one process: `uvicorn --factory app.main:create_app`."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.http.edge import Edge
from app.http.pages import add_pages
from app.http.site import add_site
from app.logs import configure_logs
from app.settings import Settings, load_settings
from app.wiring import Service, make_service

# After so many more objects are made than freed, cycles among the youngest are looked for. A page of a thousand objects
# is no sign of a cycle, and Python's own 700 cost up to half of such a request. Older ones are looked through every
# fifth time, not every tenth, so that documents which nobody keeps any more do not pile up.
COLLECT_AFTER = (10_000, 5, 5)

logger = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None) -> ASGIApp:
    """The application. Without settings given they are read here, as in each worker process."""
    settings = settings or load_settings()
    configure_logs(settings.log_level, settings.log_format)
    app = application(make_service(settings))
    collect_seldom()
    return app


def collect_seldom() -> None:
    """Look for garbage in cycles less often, and never among what there is now, which stays as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def application(service: Service) -> ASGIApp:
    """`service` over HTTP, opened and closed with the server."""
    pages = FastAPI(title="examgraph", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(service))
    pages.state.service = service
    add_pages(pages, service)
    add_site(pages, service)
    edge: ASGIApp = Edge(service, pages)
    origins = service.settings.graphql.cors_origins
    if not origins:
        return edge
    return CORSMiddleware(
        edge,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("authorization", "content-type", "x-examgraph-timings", "x-transaction-id"),
        expose_headers=("x-transaction-id",),
    )


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_pages: FastAPI) -> AsyncIterator[None]:
        await service.open()
        for health in await service.sources.probe():
            logger.info("backend", backend=health.name, status=health.status.value)
        try:
            yield
        finally:
            await service.close()

    return lifespan
