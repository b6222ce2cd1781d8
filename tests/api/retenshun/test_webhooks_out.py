"""Outgoing webhooks: told once and signed, tried again, switched off, and never inside."""

import hmac
import json
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from sqlalchemy import update

from beckon.domain.webhooks import tables
from beckon.domain.webhooks.rules import WAITS
from support.background import Background
from support.http_sink import RESET, HttpSink, Said
from support.server import eventually, now, serving, sink_beside

PLACE = "/api/v1/webhooks"
INSIDE = [
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://169.254.169.254/latest",
    "https://10.0.0.1/",
    "https://localhost/",
    "https://user:pass@example.com/",
    "ftp://example.com/",
    "http://example.com/",
    "not an address",
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Serve with the own machine open to webhooks, and a receiver beside."""
    with Background() as background, sink_beside() as mails:
        hooks = background.run(HttpSink().__aenter__())
        targets = f"127.0.0.1:{hooks.port}"
        folder = tmp_path_factory.mktemp("hooks")
        with serving(folder, sink=mails, private_targets=targets) as running:
            yield running, hooks
        background.run(hooks.__aexit__())


@pytest.fixture
def here(opened):
    """Give a project of that server and its receiver, which has heard nothing yet."""
    server, hooks = opened
    hooks.asked.clear()
    hooks._answer = lambda _: Said(200, b"thanks")
    return server.new_project(), hooks


def a_webhook(project, hooks, **more):
    body = {"url": f"{hooks.url}/hook"} | more
    return project.retenshun.post(PLACE, body).ok()


def sends(project):
    address = project.address()
    user = {"id": "user_1", "email": address}
    project.retenshun.post("/api/v1/users", user).ok()
    words = {"userId": "user_1", "channel": "EMAIL", "subject": "S", "body": "B"}
    words["transactional"] = True
    return project.retenshun.post("/api/v1/messages", words).ok()["id"]


def log_of(project, webhook):
    return project.retenshun.get(f"{PLACE}/{webhook['id']}/deliveries").ok()["deliveries"]


def test_what_becomes_of_a_message_is_told_once_and_signed(here):
    project, hooks = here
    webhook = a_webhook(project, hooks, events=["message.sent"])
    message = sends(project)
    eventually(lambda: hooks.asked, "the webhook to be told")
    (asked,) = hooks.asked
    told = asked.json()
    assert told["event"] == "message.sent"
    assert (told["data"]["messageId"], told["data"]["userId"]) == (message, "user_1")
    assert asked.headers["content-type"] == "application/json"

    secret = webhook["secret"]
    mine = hmac.new(secret.encode(), asked.body, sha256).hexdigest()
    assert asked.headers["x-signature"] == mine
    name, moment = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
    signed = f"{name}.{moment}.".encode() + asked.body
    key = b64decode(secret.removeprefix("whsec_"))
    standard = b64encode(hmac.new(key, signed, sha256).digest()).decode()
    assert asked.headers["webhook-signature"] == f"v1,{standard}"
    eventually(lambda: log_of(project, webhook)[0]["status"] == "delivered", "the log to tell")
    (logged,) = log_of(project, webhook)
    assert (logged["attempts"], logged["lastStatus"], logged["answer"]) == (1, 200, "thanks")


def test_one_that_wants_other_events_hears_nothing_of_this(here):
    project, hooks = here
    other = a_webhook(project, hooks, events=["message.clicked"])
    mine = a_webhook(project, hooks)
    sends(project)
    told = lambda: [one["status"] for one in log_of(project, mine)]  # noqa: E731 - a word for it
    eventually(lambda: told() == ["delivered"], "one of them to be told")
    assert log_of(project, other) == []


def test_who_unsubscribes_is_told(here):
    project, hooks = here
    a_webhook(project, hooks, events=["user.unsubscribed"])
    project.retenshun.post("/api/v1/users", {"id": "user_1", "email": project.address()}).ok()
    change = {"channels": {"email": "unsubscribed"}}
    project.retenshun.put("/api/v1/users/user_1/subscriptions", change).ok()
    eventually(lambda: hooks.asked, "the webhook to be told")
    told = hooks.asked[0].json()
    assert (told["event"], told["data"]["userId"]) == ("user.unsubscribed", "user_1")


def test_what_failed_is_tried_again_and_can_be_told_anew(here, opened):
    project, hooks = here
    hooks._answer = lambda _: Said(500, b"<b>boom</b>")
    webhook = a_webhook(project, hooks, events=["message.sent"])
    sends(project)
    eventually(
        lambda: [one["lastStatus"] for one in log_of(project, webhook)] == [500], "a failure"
    )
    (logged,) = log_of(project, webhook)
    assert (logged["status"], logged["attempts"]) == ("pending", 1)
    assert logged["nextAttemptAt"] is not None
    replay = f"{PLACE}/{webhook['id']}/deliveries/{logged['id']}/replay"
    assert project.retenshun.post(replay).status == 409, "it waits already"

    def spend(tx):
        mine = tables.webhook_delivery.c.project_id == project.id
        spent = {"attempts": len(WAITS), "due_at": now()}
        tx.execute(update(tables.webhook_delivery).where(mine).values(**spent))

    opened[0].write(spend)
    eventually(lambda: log_of(project, webhook)[0]["status"] == "failed", "the tries to be spent")
    hooks._answer = lambda _: Said(204)
    assert project.retenshun.post(replay).ok()["status"] == "pending"
    eventually(lambda: log_of(project, webhook)[0]["status"] == "delivered", "it to be told anew")
    assert len({one.headers["webhook-id"] for one in hooks.asked}) == 1
    assert len({one.body for one in hooks.asked}) == 1


def test_who_answers_gone_is_switched_off(here):
    project, hooks = here
    hooks._answer = lambda _: Said(410)
    webhook = a_webhook(project, hooks)
    sends(project)
    path = f"{PLACE}/{webhook['id']}"
    eventually(lambda: not project.retenshun.get(path).ok()["active"], "it to be switched off")
    assert "410" in project.retenshun.get(path).ok()["fault"]
    on = project.retenshun.put(path, {"active": True}).ok()
    assert (on["active"], on["fault"]) == (True, None)


def test_a_webhook_can_be_tried_rotated_and_deleted(here):
    project, hooks = here
    hooks._answer = lambda _: Said(418)
    webhook = a_webhook(project, hooks)
    path = f"{PLACE}/{webhook['id']}"
    assert project.retenshun.post(f"{path}/test").ok() == {"status": 418}
    assert json.loads(hooks.asked[0].body) == {"event": "test", "data": {}}
    changed = project.retenshun.post(f"{path}/rotate").ok()
    assert changed["secret"] != webhook["secret"]
    assert "secret" not in project.retenshun.get(path).ok()
    assert project.retenshun.delete(path).ok() == {"deleted": True}
    assert project.retenshun.get(path).status == 404


def test_nobody_there_is_a_bad_gateway(here):
    project, hooks = here
    webhook = a_webhook(project, hooks)
    hooks.faults.append(RESET)
    assert project.retenshun.post(f"{PLACE}/{webhook['id']}/test").status == 502


@pytest.mark.parametrize("url", INSIDE)
def test_no_webhook_leads_inside(project, url):
    reply = project.retenshun.post(PLACE, {"url": url})
    assert reply.status == 400, reply.body
    assert "url" in reply.json()["message"]
    assert project.retenshun.get(PLACE).ok()["webhooks"] == []


def test_unknown_events_are_refused_by_place(project):
    body = {"url": "https://example.com/", "events": ["message.sent", "message.eaten"]}
    reply = project.retenshun.post(PLACE, body)
    assert reply.status == 400
    assert "events[1]" in reply.json()["message"]


def test_a_foreign_webhook_is_not_there(here, opened):
    project, hooks = here
    webhook = a_webhook(project, hooks)
    other = opened[0].new_project().retenshun
    path = f"{PLACE}/{webhook['id']}"
    assert other.get(path).status == 404
    assert other.put(path, {"active": False}).status == 404
    assert other.delete(path).status == 404
    assert other.post(f"{path}/test").status == 404
    assert other.get(f"{path}/deliveries").status == 404
    assert project.retenshun.get(path).ok()["active"]
