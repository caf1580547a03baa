"""What is for people and for those who run the service: health, readiness, metrics, the playground."""

import os
import time
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.auth import development_token
from app.settings import shared_metrics
from app.wiring import Service
from datasources.calls import Status
from datasources.errors import Unauthenticated
from datasources.sandbox.learning import LEARNER
from resolvers.access import SCOPES
from rest_compat.events.dialect import EVENTS
from web.pages import PLAYGROUND_POLICY, playground_page

TOKEN_PATH = "/playground/development-token"  # noqa: S105 a path
TOKEN_SECONDS = 8 * 3600

PAGE_HEADERS = {
    "content-security-policy": PLAYGROUND_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def served(request: Request) -> Service:
    """The service whose application is asked. FastAPI keeps endpoints for good: none may hold a service itself."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(served)]
operators = APIRouter()
playground = APIRouter(include_in_schema=False)
development = APIRouter(include_in_schema=False)


def add_pages(pages: FastAPI, service: Service) -> None:
    """Add every page that the settings allow. The service is found as the application's `state.service`."""
    pages.include_router(operators)
    if service.settings.has_playground:
        pages.include_router(playground)
        if service.development_key_file is not None:
            pages.include_router(development)


@operators.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "alive"}


@operators.get("/readyz")
async def readyz(service: Served) -> Response:
    """Whether the process can answer: 503 when a store of our own does not.

    Backends that we only read are reported: one that is down costs its own fields.
    """
    found = await service.sources.probe()
    owned = {store.backend for store in service.sources.stores()}
    is_ready = all(health.status is Status.UP for health in found if health.name in owned)
    backends = {health.name: health.status.value for health in found}
    return JSONResponse(
        {"status": "ready" if is_ready else "not ready", "backends": backends},
        status_code=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


# Where the old Events API told that it lives.
@operators.get("/api/{word}", include_in_schema=False)
@operators.get("/api/{word}/", include_in_schema=False)
async def events_health(word: str, request: Request, service: Served) -> Response:
    """Nobody must say who asks; but who says so with a bad token hears that, as on every path of that service."""
    if word.lower() != "healthcheck":
        raise HTTPException(HTTPStatus.NOT_FOUND)
    try:
        await service.credentials[EVENTS.credentials](dict(request.headers.raw))
    except Unauthenticated:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    return Response()


@operators.get("/metrics")
async def metrics() -> Response:
    """For Prometheus; all worker processes together."""
    folder = shared_metrics()
    if folder is None:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
    _forget_dead_workers(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _forget_dead_workers(folder: Path) -> None:
    """A worker that was killed has no calls under way any more, whatever its gauges last said."""
    for file in folder.glob("gauge_live*.db"):
        worker = int(file.stem.rpartition("_")[2])
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            mark_process_dead(worker)  # type: ignore[no-untyped-call]


@playground.get("/graphql")
@playground.get("/graphql/")
async def playground_html(service: Served) -> Response:
    given: dict[str, object] = {"endpoint": "/graphql"}
    if service.development_key_file is not None:
        given["developmentToken"] = TOKEN_PATH
    return Response(playground_page(given), media_type="text/html", headers=PAGE_HEADERS)


@development.post(TOKEN_PATH)
async def development_token_for_page(request: Request, service: Served) -> Response:
    """A token that holds every scope. Exists in the sandbox only."""
    # A page of another site can post a form here, but not JSON: it would have to ask first.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return JSONResponse({"message": "send Content-Type: application/json"}, status_code=415)
    key_file = service.development_key_file
    assert key_file is not None
    token = development_token(key_file, service.settings.auth, lifetime_seconds=TOKEN_SECONDS, learner=LEARNER)
    ends_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + TOKEN_SECONDS))
    return JSONResponse(
        {"token": token, "scopes": list(SCOPES), "expiresAt": ends_at}, headers={"cache-control": "no-store"}
    )
