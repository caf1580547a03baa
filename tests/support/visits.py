"""A real browser that reaches nothing but the server under test, and what its pages ask for and complain of."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from support.server import Server

CHROMIUM = shutil.which("chromium")

# The browser lives as long as the loop that it was started in.
in_one_loop = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Visit:
    """A page, and all that it asked for and complained of."""

    page: Page
    server: Server
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """What it asked of others than the server."""
        ours = (f"{self.server.base}/", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(ours)]

    async def text_of(self, editor: str) -> str:
        """What one of the playground's editors holds: request-headers, operation, variables or response."""
        find = "name => __MONACO.editor.getModels().find(model => model.uri.path.includes(name))?.getValue()"
        return str(await self.page.evaluate(find, editor))


async def visit_of(context: BrowserContext, server: Server) -> Visit:
    """A new page, watched."""
    visit = Visit(await context.new_page(), server)
    context.on("request", lambda request: visit.requests.append(request.url))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on(
        "console",
        lambda said: visit.complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    await visit.page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " seen => console.error('policy', seen.violatedDirective, seen.blockedURI))"
    )
    return visit


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("THERE IS NO CHROMIUM HERE: THE PAGES ARE NOT TESTED")
    arguments = [
        "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]  # fmt: skip
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(viewport={"width": 1280, "height": 800})
    yield made
    await made.close()
