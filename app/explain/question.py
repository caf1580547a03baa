"""Reading what is to be explained: a GraphQL document, or the request line of an old route."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, print_ast, separate_operations

from rest_compat.messages import Asked, Rejected, read_query
from rest_compat.routes import RouteTable
from rest_compat.translate import Route

REQUEST_LINE = re.compile(r"([A-Za-z]+)\s+(/\S*|https?://\S*)(?:\s+HTTP/[0-9.]+)?")


class Unexplainable(Exception):
    """What was given is nothing that can be explained. `lines` say why."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request for an old route."""

    line: str
    route: Route
    asked: Asked


@dataclass(frozen=True, slots=True)
class OperationText:
    """A GraphQL document, and which of its operations to run with which variables."""

    text: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def read_question(
    given: str, variables: str | None, operation_name: str | None, body: str | None, routes: RouteTable
) -> RequestLine | OperationText:
    """What was given on the command line; a request is for one of `routes`. Raises Unexplainable."""
    text = _text(given).strip()
    if not text:
        raise Unexplainable("there is nothing to explain: give a GraphQL operation, or a request such as GET /v1/…")
    if match := REQUEST_LINE.fullmatch(text):
        if variables is not None or operation_name is not None:
            raise Unexplainable("a request says its variables and its operation itself: leave out the options")
        return _request(match[1].upper(), match[2], b"" if body is None else _text(body).encode(), routes)
    if text.startswith(("/", "http://", "https://")):
        raise Unexplainable("say the method, and the path alone: GET /v1/…")
    if body is not None:
        raise Unexplainable("--body is for requests; an operation has --variables")
    return OperationText(text, operation_name, _variables(variables))


def own_text(tree: DocumentNode, operation: OperationDefinitionNode) -> str:
    """One operation with the fragments that it needs, as text."""
    name = operation.name.value if operation.name else ""
    return print_ast(separate_operations(tree)[name])


def _text(given: str) -> str:
    """The text itself, what the file after an @ holds, or standard input for a dash."""
    if given != "-" and not given.startswith("@"):
        return given
    where = "standard input" if given == "-" else given[1:]
    try:
        return sys.stdin.buffer.read().decode() if given == "-" else Path(where).read_text("utf-8")
    except UnicodeDecodeError:
        raise Unexplainable(f"{where}: is not UTF-8") from None
    except (OSError, ValueError) as error:
        raise Unexplainable(f"{where}: cannot be read ({getattr(error, 'strerror', error)})") from None


def _request(method: str, target: str, body: bytes, routes: RouteTable) -> RequestLine:
    path, _, query = target.partition("?")
    if path.rstrip("/") == "/graphql":
        raise Unexplainable("/graphql takes any operation: give the operation itself")
    if not path.startswith("/"):
        raise Unexplainable(f"{path}: give the path alone, from its first slash on")
    match = routes.find(path)
    if match is None:
        raise Unexplainable(f"{path}: is no documented path; docs/generated/routes.md has them all")
    # An answer to HEAD is the one to GET, without its body.
    route = match.by_method.get("GET" if method == "HEAD" else method)
    if route is None:
        raise Unexplainable(f"{method} {path}: use {match.allowed}")
    if route.takes_file:
        raise Unexplainable(f"{method} {path}: takes a file; give its operation, {route.operation}")
    try:
        return RequestLine(
            f"{method} {target}", route, Asked(match.values, read_query(query.encode()), body, "application/json")
        )
    except Rejected as refusal:
        raise Unexplainable(refusal.message) from None


def _variables(given: str | None) -> dict[str, Any]:
    if given is None:
        return {}
    try:
        variables = orjson.loads(_text(given))
    except orjson.JSONDecodeError as error:
        raise Unexplainable(f"--variables is not JSON: {error}") from None
    if not isinstance(variables, dict):
        raise Unexplainable("--variables must be a JSON object")
    return variables


def told_error(error: GraphQLError) -> str:
    """What is wrong with a document, and where."""
    where = f" (line {error.locations[0].line}, column {error.locations[0].column})" if error.locations else ""
    return f"{error.message}{where}"
