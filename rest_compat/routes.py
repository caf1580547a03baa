"""All old routes, and all operations that they are."""

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from urllib.parse import unquote

from rest_compat import sessions
from rest_compat.dialects import CAMBRIDGE, Dialect
from rest_compat.events import reading, recording
from rest_compat.events.dialect import EVENTS
from rest_compat.exams import candidates, grades, plan, registrations
from rest_compat.exams.dialect import EXAMS
from rest_compat.learning import assessments, summaries, views
from rest_compat.learning.dialect import VIEWER
from rest_compat.results import dates, enquiries, papers, scripts, status
from rest_compat.translate import Route

# Whose a path is: the first that owns it, so whoever owns part of another's stands before it.
DIALECTS = (VIEWER, CAMBRIDGE, EVENTS, EXAMS)
# Each module's operations stand beside it, in a file of its name.
MODULES = (
    sessions, dates, scripts, status, papers, enquiries, reading, recording, plan, registrations, candidates, grades,
    views, assessments, summaries,
)  # fmt: skip
# What means the same percent-encoded and plain (RFC 3986, 6.2.2.2); a percent sign that encodes nothing is only itself.
UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
ENCODED = re.compile("%([0-9A-Fa-f]{2})?")
ROUTES: tuple[Route, ...] = tuple(route for module in MODULES for route in module.ROUTES)


@dataclass(frozen=True, slots=True)
class Match:
    """The routes of one path, by method, and the values that the path holds."""

    path: str  # as documented, without a prefix
    by_method: dict[str, Route]
    values: dict[str, str]

    @property
    def allowed(self) -> str:
        """For the Allow header: what the path can be asked with."""
        methods = set(self.by_method) | {"OPTIONS"} | ({"HEAD"} if "GET" in self.by_method else set())
        return ", ".join(sorted(methods))


class RouteTable:
    """Routes, found by path. `documents` holds the operations that they are: GraphQL texts by file name."""

    def __init__(self, routes: Sequence[Route], documents: Mapping[str, str]) -> None:
        self.routes = routes
        self.documents = documents
        self._paths = [
            (pattern, path, {route.method: route for route in routes if route.pattern == pattern})
            for pattern, path in {route.pattern: route.path for route in routes}.items()
        ]

    def find(self, path: str) -> Match | None:
        """The routes of a path as it came over the wire, still percent-encoded; None when it is no route's."""
        plain = _plain(path)
        for pattern, documented, by_method in self._paths:
            if found := pattern.fullmatch(plain):
                return Match(documented, by_method, {name: unquote(value) for name, value in found.groupdict().items()})
        return None


class PathTaken(ValueError):
    """A path is another route's."""


@cache
def route_table(plan_of_both_levels: str = plan.BOTH_LEVELS) -> RouteTable:
    """All old routes, and the operations that they are. Raises PathTaken."""
    names = [f"{module.__name__.removeprefix('rest_compat.').replace('.', '/')}.graphql" for module in MODULES]
    documents = {name: files("rest_compat").joinpath(name).read_text("utf-8") for name in names}
    return RouteTable(tuple(_moved(ROUTES, plan.OF_BOTH_LEVELS, plan_of_both_levels)), documents)


def _moved(routes: Sequence[Route], operation: str, path: str) -> Iterator[Route]:
    """The routes, that of this operation at this path, in their order. Raises PathTaken."""
    at = f"{next(each for each in routes if each.operation == operation).dialect.prefixes[0]}{path}"
    for each in routes:
        if each.operation == operation:
            yield each if each.path == path else replace(each, path=path)
        elif each.pattern.fullmatch(at):
            raise PathTaken(f"{path} is another route's path")
        else:
            yield each


def owner(path: str) -> Dialect | None:
    """The old service under whose prefix the path stands; None when it is none's."""
    plain = _plain(path)
    return next((dialect for dialect in DIALECTS if dialect.owns.match(plain)), None)


def _plain(path: str) -> str:
    """The path without encodings that it could do without: `/businessStreams/%302` is a route's of stream 02."""
    return ENCODED.sub(_decoded, path) if "%" in path else path


def _decoded(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if character in UNRESERVED else found[0]
