"""Documented samples of messages in the Retenshun vocabulary, whole replies."""

import pytest

from support.like import MESSAGE_ID, MOMENT
from support.server import eventually

SAMPLE = {
    "userId": "user_123",
    "channel": "EMAIL",
    "subject": "Your order shipped!",
    "body": "<p>Your order #1234 is on its way.</p>",
}


@pytest.fixture
def client(project):
    """Speak with a secret key in a project where the sample user is known."""
    project.retenshun.post("/api/v1/users", {"id": "user_123", "email": project.address()}).ok()
    return project.retenshun


def test_send_and_list(client):
    sent = client.post("/api/v1/messages", SAMPLE).ok()
    assert sent == {"id": MESSAGE_ID, "status": "sent"}
    path = f"/api/v1/messages/{sent['id']}"
    eventually(lambda: client.get(path).ok()["status"] == "sent", "the message to be sent")
    message = client.get(path).ok()
    assert message == {
        "id": sent["id"],
        "userId": "user_123",
        "channel": "EMAIL",
        "subject": "Your order shipped!",
        "status": "sent",
        "createdAt": MOMENT,
        "sentAt": MOMENT,
        "error": None,
        "attempts": 1,
        "templateId": None,
        "automationId": None,
    }
    asked = {"userId": "user_123", "channel": "EMAIL", "page": 1, "limit": 50}
    listed = client.get("/api/v1/messages", **asked).ok()
    assert listed == {"messages": [message], "total": 1, "page": 1, "limit": 50}
    assert client.get("/api/v1/messages", userId="nobody").ok()["messages"] == []


def test_the_texts_of_a_direct_message_are_rendered(server, client):
    to = client.get("/api/v1/users/user_123").ok()["email"]
    words = {"subject": "Hi {{ name }}", "body": "<p>{{ name }}</p>", "data": {"name": "A&B"}}
    client.post("/api/v1/messages", {**SAMPLE, **words}).ok()
    assert b"Subject: Hi A&B\r\n" in server.mails_to(to)[0].content


def test_a_template_instead_of_subject_and_body(server, client):
    template = {"name": "T", "channel": "EMAIL", "subject": "Hi {{ id }}", "body": "<p></p>"}
    number = client.post("/api/v1/templates", template).ok()["id"]
    words = {"userId": "user_123", "channel": "EMAIL", "templateId": number}
    sent = client.post("/api/v1/messages", words).ok()
    to = client.get("/api/v1/users/user_123").ok()["email"]
    assert b"Subject: Hi user_123\r\n" in server.mails_to(to)[0].content
    assert client.get(f"/api/v1/messages/{sent['id']}").ok()["templateId"] == number
    both = client.post("/api/v1/messages", {**SAMPLE, "templateId": number})
    assert both.status == 400


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"userId": "nobody"}, 404, "There is no user 'nobody'."),
        ({"userId": "addressless"}, 400, "userId: 'addressless' has no e-mail address."),
        ({"channel": "PIGEON"}, 400, "channel must be one of EMAIL"),
        ({"body": None}, 400, "subject and body are required"),
        ({"subject": " "}, 400, "subject must not be empty."),
        ({"subject": "two\nlines"}, 400, "subject must be one line"),
        ({"body": "{% if %}"}, 400, "body: "),
        ({"subject": None, "body": None, "templateId": "tpl_999999"}, 400, "templateId: "),
        ({"subject": None, "body": None, "templateId": "7"}, 400, "templateId: "),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_queued(client, change, status, message):
    client.post("/api/v1/users", {"id": "addressless"}).ok()
    reply = client.post("/api/v1/messages", {**SAMPLE, **change})
    assert reply.status == status
    assert reply.json()["message"].startswith(message)
    assert client.get("/api/v1/messages").ok()["total"] == 0
