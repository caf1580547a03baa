"""The old routes over HTTP: whose path it is, who asks, by which method, and then the route itself."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from time import perf_counter
from typing import Any

from app.http.downloads import opened
from app.http.requests import Exchange
from app.http.uploads import Upload
from app.wiring import Service
from datasources.errors import Forbidden, ServiceError, Unauthenticated
from datasources.origin import Origin, origin
from datasources.timings import note_phase
from resolvers.access import NOBODY, Viewer
from rest_compat.dialects import Dialect, Failure
from rest_compat.messages import AnyCase, Asked, Rejected, Reply, preferred, read_query
from rest_compat.routes import Match
from rest_compat.translate import Outcome, Route, answered

# Read, refused, or to be read when it is its turn.
Body = bytes | Rejected | Upload
# In the place of a viewer, for a dialect that knows a bad credential from none.
BAD_CREDENTIAL = Viewer(subject=None)


class LegacyRoutes:
    """Answers the paths of one old service: `match` is what the path is, None when it is no route's."""

    def __init__(self, service: Service, dialect: Dialect, match: Match | None) -> None:
        self._service = service
        self._dialect = dialect
        self._match = match

    async def answer(self, exchange: Exchange, body: Body) -> Reply:
        """The reply in the old service's shape, with a link to its successor. Raises when cancelled or for a bug."""
        try:
            return self._succeeded(exchange, await self._answer(exchange, body))
        except Rejected as refusal:
            return self.refuse(exchange, refusal, body)
        except ServiceError as failure:
            told = Failure(
                failure.code,
                failure.message,
                exchange.transaction_id,
                backend=str(failure.details.get("backend", "")),
                organisation=str(failure.details.get("organisation", "")),
            )
            return self._failed(exchange, told, body)

    def refuse(self, exchange: Exchange, refusal: Rejected, body: Body = b"") -> Reply:
        failure = Failure(
            refusal.code, refusal.message, exchange.transaction_id, refusal.headers, method=exchange.method
        )
        return self._failed(exchange, failure, body)

    def _failed(self, exchange: Exchange, failure: Failure, body: Body) -> Reply:
        """The dialect's error, which may say what was asked, as far as that can be read."""
        route = self._route(exchange)
        if route is None and self._match is not None:  # asked by another method, a path is still the same call's
            route = next(iter(self._match.by_method.values()))
        query: Mapping[str, Sequence[str]] = {}
        with suppress(Rejected):
            query = read_query(exchange.query_string)
        told = replace(
            failure, operation=route.operation if route else "", asked=self._asked(exchange, query, body)
        )  # fmt: skip
        return self._succeeded(exchange, self._dialect.refuse(told))

    def _route(self, exchange: Exchange) -> Route | None:
        method = "GET" if exchange.method == "HEAD" else exchange.method
        return self._match.by_method.get(method) if self._match else None

    def _asked(self, exchange: Exchange, query: Mapping[str, Sequence[str]], body: Body) -> Asked:
        """What was asked; of a body that is a file nothing yet."""
        return Asked(
            values=self._match.values if self._match else {},
            query=AnyCase(query) if self._dialect.ignores_case else query,
            body=body if isinstance(body, bytes) else b"",
            content_type=exchange.header(b"content-type"),
            base_url=exchange.base_url,
            accept=exchange.header(b"accept"),
            transaction_id=exchange.transaction_id,
            now=self._service.now,
        )

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

    def takes_file(self, exchange: Exchange) -> bool:
        """Whether the body is to be read when its turn comes."""
        route = self._match.by_method.get(exchange.method) if self._match else None
        return route is not None and route.takes_file

    async def _answer(self, exchange: Exchange, body: Body) -> Reply:
        viewer = await self._viewer(exchange) if self._dialect.asks_who_first else None
        if viewer is BAD_CREDENTIAL:
            words = "the credential does not hold"
            return self._dialect.refuse(
                Failure("UNAUTHENTICATED", words, exchange.transaction_id, is_credential_bad=True)
            )
        if self._match is None:
            raise Rejected("NOT_FOUND", "no such resource")
        allowed = (b"allow", self._match.allowed.encode())
        if exchange.method == "OPTIONS":
            return Reply(204, headers=(allowed,))
        route = self._route(exchange)
        if not viewer:
            is_public = route.is_public if route else all(each.is_public for each in self._match.by_method.values())
            viewer = NOBODY if is_public else await self._viewer(exchange)
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

    async def _answer_of(self, route: Route, viewer: Viewer, exchange: Exchange, body: Body) -> Reply:
        exchange.operation = route.operation
        origin.set(Origin(self._dialect.name, route.operation))
        if route.right:
            viewer.require(route.right)
        answers = route.answers or self._dialect.answers
        if not self._dialect.ignores_accept and preferred(exchange.header(b"accept"), answers) is None:
            raise Rejected("NOT_ACCEPTABLE", f"answers are {' or '.join(answers)}")
        if isinstance(body, Rejected):
            raise body
        given = read_query(exchange.query_string)
        # What comes of reading the body lives as long as its request.
        with ExitStack() as closing:
            asked = self._asked(exchange, given, body)
            if isinstance(body, Upload):
                asked = replace(asked, file=await body.file(), closing=closing)
            return await self._run(route, asked, viewer, exchange)

    async def _run(self, route: Route, asked: Asked, viewer: Viewer, exchange: Exchange) -> Reply:
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
        return await opened(self._service.context(viewer), answer, exchange.headers, missing=route.missing)
