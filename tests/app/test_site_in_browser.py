"""The pages in a real browser that reaches nothing but the server under test."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect
from support.server import Server, running_server
from support.visits import in_one_loop, visit_of

FIRST = 20_000  # milliseconds that a busy machine may take to show a page


@contextmanager
def deleted(file: Path) -> Iterator[None]:
    away = file.rename(file.with_suffix(".away"))
    yield
    away.rename(file)


@in_one_loop
async def test_the_start_page_shows_the_backends_and_leads_to_the_playground(
    context: BrowserContext, server: Server
) -> None:
    visit = await visit_of(context, server)
    await visit.page.goto(f"{server.base}/")
    await expect(visit.page.locator("#backends-summary")).to_have_text("All 13 answer.", timeout=FIRST)
    cards = await visit.page.locator("#backends li").all_inner_texts()
    assert [card.split()[0] for card in cards[:3]] == ["MEPS", "OEPS", "CAMS"]
    assert all("UP" in card.split() for card in cards)
    assert all("breaker closed" in card and " ms" in card for card in cards)
    await visit.page.get_by_role("link", name="BusinessStream: open in the playground").click()
    await expect(visit.page.locator(".graphiql-query-editor .view-lines")).to_contain_text("code", timeout=FIRST)
    assert (await visit.text_of("operation")).startswith("query BusinessStreamExample {\n  businessStreams {")
    assert visit.complaints == []
    assert visit.foreign == []


@pytest.mark.slow
@in_one_loop
async def test_the_start_page_tells_when_a_backend_goes_and_comes_back(
    context: BrowserContext, filled_data_dir: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(filled_data_dir, tmp_path / "data"))
    with running_server(folder, EPS__OEPS__BREAKER_OPEN_SECONDS="0.5") as server:
        visit = await visit_of(context, server)
        summary = visit.page.locator("#backends-summary")
        with deleted(folder / "sandbox" / "oeps.sqlite"):
            await visit.page.goto(f"{server.base}/")
            await expect(summary).to_have_text("OEPS does not answer; the others' fields do.", timeout=FIRST)
            await expect(visit.page.locator(".backend.down")).to_contain_text("no answer")
        await expect(summary).to_have_text("All 13 answer.", timeout=FIRST)
        server.stop()
        await expect(summary).to_have_text("This server does not answer just now.", timeout=FIRST)
        assert visit.foreign == []


@in_one_loop
@pytest.mark.parametrize("path", ["/", "/docs", "/compat/LegacySessions"])
async def test_a_page_fits_a_telephone(context: BrowserContext, server: Server, path: str) -> None:
    visit = await visit_of(context, server)
    await visit.page.set_viewport_size({"width": 360, "height": 740})
    await visit.page.emulate_media(color_scheme="dark")
    await visit.page.goto(f"{server.base}{path}")
    await visit.page.wait_for_load_state("networkidle")
    assert await visit.page.evaluate("document.documentElement.scrollWidth") == 360
    assert visit.complaints == []


@in_one_loop
async def test_the_docs_try_a_route_out(context: BrowserContext, server: Server) -> None:
    visit = await visit_of(context, server)
    page = visit.page
    await page.goto(f"{server.base}/swagger")
    await expect(page.get_by_role("heading", name="examgraph: the old routes")).to_be_visible(timeout=FIRST)
    await page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    for value in server.client.values():
        await dialog.locator("input").first.fill(value)
        await dialog.get_by_role("button", name="Apply").first.click()
    await expect(dialog.get_by_role("button", name="Remove authorization")).to_have_count(2)
    await page.get_by_role("button", name="Close").last.click()
    operation = page.locator("#operations-cambridge-LegacySession")
    await operation.locator(".opblock-summary-control").click()
    await expect(operation).to_contain_text("Number of the session within its stream.")
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    await expect(answer).to_contain_text('"sessionId": "14244"', timeout=FIRST)
    await expect(answer).to_contain_text("/compat/LegacySession")
    assert visit.complaints == []
    assert visit.foreign == []


@in_one_loop
async def test_an_operations_page_opens_the_playground_filled_in(context: BrowserContext, server: Server) -> None:
    visit = await visit_of(context, server)
    page = visit.page
    await page.goto(f"{server.base}/compat/LegacySession")
    await page.get_by_label("A request for it").fill("/v1/businessStreams/02/sessions/16884")
    await page.get_by_role("button", name="Show its variables").click()
    await expect(page.locator("#variables")).to_contain_text("16884")
    await page.get_by_role("link", name="Open in the playground, filled in").click()
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_be_visible(timeout=FIRST)
    assert (await visit.text_of("operation")).startswith("query LegacySession($stream: ID!, $session: ID!) {")
    assert json.loads(await visit.text_of("variables")) == {"stream": "02", "session": "16884"}
    await page.get_by_role("button", name="Use a development token").click()
    await expect(page.get_by_role("status")).to_contain_text("Development token set", timeout=FIRST)
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".result-window")).to_contain_text('"16884"', timeout=FIRST)
    assert visit.complaints == []
    assert visit.foreign == []
