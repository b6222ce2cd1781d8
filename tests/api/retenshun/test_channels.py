"""Channels over HTTP: one flat body sets them, secrets never come out, a test message tells."""

import json
from base64 import b64encode

import pytest
from sqlalchemy import select

from beckon.domain.accounts.tables import audit_entry
from beckon.domain.providers.tables import provider as provider_table

SAMPLE = {
    "emailProvider": "POSTALYNK",
    "postalynkApiKey": "pk_your_key",
    "postalynkFromEmail": "hello@yourdomain.com",
}
TWILIO = {
    "smsProvider": "TWILIO",
    "twilioAccountSid": "AC1",
    "twilioAuthToken": "very-secret-token",
    "twilioFrom": "+15550001",
}


def channels(project):
    return project.retenshun.get("/api/v1/channels").ok()


def test_at_first_nothing_is_configured_but_the_built_in_inbox(project):
    shown = channels(project)
    assert shown["email"] == {"configured": False}
    assert shown["push"] == {"configured": False}
    assert shown["inApp"] == {"configured": True}
    assert set(shown) == {
        "email",
        "push",
        "sms",
        "inApp",
        "viber",
        "webPush",
        "telegram",
        "inboundWebhook",
    }
    assert shown["inboundWebhook"]["id"] == f"prj_{project.id}"
    assert shown["inboundWebhook"]["configured"] is False


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "POST"])
def test_the_documented_sample_is_taken_and_its_secret_is_not_shown(project, verb):
    done = project.retenshun.request(verb, "/api/v1/channels", SAMPLE).ok()
    assert done == {"updated": True}
    reply = project.retenshun.get("/api/v1/channels")
    email = reply.ok()["email"]
    assert (email["provider"], email["configured"]) == ("POSTALYNK", True)
    assert email["fromEmail"] == "hello@yourdomain.com"
    assert email["providers"][0]["secrets"] == ["apiKey"]
    assert b"pk_your_key" not in reply.body


def test_no_secret_lies_open_in_the_store_or_in_the_audit_log(server, project):
    project.retenshun.put("/api/v1/channels", TWILIO).ok()
    rows = server.write(
        lambda tx: (
            tx.execute(
                select(provider_table).where(provider_table.c.project_id == project.id)
            ).all()
            + tx.execute(select(audit_entry).where(audit_entry.c.project_id == project.id)).all()
        )
    )
    text = repr([tuple(row) for row in rows])
    assert "provider.created" in text
    for form in (b"very-secret-token", b64encode(b"very-secret-token")):
        assert form.decode() not in text
    assert "very-secret" not in text


def test_what_is_not_given_stays_and_null_removes(project):
    project.retenshun.put("/api/v1/channels", TWILIO).ok()
    project.retenshun.put("/api/v1/channels", {"twilioFrom": "Shop"}).ok()
    sms = channels(project)["sms"]
    assert (sms["from"], sms["provider"]) == ("Shop", "TWILIO")
    assert len(sms["providers"]) == 1
    project.retenshun.put("/api/v1/channels", {"smsProvider": None}).ok()
    assert channels(project)["sms"] == {"configured": False}


def test_a_provider_named_later_is_preferred_and_the_first_stays_behind_it(project):
    project.retenshun.put("/api/v1/channels", TWILIO).ok()
    told = {"smsProvider": "HTTP", "httpUrl": "https://sms.example/send", "httpToken": "t"}
    project.retenshun.put("/api/v1/channels", told).ok()
    sms = channels(project)["sms"]
    assert [one["provider"] for one in sms["providers"]] == ["HTTP", "TWILIO"]
    assert sms["provider"] == "HTTP"
    project.retenshun.put("/api/v1/channels", {"smsProvider": "TWILIO"}).ok()
    assert channels(project)["sms"]["provider"] == "TWILIO"


def test_a_web_push_key_pair_is_made_and_its_public_half_shown(project):
    told = {"webPushProvider": "WEB_PUSH", "webPushSubject": "mailto:ops@example.com"}
    project.retenshun.put("/api/v1/channels", told).ok()
    key = channels(project)["webPush"]["publicKey"]
    assert len(key) == 87
    project.retenshun.put("/api/v1/channels", {"webPushSubject": "https://example.com"}).ok()
    assert channels(project)["webPush"]["publicKey"] == key


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"emailProvider": "PIGEON"}, "emailProvider must be one of OUTBOX, SMTP, POSTALYNK."),
        ({"emailProvider": "TWILIO"}, "emailProvider must be one of OUTBOX, SMTP, POSTALYNK."),
        ({"emailProvider": "POSTALYNK"}, "api_key is required by Postalynk."),
        ({"pigeonName": "x"}, "pigeonName"),
        ({"smtpHost": "mail.example.com"}, "smtpHost needs emailProvider beside it"),
        ({"emailProvider": "SMTP", "smtpHost": "a b"}, "host"),
        ({"emailProvider": "SMTP", "smtpHost": "mail.example.com:25"}, "host alone"),
        ({"emailProvider": "SMTP", "smtpHost": "h.example", "smtpPort": 70000}, "port from 1"),
        ({"emailProvider": 7}, "emailProvider must be"),
        ({**TWILIO, "twilioAuthToken": "a\nb"}, "auth_token must be one line"),
        ({"pushProvider": "FCM", "fcmServiceAccount": "{}"}, "project_id"),
        ({"pushProvider": "FCM", "fcmServiceAccount": {"project_id": "x"}}, "client_email"),
        ({"smsProvider": "HTTP", "httpUrl": "https://{{to}}.example/"}, "not in the host"),
        ({"smsProvider": "HTTP", "httpUrl": "https://a.example/", "httpBody": "["}, "JSON object"),
        (
            {"smsProvider": "HTTP", "httpUrl": "https://a.example/", "httpBody": '{"a":"{{x}}"}'},
            "place {{x}}",
        ),
        (
            {"smsProvider": "HTTP", "httpUrl": "https://a.example/", "httpHeaders": '{"Host":"x"}'},
            "name of a header",
        ),
        ({"webPushProvider": "WEB_PUSH", "webPushSubject": "ops"}, "mailto:"),
        (
            {
                "webPushProvider": "WEB_PUSH",
                "webPushSubject": "mailto:a@example.com",
                "webPushPrivateKey": "short",
            },
            "P-256",
        ),
        ([], "must be an object"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name_and_changes_nothing(project, body, said):
    reply = project.retenshun.put("/api/v1/channels", body)
    assert reply.status == 400, reply.body
    assert said in reply.json()["message"]
    assert channels(project)["email"] == {"configured": False}


def test_a_secret_cannot_be_lured_to_another_machine(project):
    told = {"smsProvider": "HTTP", "httpUrl": "https://sms.example/send", "httpToken": "t0ken"}
    project.retenshun.put("/api/v1/channels", told).ok()
    reply = project.retenshun.put("/api/v1/channels", {"httpUrl": "https://thief.example/"})
    assert reply.status == 400
    assert "given again" in reply.json()["message"]
    moved = {"httpUrl": "https://new.example/", "httpToken": "t0ken2"}
    project.retenshun.put("/api/v1/channels", moved).ok()


def test_a_test_message_tells_what_came_of_it(project):
    project.retenshun.put("/api/v1/channels", {"emailProvider": "OUTBOX"}).ok()
    (one,) = channels(project)["email"]["providers"]
    path = f"/api/v1/channels/{one['id']}/test"
    told = project.retenshun.post(path, {"to": "you@example.com"}).ok()
    assert told == {"status": "sent", "message": "kept in the built-in outbox"}
    refused = project.retenshun.post(path, {"to": "nobody"})
    assert refused.status == 400
    assert project.retenshun.post("/api/v1/channels/prov_0/test", {"to": "x"}).status == 404


def test_a_test_message_does_not_reach_what_is_private(project):
    url = "http://169.254.169.254/latest/meta-data"
    told = {"smsProvider": "HTTP", "httpUrl": url, "httpToken": "t0ken"}
    project.retenshun.put("/api/v1/channels", told).ok()
    (one,) = channels(project)["sms"]["providers"]
    tried = project.retenshun.post(f"/api/v1/channels/{one['id']}/test", {"to": "+380500000001"})
    assert tried.ok()["status"] == "deferred"
    assert "no public address" in tried.ok()["message"] or "ports" in tried.ok()["message"]
    shown = channels(project)["sms"]["providers"][0]
    assert "no public address" in shown["fault"]


def test_another_project_sees_and_tries_nothing_of_it(project, other):
    project.retenshun.put("/api/v1/channels", {"emailProvider": "OUTBOX"}).ok()
    (one,) = channels(project)["email"]["providers"]
    assert channels(other)["email"] == {"configured": False}
    path = f"/api/v1/channels/{one['id']}/test"
    assert other.retenshun.post(path, {"to": "you@example.com"}).status == 404


def test_the_inbound_secret_is_shown_once_and_listed_as_made(project):
    made = project.retenshun.post("/api/v1/webhooks/inbound/rotate").ok()
    assert len(made["secret"]) >= 24
    assert made["id"] == f"prj_{project.id}"
    shown = channels(project)["inboundWebhook"]
    assert shown == {"id": made["id"], "url": made["url"], "configured": True}
    assert made["secret"] not in json.dumps(channels(project))
