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
    detail = client.get(path).ok()
    message = {
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
    assert detail == message | {
        "reason": detail["reason"],
        "campaignId": None,
        "deliveredAt": None,
        "openedAt": None,
        "clickedAt": None,
        "history": [
            {"state": "queued", "at": MOMENT, "reason": None},
            {"state": "submitting", "at": MOMENT, "reason": "handed to smtp"},
            {"state": "accepted", "at": MOMENT, "reason": detail["reason"]},
        ],
    }
    message = {key: detail[key] for key in message}
    asked = {"userId": "user_123", "channel": "EMAIL", "page": 1, "limit": 50}
    listed = client.get("/api/v1/messages", **asked).ok()
    assert listed == {
        "messages": [message],
        "total": 1,
        "page": 1,
        "limit": 50,
        "nextCursor": None,
    }
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


@pytest.mark.parametrize(
    ("standing", "is_transactional", "status"),
    [
        ("unsubscribed", False, "suppressed"),
        ("unsubscribed", True, "sent"),
        ("suppressed", False, "suppressed"),
        ("suppressed", True, "suppressed"),
    ],
)
def test_who_may_not_be_written_to_is_told_at_once(client, standing, is_transactional, status):
    to = client.get("/api/v1/users/user_123").ok()["email"]
    if standing == "suppressed":
        client.post("/api/v1/suppressions", {"emails": [to]}).ok()
    else:
        choice = {"channels": {"email": "unsubscribed"}}
        client.put("/api/v1/users/user_123/subscriptions", choice).ok()
    body = {**SAMPLE, "transactional": is_transactional}
    sent = client.post("/api/v1/messages", body).ok()
    assert sent == {"id": MESSAGE_ID, "status": status}
    path = f"/api/v1/messages/{sent['id']}"
    eventually(lambda: client.get(path).ok()["status"] == status, f"it to be {status}")
    kept = client.get(path).ok()
    assert (kept["error"] is not None) is (status == "suppressed")


def test_a_message_is_sent_again_when_somebody_wants_it(server, client):
    to = client.get("/api/v1/users/user_123").ok()["email"]
    client.post("/api/v1/suppressions", {"emails": [to]}).ok()
    sent = client.post("/api/v1/messages", SAMPLE).ok()
    path = f"/api/v1/messages/{sent['id']}"
    client.request("DELETE", "/api/v1/suppressions", {"emails": [to]}).ok()
    again = client.post(f"{path}/requeue").ok()
    assert [line["state"] for line in again["history"]] == ["queued", "suppressed", "queued"]
    eventually(lambda: client.get(path).ok()["status"] == "sent", "it to be sent after all")
    assert len(server.mails_to(to)) == 1
    refused = client.post(f"{path}/requeue")
    assert (refused.status, "accepted" in refused.json()["message"]) == (409, True)
    assert client.post("/api/v1/messages/msg_7/requeue").status == 404
