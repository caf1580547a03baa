"""A route as data, and how a request for it becomes an operation, and the operation's answer the old body."""

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
    says that the caller can mend; it is a Download when the reply is a file. What its return annotation says is
    published as the reply's schema. `follows` is where in the data a connection stands that the reply needs whole.
    `spelling` maps the operation's argument names to this route's own.

    `about` says in a sentence what the route answers. `asks` is a TypedDict of the values in its path and its query
    string, `takes` one of its request's body, which may hold many things when it `takes_many`. `answers` are the media
    types of its reply, when they are not those of its dialect. `status` is that of its replies, failures aside;
    `location` what their Location header says, an address of this service when it begins with a slash. `right` is
    asked for before what was asked is read, where the old service did so; the operation asks for it again. `learner` is
    the value in its path that must be the caller's own learner, judged as early. `backends` are those that some request
    for it calls.
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
    learner: str = ""
    location: str = ""
    takes_many: bool = False
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

    def refused(code: str, message: str, headers: HeaderList = (), backend: str = "") -> Reply:
        told = Failure(code, message, transaction_id, headers, backend, operation=route.operation, asked=asked)
        return route.dialect.error(told)

    try:
        variables = route.variables(asked)
    except Rejected as refusal:
        return refused(refusal.code, refusal.message, refusal.headers)
    outcome = await _whole(route, variables, run)
    if outcome.errors or outcome.data is None:
        error = _first(outcome.errors)
        details = error["extensions"]
        return refused(details["code"], _message(route, error), backend=details.get("backend", ""))
    try:
        body = route.body(outcome.data, asked)
    except Rejected as refusal:  # by what the operation says of the input
        return refused(refusal.code, refusal.message, refusal.headers)
    if body is None and route.gives is not type(None):
        return refused("NOT_FOUND", route.missing)
    if isinstance(body, Download):
        return body
    return json_reply(route.status, body, _location(route, asked), route.dialect.json_type)


def _location(route: Route, asked: Asked) -> HeaderList:
    if not route.location:
        return ()
    before = asked.base_url if route.location.startswith("/") else ""
    return ((b"location", f"{before}{route.location}".encode()),)


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
        return f"{route.spelling.get(details['argument'], details['argument'])} {details['rule']}"
    return str(error["message"])
