"""A copy of a template, a workflow or a segment is whole, and a thing of its own."""

import pytest

from dashboard.stories import a_welcome


def copied(ada, api, path, noun, prefix, number):
    """Copy something in the dashboard; give it and its copy as the API tells them."""
    answer = ada.submit(f"/{noun}/{number}/copy")
    assert answer.status == 303
    made = answer.headers["location"].rpartition("/")[2]
    assert "This is the copy" in ada.text(f"/{noun}/{made}")
    return [api.get(f"/api/v1/{path}/{prefix}_{one}").ok() for one in (number, made)]


def without(told, *keys):
    return {key: value for key, value in told.items() if key not in keys}


def test_a_template_is_copied_with_its_languages_and_tags(ada, project):
    api = project.retenshun
    words = {"subject": "Привіт, {{name}}", "body": "<p>Так</p>"}
    old = api.post(
        "/api/v1/templates",
        {
            "name": "x" * 200,
            "channel": "EMAIL",
            "subject": "Hi {{name}}",
            "body": "<p>Yes</p>",
            "tags": ["spring"],
            "translations": {"uk": words},
        },
    ).ok()
    number = old["id"].removeprefix("tpl_")
    old, new = copied(ada, api, "templates", "templates", "tpl", number)
    own = ("id", "messageId", "name", "createdAt", "updatedAt")
    assert without(new, *own) == without(old, *own)
    assert new["name"] == "x" * 193 + ", again"


def test_a_workflow_is_copied_paused_as_it_stands(ada, project):
    api = project.retenshun
    a_welcome(api)
    old = api.get("/api/v1/automations").ok()["automations"][0]
    number = old["id"].removeprefix("auto_")
    old, new = copied(ada, api, "automations", "workflows", "auto", number)
    assert (old["active"], new["active"]) == (True, False)
    assert new["steps"] == old["steps"]
    assert new["triggerEvent"] == "signup"


@pytest.mark.parametrize("is_list", [True, False])
def test_a_segment_is_copied_with_its_rule_or_its_people(ada, project, is_list):
    api = project.retenshun
    rules = [{"field": "email", "operator": "exists"}]
    how = {"type": "STATIC"} if is_list else {"rules": rules}
    number = (
        api.post("/api/v1/segments", {"name": "Readers", **how}).ok()["id"].removeprefix("seg_")
    )
    if is_list:
        api.post("/api/v1/users", {"id": "ann"}).ok()
        api.post(f"/api/v1/segments/seg_{number}/users", {"userIds": ["ann"]}).ok()
    old, new = copied(ada, api, "segments", "segments", "seg", number)
    assert new["rules"] == old["rules"]
    if is_list:
        people = api.get(f"/api/v1/segments/{new['id']}/users").ok()["users"]
        assert [one["id"] for one in people] == ["ann"]


def test_what_is_not_there_is_not_copied(ada):
    for noun in ("templates", "workflows", "segments"):
        assert ada.submit(f"/{noun}/999/copy").status == 404
        assert ada.submit(f"/{noun}/none/copy").status == 404
