"""Operations whose answers come one after the other: who may still hear them, and Server-Sent Events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType

from app.wiring import Service
from datasources.calls import request_budget
from datasources.errors import ServiceError
from datasources.origin import Origin, origin
from engine.documents import Document
from engine.run import Answer
from resolvers.access import Viewer
from rest_compat.messages import JSON_OPTIONS, Rejected
from schema.errors import internal_failure, public_errors, public_failure

# Something goes over a connection at least this often, so that nobody on its way takes it for dead.
KEEP_ALIVE_SECONDS = 12.0
# Characters of an operation's name in the log, the metrics and the audit records.
NAME_TOLD = 100

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameters:
    """A well-formed GraphQL request."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any]
    extensions: Mapping[str, Any]


def read_parameters(given: object) -> Parameters:
    """A request as it was sent, in JSON. Raises Rejected."""
    if isinstance(given, list):
        raise Rejected("BAD_USER_INPUT", "send one operation, not a list of them")
    if not isinstance(given, dict):
        raise Rejected("BAD_USER_INPUT", "the request must be an object with the member query")
    query = given.get("query")
    if not isinstance(query, str):
        raise Rejected("BAD_USER_INPUT", "query must be a string")
    operation_name = given.get("operationName")
    if not isinstance(operation_name, str | None):
        raise Rejected("BAD_USER_INPUT", "operationName must be a string or null")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise Rejected("BAD_USER_INPUT", f"{name} must be an object or null")
    return Parameters(query, operation_name or None, given.get("variables") or {}, given.get("extensions") or {})


def told_name(operation: OperationDefinitionNode | GraphQLError) -> str:
    """What the log and the metrics call an operation: never what a caller asked for and its document does not hold."""
    if isinstance(operation, GraphQLError):
        return "unknown"
    return operation.name.value[:NAME_TOLD] if operation.name else "anonymous"


async def live_answers(service: Service, asked: Parameters, headers: Mapping[bytes, bytes]) -> AsyncGenerator[Payload]:
    """Each answer of an operation, as its caller sees it: of a subscription one for each event, of others the one.

    Ends with an answer that has errors alone when the operation cannot go on, or its token no longer holds.
    """
    document = service.documents.prepared(asked.query)
    operation = document.operation(asked.operation_name)
    origin.set(Origin("graphql", told_name(operation)))
    viewer = await service.tokens.viewer(headers)
    is_live = isinstance(operation, OperationDefinitionNode) and operation.operation is OperationType.SUBSCRIPTION
    try:
        if not is_live:
            yield await _one_answer(service, document, asked, viewer)
            return
        found = await service.engine.subscribe(
            document, asked.operation_name, asked.variables, lambda: service.context(viewer)
        )
        if isinstance(found, Answer):
            yield told(found)
            return
        async with aclosing(found) as answers:  # type: ignore[type-var] # it is a generator
            async for answer in answers:
                now = await service.tokens.viewer(headers)
                if now.fault is not None:
                    yield {"errors": [public_failure(now.fault)]}
                    return
                yield told(answer)
    except ServiceError as failure:
        yield {"errors": [public_failure(failure)]}
    except Exception as bug:  # noqa: BLE001 outside any field: masked, and logged under a reference
        yield {"errors": [internal_failure(bug, route="/graphql")]}


async def _one_answer(service: Service, document: Document, asked: Parameters, viewer: Viewer) -> Payload:
    """The answer of an operation that has one, in the time that a request has."""
    seconds = service.settings.request_seconds
    try:
        with request_budget(seconds):
            async with asyncio.timeout(seconds):
                return told(await service.run(document, asked.operation_name, asked.variables, viewer))
    except TimeoutError:
        return {"errors": [{"message": f"the request took longer than {seconds:g} seconds",
                            "extensions": {"code": "BACKEND_TIMEOUT"}}]}  # fmt: skip


def told(answer: Answer) -> Payload:
    """An answer as it is written."""
    payload: Payload = {"errors": public_errors(answer.errors)} if answer.errors else {}
    if answer.is_executed:
        payload["data"] = answer.data
    return payload


class EventStream:
    """Answers as Server-Sent Events, one connection an operation; a comment when there is nothing to say for a while.

    An answer is made when the one before it was taken: nothing piles up for a caller who is slow.
    """

    size_bytes = None

    def __init__(self, answers: AsyncGenerator[Payload]) -> None:
        self._answers = answers
        self._next: asyncio.Future[Payload] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b":\n\n"  # the headers go out, and the caller knows that it is heard
        while True:
            self._next = self._next or asyncio.ensure_future(anext(self._answers))
            done, _ = await asyncio.wait((self._next,), timeout=KEEP_ALIVE_SECONDS)
            if not done:
                yield b":\n\n"
                continue
            coming, self._next = self._next, None
            try:
                payload = coming.result()
            except StopAsyncIteration:
                yield b"event: complete\ndata:\n\n"
                return
            yield b"event: next\ndata: " + orjson.dumps(payload, option=JSON_OPTIONS) + b"\n\n"

    async def aclose(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait((self._next,))
        await self._answers.aclose()
