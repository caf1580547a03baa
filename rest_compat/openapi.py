"""All old routes as one OpenAPI 3.1 document, said from the table of routes and the shapes that they declare."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, get_args

import orjson
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from rest_compat.dialects import Dialect, Failure
from rest_compat.messages import Json, Reply
from rest_compat.translate import Route

SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"
TRANSACTION = "6f4e6d3a-53f6-4b5e-9a55-0f1f3a3c3a51"
JSON = "application/json"
XML = "application/xml"
# What there is instead of a form is said in words, for those who look at the servers of a path.
ENVIRONMENT = {"default": "prod", "description": "The environment's name: letters and digits."}

DESCRIPTION = """\
The old URLs, each answered by a saved GraphQL operation: an operation's id here is its name there, and
`/compat/{operation}` shows it. Every answer, refusals too, points to that page by `Link` with
`rel="successor-version"`, and has an `X-TRANSACTION-ID`.

Each path answers at the root and behind every prefix listed among its servers, with and without a slash at its end.
What answers `GET` answers `HEAD` and `OPTIONS`, too. When a backend that an answer needs fails, the whole answer is an
error: none is silently smaller.
"""

HEADERS: Mapping[str, Json] = {
    "X-TRANSACTION-ID": {
        "description": "The request's transaction id: the one that was sent, or the one that was made for it.",
        "schema": {"type": "string", "maxLength": 128},
    },
    "Link": {
        "description": "The page of the GraphQL operation that succeeds this route.",
        "schema": {"type": "string"},
        "example": '</compat/LegacySession>; rel="successor-version"',
    },
}


RANGE: Json = {
    "name": "Range",
    "in": "header",
    "required": False,
    "description": "One part of the file (RFC 9110). For several, or for one of another form, it is sent whole.",
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """When a code is met, an example of its words, and which routes can meet it."""

    when: str
    words: str
    is_met_by: Callable[[Route], bool] = lambda _route: True


def _takes_a_body(route: Route) -> bool:
    return route.takes is not None or route.takes_file


def _gives_ranges(route: Route) -> bool:
    return not gives_json(route) and given(route) is not bytes  # a file of our own is short, and sent whole


# Of HTTP's own refusals METHOD_NOT_ALLOWED is missing: no documented operation can meet it.
REFUSALS: Mapping[str, Refusal] = {
    "BAD_USER_INPUT": Refusal("A value that was given is wrong.", "sessionId must be a positive integer"),
    "UNAUTHENTICATED": Refusal("The credentials are missing or wrong.", "client_id or client_secret is wrong"),
    "FORBIDDEN": Refusal("The caller has no right to this.", "this needs the scope sessions:read"),
    "NOT_FOUND": Refusal("There is no such thing.", "no such session", lambda route: route.may_be_missing),
    "NOT_ACCEPTABLE": Refusal(
        "No media type that is accepted can be given.",
        "answers are application/json",
        lambda route: not route.dialect.ignores_accept,
    ),
    "CONFLICT": Refusal("It contradicts what is stored.", "the reference is another request's", _takes_a_body),
    "PAYLOAD_TOO_LARGE": Refusal("The body is too large.", "the body is larger than 1048576 bytes", _takes_a_body),
    "UNSUPPORTED_MEDIA_TYPE": Refusal("The body's media type is not read.", "send application/json", _takes_a_body),
    "RANGE_NOT_SATISFIABLE": Refusal("The file ends before the range.", "the file ends before it", _gives_ranges),
    "LIMIT_EXCEEDED": Refusal("More is asked than may be.", "too much is asked at once"),
    "INTERNAL": Refusal("A fault of ours.", "Something went wrong on our side; the reference is 8f0c…"),
    "BACKEND_REFUSED": Refusal("A backend's answer is of no use.", "MEPS refused the call"),
    "BACKEND_UNAVAILABLE": Refusal("A backend cannot be reached.", "MEPS cannot be reached"),
    "BACKEND_TIMEOUT": Refusal("A backend did not answer in time.", "MEPS did not answer in time"),
}


def openapi(version: str, routes: Sequence[Route]) -> Json:
    """The document of `routes`. Raises TypeError for a route that does not say what it gives."""
    bodies = Bodies(routes)
    dialects = {route.dialect.name: route.dialect for route in routes}
    times: Counter[str] = Counter()
    paths: dict[str, Json] = {}
    for route in routes:
        times[route.operation] += 1
        path = f"{route.dialect.prefixes[0]}{route.path}"
        operation = _operation(route, bodies, times[route.operation])
        paths.setdefault(path, {"servers": _servers(route.dialect)})[route.method.lower()] = operation
    return {
        "openapi": "3.1.1",
        "info": {"title": "examgraph: the old routes", "version": version, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": dialect.name, "description": dialect.title} for dialect in dialects.values()],
        "paths": paths,
        "components": {
            "schemas": bodies.definitions,
            "responses": {
                f"{dialect.name}_{code}": _refusal(dialect, code, bodies)
                for dialect in dialects.values()
                for code in REFUSALS
            },
            "headers": dict(HEADERS),
            "securitySchemes": {
                name: dict(scheme) for dialect in dialects.values() for name, scheme in dialect.security.items()
            },
        },
    }


def given(route: Route) -> Any:  # noqa: ANN401 an annotation
    """What a route gives when there is something to give. Raises TypeError when it does not say."""
    if route.gives is Any:
        raise TypeError(f"{route.operation}: the function of its body does not say what it returns")
    kinds = [kind for kind in get_args(route.gives) if kind is not type(None)]
    return reduce(or_, kinds) if route.may_be_missing else route.gives


def gives_json(route: Route) -> bool:
    return JSON in (route.answers or route.dialect.answers)


class Bodies:
    """The schema of every body that routes take and give. What has a name is said once, in `definitions`."""

    def __init__(self, routes: Sequence[Route]) -> None:
        shapes = [route.dialect.error_body for route in routes]
        shapes += [route.takes for route in routes if route.takes is not None]
        shapes += [given(route) for route in routes if gives_json(route)]
        asked = {repr(shape): TypeAdapter(shape) for shape in shapes}
        schemas, told = TypeAdapter.json_schemas(
            [(name, "serialization", adapter) for name, adapter in asked.items()],
            ref_template=f"{SCHEMAS}{{model}}",
            schema_generator=Exact,
        )
        self.definitions: dict[str, Json] = told.get("$defs", {})
        self._schemas = {name: schema for (name, _mode), schema in schemas.items()}

    def content(self, shape: object, example: object = None) -> Json:
        """What a body of this shape is: its schema, and an example."""
        schema = self._schemas[repr(shape)]
        return {"schema": schema, "example": self._example(schema) if example is None else example}

    def _example(self, schema: Mapping[str, Any]) -> object:
        """A value that fits the schema, put together from its members' examples."""
        if "examples" in schema:
            return schema["examples"][0]
        if "$ref" in schema:
            return self._example(self.definitions[schema["$ref"].removeprefix(SCHEMAS)])
        if "anyOf" in schema:
            return self._example(schema["anyOf"][0])
        if schema.get("type") == "null":
            return None
        if schema.get("type") == "array":
            return [self._example(schema["items"])]
        return {name: self._example(member) for name, member in schema.get("properties", {}).items()}


class Exact(GenerateJsonSchema):
    """Objects have the members that they declare and no others. Titles that repeat a member's name say nothing."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 as pydantic asks
        return False


def parameters(route: Route) -> list[Json]:
    """What is given in the path, in the path's order, and in the query string."""
    if route.asks is None:
        return []
    schema = TypeAdapter(route.asks).json_schema(schema_generator=Exact)
    in_path = re.findall(r"\{(\w+)\}", route.path)
    found = []
    for name, member in schema["properties"].items():
        rules = {word: value for word, value in member.items() if word not in ("description", "examples")}
        found.append({
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in schema.get("required", ()),
            "description": member["description"],
            "schema": rules,
            "example": member["examples"][0],
        })  # fmt: skip
    return sorted(found, key=lambda each: in_path.index(each["name"]) if each["in"] == "path" else len(in_path))


def _operation(route: Route, bodies: Bodies, times: int) -> Json:
    """`times` is how often its saved operation has been met: an id stands for one path alone."""
    operation: Json = {
        "operationId": route.operation if times == 1 else f"{route.operation}_{times}",
        "summary": route.about,
        "description": f"Succeeded by the operation [{route.operation}](/compat/{route.operation}).",
        "tags": [route.dialect.name],
        "security": [] if route.is_public else [{name: [] for name in route.dialect.security}],
        "parameters": parameters(route) + ([RANGE] if _gives_ranges(route) else []),
    }
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: bodies.content(route.takes)}}
    if route.takes_file:
        operation["requestBody"] = {"required": True, "content": {XML: {}}}
    partial = {"206": {**_success(route, bodies), "description": "The part."}} if _gives_ranges(route) else {}
    operation["responses"] = {str(route.status): _success(route, bodies), **partial, **_refusals(route)}
    return operation


def _success(route: Route, bodies: Bodies) -> Json:
    content: dict[str, Json] = {}
    for media in route.answers or route.dialect.answers:
        # Bytes have no schema in OpenAPI 3.1: their media type says it all.
        content[media] = bodies.content(given(route)) if media == JSON else {}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
    return {"description": route.about, "headers": headers, "content": content}


def _refusals(route: Route) -> dict[str, Json]:
    """Each failure that the route can answer with, by status; said in full once for each dialect."""
    codes = [code for code, refusal in REFUSALS.items() if refusal.is_met_by(route)]
    found: dict[int, str] = {}
    for code in codes:
        found.setdefault(_reply(route.dialect, code).status, code)
    return {str(status): {"$ref": f"{RESPONSES}{route.dialect.name}_{code}"} for status, code in sorted(found.items())}


def _reply(dialect: Dialect, code: str) -> Reply:
    """Just what the dialect would say."""
    return dialect.error(Failure(code, REFUSALS[code].words, TRANSACTION, reference=TRANSACTION))


def _refusal(dialect: Dialect, code: str, bodies: Bodies) -> Json:
    reply = _reply(dialect, code)
    response: Json = {"description": REFUSALS[code].when}
    media = dict(reply.headers).get(b"content-type", b"").decode().partition(";")[0]
    if reply.body and media == JSON:
        response["content"] = {media: bodies.content(dialect.error_body, orjson.loads(reply.body))}
    elif reply.body:
        response["content"] = {
            media: {"schema": {"type": "string"}, "example": reply.body.decode()},
            JSON: bodies.content(dialect.error_body),
        }
    return response


def _servers(dialect: Dialect) -> list[Json]:
    """What stands before a path as it is written here: every prefix ends in the first, which the path holds."""
    bare = dialect.prefixes[0]
    servers: list[Json] = []
    for prefix in dialect.prefixes:
        server: Json = {"url": prefix.removesuffix(bare) or "/"}
        if "{environment}" in prefix:
            server["variables"] = {"environment": ENVIRONMENT}
        servers.append(server)
    return servers
