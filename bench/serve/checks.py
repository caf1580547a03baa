"""What the servers written by hand do around each answer: the caller's token, transaction ids, metrics, a log line."""

import hashlib
import hmac
import logging
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import jwt
import orjson
import structlog
from prometheus_client import Counter, Histogram

from bench.workloads import AUDIENCE, CLIENT, ISSUER, SALT, SIGNING_KEY

REQUEST_SECONDS = Histogram("bench_request_seconds", "Duration of requests.", ["route", "method", "status"])
REQUESTS = Counter("bench_requests_total", "Requests.", ["route", "status"])

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

logger = structlog.get_logger(__name__)


def configure_log() -> None:
    """One JSON object a line to standard error."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(lambda event, **_: orjson.dumps(event, default=str).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


@dataclass(frozen=True, slots=True)
class Claims:
    """Who asks."""

    subject: str
    scopes: frozenset[str]


class Refused(Exception):
    """The caller may not ask: `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


_remembered: dict[bytes, tuple[float, Claims]] = {}


def claims_of(authorization: str | None, scope: str) -> Claims:
    """The claims of a bearer token that holds and has `scope`; a token seen before is known by its digest."""
    if authorization is None:
        raise Refused(401)
    digest = hashlib.sha256(authorization.encode("latin-1")).digest()
    known = _remembered.get(digest)
    if known is None or known[0] < time.time():
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401)
        try:
            told = jwt.decode(token, SIGNING_KEY, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
        except jwt.PyJWTError:
            raise Refused(401) from None
        known = min(told["exp"], time.time() + 300), Claims(told["sub"], frozenset(told["scope"].split()))
        _remembered[digest] = known
    if scope not in known[1].scopes:
        raise Refused(403)
    return known[1]


HASHED = {CLIENT[0]: hmac.digest(SALT, CLIENT[1].encode(), "sha256")}


def require_client(client: str | None, secret: str | None) -> None:
    """Raise Refused unless these are an old service's credentials."""
    given = hmac.digest(SALT, (secret or "").encode(), "sha256")
    if not hmac.compare_digest(given, HASHED.get(client or "", b"")):
        raise Refused(401)


class Observed:
    """Around an application: the transaction id echoed, each request counted, timed and logged."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 ASGI's own
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = next((value for name, value in scope["headers"] if name == b"x-transaction-id"), None)
        transaction = given or str(uuid.uuid4()).encode()
        status = 500

        async def send_with_transaction(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-transaction-id", transaction))
            await send(message)

        try:
            await self._app(scope, receive, send_with_transaction)
        finally:
            seconds = time.perf_counter() - started
            # FastAPI tells the route, Starlette the function.
            route = getattr(scope.get("route"), "path", None) or getattr(scope.get("endpoint"), "__name__", "other")
            REQUEST_SECONDS.labels(route, scope["method"], status).observe(seconds)
            REQUESTS.labels(route, status).inc()
            logger.info(
                "request", method=scope["method"], route=route, status=status,
                milliseconds=round(seconds * 1000, 2), transaction_id=transaction.decode("latin-1"),
            )  # fmt: skip
