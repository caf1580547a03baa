"""GraphQL over HTTP: GET and POST, both media types, and who hears which status."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import orjson
from graphql import OperationDefinitionNode, OperationType

from app.http.live import EventStream, Parameters, live_answers, read_parameters, told_name
from app.http.requests import Exchange
from app.http.timings import asks_for_timings, with_timings
from app.wiring import Service
from datasources import timings
from datasources.origin import Origin, origin
from engine.run import Answer
from rest_compat.messages import (
    JSON_OPTIONS,
    HeaderList,
    Rejected,
    Reply,
    preferred,
    read_json,
    read_json_body,
    read_query,
)
from schema.errors import CODES, public_errors

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
# The specification's own type first: it is what a caller without a preference gets.
MEDIA_TYPES = (GRAPHQL_JSON, PLAIN_JSON)
EVENT_STREAM = "text/event-stream"
EVENT_STREAM_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # for proxies that would wait for more
)
ALLOWED = (b"allow", b"GET, HEAD, OPTIONS, POST")

# The status of a request that failed as a whole, by its errors' code. Failures of backends are a field's, never these.
STATUS = {
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_ACCEPTABLE": 406,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RANGE_NOT_SATISFIABLE": 416,
    "LIMIT_EXCEEDED": 400,
    "INTERNAL": 500,
    "BACKEND_TIMEOUT": 504,
}
# What operations that are not saved are called in the timings, all together.
OTHER = "other"
CHALLENGE = (b"www-authenticate", b'Bearer realm="examgraph"')


class GraphQL:
    """Answers /graphql."""

    takes_many = False

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer(self, exchange: Exchange, body: bytes | Rejected) -> Reply:
        """The reply to one GraphQL request. Failures are in it; raises only when cancelled or for a bug."""
        if exchange.method == "OPTIONS":
            return Reply(204, headers=(ALLOWED,))
        if exchange.method not in ("GET", "HEAD", "POST"):
            return self.refuse(exchange, Rejected("METHOD_NOT_ALLOWED", "use GET or POST", (ALLOWED,)))
        if isinstance(body, Rejected):
            return self.refuse(exchange, body)
        try:
            media_type = _media_type(exchange)
            asked = _from_body(exchange, body) if exchange.method == "POST" else _from_url(exchange.query_string)
            if not asks_for_timings(exchange, asked.extensions):
                return await self._answer(exchange, asked, media_type)
            with timings.recording() as recorded:
                reply = await self._answer(exchange, asked, media_type)
            return with_timings(reply, recorded, await self._service.tokens.viewer(exchange.headers))
        except Rejected as refusal:
            return self.refuse(exchange, refusal)

    async def _answer(self, exchange: Exchange, asked: Parameters, media_type: str) -> Reply:
        timings.operation.set(OTHER)
        document = self._service.documents.prepared(asked.query)
        if exchange.method != "POST" and not document.errors:
            _require_query(document.operation(asked.operation_name))
        exchange.operation = told_name(document.operation(asked.operation_name))
        if media_type == EVENT_STREAM:
            answers = live_answers(self._service, asked, exchange.headers)
            return Reply(200, headers=EVENT_STREAM_HEADERS, stream=EventStream(answers))
        origin.set(Origin("graphql", exchange.operation))
        if exchange.operation in self._service.operations:
            timings.operation.set(exchange.operation)
        viewer = await self._service.tokens.viewer(exchange.headers)
        answer = await self._service.run(document, asked.operation_name, asked.variables, viewer)
        began = perf_counter()
        reply = _reply(answer, media_type)
        timings.note_phase("encode", perf_counter() - began)
        return reply

    def refuse(self, exchange: Exchange, refusal: Rejected) -> Reply:
        """The reply to a request that is refused before it is read as GraphQL. Never 200, in either media type."""
        media_type = preferred(exchange.header(b"accept"), MEDIA_TYPES) or PLAIN_JSON
        code = "LIMIT_EXCEEDED" if refusal.code == "PAYLOAD_TOO_LARGE" else refusal.code
        code = code if code in CODES else "BAD_USER_INPUT"
        error = {"message": refusal.message, "extensions": {"code": code}}
        return _json(STATUS[refusal.code], {"errors": [error]}, media_type, refusal.headers)


def _reply(answer: Answer, media_type: str) -> Reply:
    errors = public_errors(answer.errors)
    if not answer.is_executed:
        codes = {error["extensions"]["code"] for error in errors}
        # With plain JSON a status other than 200 means "not from a GraphQL server", so a GraphQL error keeps 200;
        # limits are the server's own refusal, and say so in both.
        is_plain = media_type == PLAIN_JSON and codes == {"BAD_USER_INPUT"}
        return _json(200 if is_plain else 400, {"errors": errors}, media_type)
    if refusal := _whole_refusal(answer.data, errors):
        status, headers = refusal
        return _json(status, {"errors": errors}, media_type, headers)
    body: dict[str, Any] = {"errors": errors} if errors else {}
    body["data"] = answer.data
    return _json(200, body, media_type)


def _whole_refusal(
    data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]
) -> tuple[int, HeaderList] | None:
    """The status when nothing was answered because the caller may not ask so: then the request failed, not a field."""
    if not errors or (data is not None and any(value is not None for value in data.values())):
        return None
    codes = {error["extensions"]["code"] for error in errors}
    if codes == {"UNAUTHENTICATED"}:
        return 401, (CHALLENGE,)
    if codes == {"FORBIDDEN"}:
        return 403, ()
    if codes == {"CONFLICT"}:
        return 409, ()
    return None


def _json(status: int, value: object, media_type: str, headers: HeaderList = ()) -> Reply:
    content_type = (b"content-type", f"{media_type}; charset=utf-8".encode())
    return Reply(status, orjson.dumps(value, option=JSON_OPTIONS), (content_type, *headers))


def _media_type(exchange: Exchange) -> str:
    accept = exchange.header(b"accept")
    # A stream is for who names it: whoever takes anything, or any text, would rather have an answer that ends.
    names_stream = EVENT_STREAM in (accept or "").lower()
    chosen = preferred(accept, (*MEDIA_TYPES, EVENT_STREAM) if names_stream else MEDIA_TYPES)
    if chosen is None:
        raise Rejected("NOT_ACCEPTABLE", f"answers are {' or '.join(MEDIA_TYPES)}")
    return chosen


def _from_url(query_string: bytes) -> Parameters:
    query = read_query(query_string)
    given: dict[str, Any] = {}
    for name in ("query", "operationName", "variables", "extensions"):
        values = query.get(name, [])
        if len(values) > 1:
            raise Rejected("BAD_USER_INPUT", f"{name} is given more than once")
        if values and values[0]:
            given[name] = values[0] if name in ("query", "operationName") else read_json(name, values[0])
    return read_parameters(given)


def _from_body(exchange: Exchange, body: bytes) -> Parameters:
    # A form or plain text could be sent by any web page without asking first (CSRF): JSON cannot.
    return read_parameters(read_json_body(exchange.header(b"content-type"), body))


def _require_query(operation: object) -> None:
    if isinstance(operation, OperationDefinitionNode) and operation.operation is not OperationType.QUERY:
        message = f"a {operation.operation.value} must be sent by POST"
        raise Rejected("METHOD_NOT_ALLOWED", message, ((b"allow", b"POST"),))
