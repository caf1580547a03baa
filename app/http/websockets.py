"""GraphQL over WebSocket: the protocol graphql-transport-ws."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Gauge

from app.http.live import live_answers, read_parameters
from app.http.requests import Message, Receive, Scope, Send, headers_of
from app.wiring import Service
from rest_compat.messages import JSON_OPTIONS, Rejected

PROTOCOL = "graphql-transport-ws"
# How long a caller may take to say who it is, and to take a message off our hands.
INIT_SECONDS = 10.0
STALLED_SECONDS = 30.0
# Operations of one connection at once.
OPERATIONS = 100
# Close codes of the protocol, and of WebSocket itself.
BAD_REQUEST, UNAUTHORIZED, NOT_ACCEPTABLE, INIT_TIMEOUT = 4400, 4401, 4406, 4408
TAKEN, TOO_MANY_INITS, TOO_LARGE = 4409, 4429, 1009

CONNECTIONS = Gauge("examgraph_websockets", "WebSocket connections now.", multiprocess_mode="livesum")
DROPPED = Counter("examgraph_websockets_dropped_total", "Connections ended because their caller took nothing for long.")

logger = structlog.get_logger(__name__)


class Closed(Exception):
    """The connection is to be closed, with a code and a reason that the caller hears."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class CallerGone(Exception):
    """The caller has closed the connection."""


async def serve_websocket(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection to its end."""
    await receive()  # "websocket.connect"
    if scope["path"].rstrip("/") != "/graphql":
        await send({"type": "websocket.close", "code": 1000})
        return
    is_offered = PROTOCOL in scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": PROTOCOL if is_offered else None})
    connection = Connection(service, headers_of(scope), receive, send)
    with CONNECTIONS.track_inprogress():
        try:
            await connection.serve(is_offered=is_offered)
        except Closed as closing:
            await send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
        except CallerGone:
            pass
        finally:
            await connection.end()


class Connection:
    """One caller, and the operations that it follows. Messages go out one at a time, each when the last was taken."""

    def __init__(self, service: Service, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        self._service = service
        self._headers = dict(headers)
        self._receive = receive
        self._send = send
        self._sending = asyncio.Lock()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._is_acknowledged = False
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def serve(self, *, is_offered: bool) -> None:
        """Answer messages until one side closes. Raises Closed, also when our protocol was not offered; CallerGone."""
        if not is_offered:
            raise Closed(NOT_ACCEPTABLE, f"Subprotocol not acceptable: speak {PROTOCOL}")
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._handle(await self._message())
                if not self._is_acknowledged:
                    raise Closed(UNAUTHORIZED, "Unauthorized")
        except TimeoutError:
            raise Closed(INIT_TIMEOUT, "Connection initialisation timeout") from None
        while True:
            coming = asyncio.ensure_future(self._message())
            done, _ = await asyncio.wait((coming, self._failure), return_when=asyncio.FIRST_COMPLETED)
            if coming not in done:
                coming.cancel()
            if self._failure in done:
                self._failure.result()
            await self._handle(coming.result())

    async def end(self) -> None:
        """Stop every operation."""
        if not self._failure.done():
            self._failure.cancel()
        running = list(self._operations.values())
        for operation in running:
            operation.cancel()
        if running:
            await asyncio.wait(running)

    async def _message(self) -> dict[str, Any]:
        received: Message = await self._receive()
        if received["type"] == "websocket.disconnect":
            raise CallerGone
        text = received.get("text")
        if text is None:
            raise Closed(BAD_REQUEST, "Messages must be text")
        if len(text) > self._service.settings.max_body_bytes:
            raise Closed(TOO_LARGE, "Message too large")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Closed(BAD_REQUEST, "Messages must be JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(BAD_REQUEST, "Messages must be objects with a type")
        return message

    async def _handle(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "connection_init":
            await self._begin(message.get("payload"))
        elif kind == "ping":
            await self._tell({"type": "pong"})
        elif kind == "pong":
            return
        elif kind == "subscribe":
            await self._subscribe(message)
        elif kind == "complete":
            operation = self._operations.get(str(message.get("id")))
            if operation is not None:
                operation.cancel()
        else:
            raise Closed(BAD_REQUEST, "Unknown type of message")

    async def _begin(self, payload: object) -> None:
        """Who asks: the header of the request that opened the connection, or one of the same name in the payload."""
        if self._is_acknowledged:
            raise Closed(TOO_MANY_INITS, "Too many initialisation requests")
        given = {str(name).lower(): value for name, value in payload.items()} if isinstance(payload, dict) else {}
        authorization = given.get("authorization")
        if isinstance(authorization, str):
            self._headers[b"authorization"] = authorization.encode("utf-8", "replace")
        self._is_acknowledged = True
        await self._tell({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        name = message.get("id")
        if not self._is_acknowledged:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        if not isinstance(name, str) or not name:
            raise Closed(BAD_REQUEST, "An operation needs an id")
        if name in self._operations:
            raise Closed(TAKEN, f"Subscriber for {name[:60]} already exists")
        if len(self._operations) >= OPERATIONS:
            error = {"message": f"operations of a connection are limited to {OPERATIONS}"}
            await self._refuse(name, {**error, "extensions": {"code": "LIMIT_EXCEEDED"}})
            return
        task = asyncio.create_task(self._run(name, message.get("payload")))
        self._operations[name] = task
        task.add_done_callback(lambda _task: self._operations.pop(name, None))

    async def _run(self, name: str, payload: object) -> None:
        try:
            try:
                asked = read_parameters(payload)
            except Rejected as refusal:
                await self._refuse(name, {"message": refusal.message, "extensions": {"code": "BAD_USER_INPUT"}})
                return
            async with aclosing(live_answers(self._service, asked, self._headers)) as answers:
                async for answer in answers:
                    if "data" not in answer:
                        await self._tell({"id": name, "type": "error", "payload": answer["errors"]})
                        return
                    await self._tell({"id": name, "type": "next", "payload": answer})
            await self._tell({"id": name, "type": "complete"})
        except Closed as closing:
            if not self._failure.done():
                self._failure.set_exception(closing)

    async def _refuse(self, name: str, error: Mapping[str, Any]) -> None:
        await self._tell({"id": name, "type": "error", "payload": [error]})

    async def _tell(self, message: Mapping[str, Any]) -> None:
        """Send a message, when the caller has taken the one before. Raises Closed for who takes nothing for long."""
        text = orjson.dumps(message, option=JSON_OPTIONS).decode()
        try:
            async with asyncio.timeout(STALLED_SECONDS), self._sending:
                await self._send({"type": "websocket.send", "text": text})
        except TimeoutError:
            DROPPED.inc()
            logger.warning("websocket_dropped", seconds=STALLED_SECONDS)
            raise Closed(1013, "too slow: reconnect, and go on from the id after the last one") from None
        except OSError:
            raise Closed(1006, "gone") from None
