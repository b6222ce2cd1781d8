"""Documented samples of automations in the Retenshun vocabulary, whole replies."""

from datetime import UTC, datetime, timedelta

import pytest

from support.like import AUTOMATION_ID, MOMENT, NUMBER

TEMPLATE = {"name": "Hello", "channel": "EMAIL", "subject": "Hello", "body": "<p>Hello</p>"}


@pytest.fixture
def client(project):
    """Speak with a secret key."""
    return project.retenshun


@pytest.fixture
def sample(client):
    """Spell the documented automation with two templates that exist."""
    first, second = (client.post("/api/v1/templates", TEMPLATE).ok()["id"] for _ in range(2))
    return {
        "name": "Welcome Sequence",
        "triggerType": "EVENT",
        "triggerEvent": "signed_up",
        "active": True,
        "steps": [
            {"type": "SEND_EMAIL", "templateId": first, "delay": 0},
            {"type": "WAIT", "delay": 259200},
            {"type": "SEND_EMAIL", "templateId": second},
        ],
    }


def shown(sample, **changed):
    """Spell an automation as this vocabulary shows it."""
    steps = [{**step, "delay": step.get("delay", 0)} for step in sample["steps"]]
    steps = [{"id": f"s{place}", **step} for place, step in enumerate(steps, 1)]
    return {
        "id": AUTOMATION_ID,
        "segmentId": None,
        "property": None,
        "trigger": {},
        "rules": {"reEntry": {"mode": "ALWAYS"}},
        **sample,
        "steps": steps,
        "version": 1,
        "workflowId": NUMBER,
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        **changed,
    }


def test_create_get_and_list(client, sample):
    made = client.post("/api/v1/automations", sample).ok()
    assert made == shown(sample)
    assert made["id"] == f"auto_{made['workflowId']}"
    assert client.get(f"/api/v1/automations/{made['id']}").ok() == made
    listed = client.get("/api/v1/automations").ok()
    assert listed == {"automations": [made], "total": 1, "page": 1, "limit": 1000}


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_update(client, sample, verb):
    path = f"/api/v1/automations/{client.post('/api/v1/automations', sample).ok()['id']}"
    words = {"name": "Updated Welcome", "active": False}
    assert client.request(verb, path, words).ok() == shown(sample, **words)
    words["steps"] = [{"type": "WAIT", "delay": 1}]
    changed = client.request(verb, path, words).ok()
    assert changed == shown({**sample, **words}, version=2)


def test_delete(client, sample):
    path = f"/api/v1/automations/{client.post('/api/v1/automations', sample).ok()['id']}"
    assert client.delete(path).ok() == {"deleted": True}
    assert client.delete(path).status == 404
    assert client.get("/api/v1/automations").ok()["total"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"triggerType": "MOON"}, "triggerType must be one of EVENT, SEGMENT"),
        ({"triggerEvent": " "}, "triggerEvent must have 1 to 255 bytes"),
        ({"name": ""}, "name must have 1 to 200 characters"),
        ({"steps": []}, "steps must be 1 to 200 steps"),
        ({"steps": [{"type": "WAIT", "delay": 1}] * 201}, "steps must be 1 to 200 steps"),
        ({"steps": [{"type": "WAIT"}]}, "steps[0].delay is required"),
        ({"steps": [{"type": "WAIT", "delay": -1}]}, "steps[0].delay must be"),
        ({"steps": [{"type": "WAIT", "delay": 31_536_001}]}, "steps[0].delay must be"),
        ({"steps": [{"type": "WAIT", "delay": "1"}]}, "steps[0].delay must be a whole number"),
        ({"steps": [{"type": "DANCE"}]}, "steps[0].type must be one of SEND_EMAIL"),
        ({"steps": [{"type": "SEND_EMAIL"}]}, "steps[0].templateId is required."),
        (
            {"steps": [{"type": "WAIT", "delay": 1}, {"type": "SEND_EMAIL", "templateId": "x"}]},
            "steps[1].templateId: There is no template x.",
        ),
        (
            {"steps": [{"type": "SEND_EMAIL", "templateId": "tpl_999999999"}]},
            "steps[0].templateId names no template of the project: tpl_999999999.",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(client, sample, change, message):
    reply = client.post("/api/v1/automations", {**sample, **change})
    assert reply.status == 400
    assert reply.json()["message"].startswith(message)
    kept = client.post("/api/v1/automations", sample).ok()
    reply = client.put(f"/api/v1/automations/{kept['id']}", change)
    assert reply.status == 400
    assert reply.json()["message"].startswith(message)
    assert client.get("/api/v1/automations").ok()["automations"] == [kept]


def test_a_dry_run_of_one_user_may_look_ahead_and_writes_nothing(client, sample):
    made = client.post("/api/v1/automations", sample).ok()["id"]
    client.post("/api/v1/events", {"userId": "ann", "eventName": "signed_up"}).ok()
    to = datetime.now(UTC) + timedelta(minutes=1)  # noqa: TID251 - the server's own clock decides
    asked = {"userId": "ann", "to": to.isoformat()}
    path = f"/api/v1/automations/{made}/dry-run"
    now = client.post(path, asked).ok()
    later = client.post(path, {**asked, "horizon": (to + timedelta(days=9)).isoformat()}).ok()
    assert (now["sends"], now["inside"]) == ({"s1": 1}, 1)
    assert (later["sends"], later["inside"]) == ({"s1": 1, "s3": 1}, 0)
    reply = client.post(path, {**asked, "horizon": (to - timedelta(days=9)).isoformat()})
    assert reply.status == 400
    assert reply.json()["message"].startswith("horizon must not lie before to")
