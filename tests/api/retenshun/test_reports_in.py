"""Reports that come in: proven, counted once, in any order, and never across projects."""

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from hashlib import sha1, sha256
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import select

from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import MessageId
from beckon.domain.providers import queries as providers
from beckon.domain.subscriptions.tables import message_activity
from support.server import eventually, now


@pytest.fixture
def secret(project):
    """Give the project's secret for reports."""
    return project.retenshun.post("/api/v1/webhooks/inbound/rotate").ok()["secret"]


@pytest.fixture
def message(project):
    """Send a message and give its id once it was handed over."""
    address = project.address()
    project.retenshun.post("/api/v1/users", {"id": "ann", "email": address}).ok()
    told = {"userId": "ann", "channel": "EMAIL", "subject": "Hi", "body": "<p>Hi</p>"}
    sent = project.retenshun.post("/api/v1/messages", told).ok()["id"]
    eventually(lambda: state_of(project, sent) == "accepted", "the message to be accepted")
    return sent


def state_of(project, name):
    found = MessageId(UUID(hex=name.removeprefix("msg_")))
    return project.server.write(lambda tx: messages.get_message(tx, project.id, found)).state


def envelope(event, message, **more):
    return {"event": event, "data": {"messageId": message, "userId": "ann", **more}}


def signed(secret, body):
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def seconds(offset):
    """Write a moment so many seconds from now, as the header does."""
    return str(int((now() + timedelta(seconds=offset)).timestamp()))


def tell(project, secret, told, *, to=None, sign=None, **headers):
    """Post a report to the project's webhook, signed with a secret."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    anybody = project.server.client()
    signature = signed(secret, body) if sign is None else sign
    return anybody.request(
        "POST",
        f"/api/v1/webhook/{to or f'prj_{project.id}'}",
        body,
        x_signature=signature,
        **headers,
    )


def test_a_signed_report_moves_the_message_once(project, secret, message):
    told = envelope("message.delivered", message)
    for _ in range(3):
        reply = tell(project, secret, told)
        assert (reply.status, reply.json()) == (200, {"received": True})
    assert state_of(project, message) == "delivered"


@pytest.mark.parametrize("form", [str.upper, lambda text: f"sha256={text}", str.lower])
def test_the_signature_may_be_written_either_way(project, secret, message, form):
    body = json.dumps(envelope("message.delivered", message)).encode()
    assert tell(project, secret, body, sign=form(signed(secret, body))).status == 200


@pytest.mark.parametrize("sign", ["", "0" * 64, "sha256=", "ключ", "x" * 5000])
def test_a_report_that_is_not_signed_so_is_refused(project, secret, message, sign):
    sign = sign.encode().decode("latin-1")
    told = envelope("message.delivered", message)
    assert tell(project, secret, told, sign=sign).status == 401
    assert state_of(project, message) == "accepted"


def test_an_unknown_project_and_one_without_a_secret_are_refused_alike(project, other, secret):
    told = envelope("message.delivered", "msg_1")
    answers = [
        tell(project, secret, told, to=to)
        for to in (f"prj_{other.id}", "prj_999999", "nobody", "prj_", "9" * 40)
    ]
    assert {(reply.status, reply.body) for reply in answers} == {(401, answers[0].body)}


def test_both_secrets_count_while_they_change(project, secret, message):
    fresh = project.retenshun.post("/api/v1/webhooks/inbound/rotate").ok()["secret"]
    told = envelope("message.opened", message)
    assert tell(project, secret, told).status == 200
    assert tell(project, fresh, told).status == 200
    project.retenshun.post("/api/v1/webhooks/inbound/rotate").ok()
    assert tell(project, secret, told).status == 401


@pytest.mark.parametrize("offset", [-301, 301, -(10**9)])
def test_a_report_told_anew_long_after_is_refused(project, secret, message, offset):
    told = envelope("message.delivered", message)
    old = seconds(offset)
    assert tell(project, secret, told, webhook_timestamp=old).status == 401
    assert tell(project, secret, told, webhook_timestamp="yesterday").status == 401
    fresh = seconds(0)
    assert tell(project, secret, told, webhook_timestamp=fresh, webhook_id="w1").status == 200


def test_a_message_of_another_project_is_passed_over(project, other, message):
    theirs = other.retenshun.post("/api/v1/webhooks/inbound/rotate").ok()["secret"]
    assert tell(other, theirs, envelope("message.bounced", message)).status == 200
    assert state_of(project, message) == "accepted"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"event": 7, "data": {}}', 400),
        (b'{"event": "message.delivered", "data": []}', 400),
        (b'{"event": "message.delivered", "data": {}}', 400),
        (b'{"event": "message.delivered", "data": {"messageId": 7}}', 400),
        (b'{"event": "pigeon.landed", "data": {}}', 200),
        (b'{"event": "message.delivered", "data": {"messageId": "of nobody"}}', 200),
        (b"x" * 300_000, 413),
    ],
)
def test_what_is_no_report_is_refused(project, secret, body, status):
    assert tell(project, secret, body).status == status


def test_size_comes_before_the_signature(project, secret):
    assert tell(project, secret, b"x" * 300_000, sign="wrong").status == 413


def test_only_post_is_possible(project):
    reply = project.server.client().get(f"/api/v1/webhook/prj_{project.id}")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_what_a_reader_did_is_noted(project, secret, message):
    for event in ("message.opened", "message.clicked"):
        assert tell(project, secret, envelope(event, message)).status == 200
    asked = select(message_activity.c.kind).where(message_activity.c.project_id == project.id)
    kinds = project.server.write(lambda tx: tx.execute(asked).scalars().all())
    assert sorted(kinds) == ["clicked", "opened"]


def test_an_unsubscription_told_from_outside_ends_bulk_mail(project, secret, message):
    told = {"event": "user.unsubscribed", "data": {"userId": "ann"}}
    assert tell(project, secret, told).status == 200
    assert tell(project, secret, {"event": "user.unsubscribed", "data": {}}).status == 400


# Providers' own words


def report_path(project, **told):
    """Set a provider up and give the path under which it reports."""
    project.retenshun.put("/api/v1/channels", told).ok()
    found = project.server.write(lambda tx: providers.list_providers(tx, project.id))[0]
    return f"/api/v1/channels/prov_{found.id}/reports/{found.report_token}", found


def infobip(project):
    return report_path(
        project,
        viberProvider="INFOBIP",
        infobipBaseUrl="https://x.api.infobip.com",
        infobipApiKey="key",
        infobipFrom="Shop",
    )


def result(message, group, name, error="NO_ERROR"):
    return {
        "messageId": message.removeprefix("msg_"),
        "status": {"groupName": group, "name": name},
        "error": {"name": error},
    }


@pytest.mark.parametrize(
    ("group", "name", "state"),
    [
        ("DELIVERED", "DELIVERED_TO_HANDSET", "delivered"),
        ("PENDING", "PENDING_ENROUTE", "accepted"),
        ("UNDELIVERABLE", "UNDELIVERABLE_REJECTED_OPERATOR", "bounced"),
        ("REJECTED", "REJECTED_DESTINATION", "bounced"),
    ],
)
def test_infobip_s_reports_are_understood(project, message, group, name, state):
    path, _ = infobip(project)
    anybody = project.server.client()
    assert anybody.post(path, {"results": [result(message, group, name)]}).status == 200
    assert state_of(project, message) == state


def test_a_wrong_token_or_another_provider_s_is_refused(project, other, message):
    path, found = infobip(project)
    anybody = project.server.client()
    told = {"results": [result(message, "DELIVERED", "DELIVERED_TO_HANDSET")]}
    wrong = [
        path[:-1],
        path.replace(f"prov_{found.id}", f"prov_{found.id + 1}"),
        f"/api/v1/channels/prov_{found.id}/reports/",
        f"/api/v1/channels/prov_{found.id}/reports/%00",
    ]
    assert {anybody.post(one, told).status for one in wrong} <= {401, 404}
    assert state_of(project, message) == "accepted"


def twilio_signature(token, url, form):
    text = url + "".join(name + value for name, value in sorted(form.items()))
    return b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()


def test_twilio_s_reports_need_its_signature(project, message):
    path, _ = report_path(
        project,
        smsProvider="TWILIO",
        twilioAccountSid="AC1",
        twilioAuthToken="tok",
        twilioFrom="+15550001",
    )
    path = f"{path}?message={message.removeprefix('msg_')}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+380"}
    anybody = project.server.client()

    def post(signature):
        return anybody.request("POST", path, urlencode(form).encode(), x_twilio_signature=signature)

    assert post("").status == 401
    assert post(twilio_signature("wrong", path, form)).status == 401
    assert state_of(project, message) == "accepted"
    # This server has no public address of its own, so the path alone is what is signed.
    assert post(twilio_signature("tok", path, form)).status == 200
    assert state_of(project, message) == "delivered"
