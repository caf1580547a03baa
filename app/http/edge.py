"""The way in: every request gets a transaction id, a time budget, a line in the log and a place in the metrics."""

import time
from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import Protocol

import structlog
from prometheus_client import Counter, Histogram

from app.http.downloads import send_stream
from app.http.graphql import MEDIA_TYPES, GraphQL
from app.http.legacy import LegacyRoutes
from app.http.requests import (
    TRANSACTION_HEADER,
    BodyTooLarge,
    CallerLeft,
    Exchange,
    Message,
    Patience,
    Receive,
    Scope,
    Send,
    body_of,
    headers_of,
    transaction_of,
)
from app.http.uploads import Upload
from app.http.websockets import serve_websocket
from app.wiring import Service
from datasources.calls import request_budget, transaction_id
from rest_compat.messages import Rejected, Reply, preferred
from rest_compat.routes import owner
from schema.errors import internal_failure

logger = structlog.get_logger(__name__)

REQUEST_SECONDS = Histogram("examgraph_request_seconds", "Duration of requests.", ["route", "method", "status"])
OPERATIONS = Counter("examgraph_operations_total", "GraphQL and saved operations asked for.", ["operation", "status"])
# Callers name their operations as they like: this many names are counted each by itself, all others together.
OPERATION_NAMES = 200
# Finding a metric's child by its labels costs more than counting: both sets of labels are small and closed.
_request_seconds = cache(REQUEST_SECONDS.labels)
_operations = cache(OPERATIONS.labels)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CALLER_LEFT = 499

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Handler(Protocol):
    """Answers the requests of one surface, in its own shapes."""

    @property
    def takes_many(self) -> bool:
        """Whether a body of many things may come."""

    async def answer(self, exchange: Exchange, body: bytes | Rejected) -> Reply: ...

    def refuse(self, exchange: Exchange, refusal: Rejected) -> Reply: ...


class Edge:
    """The ASGI application. GraphQL and the old routes are answered here, everything else by `pages`."""

    def __init__(self, service: Service, pages: App) -> None:
        self._service = service
        self._pages = pages
        self._graphql = GraphQL(service)
        self._operation_names = set(service.operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            transaction_id.set(transaction_of(headers_of(scope)))  # the connection's task is its own
            await serve_websocket(self._service, scope, receive, send)
            return
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        started = time.perf_counter()
        headers = headers_of(scope)
        transaction = transaction_of(headers)
        token = transaction_id.set(transaction)
        path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        exchange = Exchange(scope["method"], path, scope["query_string"], headers, transaction, scope["scheme"])
        status = CALLER_LEFT
        try:
            handler = self._handler(exchange)
            if handler is None:
                status = await self._show_page(exchange, scope, receive, send)
            else:
                reply = await self._reply(handler, exchange, receive)
                status = reply.status
                if reply.stream is None:
                    await _send(reply, exchange, send)
                else:
                    await send_stream(reply, reply.stream, exchange, receive, send)
        except CallerLeft:
            status = CALLER_LEFT
        finally:
            self._tell(exchange, status, time.perf_counter() - started)
            transaction_id.reset(token)

    def _handler(self, exchange: Exchange) -> Handler | None:
        if exchange.path in ("/graphql", "/graphql/"):
            exchange.route = "/graphql"
            return None if self._wants_playground(exchange) else self._graphql
        dialect = owner(exchange.path)
        if dialect is None:
            return None
        match = self._service.routes.find(exchange.path)
        exchange.route = f"{dialect.name} {match.path}" if match else f"{dialect.name} unknown"
        return LegacyRoutes(self._service, dialect, match)

    def _wants_playground(self, exchange: Exchange) -> bool:
        """Whether a browser visits: a GET that asks nothing and would rather have a page."""
        if exchange.method not in ("GET", "HEAD") or b"query=" in exchange.query_string:
            return False
        accept = exchange.header(b"accept") or ""
        likes_pages = "text/html" in accept and preferred(accept, ("text/html", *MEDIA_TYPES)) == "text/html"
        return self._service.settings.has_playground and likes_pages

    async def _reply(self, handler: Handler, exchange: Exchange, receive: Receive) -> Reply:
        settings = self._service.settings
        seconds = settings.request_seconds
        answer = partial(self._answer, handler)
        if isinstance(handler, LegacyRoutes) and handler.takes_file(exchange):
            seconds = settings.eksamen.registration_seconds
            answer = partial(self._answer_file, handler)
        try:
            with request_budget(seconds):
                patience = Patience(receive, seconds)
                return await patience.wait_for(answer(exchange, receive, patience))
        except TimeoutError:
            message = f"the request took longer than {seconds:g} seconds"
            return handler.refuse(exchange, Rejected("BACKEND_TIMEOUT", message))
        except CallerLeft:
            raise
        except Exception as bug:  # noqa: BLE001 the last resort outside any field: masked, and logged under a reference
            told = internal_failure(bug, route=exchange.route)
            return handler.refuse(exchange, Rejected("INTERNAL", told["message"]))

    async def _answer(self, handler: Handler, exchange: Exchange, receive: Receive, patience: Patience) -> Reply:
        body: bytes | Rejected
        try:
            settings = self._service.settings
            bound = settings.events.max_bulk_bytes if handler.takes_many else settings.max_body_bytes
            body = await body_of(exchange.headers, receive, bound)
        except BodyTooLarge as refusal:
            # For the handler to say when it is the body's turn to be looked at.
            body = Rejected("PAYLOAD_TOO_LARGE", str(refusal))
        patience.body_is_read()
        return await handler.answer(exchange, body)

    async def _answer_file(
        self, routes: LegacyRoutes, exchange: Exchange, receive: Receive, patience: Patience
    ) -> Reply:
        bound = self._service.settings.eksamen.max_registration_bytes
        upload = Upload(exchange.headers, receive, bound, patience)
        try:
            reply = await routes.answer(exchange, upload)
            await upload.pass_over()
        finally:
            upload.close()
        return reply

    async def _show_page(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> int:
        status = CALLER_LEFT
        is_head = exchange.method == "HEAD"
        scope = {**scope, "method": "GET"} if is_head else scope  # the pages know GET alone

        async def send_with_transaction(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                transaction = (TRANSACTION_HEADER, exchange.transaction_id.encode("ascii"))
                message["headers"] = [*message["headers"], transaction]
            elif is_head:
                message["body"] = b""
            await send(message)

        await self._pages(scope, receive, send_with_transaction)
        route = scope.get("route")
        exchange.route = getattr(route, "path", exchange.route)
        return status

    def _tell(self, exchange: Exchange, status: int, seconds: float) -> None:
        method = exchange.method if exchange.method in METHODS else "other"
        _request_seconds(exchange.route, method, status).observe(seconds)
        if exchange.operation:
            _operations(self._counted_name(exchange.operation), status).inc()
        logger.info(
            "request", method=method, route=exchange.route, operation=exchange.operation, status=status,
            milliseconds=round(seconds * 1000, 2),
        )  # fmt: skip

    def _counted_name(self, operation: str) -> str:
        if operation not in self._operation_names:
            if len(self._operation_names) >= OPERATION_NAMES:
                return "other"
            self._operation_names.add(operation)
        return operation


async def _send(reply: Reply, exchange: Exchange, send: Send) -> None:
    headers = [
        *reply.headers,
        (TRANSACTION_HEADER, exchange.transaction_id.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
    ]
    if reply.status != 204:  # noqa: PLR2004 an answer without content has no length either
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if exchange.method == "HEAD" else reply.body})
