"""The old routes over HTTP: whose path it is, who asks, by which method, and then the route itself."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from time import perf_counter
from typing import Any

from app.http.downloads import opened
from app.http.requests import Exchange
from app.wiring import Service
from datasources.errors import Forbidden, ServiceError, Unauthenticated
from datasources.timings import note_phase
from resolvers.access import Viewer
from rest_compat.dialects import Dialect, Failure
from rest_compat.messages import AnyCase, Asked, Rejected, Reply, preferred, read_query
from rest_compat.routes import Match
from rest_compat.translate import Outcome, Route, answered

# In the place of a viewer, for a dialect that knows a bad credential from none.
BAD_CREDENTIAL = Viewer(subject=None)


class LegacyRoutes:
    """Answers the paths of one old service: `match` is what the path is, None when it is no route's."""

    def __init__(self, service: Service, dialect: Dialect, match: Match | None) -> None:
        self._service = service
        self._dialect = dialect
        self._match = match

    async def answer(self, exchange: Exchange, body: bytes | Rejected) -> Reply:
        """The reply in the old service's shape, with a link to its successor. Raises when cancelled or for a bug."""
        try:
            return self._succeeded(exchange, await self._answer(exchange, body))
        except Rejected as refusal:
            return self.refuse(exchange, refusal, body)
        except ServiceError as failure:
            backend = str(failure.details.get("backend", ""))
            told = Failure(failure.code, failure.message, exchange.transaction_id, backend=backend)
            return self._failed(exchange, told, body)

    def refuse(self, exchange: Exchange, refusal: Rejected, body: bytes | Rejected = b"") -> Reply:
        failure = Failure(
            refusal.code, refusal.message, exchange.transaction_id, refusal.headers, method=exchange.method
        )
        return self._failed(exchange, failure, body)

    def _failed(self, exchange: Exchange, failure: Failure, body: bytes | Rejected) -> Reply:
        """The dialect's error, which may say what was asked, as far as that can be read."""
        route = self._route(exchange)
        if route is None and self._match is not None:  # asked by another method, a path is still the same call's
            route = next(iter(self._match.by_method.values()))
        query: Mapping[str, Sequence[str]] = {}
        with suppress(Rejected):
            query = read_query(exchange.query_string)
        asked = self._asked(exchange, query, b"" if isinstance(body, Rejected) else body)
        told = replace(failure, operation=route.operation if route else "", asked=asked)
        return self._succeeded(exchange, self._dialect.error(told))

    def _route(self, exchange: Exchange) -> Route | None:
        method = "GET" if exchange.method == "HEAD" else exchange.method
        return self._match.by_method.get(method) if self._match else None

    def _asked(self, exchange: Exchange, query: Mapping[str, Sequence[str]], body: bytes) -> Asked:
        return Asked(
            self._match.values if self._match else {}, query, body, exchange.header(b"content-type"),
            exchange.base_url, exchange.transaction_id, self._service.now,
        )  # fmt: skip

    def _succeeded(self, exchange: Exchange, reply: Reply) -> Reply:
        """The reply with a link to the page of each operation that succeeds what was asked (RFC 5829).

        Relative, so that no header which a caller sent can decide where it leads, nor any proxy's address.
        """
        if self._match is None:
            return reply
        route = self._route(exchange)
        successors = [route] if route else self._match.by_method.values()
        links = ", ".join(f'</compat/{each.operation}>; rel="successor-version"' for each in successors)
        return replace(reply, headers=(*reply.headers, (b"link", links.encode())))

    @property
    def takes_many(self) -> bool:
        """Whether a body of many things may come."""
        return self._match is not None and any(route.takes_many for route in self._match.by_method.values())

    async def _answer(self, exchange: Exchange, body: bytes | Rejected) -> Reply:
        viewer = await self._viewer(exchange) if self._dialect.asks_who_first else None
        if viewer is BAD_CREDENTIAL:
            words = "the credential does not hold"
            return self._dialect.error(
                Failure("UNAUTHENTICATED", words, exchange.transaction_id, is_credential_bad=True)
            )
        if self._match is None:
            raise Rejected("NOT_FOUND", "no such resource")
        allowed = (b"allow", self._match.allowed.encode())
        if exchange.method == "OPTIONS":
            return Reply(204, headers=(allowed,))
        viewer = viewer or await self._viewer(exchange)
        route = self._route(exchange)
        if route is None:
            raise Rejected("METHOD_NOT_ALLOWED", f"use {self._match.allowed}", (allowed,))
        if route.learner and self._match.values[route.learner] != viewer.learner:
            raise Forbidden("that is another learner's")
        return await self._answer_of(route, viewer, exchange, body)

    async def _viewer(self, exchange: Exchange) -> Viewer:
        try:
            return await self._service.credentials[self._dialect.credentials](exchange.headers)
        except Unauthenticated:
            if self._dialect.asks_who_first:
                return BAD_CREDENTIAL
            raise

    async def _answer_of(self, route: Route, viewer: Viewer, exchange: Exchange, body: bytes | Rejected) -> Reply:
        exchange.operation = route.operation
        if route.right:
            viewer.require(route.right)
        answers = route.answers or self._dialect.answers
        if not self._dialect.ignores_accept and preferred(exchange.header(b"accept"), answers) is None:
            raise Rejected("NOT_ACCEPTABLE", f"answers are {' or '.join(answers)}")
        if isinstance(body, Rejected):
            raise body
        given = read_query(exchange.query_string)
        asked = self._asked(exchange, AnyCase(given) if self._dialect.ignores_case else given, body)

        executed_at = 0.0

        async def run(operation: str, variables: Mapping[str, Any]) -> Outcome:
            nonlocal executed_at
            outcome = await self._service.run_operation(operation, variables, viewer)
            executed_at = perf_counter()
            return outcome

        answer = await answered(route, asked, run, exchange.transaction_id)
        if executed_at:
            note_phase("encode", perf_counter() - executed_at)
        if isinstance(answer, Reply):
            return answer
        return await opened(self._service.sources, answer, exchange.headers, missing=route.missing)
