"""The main job in Retenshun words: a template, an automation, an event; then mail goes out."""

import time
from email import message_from_bytes, policy

import pytest

from support.http import basic
from support.server import eventually, now

WAIT_SECONDS = 1


def an_automation(client, event_name, *, wait_seconds=WAIT_SECONDS):
    """Store two templates and the automation that sends one, waits, and sends the other."""
    first = client.post(
        "/api/v1/templates",
        {
            "name": "Welcome",
            "channel": "EMAIL",
            "subject": "Welcome, {{name}}!",
            "body": "<h1>Hi {{name}}</h1><p>You come for {{ reason }}.</p>",
        },
    ).ok()
    second = client.post(
        "/api/v1/templates",
        {"name": "Tips", "channel": "EMAIL", "subject": "Tips", "body": "<p>Now, {{name}}</p>"},
    ).ok()
    return client.post(
        "/api/v1/automations",
        {
            "name": "Welcome Sequence",
            "triggerType": "EVENT",
            "triggerEvent": event_name,
            "active": True,
            "steps": [
                {"type": "SEND_EMAIL", "templateId": first["id"], "delay": 0},
                {"type": "WAIT", "delay": wait_seconds},
                {"type": "SEND_EMAIL", "templateId": second["id"]},
            ],
        },
    ).ok()


@pytest.mark.parametrize("way", ["x-api-key", "bearer"])
def test_an_event_of_somebody_never_seen_sends_the_first_mail_at_once_and_the_second_later(
    server, project, way
):
    secret = project.secret.secret
    client = (
        server.client(x_api_key=secret)
        if way == "x-api-key"
        else server.client(authorization=f"Bearer {secret}")
    )
    automation = an_automation(client, "signed_up")
    address = project.address()

    began = now()
    tracked = client.post(
        "/api/v1/events",
        {
            "userId": "user_1",
            "eventName": "signed_up",
            "properties": {"email": address, "name": "Ann", "reason": "<b>tea & cake</b>"},
        },
    ).ok()
    first, second = server.mails_to(address, at_least=2)

    assert (first.at - began).total_seconds() < 1
    assert WAIT_SECONDS <= (second.at - began).total_seconds() < WAIT_SECONDS + 1
    mail = message_from_bytes(first.content, policy=policy.default)
    assert mail["subject"] == "Welcome, Ann!"
    assert mail["to"] == address
    html = mail.get_body(("html",)).get_content()
    assert "You come for &lt;b&gt;tea &amp; cake&lt;/b&gt;." in html

    def shown():
        return client.get("/api/v1/messages", userId="user_1").ok()

    eventually(
        lambda: [message["status"] for message in shown()["messages"]] == ["sent", "sent"],
        "both messages to be shown as sent",
    )
    messages = shown()["messages"]
    assert [message["subject"] for message in messages] == ["Tips", "Welcome, Ann!"]
    assert {message["automationId"] for message in messages} == {automation["id"]}
    events = client.get("/api/v1/events", userId="user_1").ok()
    assert [event["id"] for event in events["events"]] == [tracked["id"]]
    time.sleep(0.3)
    assert len(server.mails_to(address)) == 2, "a third mail went out"


def test_somebody_identified_before_the_event_gets_the_mail(server, project):
    an_automation(project.retenshun, "signed_up")
    address = project.address()

    project.browser.post(
        "/api/v1/identify", {"userId": "user_2", "properties": {"email": address, "name": "Bo"}}
    ).ok()
    began = now()
    project.browser.post("/api/v1/events", {"event": "SIGNED_UP", "user_id": "user_2"}).ok()

    first, _ = server.mails_to(address, at_least=2)
    assert (first.at - began).total_seconds() < 1
    assert b"Subject: Welcome, Bo!" in first.content


def test_an_event_without_an_address_is_kept_and_says_why_no_mail_went_out(project):
    an_automation(project.retenshun, "signed_up", wait_seconds=60)

    project.retenshun.post("/api/v1/events", {"eventName": "signed_up", "userId": "user_3"}).ok()

    def messages():
        return project.retenshun.get("/api/v1/messages", userId="user_3").ok()["messages"]

    eventually(lambda: messages() and messages()[0]["status"] == "suppressed", "the end of it")
    assert messages()[0]["error"] == "The contact has no e-mail address."


def test_the_same_event_told_twice_sends_once(server, project):
    an_automation(project.retenshun, "signed_up", wait_seconds=60)
    address = project.address()
    event = {
        "eventName": "signed_up",
        "userId": "user_4",
        "messageId": "told-by-a-nervous-client",
        "properties": {"email": address},
    }

    ids = {project.retenshun.post("/api/v1/events", event).ok()["id"] for _ in range(3)}

    server.mails_to(address)
    time.sleep(0.5)
    assert len(ids) == 1
    assert len(server.mails_to(address)) == 1
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 1


def test_an_automation_switched_off_starts_nobody(server, project):
    client = project.retenshun
    switched, always_on = (an_automation(client, "signed_up", wait_seconds=60) for _ in range(2))

    def started(user, address):
        """Tell which automations have sent somebody their first mail."""
        event = {"eventName": "signed_up", "userId": user, "properties": {"email": address}}
        client.post("/api/v1/events", event).ok()
        server.mails_to(address)
        messages = client.get("/api/v1/messages", userId=user).ok()["messages"]
        return {message["automationId"] for message in messages}

    client.put(f"/api/v1/automations/{switched['id']}", {"active": False}).ok()
    assert started("user_5", project.address()) == {always_on["id"]}
    client.put(f"/api/v1/automations/{switched['id']}", {"active": True}).ok()
    assert started("user_6", project.address()) == {always_on["id"], switched["id"]}


def test_what_happened_long_ago_is_history_and_starts_nothing(server, project):
    an_automation(project.retenshun, "signed_up", wait_seconds=60)
    address = project.address()
    batch = [
        {
            "type": "track",
            "event": "signed_up",
            "user_id": user,
            "properties": {"email": email},
            **when,
        }
        for user, email, when in (
            ("user_7", project.address(), {"timestamp": "2026-01-01T00:00:00Z"}),
            ("user_8", address, {}),
        )
    ]

    reply = project.retenshun.post("/api/v1/events/batch", {"batch": batch}).ok()

    assert reply == {"accepted": 2, "rejected": [], "status": "ok"}
    server.mails_to(address)
    listed = project.retenshun.get("/api/v1/messages").ok()["messages"]
    assert {message["userId"] for message in listed} == {"user_8"}
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 2


def test_the_same_key_serves_both_vocabularies(server, project):
    info = server.client(authorization=basic(project.secret.secret)).get("/api/v1/account/info")
    assert info.ok()["orgId"] == project.id
