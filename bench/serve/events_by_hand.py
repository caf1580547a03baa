"""The old Events API by hand, in plain Starlette: `python -m bench.serve.events_by_hand VARIANT STORE URL`.

Around each answer it does what the other servers by hand do.
"""

import sys
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.serve.by_hand import lifespan_of
from bench.serve.checks import Observed, Refused, claims_of, configure_log
from bench.serve.event_answers import EventAnswers, event_answers
from bench.serve.run import serve
from bench.workloads import SCOPE

JSON = "application/json; charset=utf-8"
MOST_EVENTS = 10_000
MOST_EVENT, MOST_URI = 50, 1000


def events_app(answers: EventAnswers) -> Starlette:
    """Pages from an id on, and events stored."""

    async def accounts(request: Request) -> Response:
        claims_of(request.headers.get("authorization"), SCOPE)
        return Response(await answers.accounts(*_page(request)), media_type=JSON)

    async def apprenticeships(request: Request) -> Response:
        claims_of(request.headers.get("authorization"), SCOPE)
        return Response(await answers.apprenticeships(*_page(request)), media_type=JSON)

    async def store(request: Request) -> Response:
        claims_of(request.headers.get("authorization"), SCOPE)
        await answers.store(*_event(await request.body()))
        return Response(b"null", status_code=201, headers={"location": str(request.url)}, media_type=JSON)

    async def refused(_request: Request, refusal: Exception) -> Response:
        return Response(status_code=refusal.status if isinstance(refusal, Refused) else 500)

    routes = [
        Route("/api/events/accounts", accounts, methods=["GET"]),
        Route("/api/events/apprenticeships", apprenticeships, methods=["GET"]),
        Route("/api/events/accounts", store, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={Refused: refused}, lifespan=lifespan_of(answers))


def _page(request: Request) -> tuple[int, int]:
    from_id = int(request.query_params.get("fromEventId", "1"))
    most = int(request.query_params.get("pageSize", "1000"))
    if from_id < 1 or not 1 <= most <= MOST_EVENTS:
        raise Refused(400)
    return from_id, most


def _event(body: bytes) -> tuple[str, str]:
    try:
        given: Any = orjson.loads(body)
        event, uri = given["event"], given["resourceUri"]
        is_good = 0 < len(event.strip()) <= MOST_EVENT and 0 < len(uri.strip()) <= MOST_URI
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        raise Refused(400) from None
    if not is_good:
        raise Refused(400)
    return event, uri


if __name__ == "__main__":
    configure_log()
    serve(Observed(events_app(event_answers(*sys.argv[1:]))))
