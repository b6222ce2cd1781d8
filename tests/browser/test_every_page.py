"""Every page of the dashboard in Chromium: nothing typed anywhere runs, and axe finds no fault.

A page comes in by its links; one that none leads to fails.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from beckon.cli import demo
from beckon.demo.opening import Owner
from beckon.main import prepare_store
from beckon.settings import read
from browser.hostile import PAYLOAD, fill_every_form, fill_every_route
from browser.places import find_places, kind_of
from dashboard.visitor import PASSWORD, PASSWORD_HASH, Door, Visitor
from support.server import NOBODY, serving

AXE = (Path(__file__).parent.parent / "support/axe/axe.min.js").read_text()
LOOK = """async (rules) => {
  const only = rules ?? { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };
  const found = await axe.run({ exclude: [["iframe"], [".swagger-ui"]] }, {
    runOnly: only, resultTypes: ["violations"], iframes: false,
  });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
PAGES_WITH_TEXT = 30
CONTRAST = {"type": "rule", "values": ["color-contrast"]}

# What a mail holds is shown as it is, in a frame that can do nothing; the browser says so.
BLOCKED = re.compile(r"sandbox|Content Security Policy|ERR_NAME_NOT_RESOLVED|ERR_INTERNET")

# These show only while something goes on that the demo's story has behind it.
NOT_IN_DEMO = {
    "/start/figures",
    "/contacts/imports/{uuid}",
    "/contacts/imports/{uuid}/ahead",
    "/contacts/{id}/why/{segment}",
    "/segments/{id}/explain",
    "/campaigns/{id}/edit",
    "/webhooks/{id}",
    "/workflows/{id}/dry-run/{trial}",
}
PIECES = {
    "/contacts/count",
    "/contacts/imports/{uuid}/ahead",
    "/contacts/{id}/why/{segment}",
    "/events/rows",
    "/projects/menu",
    "/segments/{id}/explain",
    "/start/activity",
    "/start/figures",
}


def open_browser(chromium, visitor):
    """Open a browser in which the same person is signed in as in a visitor."""
    context = chromium.new_context(base_url=visitor.url, viewport={"width": 1280, "height": 860})
    context.add_cookies(
        [
            {"name": name, "value": value, "url": visitor.url}
            for name, value in visitor.cookies.items()
        ]
    )
    return context


@pytest.fixture(scope="module")
def demo_shop(tmp_path_factory):
    """Serve a small demo shop; give its address and what of it can be looked at."""
    folder = tmp_path_factory.mktemp("demo")
    settings = replace(read({}), data_dir=folder)
    owner = Owner("demo@example.com", PASSWORD_HASH)
    prepare_store(settings).dispose()
    demo.run(settings, people=25, name="Juniper Coffee", owner=owner, is_forced=False)
    with serving(folder) as running:
        visitor = Visitor(running.url, keeps_cookies=True)
        assert visitor.sign_in("demo@example.com", PASSWORD).status == 303
        yield visitor, find_places(visitor, each=1)
        visitor.close()


def test_every_page_is_reached_by_links(demo_shop):
    _, places = demo_shop
    assert {kind for kind, found in places.items() if not found} <= NOT_IN_DEMO | PIECES


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [("light", None), pytest.param("dark", CONTRAST, marks=pytest.mark.soak)],
)
def test_axe_finds_nothing_serious_on_any_page(chromium, demo_shop, scheme, rules):
    visitor, places = demo_shop
    context = open_browser(chromium, visitor)
    context.add_init_script(AXE)
    page, faults = context.new_page(), {}
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    shown = [found[0] for kind, found in places.items() if found and kind not in PIECES]
    for path in [*shown, "/docs", "/login", "/nothing"]:
        if path.endswith("/preview"):
            continue  # a mail of the shop's own, not a page of ours
        page.goto(path)
        if found := page.evaluate(LOOK, rules):
            faults[path] = found
    context.close()
    assert not faults, "\n".join(f"{path}: {one}" for path in faults for one in faults[path])


def test_nothing_that_can_be_typed_or_sent_runs_anywhere(chromium, tmp_path):
    with serving(tmp_path, private_targets=NOBODY) as running:
        project = running.new_project()
        fill_every_route(project)  # takes longer than an idle connection is kept
        visitor = Door(running, project.id).signed_in(name=PAYLOAD)
        fill_every_form(visitor)
        places = find_places(visitor, each=2)
        context = open_browser(chromium, visitor)
        ran, said, shown = [], [], 0
        context.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        context.on("console", lambda told: told.type == "error" and said.append(told.text))
        page = context.new_page()
        for address in [one for found in places.values() for one in found]:
            if kind_of(address) in PIECES:
                continue
            if not address.endswith("/preview"):
                text = visitor.get(address).body.decode()
                assert "<img src=x" not in text, address
                shown += "&lt;img src=x" in text
            page.goto(address)
            assert page.evaluate("window.boomed ?? null") is None, address
        context.close()
        visitor.close()
    assert shown > PAGES_WITH_TEXT, "hardly anything hostile was taken, so nothing was tried"
    assert ran == []
    assert [one for one in said if not BLOCKED.search(one)] == []
