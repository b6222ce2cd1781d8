"""Every sample of the vendor's reference, top to bottom: sent as printed, answered key by key.

`shown` is what the reference prints, by the kind of each value; `added` are the keys that
docs/api.md names besides. A reply has exactly these.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from api.test_sessions import Door, Role, signed_in
from support.http import Client

TEXT, NUMBER, TRUTH, ANY = "text", "number", "truth", "any"


@dataclass(frozen=True)
class Sample:
    """A call as the reference prints it, and its reply; `keep` names the id for later calls."""

    verb: str
    path: str
    body: Any
    shown: dict[str, Any]
    added: str = ""
    keep: str | None = None
    query: str = field(default="", kw_only=True)


EVENT = {"id": TEXT, "eventName": TEXT, "userId": TEXT}
EVENT_ADDED = "anonymousId properties timestamp createdAt"
PAGED = "limit nextCursor"
USER_ADDED = (
    "phone properties tags contactId emailStatus sessionCount createdAt updatedAt lastSeenAt"
)
USER = {"id": TEXT, "email": TEXT}
SEGMENT_ADDED = (
    "description type rules userCount status pending fault computedAt groupId createdAt updatedAt"
)
AUTOMATION_ADDED = (
    "triggerType triggerEvent segmentId property trigger rules active steps version workflowId "
    "createdAt updatedAt"
)
CAMPAIGN_ADDED = (
    "channel segmentId segmentIds excludedSegmentIds templateId variants category holdoutPercent "
    "perMinute localTime scheduledAt held reason broadcastId createdAt updatedAt startedAt "
    "finishedAt"
)
TEMPLATE_ADDED = (
    "channel subject title body text preheader tags language languages escapeHtml inlineCss "
    "imageUrl link button data ai version messageId createdAt updatedAt"
)
NEWS_ADDED = "title body published publishedAt createdAt updatedAt"
DELETED = {"deleted": TRUTH}
NAMED = {"id": TEXT, "name": TEXT}

KEYED = (
    # Events: both dialects, then the batch.
    Sample(
        "POST",
        "/events",
        {
            "userId": "user_123",
            "eventName": "purchase",
            "properties": {"amount": 49.99, "product_id": "prod_1"},
        },
        {"id": TEXT, "status": TEXT},
        "event",
        "event",
    ),
    Sample(
        "POST",
        "/events",
        {
            "event": "button_clicked",
            "user_id": "user_123",
            "anonymous_id": "anon_abc",
            "properties": {"button": "signup_cta"},
        },
        {"event": EVENT},
        f"id status event: {EVENT_ADDED}",
    ),
    Sample(
        "POST",
        "/events/batch",
        {
            "batch": [
                {
                    "type": "identify",
                    "user_id": "user_123",
                    "anonymous_id": "anon_abc",
                    "properties": {"email": "john@example.com", "name": "John"},
                },
                {
                    "type": "track",
                    "event": "page_view",
                    "user_id": "user_123",
                    "properties": {"page": "/pricing"},
                    "timestamp": "2026-03-09T12:00:00Z",
                },
            ]
        },
        {},
        "status accepted rejected",
    ),
    Sample(
        "GET",
        "/events",
        None,
        {"events": [EVENT], "total": NUMBER, "page": NUMBER},
        f"{PAGED} events: {EVENT_ADDED}",
        query="userId=user_123&eventName=purchase&from=2026-01-01&to=2099-12-31&page=1&limit=20",
    ),
    Sample("GET", "/events/{event}", None, EVENT, EVENT_ADDED),
    Sample("DELETE", "/events/{event}", None, DELETED),
    # Users.
    Sample(
        "GET",
        "/users",
        None,
        {"users": [USER], "total": NUMBER, "page": NUMBER},
        f"{PAGED} users: {USER_ADDED}",
        query="search=john&filter=active&page=1&limit=20",
    ),
    Sample("GET", "/users/user_123", None, {**USER, "properties": ANY}, USER_ADDED),
    Sample(
        "PUT",
        "/users/user_123",
        {
            "email": "new@example.com",
            "properties": {"plan": "enterprise", "timezone": "Europe/Kyiv"},
        },
        USER,
        USER_ADDED,
    ),
    # Segments.
    Sample(
        "POST",
        "/segments",
        {
            "name": "Power Users",
            "description": "Users with 10+ sessions",
            "rules": [
                {"field": "sessionCount", "operator": "gte", "value": 10},
                {"field": "plan", "operator": "eq", "value": "pro"},
            ],
        },
        NAMED,
        SEGMENT_ADDED,
        "segment",
    ),
    Sample(
        "GET",
        "/segments",
        None,
        {"segments": [{**NAMED, "userCount": NUMBER}]},
        f"total page limit segments: {SEGMENT_ADDED}",
    ),
    Sample("PUT", "/segments/{segment}", {"name": "Super Users"}, NAMED, SEGMENT_ADDED),
    # Templates, before the automations and campaigns that want one.
    Sample(
        "POST",
        "/templates",
        {
            "name": "Welcome Email",
            "channel": "EMAIL",
            "subject": "Welcome to {{company}}!",
            "body": "<h1>Hi {{name}}</h1><p>Thanks for joining.</p>",
            "tags": ["onboarding", "welcome"],
        },
        NAMED,
        TEMPLATE_ADDED,
        "template",
    ),
    Sample(
        "GET",
        "/templates",
        None,
        {"templates": [NAMED]},
        f"total page limit templates: {TEMPLATE_ADDED}",
        query="channel=EMAIL&ai=false",
    ),
    Sample(
        "PUT", "/templates/{template}", {"subject": "Updated subject"}, {"id": TEXT},
        f"name {TEMPLATE_ADDED}",
    ),
    # Automations.
    Sample(
        "POST",
        "/automations",
        {
            "name": "Welcome Sequence",
            "triggerType": "EVENT",
            "triggerEvent": "signed_up",
            "active": True,
            "steps": [
                {"type": "SEND_EMAIL", "templateId": "{template}", "delay": 0},
                {"type": "WAIT", "delay": 259200},
                {"type": "SEND_EMAIL", "templateId": "{template}"},
            ],
        },
        NAMED,
        AUTOMATION_ADDED,
        "automation",
    ),
    Sample(
        "GET",
        "/automations",
        None,
        {"automations": [NAMED]},
        f"total page limit automations: {AUTOMATION_ADDED}",
    ),
    Sample(
        "PUT", "/automations/{automation}", {"name": "Welcome", "active": False}, NAMED,
        AUTOMATION_ADDED,
    ),
    Sample("DELETE", "/automations/{automation}", None, DELETED),
    # Campaigns.
    Sample(
        "POST",
        "/campaigns",
        {
            "name": "Spring Sale",
            "channel": "EMAIL",
            "segmentId": "{segment}",
            "templateId": "{template}",
            "scheduledAt": "2026-04-01T10:00:00Z",
        },
        {**NAMED, "status": TEXT},
        CAMPAIGN_ADDED,
        "campaign",
    ),
    Sample(
        "GET",
        "/campaigns",
        None,
        {"campaigns": [NAMED]},
        f"total page limit campaigns: status {CAMPAIGN_ADDED}",
    ),
    Sample(
        "PUT", "/campaigns/{campaign}", {"name": "Spring Sale 2026"}, {"id": TEXT},
        f"name status {CAMPAIGN_ADDED}",
    ),
    Sample("DELETE", "/campaigns/{campaign}", None, DELETED),
    Sample("DELETE", "/segments/{segment}", None, DELETED),
    Sample("DELETE", "/templates/{template}", None, DELETED),
    # Messages.
    Sample(
        "POST",
        "/messages",
        {
            "userId": "user_123",
            "channel": "EMAIL",
            "subject": "Your order shipped!",
            "body": "<p>Your order #1234 is on its way.</p>",
        },
        {"id": TEXT, "status": TEXT},
        keep="message",
    ),
    Sample(
        "GET",
        "/messages",
        None,
        {"messages": [{"id": TEXT, "status": TEXT}], "total": NUMBER},
        f"page {PAGED} messages: userId channel subject createdAt sentAt error attempts "
        "templateId automationId",
        query="userId=user_123&channel=EMAIL&page=1&limit=20",
    ),
    # News.
    Sample(
        "POST",
        "/news",
        {"title": "New feature!", "body": "Check out our new dashboard.", "published": True},
        {"id": TEXT},
        NEWS_ADDED,
        "news",
    ),
    Sample(
        "GET", "/news", None, {"items": [{"id": TEXT}]}, f"total page limit items: {NEWS_ADDED}"
    ),
    Sample("PUT", "/news/{news}", {"title": "Updated title"}, {"id": TEXT}, NEWS_ADDED),
    Sample("DELETE", "/news/{news}", None, DELETED),
    # Copy, channels, and at the end the user goes.
    Sample(
        "POST",
        "/ai/generate",
        {"channel": "PUSH", "context": "User abandoned cart with 3 items", "tone": "friendly"},
        {"title": TEXT, "body": TEXT},
        "ai source variants",
    ),
    Sample(
        "PUT",
        "/channels",
        {
            "emailProvider": "POSTALYNK",
            "postalynkApiKey": "pk_your_key",
            "postalynkFromEmail": "hello@yourdomain.com",
        },
        {"updated": TRUTH},
    ),
    Sample(
        "GET",
        "/channels",
        None,
        {"email": {"provider": TEXT, "configured": TRUTH}, "push": {"configured": TRUTH}},
        "sms inApp viber webPush telegram inboundWebhook email: fromEmail providers",
    ),
    Sample("DELETE", "/users/user_123", None, DELETED),
)  # fmt: skip

SIGNED_IN = (
    Sample(
        "POST", "/api-keys", {"name": "Production", "type": "secret"}, {"id": TEXT, "key": TEXT},
        "name prefix type scope createdAt revokedAt lastUsedAt", "key",
    ),
    Sample(
        "GET",
        "/api-keys",
        None,
        {"keys": [{"id": TEXT, "name": TEXT, "prefix": TEXT}]},
        "total keys: type scope createdAt revokedAt lastUsedAt",
    ),
    Sample("DELETE", "/api-keys", {"id": "{key}"}, DELETED),
    Sample(
        "POST",
        "/team/invites",
        {"email": "jane@company.com", "role": "MEMBER"},
        {"invite": {"id": TEXT, "email": TEXT, "status": TEXT}},
        "link mailed invite: role createdAt expiresAt",
    ),
    Sample(
        "GET",
        "/team",
        None,
        {"members": [{"id": TEXT, "email": TEXT, "role": TEXT}]},
        "total members: name createdAt",
    ),
)  # fmt: skip

KINDS = {TEXT: str, NUMBER: int, TRUTH: bool, ANY: object}


def test_the_samples_of_the_reference(project):
    play(project.retenshun, KEYED)


def test_the_samples_for_people_who_are_signed_in(server, project):
    play(signed_in(server, Door(server, project.id), Role.ADMIN), SIGNED_IN)


def test_the_sample_of_reports(project):
    asked = project.retenshun.get("/api/v1/reports?range=30d&metrics=events,users,messages")
    if asked.status == 503:
        pytest.skip(f"analytics is away, so the sample of reports is not shown: {asked.body!r}")
    shown = {"range": TEXT, "events": NUMBER, "activeUsers": NUMBER, "messagesSent": NUMBER}
    added = "messagesDelivered messagesOpened messagesClicked unsubscribes revenue"
    compare(asked.ok(), shown, read_added(added), "GET /reports")


def test_the_sample_of_an_error(server):
    refused = server.client(x_api_key="sk_live_wrong").get("/api/v1/events")
    assert refused.json() == {
        "error": "Unauthorized",
        "message": "Invalid or missing API key",
        "status": 401,
    }


def play(client: Client, samples):
    """Make the calls in order, with the ids of what came to be, and compare every reply."""
    known: dict[str, str] = {}
    for sample in samples:
        path = f"/api/v1{sample.path.format(**known)}"
        asked = f"{path}?{sample.query}" if sample.query else path
        body = filled(sample.body, known)
        reply = client.request(sample.verb, asked, body).ok()
        compare(reply, sample.shown, read_added(sample.added), f"{sample.verb} {sample.path}")
        if sample.keep is not None:
            known[sample.keep] = reply["id"]


def filled(value, known):
    """Put the ids of earlier replies where their names stand."""
    if isinstance(value, dict):
        return {key: filled(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, known) for item in value]
    return value.format(**known) if isinstance(value, str) and value.strip("{}") in known else value


def read_added(text):
    """Read `a b c inside: d e`: keys of the reply itself, then those of what is in one key."""
    added: dict[str, set[str]] = {"": set()}
    place = ""
    for word in text.split():
        if word.endswith(":"):
            place = word[:-1]
            added[place] = set()
        else:
            added[place].add(word)
    return added


def compare(reply, shown, added, call):
    """Hold a reply to what is shown, and to nothing but what is added."""
    assert set(reply) == set(shown) | added[""], call
    for key, kind in shown.items():
        if isinstance(kind, list):
            assert reply[key], f"{call}: no {key}"
            for one in reply[key]:
                compare(one, kind[0], {"": added.get(key, set()) - set(kind[0])}, f"{call} {key}")
        elif isinstance(kind, dict) and key in added:
            compare(reply[key], kind, {"": added[key]}, f"{call} {key}")
        elif isinstance(kind, dict):
            assert set(kind) <= set(reply[key]), f"{call} {key}"
        else:
            assert isinstance(reply[key], KINDS[kind]), f"{call} {key}: {reply[key]!r}"
