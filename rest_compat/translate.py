"""A route as data, and how a request for it becomes an operation, and the operation's answer the old body."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from rest_compat.dialects import Dialect, Failure
from rest_compat.messages import Asked, Download, HeaderList, Json, Rejected, Reply, json_reply


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation gave: its data, and its errors as a GraphQL caller sees them."""

    data: Json | None
    errors: Sequence[Json]


# (name of the operation, variables) -> outcome
Run = Callable[[str, Mapping[str, Any]], Awaitable[Outcome]]


@dataclass(frozen=True)
class Route:
    """One documented request: which operation it is, with which variables, and the body of its reply.

    `body` gives None for what there is not: a 404 with the words of `missing`; it raises Rejected for what a mutation
    says that the caller can mend; it is a Download when the reply is a file, and bytes when the file is our own. What
    its return annotation says is published as the reply's schema. `follows` is where in the data a connection stands
    that the reply needs whole. `spelling` maps the operation's argument names to this route's own.

    `about` says in a sentence what the route answers. `asks` is a TypedDict of the values in its path and its query
    string, `takes` one of its request's body, which may hold many things when it `takes_many`. `answers` are the media
    types of its reply, when they are not those of its dialect. `status` is that of its replies, failures aside;
    `location` what their Location header says, an address of this service when it begins with a slash; members of the
    body stand in braces. `right` is asked for before what was asked is read, where the old service did so; the
    operation asks for it again. `learner` is the value in its path that must be the caller's own learner, judged as
    early. Who asks for one that `is_public` is nobody, whatever the credential. `backends` are those that some request
    for it calls. `root` is what the reply is called where it may be XML, by what was asked. The body of one that
    `takes_file` may be large: it is in `asked.file`, and `variables` runs in a worker thread.
    """

    path: str
    operation: str
    variables: Callable[[Asked], Mapping[str, Any]]
    body: Callable[[Json, Asked], object]
    dialect: Dialect
    about: str = ""
    asks: type[Any] | None = None
    takes: Any = None
    method: str = "GET"
    status: int = 200
    answers: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    missing: str = "no such resource"
    right: str = ""
    is_public: bool = False
    root: str | Callable[[Asked], str] = ""
    learner: str = ""
    location: str = ""
    takes_many: bool = False
    takes_file: bool = False
    follows: tuple[str, ...] = ()
    spelling: Mapping[str, str] = field(default_factory=dict)

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a whole path looks like: a documented prefix, the path, perhaps a slash."""
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        flags = re.IGNORECASE if self.dialect.ignores_case else re.NOFLAG
        return re.compile(f"(?:{self.dialect.before_path}){path}/?", flags)

    @property
    def gives(self) -> object:
        """The shape of its reply as its body function declares it, None among it when there may be no such thing."""
        return get_type_hints(self.body, include_extras=True).get("return", Any)

    @property
    def may_be_missing(self) -> bool:
        return type(None) in get_args(self.gives)


async def answered(route: Route, asked: Asked, run: Run, transaction_id: str) -> Reply | Download:
    """The reply to one request. Whole, or the family's error: never a silently smaller body."""

    def refused(code: str, message: str, headers: HeaderList = (), details: Mapping[str, Any] | None = None) -> Reply:
        told = {name: (details or {}).get(name, "") for name in ("backend", "organisation", "reference")}
        failure = Failure(code, message, transaction_id, headers, operation=route.operation, asked=asked, **told)
        return route.dialect.refuse(failure)

    try:
        variables = await _variables(route, asked)
        outcome = await _whole(route, variables, run)
        if outcome.errors or outcome.data is None:
            error = _first(outcome.errors)
            return refused(error["extensions"]["code"], _message(route, error), details=error["extensions"])
        body = route.body(outcome.data, asked)
    except Rejected as refusal:  # of what was asked, or by what the operation says of it
        return refused(refusal.code, refusal.message, refusal.headers)
    if body is None and route.gives is not type(None):
        return refused("NOT_FOUND", route.missing)
    return body if isinstance(body, Download) else _reply(route, body, asked)


async def _variables(route: Route, asked: Asked) -> Mapping[str, Any]:
    if asked.file is None:
        return route.variables(asked)
    reading = asyncio.ensure_future(asyncio.to_thread(route.variables, asked))
    try:
        return await asyncio.shield(reading)
    finally:
        # A thread cannot be told to stop: the file stays open under it, though nobody waits for the answer any more.
        await asyncio.wait([reading])


def _reply(route: Route, body: object, asked: Asked) -> Reply:
    if isinstance(body, bytes):
        return Reply(route.status, body, ((b"content-type", route.answers[0].encode()), *_location(route, asked, body)))
    if route.dialect.write is not None and route.root:
        root = route.root if isinstance(route.root, str) else route.root(asked)
        return route.dialect.write(route.status, body, root, asked.accept, _location(route, asked, body))
    return json_reply(route.status, body, _location(route, asked, body), route.dialect.json_type)


def _location(route: Route, asked: Asked, body: object) -> HeaderList:
    if not route.location:
        return ()
    before = asked.base_url if route.location.startswith("/") else ""
    location = route.location.format_map(body) if isinstance(body, dict) else route.location
    return ((b"location", f"{before}{location}".encode()),)


async def _whole(route: Route, variables: Mapping[str, Any], run: Run) -> Outcome:
    """The operation's outcome, with all pages of the connection that the route follows in the first one's place."""
    outcome = await run(route.operation, variables)
    first = page = _connection(route, outcome)
    while page is not None and page["pageInfo"]["hasNextPage"]:
        following = await run(route.operation, {**variables, "after": page["pageInfo"]["endCursor"]})
        if following.errors:
            return following
        page = _connection(route, following)
        if first is not None and page is not None:
            first["nodes"] += page["nodes"]
    return outcome


def _connection(route: Route, outcome: Outcome) -> Json | None:
    if not route.follows or outcome.errors:
        return None
    found: Any = outcome.data
    for name in route.follows:
        found = found and found[name]
    return found if isinstance(found, dict) else None


# Of several errors the caller hears the one that it can do most about.
PRECEDENCE = ("UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "LIMIT_EXCEEDED", "CONFLICT")


def _first(errors: Sequence[Json]) -> Json:
    def place(error: Json) -> int:
        code = error["extensions"]["code"]
        return PRECEDENCE.index(code) if code in PRECEDENCE else len(PRECEDENCE)

    return min(errors, key=place)


def _message(route: Route, error: Json) -> str:
    details = error["extensions"]
    if details["code"] == "BAD_USER_INPUT" and "argument" in details:
        return route.dialect.parameter_wrong(
            route.spelling.get(details["argument"], details["argument"]), details["rule"]
        )
    return str(error["message"])
