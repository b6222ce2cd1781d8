"""Documented samples of templates in the Retenshun vocabulary, whole replies."""

import pytest

from support.like import MOMENT, NUMBER, TEMPLATE_ID

SAMPLE = {
    "name": "Welcome Email",
    "channel": "EMAIL",
    "subject": "Welcome to {{company}}!",
    "body": "<h1>Hi {{name}}</h1><p>Thanks for joining.</p>",
    "tags": ["onboarding"],
}


def shown(**changed):
    """Spell the sample template as this vocabulary shows it."""
    return {
        "id": TEMPLATE_ID,
        **SAMPLE,
        "title": SAMPLE["subject"],
        "text": None,
        "preheader": None,
        "language": "liquid",
        "languages": [],
        "escapeHtml": True,
        "inlineCss": True,
        "imageUrl": None,
        "link": None,
        "button": None,
        "data": {},
        "ai": False,
        "version": 1,
        "messageId": NUMBER,
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        **changed,
    }


@pytest.fixture
def client(project):
    """Speak with a secret key."""
    return project.retenshun


@pytest.fixture
def path(client):
    """Name the sample template, stored."""
    return f"/api/v1/templates/{client.post('/api/v1/templates', SAMPLE).ok()['id']}"


def test_create_and_get(client):
    made = client.post("/api/v1/templates", SAMPLE).ok()
    assert made == shown()
    assert made["id"] == f"tpl_{made['messageId']}"
    assert client.get(f"/api/v1/templates/{made['id']}").ok() == made


def test_subject_and_title_are_one_field(client):
    titled = {**SAMPLE, "title": SAMPLE["subject"]}
    assert client.post("/api/v1/templates", titled).status == 200
    assert client.post("/api/v1/templates", {**SAMPLE, "title": "Other"}).status == 400
    del titled["subject"]
    assert client.post("/api/v1/templates", titled).ok()["subject"] == SAMPLE["subject"]


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_update_is_a_new_version_only_when_the_text_changes(client, path, verb):
    sample = {"subject": "Welcome aboard, {{name}}!"}
    titled = shown(subject=sample["subject"], title=sample["subject"], version=2)
    assert client.request(verb, path, sample).ok() == titled
    renamed = client.request(verb, path, {"name": "Hello", "tags": []}).ok()
    assert renamed == {**titled, "name": "Hello", "tags": []}


def test_list(client, path):
    found = client.get("/api/v1/templates", channel="EMAIL", ai="false").ok()
    assert found == {"templates": [shown()], "total": 1, "page": 1, "limit": 1000}
    assert client.get("/api/v1/templates", ai="true").ok()["templates"] == []
    assert client.get("/api/v1/templates", channel="PIGEON").status == 400


def test_delete(client, path):
    assert client.delete(path).ok() == {"deleted": True}
    assert client.delete(path).status == 404
    assert client.get(path).status == 404
    assert client.get("/api/v1/templates").ok()["total"] == 0


def test_a_template_that_is_sent_by_an_automation_stays(client, path):
    step = {"type": "SEND_EMAIL", "templateId": path.rpartition("/")[2]}
    words = {"name": "A", "triggerType": "EVENT", "triggerEvent": "seen", "steps": [step]}
    automation = client.post("/api/v1/automations", words).ok()["id"]
    refused = client.delete(path)
    assert refused.status == 409
    assert automation in refused.json()["message"]
    client.delete(f"/api/v1/automations/{automation}").ok()
    assert client.delete(path).status == 200


def test_render(client, path):
    person = {"id": "user_1", "properties": {"name": "John", "company": "A <b> & co"}}
    client.post("/api/v1/users", person).ok()
    assert client.post(f"{path}/render", {"userId": "user_1"}).ok() == {
        "subject": "Welcome to A <b> & co!",
        "body": "<h1>Hi John</h1><p>Thanks for joining.</p>",
        "text": "Hi John\n\nThanks for joining.\n",
        "missing": [],
    }
    data = {"userId": "user_1", "data": {"name": "<i>you</i>"}}
    body = client.post(f"{path}/render", data).ok()["body"]
    assert "Hi &lt;i&gt;you&lt;/i&gt;" in body
    assert client.post(f"{path}/render", {}).ok()["subject"] == "Welcome to !"
    assert client.post(f"{path}/render", {"userId": "nobody"}).status == 404


def test_a_fault_in_the_text_is_told_with_its_place(client, path):
    for field in ("subject", "body"):
        reply = client.post("/api/v1/templates", {**SAMPLE, field: "a {% if x %}"})
        assert reply.status == 400
        message = reply.json()["message"]
        assert message.startswith(f"{field}: ")
        assert "line 1" in message
    assert client.put(path, {"body": "{{ "}).status == 400
    assert client.get(path).ok()["version"] == 1


def test_a_rendering_does_not_wait_for_what_is_written(client, server):
    with server.engine.begin():  # SQLite has one writer, and now it is we
        reply = client.post("/api/v1/templates/render", SAMPLE).ok()

    assert reply["subject"] == "Welcome to !"
