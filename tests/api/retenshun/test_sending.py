"""Sending as a whole over the Retenshun vocabulary: policy, hold, domains whose mail is signed."""

from email import message_from_bytes, policy

import dkim
import pytest
from sqlalchemy import select

from beckon.domain.accounts.tables import audit_entry
from beckon.domain.segments import actions as segments
from support.like import MOMENT
from support.server import eventually, now

POLICY = "/api/v1/sending/policy"
HOLD = "/api/v1/sending/hold"
RESUME = "/api/v1/sending/resume"
DOMAINS = "/api/v1/sending/domains"
ORDINARY = {
    "caps": [],
    "quietHours": None,
    "staleAfterSeconds": 3600,
    "retentionDays": None,
    "postalAddress": None,
}
WISHES = {
    "caps": [{"count": 3, "periodSeconds": 86400, "channel": "EMAIL", "category": None}],
    "quietHours": {"begin": "21:00", "end": "08:30"},
    "staleAfterSeconds": 7200,
    "retentionDays": 365,
    "postalAddress": "Acme Ltd, 1 High Street, London",
}


def audited(server, project):
    """Name what stands in the audit log since the keys were made."""
    with server.engine.begin() as tx:
        rows = tx.execute(
            select(audit_entry.c.act)
            .where(audit_entry.c.project_id == project.id)
            .order_by(audit_entry.c.id)
        )
        return [act for act in rows.scalars() if not act.startswith("key.")]


def test_a_policy_is_changed_part_by_part(server, project):
    client = project.retenshun
    assert client.get(POLICY).ok() == ORDINARY
    assert client.put(POLICY, WISHES).ok() == WISHES
    assert client.put(POLICY, {"quietHours": None}).ok() == {**WISHES, "quietHours": None}
    nothing = {"caps": [], "retentionDays": None, "postalAddress": None}
    assert client.put(POLICY, nothing).ok() == {**ORDINARY, "staleAfterSeconds": 7200}
    assert client.get(POLICY).ok() == {**ORDINARY, "staleAfterSeconds": 7200}
    assert audited(server, project) == ["sending.policy_changed"] * 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"caps": [{"count": 0, "periodSeconds": 60}]}, "caps[0].count"),
        ({"caps": [{"count": 1, "periodSeconds": 59}]}, "caps[0].period"),
        ({"caps": [{"count": 1, "periodSeconds": 10**18}]}, "caps[0].periodSeconds"),
        ({"caps": [{"count": 1, "periodSeconds": 60, "channel": "PIGEON"}]}, "caps[0].channel"),
        ({"caps": [{"count": 1, "periodSeconds": 60}] * 21}, "caps"),
        ({"caps": None}, "caps"),
        ({"quietHours": {"begin": "24:00", "end": "08:00"}}, "quietHours.begin"),
        ({"quietHours": {"begin": "21:00", "end": "21:00"}}, "quiet"),
        ({"quietHours": {"begin": "21:00"}}, "end"),
        ({"staleAfterSeconds": 1}, "stale"),
        ({"retentionDays": 0}, "days"),
        ({"postalAddress": "x" * 501}, "postal"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_as_a_whole(project, body, words):
    reply = project.retenshun.put(POLICY, {"retentionDays": 30} | body)
    assert (reply.status, words in reply.json()["message"]) == (400, True), reply.json()
    assert project.retenshun.get(POLICY).ok() == ORDINARY


def test_what_is_held_leaves_when_it_is_let_go(server, project):
    client = project.retenshun
    let_go = {"held": False, "reason": None, "since": None}
    assert client.get(HOLD).ok() == let_go
    held = {"held": True, "reason": "wrong prices", "since": MOMENT}
    assert client.post(HOLD, {"reason": " wrong prices "}).ok() == held
    to = project.address()
    client.post("/api/v1/users", {"id": "ann", "email": to}).ok()
    words = {"userId": "ann", "channel": "EMAIL", "subject": "S", "body": "B"}
    client.post("/api/v1/messages", words).ok()
    # Somebody else's mail leaves meanwhile: the hold is this project's own.
    other = server.new_project()
    elsewhere = other.address()
    other.retenshun.post("/api/v1/users", {"id": "ann", "email": elsewhere}).ok()
    other.retenshun.post("/api/v1/messages", words).ok()
    server.mails_to(elsewhere)
    assert client.get("/api/v1/messages").ok()["messages"][0]["status"] == "queued"
    assert client.post(RESUME).ok() == let_go
    assert client.post(RESUME).ok() == let_go
    server.mails_to(to)
    assert audited(server, project) == ["sending.held", "sending.resumed"]
    assert client.post(HOLD, {"reason": " "}).status == 400


def test_mail_of_a_sending_domain_is_signed(server, project):
    client = project.retenshun
    made = client.post(DOMAINS, {"domain": "Beckon.Example"}).ok()
    assert client.get(DOMAINS).ok() == {"domains": [made]}
    record, dmarc = made["records"]
    assert record["name"] == f"{made['selector']}._domainkey.beckon.example"
    assert record["value"].startswith("v=DKIM1; k=rsa; p=")
    assert dmarc["name"] == "_dmarc.beckon.example"

    triggered = until_signed(server, project)
    bulk = a_campaign_mail(server, project)
    for content in (triggered, bulk):
        mail = message_from_bytes(content, policy=policy.default)
        assert dkim.verify(content, dnsfunc=lambda *_, **__: record["value"].encode())
        head, _, rest = content.partition(b"Subject: ")
        assert not dkim.verify(
            head + b"Subject: X" + rest, dnsfunc=lambda *_, **__: record["value"].encode()
        )
        signed = mail["DKIM-Signature"].replace(" ", "").lower()
        covered = signed.partition(";h=")[2].partition(";")[0].split(":")
        for name in ("from", "to", "list-unsubscribe", "list-unsubscribe-post", "list-id"):
            assert name in covered
            assert mail[name]
        assert "feedback-id" in covered
    assert message_from_bytes(bulk)["Precedence"] == "bulk"


def test_a_domain_that_is_removed_signs_no_more(server, project):
    client = project.retenshun
    client.post(DOMAINS, {"domain": "a.example"}).ok()
    client.post(DOMAINS, {"domain": "a.example", "algorithm": "ed25519"}).ok()
    assert len(client.get(DOMAINS).ok()["domains"]) == 2
    assert client.post(DOMAINS, {"domain": "a.example"}).status == 409
    assert client.delete(f"{DOMAINS}/a.example").ok() == {"deleted": True}
    assert client.delete(f"{DOMAINS}/a.example").status == 404
    assert client.get(DOMAINS).ok() == {"domains": []}
    assert audited(server, project) == ["domain.added", "domain.added", "domain.removed"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"domain": "no domain"}, "domain"),
        ({"domain": "localhost"}, "domain"),
        ({"domain": "a.example", "algorithm": "md5"}, "algorithm must be one of rsa, ed25519"),
        ({}, "domain"),
    ],
)
def test_what_is_no_domain_is_refused(project, body, words):
    reply = project.retenshun.post(DOMAINS, body)
    assert (reply.status, words in reply.json()["message"]) == (400, True)
    assert project.retenshun.get(DOMAINS).ok() == {"domains": []}


def until_signed(server, project):
    """Send mails until one is signed: every process takes new keys within five seconds."""
    found = []

    def is_signed():
        to = project.address()
        project.retenshun.post("/api/v1/users", {"id": to, "email": to}).ok()
        words = {"userId": to, "channel": "EMAIL", "subject": "S", "body": "<p>B</p>"}
        project.retenshun.post("/api/v1/messages", words).ok()
        found.append(server.mails_to(to)[0].content)
        return b"DKIM-Signature" in found[-1]

    eventually(is_signed, "a signed mail")
    return found[-1]


def a_campaign_mail(server, project):
    """Send a campaign to one person."""
    client, to = project.retenshun, project.address()
    reader = client.post("/api/v1/users", {"id": "reader", "email": to}).ok()["contactId"]

    def a_list(tx):
        made = segments.create(tx, project.id, name="Readers", rule=None, now=now())
        segments.add_members(tx, project.id, made.id, [reader], now())
        return made.id

    segment = f"seg_{server.write(a_list)}"
    words = {"name": "N", "channel": "EMAIL", "subject": "News", "body": "<p>{{ id }}</p>"}
    template = client.post("/api/v1/templates", words).ok()["id"]
    plan = {"name": "News", "channel": "EMAIL", "templateId": template, "segmentId": segment}
    campaign = client.post("/api/v1/campaigns", plan).ok()["id"]
    client.post(f"/api/v1/campaigns/{campaign}/send").ok()
    return server.mails_to(to)[0].content
