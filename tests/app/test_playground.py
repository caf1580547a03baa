"""The playground in a real browser that reaches nothing but the server under test."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.async_api import BrowserContext, expect
from support.server import Server, running_server
from support.visits import Visit, in_one_loop, visit_of

TOKEN_PATH = "/playground/development-token"
BUTTON = "Use a development token"


async def visited(context: BrowserContext, server: Server) -> Visit:
    """The playground's page, ready to be used."""
    visit = await visit_of(context, server)
    await visit.page.goto(f"{server.base}/graphql")
    await expect(visit.page.locator(".graphiql-query-editor .view-lines")).to_be_visible(timeout=20_000)
    return visit


@in_one_loop
async def test_a_development_token_is_one_click_away_and_the_default_query_is_answered(
    context: BrowserContext, server: Server
) -> None:
    visit = await visited(context, server)
    assert await visit.page.title() == "examgraph playground"
    await visit.page.get_by_role("button", name=BUTTON).click()
    await expect(visit.page.get_by_role("status")).to_contain_text(
        "Development token set · all 22 scopes", timeout=20_000
    )
    assert '"Authorization": "Bearer ey' in await visit.text_of("request-headers")
    await visit.page.get_by_role("button", name="Execute query").click()
    await expect(visit.page.locator(".result-window")).to_contain_text('"OCR"', timeout=20_000)
    answer = json.loads(await visit.text_of("response"))
    assert list(answer) == ["data"]
    assert [stream["code"] for stream in answer["data"]["businessStreams"]] == ["01", "02", "03", "04"]
    assert [(eps["name"], eps["status"]) for eps in answer["data"]["epsServers"]] == [("MEPS", "UP"), ("OEPS", "UP")]
    stored = await visit.page.evaluate("JSON.stringify(localStorage)")
    assert "Bearer" not in stored
    assert visit.complaints == []
    assert visit.foreign == []


@in_one_loop
async def test_in_production_there_is_no_button(
    context: BrowserContext, production_settings: dict[str, str], tmp_path: Path
) -> None:
    with running_server(tmp_path / "data", **production_settings, GRAPHQL__PLAYGROUND="true") as server:
        visit = await visited(context, server)
        await expect(visit.page.get_by_role("button", name="Execute query")).to_be_visible()
        assert await visit.page.get_by_role("button", name=BUTTON).count() == 0
        assert (await visit.text_of("operation")).startswith("# Welcome to examgraph. Put an Authorization")
        assert (await context.request.post(f"{server.base}{TOKEN_PATH}", data={})).status == 404
        assert visit.foreign == []


def test_in_production_there_is_no_playground_unless_asked_for(client: httpx.Client, production: Server) -> None:
    accept = {"accept": "text/html"}
    assert client.get(f"{production.base}/graphql", headers=accept).status_code == 406
    for path in ("/playground/", "/playground/index.html", TOKEN_PATH):
        assert client.get(f"{production.base}{path}", headers=accept).status_code == 404
    assert client.post(f"{production.base}{TOKEN_PATH}", json={}).status_code == 404


def test_the_page_comes_with_a_strict_policy_and_is_for_browsers_only(client: httpx.Client, server: Server) -> None:
    page = client.get(f"{server.base}/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    for accept in ("*/*", "application/json", "application/graphql-response+json, text/html;q=0.5"):
        asked = client.get(f"{server.base}/graphql", headers={"accept": accept})
        assert (asked.status_code, asked.json()["errors"][0]["message"]) == (400, "query must be a string")
    linked = client.get(f"{server.base}/graphql?query={{__typename}}", headers={"accept": "text/html,*/*;q=0.8"})
    assert linked.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_page_of_another_site_gets_no_token(client: httpx.Client, server: Server, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    refused = client.post(f"{server.base}{TOKEN_PATH}", content=b"{}", headers=headers)
    assert (refused.status_code, refused.json()) == (415, {"message": "send Content-Type: application/json"})
    assert client.get(f"{server.base}{TOKEN_PATH}").status_code == 405
    given = client.post(f"{server.base}{TOKEN_PATH}", json={}, headers={"origin": "https://elsewhere.example"})
    assert given.headers["cache-control"] == "no-store"
    assert not [name for name in given.headers if name.startswith("access-control")]
