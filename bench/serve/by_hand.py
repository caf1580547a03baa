"""Servers written by hand, in FastAPI and in plain Starlette: an endpoint a workload, with the checks that ours makes.

`python -m bench.serve.by_hand fastapi|starlette memory|core|asyncpg|aiosqlite|sqlite3 [url]`
"""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi import Request as FastAPIRequest
from fastapi.responses import Response as FastAPIResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.serve.answers import ANSWERS, Answers
from bench.serve.checks import Claims, Observed, Refused, claims_of, configure_log, require_client
from bench.serve.run import serve
from bench.workloads import SCOPE

JSON = "application/json"
MOST_ROWS = 1000


class Opened(Protocol):
    """What lives as long as its server."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


def lifespan_of(answers: Opened) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await answers.open()
        try:
            yield
        finally:
            await answers.close()

    return lifespan


def fastapi_app(answers: Answers) -> FastAPI:
    """As FastAPI's documentation shows, but for the bytes: its own encoding of records would cost more."""
    app = FastAPI(lifespan=lifespan_of(answers), openapi_url=None)

    async def reader(authorization: Annotated[str | None, Header()] = None) -> Claims:
        return claims_of(authorization, SCOPE)

    async def client(
        client_id: Annotated[str | None, Header(convert_underscores=False)] = None,
        client_secret: Annotated[str | None, Header(convert_underscores=False)] = None,
    ) -> None:
        require_client(client_id, client_secret)

    @app.exception_handler(Refused)
    async def refused(_request: FastAPIRequest, refusal: Refused) -> FastAPIResponse:
        return FastAPIResponse(status_code=refusal.status)

    @app.get("/events", dependencies=[Depends(reader)])
    async def page(first: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100) -> FastAPIResponse:
        return FastAPIResponse(await answers.page(first), media_type=JSON)

    @app.get("/events/{event_id}", dependencies=[Depends(reader)])
    async def one(event_id: str) -> FastAPIResponse:
        body = await answers.one(event_id)
        if body is None:
            raise HTTPException(404)
        return FastAPIResponse(body, media_type=JSON)

    @app.get("/business-streams/{stream}/sessions", dependencies=[Depends(reader)])
    async def nested(stream: str) -> FastAPIResponse:
        return FastAPIResponse(await answers.nested(stream), media_type=JSON)

    @app.get("/v1/bench/events", dependencies=[Depends(client)])
    async def route(first: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100) -> FastAPIResponse:
        return FastAPIResponse(await answers.page(first), media_type=JSON)

    return app


def starlette_app(answers: Answers) -> Starlette:
    def first_of(request: Request) -> int:
        first = int(request.query_params.get("first", "100"))
        if not 1 <= first <= MOST_ROWS:
            raise Refused(400)
        return first

    async def page(request: Request) -> Response:
        claims_of(request.headers.get("authorization"), SCOPE)
        return Response(await answers.page(first_of(request)), media_type=JSON)

    async def one(request: Request) -> Response:
        claims_of(request.headers.get("authorization"), SCOPE)
        body = await answers.one(request.path_params["event_id"])
        return Response(status_code=404) if body is None else Response(body, media_type=JSON)

    async def nested(request: Request) -> Response:
        claims_of(request.headers.get("authorization"), SCOPE)
        return Response(await answers.nested(request.path_params["stream"]), media_type=JSON)

    async def route(request: Request) -> Response:
        require_client(request.headers.get("client_id"), request.headers.get("client_secret"))
        return Response(await answers.page(first_of(request)), media_type=JSON)

    async def refused(_request: Request, refusal: Exception) -> Response:
        return Response(status_code=refusal.status if isinstance(refusal, Refused) else 500)

    routes = [
        Route("/events", page),
        Route("/events/{event_id}", one),
        Route("/business-streams/{stream}/sessions", nested),
        Route("/v1/bench/events", route),
    ]
    return Starlette(routes=routes, exception_handlers={Refused: refused}, lifespan=lifespan_of(answers))


if __name__ == "__main__":
    configure_log()
    framework, store, *url = sys.argv[1:]
    make = {"fastapi": fastapi_app, "starlette": starlette_app}[framework]
    serve(Observed(make(ANSWERS[store](*url or [""]))))
