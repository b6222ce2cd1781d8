"""Campaigns, workflows and segments are looked through by name and state, page by page."""

import pytest

from beckon.dashboard.pages import looking
from dashboard.stories import a_welcome


def made(project):
    """Make two of each, told apart by name and by state."""
    a_welcome(project.retenshun)
    api = project.retenshun
    template = api.get("/api/v1/templates").ok()["templates"][0]["id"]
    steps = {"triggerType": "EVENT", "triggerEvent": "left", "steps": [{"type": "EXIT"}]}
    api.post("/api/v1/automations", {"name": "Straße", "active": False, **steps}).ok()
    rules = [{"event": "signup", "operator": "exists", "within": "30d"}]
    api.post("/api/v1/segments", {"name": "Welcome back", "rules": rules}).ok()
    api.post("/api/v1/segments", {"name": "Straße", "type": "STATIC"}).ok()
    listed = api.post("/api/v1/segments", {"name": "Readers", "type": "STATIC"}).ok()["id"]
    plan = {"channel": "EMAIL", "segmentId": listed, "templateId": template}
    api.post("/api/v1/campaigns", {"name": "Welcome all", **plan}).ok()
    again = api.post("/api/v1/campaigns", {"name": "Straße", **plan}).ok()["id"]
    api.post(f"/api/v1/campaigns/{again}/cancel", {}).ok()


@pytest.mark.parametrize(
    ("path", "state"),
    [("/campaigns", "cancelled"), ("/workflows", "paused"), ("/segments", "list")],
)
def test_a_list_is_narrowed_by_a_part_of_the_name_and_by_state(ada, project, path, state):
    made(project)

    def shown(query):
        page = ada.text(f"{path}{query}")
        rows = page.partition('id="content"')[2]
        return ["Welcome" in rows, ">Straße<" in rows]

    assert shown("") == [True, True]
    assert shown("?search=welc") == [True, False]
    assert shown("?search=STRASSE") == [False, True]
    assert shown(f"?state={state}") == [False, True]
    assert shown(f"?state={state}&search=welcome") == [False, False]
    assert ada.get(f"{path}?state=odd").status == 400
    assert ada.get(f"{path}?search={'x' * 201}").status == 400


def test_pages_keep_what_was_asked_and_end():
    asked = looking.Asked("/campaigns", "a&b", "draft", 2)
    names = [(number, f"A&B {number}") for number in range(101)]
    ids, listing = looking.pick([*names, (999, "other")], asked)
    assert list(ids) == list(range(50, 100))
    assert listing.total == 101
    assert listing.newer == "/campaigns?search=a%26b&state=draft"
    assert listing.older == "/campaigns?search=a%26b&state=draft&page=3"
