"""A route that does not say what it takes and gives fails, and so does one that says it wrongly.

What is said is compared with what is: with what `variables` reads, and with the body of every golden case.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from golden.cases import Case, cases
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from rest_compat.dialects import Dialect
from rest_compat.messages import Asked, Rejected, read_query
from rest_compat.openapi import REFUSALS, given, gives_json, openapi, parameters
from rest_compat.routes import DIALECTS, route_table
from rest_compat.translate import Route
from schema.errors import CODES

TABLE = route_table()
ROUTES = TABLE.routes
DOCUMENT = openapi("0", ROUTES)
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    (method.upper(), path): operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "servers"
}
OF_HTTP = {"NOT_ACCEPTABLE", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "RANGE_NOT_SATISFIABLE"}


def operation_of(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = OPERATIONS[route.method, f"{route.dialect.prefixes[0]}{route.path}"]
    return operation


def response_of(route: Route, status: int) -> dict[str, Any]:
    """What the document says of a route's reply with this status."""
    response: dict[str, Any] = operation_of(route)["responses"][str(status)]
    return DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]] if "$ref" in response else response


def route_of(case: Case) -> Route | None:
    """The route that a case asks; None for what is no documented request."""
    found = TABLE.find(case.path.partition("?")[0])
    return found.by_method.get("GET" if case.method == "HEAD" else case.method) if found else None


def problems(schema: Mapping[str, Any], value: object) -> list[str]:
    """How `value` differs from a schema of the document."""
    validator = Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(value)]


def members(schema: Mapping[str, Any], where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each member of each object in a schema, by where it stands."""
    for name, member in schema.get("properties", {}).items():
        yield f"{where}.{name}", member
        yield from members(member, f"{where}.{name}")
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word, ()):
            yield from members(part, where)
    if "items" in schema:
        yield from members(schema["items"], f"{where}[]")


class Noted(dict[str, Any]):
    """Values of a path or of a query string, and which of them were asked for."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)


def read_by(route: Route) -> set[str]:
    """The query parameters that a route reads in any of its golden cases."""
    read: set[str] = set()
    for case in cases():
        if route_of(case) is route and case.status in (200, 201):
            path, _, query_string = case.path.partition("?")
            found = TABLE.find(path)
            assert found is not None
            query = Noted(read_query(query_string.encode()))
            with contextlib.suppress(Rejected):
                route.variables(Asked(found.values, query))
            read |= query.asked
    return read


MEMBERS = [pair for name, schema in SCHEMAS.items() for pair in members(schema, name)]
JSON_CASES = [
    pytest.param(case, route, id=case.name)
    for case in cases()
    for route in [route_of(case)]
    if route is not None and isinstance(case.body, dict) and case.status != 405
]


def test_the_document_is_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    assert len(OPERATIONS) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_route_says_what_it_gives(route: Route) -> None:
    assert re.fullmatch(r"[A-Z].*[^.]\.", route.about), route.about
    given(route)
    if gives_json(route):
        content = operation_of(route)["responses"][str(route.status)]["content"]["application/json"]
        open_ended = [
            name for name in _named(content["schema"]) if SCHEMAS[name].get("additionalProperties") is not False
        ]
        assert content["schema"] not in ({}, {"type": "object"})
        assert open_ended == []


def _named(schema: object) -> set[str]:
    """The named schemas that a schema is made of, those inside others too."""
    found = set(re.findall(r"#/components/schemas/(\w+)", repr(schema)))
    return found.union(*(_named(SCHEMAS[name]) for name in found))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_route_says_what_it_reads(route: Route) -> None:
    declared = {(each["in"], each["name"], each["required"]) for each in parameters(route)}
    in_path = {name for place, name, is_required in declared if place == "path" and is_required}
    assert in_path == set(re.findall(r"\{(\w+)\}", route.path))
    assert read_by(route) == {name for place, name, _ in declared if place == "query"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_route_says_which_backends_it_calls(route: Route) -> None:
    assert set(route.backends) == {name for case in cases() if route_of(case) is route for name in case.calls}


@pytest.mark.parametrize(("where", "member"), MEMBERS, ids=[where for where, _ in MEMBERS])
def test_a_member_says_what_it_means(where: str, member: Mapping[str, Any]) -> None:
    if "$ref" in member:
        return
    assert member.get("description", "").endswith("."), where
    for example in member.get("examples", ()):
        assert problems(member, example) == []
    if not _named(member):
        assert member.get("examples"), where


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_an_example_fits_its_schema(route: Route) -> None:
    operation = operation_of(route)
    contents = [operation.get("requestBody", {}), *(response_of(route, int(each)) for each in operation["responses"])]
    shown = [media for each in contents for media in each.get("content", {}).values() if media]
    assert [problems(media["schema"], media["example"]) for media in shown] == [[]] * len(shown)
    assert [problems(each["schema"], each["example"]) for each in parameters(route)] == [[]] * len(parameters(route))


@pytest.mark.parametrize(("case", "route"), JSON_CASES)
def test_a_golden_body_is_as_documented(case: Case, route: Route) -> None:
    response = response_of(route, case.status)
    media = "text/plain" if isinstance(case.body, str) else "application/json"
    content = response["content"][media]
    assert problems(content["schema"], case.body) == []


def test_every_code_is_explained() -> None:
    assert set(REFUSALS) == {*CODES, *OF_HTTP}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_prefix_ends_in_the_bare_one(dialect: Dialect) -> None:
    bare = dialect.prefixes[0]
    assert "{" not in bare
    assert [prefix for prefix in dialect.prefixes if not prefix.endswith(bare)] == []


def test_what_does_not_say_what_it_gives_is_no_route() -> None:
    silent = Route("/x", "LegacyX", lambda _: {}, lambda data, _: data, DIALECTS[0])
    with pytest.raises(TypeError, match="LegacyX: the function of its body does not say what it returns"):
        openapi("0", [silent])


def test_a_schema_of_the_document_refuses_what_is_not_so() -> None:
    schema = {"$ref": "#/components/schemas/EpsStatus"}
    good = {"meps": "UP", "oeps": "DOWN", "checkedAt": "2026-11-22T09:00:00Z"}
    assert problems(schema, good) == []
    assert problems(schema, {**good, "more": 1}) != []
    assert problems(schema, {**good, "meps": "up"}) != []
    assert problems(schema, {**good, "checkedAt": "yesterday"}) != []
