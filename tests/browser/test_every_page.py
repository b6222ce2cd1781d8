"""Every page of the dashboard in Chromium: nothing typed anywhere runs, and axe finds no fault.

A page comes in by its links; one that none leads to fails.
"""

import re

import pytest

from beckon.domain.accounts.model import Role
from browser.faults import faults_of
from browser.hostile import PAYLOAD, fill_every_form, fill_every_route, forms_of
from browser.places import find_places, form_of, kind_of
from browser.shop import open_browser
from dashboard.test_roles import CLOSED, FORMS, is_below
from dashboard.visitor import Addresses, Door
from support.bodies import some_things
from support.server import NOBODY, serving

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
    "/campaigns/{id}/outcomes",
    "/contacts/count",
    "/contacts/imports/{uuid}/ahead",
    "/contacts/{id}/why/{segment}",
    "/events/rows",
    "/projects/menu",
    "/segments/{id}/explain",
    "/start/activity",
    "/start/figures",
}


def test_every_page_is_reached_by_links(demo_shop):
    unseen = {kind for kind, found in demo_shop.places.items() if not found}
    assert unseen <= NOT_IN_DEMO | PIECES


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [("light", None), pytest.param("dark", CONTRAST, marks=pytest.mark.soak)],
)
def test_axe_finds_nothing_serious_on_any_page(chromium, demo_shop, scheme, rules):
    context = open_browser(chromium, demo_shop.visitor)
    page, faults = context.new_page(), {}
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    shown = [found[0] for kind, found in demo_shop.places.items() if found and kind not in PIECES]
    for path in [*shown, "/docs", "/login", "/nothing"]:
        if path.endswith("/preview"):
            continue  # a mail of the shop's own, not a page of ours
        page.goto(path)
        if found := faults_of(page, rules):
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


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_no_page_offers_what_a_role_may_not_do(tmp_path, role):
    with serving(tmp_path, private_targets=NOBODY) as running:
        project = running.new_project()
        some_things(project)
        visitor = Door(running, project.id).signed_in(role)
        refused = set()
        for page in [one for found in find_places(visitor, each=2).values() for one in found]:
            text = visitor.get(page).body.decode()
            links = {link.partition("#")[0] for link in Addresses(text).found}
            least = [(one, CLOSED.get(one)) for one in map(kind_of, links)]
            forms = [form_of(action) for action, _ in forms_of(text, page)]
            least += [(one, FORMS[one]) for one in forms if one]
            refused |= {one for one, role_of in least if role_of and is_below(role, role_of)}
        visitor.close()
    # Who may only look has the editor too: it is posted to be checked and shown.
    assert refused <= {"/templates/{id}"}
