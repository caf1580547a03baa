"""The start page, the old routes' docs and the operations' pages, as they come over HTTP."""

import html
import json
import re
from importlib.metadata import version
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from graphql import OperationDefinitionNode, parse, print_ast, separate_operations
from support.server import Server

from rest_compat.openapi import openapi
from rest_compat.routes import ROUTES, route_table
from rest_compat.successors import example
from rest_compat.translate import Route

SAVED = {
    name: tree for text in route_table().documents.values() for name, tree in separate_operations(parse(text)).items()
}
STRICT = {"script-src": "'self'", "style-src": "'self'", "default-src": "'none'", "frame-ancestors": "'none'"}
PAGES = ("/", "/docs", "/compat/LegacySession", "/compat/Nothing")
SESSION = "/v1/businessStreams/02/sessions/14244"


def shown(page: str, pattern: str) -> str:
    """The text of the one place in a page that the pattern finds."""
    [found] = re.findall(pattern, page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found))


def playground_link(page: str) -> dict[str, str]:
    """What the page's link fills into the playground."""
    link = urlsplit(shown(page, r'href="(/graphql#[^"]+)">Open in the playground'))
    return {name: values[0] for name, values in parse_qs(link.fragment, strict_parsing=True).items()}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_strict_policy_and_nothing_that_breaks_it(client: httpx.Client, server: Server, path: str) -> None:
    page = client.get(f"{server.base}{path}")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert {name: policy[name] for name in STRICT} == STRICT
    assert re.findall(r'<script(?![^>]*\ssrc="/assets/)|<style|\sstyle=|\son\w+=|javascript:', page.text) == []
    assert [url for url in re.findall(r'(?:src|href)="([^"]+)"', page.text) if not url.startswith(("/", "#"))] == []
    for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        file = client.get(f"{server.base}{address}")
        assert (file.status_code, file.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    head = client.head(f"{server.base}{path}")
    assert (head.status_code, head.content) == (page.status_code, b"")


def test_the_start_page_lists_every_route_with_its_operation(client: httpx.Client, server: Server) -> None:
    page = client.get(f"{server.base}/").text
    rows = [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip()
             for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
            for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]]  # fmt: skip
    expected = [
        [f"{route.method} {route.dialect.prefixes[0]}{route.path}", route.about, route.operation]
        for family in dict.fromkeys(route.dialect.name for route in ROUTES)
        for route in ROUTES
        if route.dialect.name == family
    ]
    assert [row for row in rows if row] == expected
    for route in ROUTES:
        assert client.get(f"{server.base}/compat/{route.operation}").status_code == 200
    assert "examgraph credentials" in page
    assert 'class="graph"' in page


def test_in_production_the_start_page_shows_no_graph_and_tells_no_secrets(
    client: httpx.Client, production: Server, production_settings: dict[str, str]
) -> None:
    told = [client.get(f"{production.base}{path}").text for path in (*PAGES, "/backends.json", "/openapi.json")]
    assert 'class="graph"' not in told[0]
    assert "credentials" not in told[0]
    for text in told:
        assert "/graphql" not in text
        for setting, value in production_settings.items():
            assert setting in ("PROFILE", "GRAPHQL__CORS_ORIGINS") or value not in text


def test_backends_json_tells_of_each_backend(client: httpx.Client, server: Server) -> None:
    answer = client.get(f"{server.base}/backends.json")
    assert answer.headers["cache-control"] == "no-store"
    backends = answer.json()["backends"]
    assert [backend["name"] for backend in backends] == list(client.get(f"{server.base}/readyz").json()["backends"])
    for backend in backends:
        assert set(backend) == {"name", "status", "latencyMs", "breaker"}
        assert (backend["status"], backend["breaker"]) == ("UP", "CLOSED")
        assert 0 < backend["latencyMs"] < 1500


def test_openapi_json_is_the_document(client: httpx.Client, server: Server) -> None:
    answer = client.get(f"{server.base}/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(json.dumps(openapi(version("examgraph"), ROUTES)))


@pytest.mark.parametrize("path", ["/swagger", "/swagger/"])
def test_swagger_leads_to_the_docs(client: httpx.Client, server: Server, path: str) -> None:
    answer = client.get(f"{server.base}{path}")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_page_shows_its_operation_and_fills_the_playground_in(
    route: Route, client: httpx.Client, server: Server
) -> None:
    page = client.get(f"{server.base}/compat/{route.operation}").text
    text = shown(page, r'<pre class="code"><code>(.*?)</code>')
    assert print_ast(parse(text)) == print_ast(SAVED[route.operation])
    # Of several routes that are one operation, the first is the example.
    told = example(next(first for first in ROUTES if first.operation == route.operation))
    variables = json.loads(shown(page, r'id="variables"><code>(.*?)</code>'))
    assert variables == told.variables
    filled = playground_link(page)
    assert (filled["query"].strip(), json.loads(filled["variables"])) == (text.strip(), variables)
    [operation] = [node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
    assert set(variables) <= {node.variable.name.value for node in operation.variable_definitions or ()}
    for backend in route.backends:
        assert f"<li>{backend}</li>" in page


def test_a_page_is_filled_in_for_a_request(client: httpx.Client, server: Server) -> None:
    request = "GET /ca-sessions-dev/v1/businessStreams/01/sessions/?year=2019&assessmentCode=R031"
    for line in (request, request.removeprefix("GET ")):
        page = client.get(f"{server.base}/compat/LegacySessions", params={"request": line})
        assert page.status_code == 200
        expected = {"stream": "01", "year": 2019, "assessmentCode": "R031"}
        assert json.loads(shown(page.text, r'id="variables"><code>(.*?)</code>')) == expected
        assert json.loads(playground_link(page.text)["variables"]) == expected
        assert shown(page.text, r'name="request" value="([^"]+)"') == request


def test_what_a_page_fills_in_is_answered_by_graphql(client: httpx.Client, server: Server) -> None:
    filled = playground_link(client.get(f"{server.base}/compat/LegacySession").text)
    answer = server.graphql(filled["query"], json.loads(filled["variables"])).json()
    assert answer["data"]["session"]["sessionId"] == server.get(SESSION).json()["sessionId"] == "14244"


NO_REQUEST = "that is no request for one of the old routes"


@pytest.mark.parametrize(
    ("request_line", "problem"),
    [
        ("GET /v1/businessStreams/02/sessions?year=20x4", "year must be a year of four digits"),
        ("GET /v1/businessStreams/02/sessions?year=2024&year=2025", "year is given more than once"),
        ("GET /v1/businessStreams/02/sessions?year=%FF", "the query string is not UTF-8, percent-encoded"),
        ("GET /v1/businessStreams/02/sessions?x=é", "the query string is not UTF-8, percent-encoded"),
        ("GET /v1/epsStatus", "that request is the operation LegacyEpsStatus"),
        ("POST /v1/businessStreams/02/sessions", NO_REQUEST),
        ("GET /v1/nothing", NO_REQUEST),
        ("hello", NO_REQUEST),
        ("   ", NO_REQUEST),
        ("GET https://old.example/v1/epsStatus", NO_REQUEST),
        ("GET /v1/businessStreams/02/sessions?year=" + "1" * 5000, NO_REQUEST),
        ('"><script>alert(1)</script>', NO_REQUEST),
    ],
)
def test_a_request_that_is_none_is_told_so(
    client: httpx.Client, server: Server, request_line: str, problem: str
) -> None:
    page = client.get(f"{server.base}/compat/LegacySessions", params={"request": request_line})
    assert page.status_code == 400
    assert shown(page.text, r'id="problem"[^>]*>(.*?)</p>') == problem
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("name", ["Nothing", "legacysession", "..%2F", "%00", "<script>", "LegacySessionFields"])
def test_there_is_no_page_of_an_operation_that_there_is_not(client: httpx.Client, server: Server, name: str) -> None:
    page = client.get(f"{server.base}/compat/{quote(name, safe='%')}")
    assert page.status_code == 404
    assert name not in page.text


def successor(operation: str) -> str:
    return f'</compat/{operation}>; rel="successor-version"'


@pytest.mark.parametrize(
    ("method", "path", "sends", "status"),
    [
        ("GET", SESSION, {}, 200),
        ("HEAD", SESSION, {}, 200),
        ("OPTIONS", SESSION, {}, 204),
        ("GET", f"/ca-sessions-dev{SESSION}/", {}, 200),
        ("GET", "/v1/businessStreams/02/sessions/99999999", {}, 404),
        ("GET", "/v1/businessStreams/02/sessions/abc", {}, 400),
        ("GET", SESSION, {"client_secret": "wrong"}, 401),
        ("HEAD", SESSION, {"client_secret": "wrong"}, 401),
        ("DELETE", SESSION, {}, 405),
        ("GET", SESSION, {"accept": "text/html"}, 406),
        ("GET", SESSION, {"host": "elsewhere.example"}, 200),
    ],
)
def test_a_legacy_answer_links_to_its_successor(
    client: httpx.Client, server: Server, method: str, path: str, sends: dict[str, str], status: int
) -> None:
    answer = client.request(method, f"{server.base}{path}", headers={**server.client, **sends})
    assert (answer.status_code, answer.headers["link"]) == (status, successor("LegacySession"))


def test_what_has_no_successor_links_to_none(client: httpx.Client, server: Server) -> None:
    for path in ("/v1/nothing", "/graphql?query={__typename}", "/healthz", "/"):
        assert "link" not in client.get(f"{server.base}{path}", headers=server.client).headers
