"""Dry runs in the background: played by the engine, followed by progress, given up."""

import pytest

from support.server import eventually

PERIOD = {"from": "2026-01-01T00:00:00Z"}


@pytest.fixture
def client(project):
    return project.retenshun


@pytest.fixture
def automation(client):
    """Make one that two people would have entered, in two versions."""
    template = client.post(
        "/api/v1/templates",
        {"name": "T", "channel": "EMAIL", "subject": "Hello {{ name }}", "body": "<p>Hello"},
    ).ok()["id"]
    mail = {"type": "SEND_EMAIL", "templateId": template}
    words = {"name": "Welcome", "triggerType": "EVENT", "triggerEvent": "signed_up"}
    made = client.post("/api/v1/automations", {**words, "steps": [mail]}).ok()["id"]
    for name in ("ann", "bob"):
        client.post("/api/v1/users", {"id": name, "email": f"{name}@example.com"}).ok()
        client.post("/api/v1/events", {"userId": name, "eventName": "signed_up"}).ok()
    path = f"/api/v1/automations/{made}"
    client.put(path, {"steps": [mail, {**mail, "delay": 3600}]}).ok()
    return path


def ended(client, path):
    eventually(lambda: client.get(path).ok()["endedAt"] is not None, "the end of a dry run")
    return client.get(path).ok()


def test_two_versions_are_played_side_by_side_and_what_was_found_is_kept(client, automation):
    body = {**PERIOD, "to": "2999-01-01T00:00:00Z", "against": 1}
    reply = client.post(f"{automation}/dry-runs", body)
    assert reply.status == 400, "a period of a thousand years"
    asked = client.post(f"{automation}/dry-runs", {**PERIOD, "against": 1}).ok()
    assert (asked["status"], asked["result"]) == ("WAITING", None)
    told = ended(client, f"{automation}/dry-runs/{asked['id']}")
    assert (told["status"], told["progress"], told["error"]) == ("DONE", 1, None)
    found = told["result"]
    at_once = client.post(f"{automation}/dry-run", {**PERIOD, "against": 1}).ok()
    assert found == at_once
    assert (found["entered"], found["sends"], found["stopped"]) == (2, {"s1": 2}, {})
    assert [sample["subject"] for sample in found["samples"]] == ["Hello", "Hello"]
    assert found["differences"]["onlyHereCount"] == 0
    (listed,) = client.get(f"{automation}/dry-runs").ok()["dryRuns"]
    assert (listed["id"], listed["result"]) == (asked["id"], None)


def test_one_that_is_given_up_stays_so_and_a_project_has_three_at_most(client, automation, other):
    asked = [client.post(f"{automation}/dry-runs", PERIOD).ok()["id"] for _ in range(3)]
    last = f"{automation}/dry-runs/{asked[-1]}"
    too_many = client.post(f"{automation}/dry-runs", PERIOD)
    given_up = client.post(f"{last}/cancel", None).ok()
    assert too_many.status == 409
    assert (given_up["status"], given_up["result"]) == ("CANCELLED", None)
    assert client.post(f"{last}/cancel", None).ok() == given_up
    for verb in (other.retenshun.get, lambda path: other.retenshun.post(f"{path}/cancel", None)):
        assert verb(last).status == 404
    for one in asked[:2]:
        assert ended(client, f"{automation}/dry-runs/{one}")["status"] == "DONE"


@pytest.mark.parametrize("version", ["version", "against"])
def test_a_version_that_is_not_there_is_refused_and_nothing_kept(client, automation, version):
    assert client.post(f"{automation}/dry-runs", {**PERIOD, version: 9}).status == 404
    assert client.get(f"{automation}/dry-runs").ok() == {"dryRuns": []}
