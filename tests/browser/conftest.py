"""The system's Chromium, and pages in it that report whatever a person would call broken."""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from beckon.domain.accounts import actions as accounts
from beckon.kit.ids import new_token
from browser.faults import faults_of, watched
from browser.shop import open_browser, open_shop
from support.server import now, serving

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 30_000
EXPECTED_MS = 5_000
"""What Playwright waits for anything expected, unless it is told otherwise."""


@pytest.fixture(scope="package")
def chromium():
    """One browser for all journeys.

    While it is open an event loop runs in this thread, so it must not outlive them: tests elsewhere
    start loops of their own.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on the PATH, so no page is shown in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo_shop(tmp_path_factory):
    """Serve one small demo shop to all who look round in it; what they add to it stays."""
    with open_shop(tmp_path_factory.mktemp("demo")) as shop:
        yield shop


@pytest.fixture
def server(tmp_path):
    """Serve from an empty store; mail stays in the outbox."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def setup_link(server):
    """Give the one set-up link that counts."""
    token = new_token()
    assert server.write(lambda tx: accounts.offer_setup(tx, token, now()))
    return f"{server.url}/setup?token={token}"


@pytest.fixture
def context(chromium, server):
    """Open a browser of one's own, with nothing remembered."""
    made = chromium.new_context(base_url=server.url, viewport={"width": 1280, "height": 860})
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def troubles(context):
    """Collect what is wrong on any of the pages; nothing may be."""
    with watched(context) as found:
        yield found


@pytest.fixture
def page(context, troubles):
    """Open a page that must stay without troubles."""
    return context.new_page()


@pytest.fixture
def inside(page, setup_link):
    """Open a page of a server that is set up, with its first person signed in."""
    set_up(page, setup_link)
    return page


def set_up(page, link):
    page.goto(link)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill("a sentence to go in by")
    page.get_by_label("Organisation").fill("Acme")
    page.get_by_label("Project").fill("Acme Shop")
    page.get_by_role("button", name="Create and go in").click()
    page.wait_for_url("**/")


@pytest.fixture
def walk(chromium, demo_shop):
    """Open a page of the demo shop that must stay without troubles, and end without faults."""
    with open_browser(chromium, demo_shop.visitor) as opened, watched(opened):
        opened.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page = opened.new_page()
        yield page
        expect.set_options(timeout=EXPECTED_MS)
        assert faults_of(page) == []
