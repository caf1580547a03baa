"""From a route to the operation that succeeds it: the variables of a request, and where the old body comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from rest_compat.messages import Asked, Rejected, read_query
from rest_compat.openapi import Bodies, parameters
from rest_compat.routes import Match, RouteTable
from rest_compat.translate import Route

# Longer than any request that our routes answer: what is longer is not looked at.
REQUEST_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Succeeded:
    """A request for a route, and the variables that its operation gets for it."""

    request: str
    variables: Mapping[str, Any]


def routes_of(table: RouteTable, operation: str) -> list[Route]:
    """The routes that are this operation; none when there is no such operation."""
    return [route for route in table.routes if route.operation == operation]


def example(route: Route) -> Succeeded:
    """A request for the route, from its parameters' examples: with what it needs, or else with all that it takes."""
    shown = parameters(route)
    needed = [each for each in shown if each["required"]]
    for chosen in (needed, shown):
        values = {each["name"]: str(each["example"]) for each in chosen}
        quoted = {name: quote(value, safe="") for name, value in values.items()}
        query = {each["name"]: [values[each["name"]]] for each in chosen if each["in"] == "query"}
        path = f"{route.dialect.prefixes[0]}{route.path.format_map(quoted)}"
        request = f"{route.method} {path}{'?' if query else ''}{urlencode(query, doseq=True)}"
        asked = Asked(values, query, _example_body(route), "application/json")
        try:
            return Succeeded(request, _given(route, asked))
        except Rejected:
            continue
    return Succeeded(request, {})


def succeeded(table: RouteTable, operation: str, request: str) -> Succeeded:
    """The variables of `request`, a line such as `GET /v1/epsStatus`. Raises Rejected when it is no such request."""
    method, _, target = request.strip().rpartition(" ")
    method = method.strip().upper() or "GET"
    path, _, query_string = target.partition("?")
    match = table.find(path) if len(request) <= REQUEST_LENGTH else None
    route = _asked_route(match, method)
    if match is None or route is None:
        raise Rejected("NOT_FOUND", "that is no request for one of the old routes")
    if route.operation != operation:
        raise Rejected("CONFLICT", f"that request is the operation {route.operation}")
    asked = Asked(match.values, read_query(query_string.encode()), _example_body(route), "application/json")
    return Succeeded(f"{method} {target}", _given(route, asked))


def _asked_route(match: Match | None, method: str) -> Route | None:
    return match.by_method.get("GET" if method == "HEAD" else method) if match else None


def _given(route: Route, asked: Asked) -> Mapping[str, Any]:
    if route.takes_file:
        return {}  # they come of the file, and hold what no page can show
    return {name: value for name, value in route.variables(asked).items() if value is not None}


def _example_body(route: Route) -> bytes:
    return b"" if route.takes is None else orjson.dumps(Bodies([route]).content(route.takes)["example"])


class Traced(str):
    """Stands for whatever is at a place of an operation's data, and says which place it is."""

    __slots__ = ()

    def __getitem__(self, name: Any) -> "Traced":  # noqa: ANN401 a member's name, or a number
        return Traced(f"{self}.{name}" if isinstance(name, str) else f"{self}[{name}]")

    def __iter__(self) -> Iterator["Traced"]:
        yield Traced(f"{self}[]")

    def get(self, name: str, _default: object = None) -> "Traced":
        return self[name]


def mapping(route: Route) -> list[tuple[str, str]]:
    """Where each member of the old body comes from: a place in the operation's data, `{name}` for what the request
    says, empty text for what is worked out.

    Found by giving the body function data that only say where they stand. Nothing when it looks at what they are.
    """
    values = {each["name"]: Traced(f"{{{each['name']}}}") for each in parameters(route)}
    try:
        body = route.body(_Anything(), Asked(values))
    except (TypeError, ValueError, LookupError, AttributeError, Rejected):
        return []
    return list(_places(body, "")) if isinstance(body, Mapping | list) else []


class _Anything(dict[str, Any]):
    """Data that have every member."""

    def __missing__(self, name: str) -> Traced:
        return Traced(name)


def _places(body: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(body, Mapping):
        for name, member in body.items():
            yield from _places(member, f"{where}.{name}" if where else name)
    elif isinstance(body, list):
        for member in body[:1]:
            yield from _places(member, f"{where}[]")
    else:
        yield where, str(body) if isinstance(body, Traced) else ""
