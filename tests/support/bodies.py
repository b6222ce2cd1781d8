"""A good body for every operation that takes one; `{…}` stands for an id that the test fills in.

What is asked of all routes alike (access, bad input) begins from these.
"""

import hmac
from datetime import timedelta

from beckon.api.call import Access
from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from beckon.api.segment.routes import ROUTES as SEGMENT
from support import reteno_things
from support.server import NOBODY, eventually, now

# What is for people who are signed in has a matrix of its own: tests/api/test_sessions.py.
ROUTES = {
    (route.method, route.path): route
    for route in (*RETENSHUN, *RETENO, *SEGMENT)
    if route.access in {Access.ANY_KEY, Access.SECRET_KEY}
}

_STEPS = [{"type": "SEND_EMAIL", "templateId": "{template_id}", "delay": 0}]

BODIES = {
    ("POST", "/api/v1/events"): {"event": "seen", "user_id": "user_1"},
    ("POST", "/api/v1/events/batch"): {"batch": [{"type": "identify", "user_id": "user_1"}]},
    ("POST", "/api/v1/identify"): {"userId": "user_1"},
    ("POST", "/api/v1/users"): {"id": "user_1"},
    ("POST", "/api/v1/users/batch"): {"users": [{"id": "user_1"}]},
    ("POST", "/api/v1/users/{user_id}/push-tokens"): {"token": "t 1", "platform": "android"},
    ("DELETE", "/api/v1/users/{user_id}/push-tokens"): {"token": "{token}"},
    ("PUT", "/api/v1/users/{user_id}"): {"properties": {"taken": True}},
    ("PATCH", "/api/v1/users/{user_id}"): {"properties": {"taken": True}},
    ("POST", "/api/v1/templates"): {
        "name": "T",
        "channel": "EMAIL",
        "subject": "S",
        "body": "B",
    },
    ("PUT", "/api/v1/templates/{template_id}"): {"subject": "Taken"},
    ("PATCH", "/api/v1/templates/{template_id}"): {"subject": "Taken"},
    ("POST", "/api/v1/templates/{template_id}/render"): {"userId": "{user_id}"},
    ("POST", "/api/v1/templates/{template_id}/test"): {"userId": "{user_id}"},
    ("POST", "/api/v1/templates/render"): {"subject": "S", "body": "B", "userId": "{user_id}"},
    ("POST", "/api/v1/automations"): {
        "name": "A",
        "triggerType": "EVENT",
        "triggerEvent": "never seen",
        "steps": _STEPS,
    },
    ("PUT", "/api/v1/automations/{automation_id}"): {"active": False},
    ("PATCH", "/api/v1/automations/{automation_id}"): {"active": False},
    ("POST", "/api/v1/automations/{automation_id}/start"): {"userId": "user_1"},
    ("POST", "/api/v1/automations/{automation_id}/dry-run"): {"from": "2026-01-01T00:00:00Z"},
    ("POST", "/api/v1/automations/{automation_id}/dry-runs"): {"from": "2026-01-01T00:00:00Z"},
    ("POST", "/api/v1/messages"): {
        "userId": "{user_id}",
        "channel": "EMAIL",
        "subject": "S",
        "body": "B",
    },
    **{("POST", route.path): route.example for route in SEGMENT},
    ("PUT", "/api/v1/channels"): {"emailProvider": "OUTBOX"},
    ("PATCH", "/api/v1/channels"): {"emailProvider": "OUTBOX"},
    ("POST", "/api/v1/channels"): {"emailProvider": "OUTBOX"},
    ("POST", "/api/v1/client/inbox/{message_id}/events"): {
        "status": "opened",
        "userId": "{user_id}",
        "userHash": "{user_hash}",
    },
    ("POST", "/api/v1/webhooks"): {"url": f"https://{NOBODY}/hook"},
    ("PUT", "/api/v1/webhooks/{webhook_id}"): {"active": False},
    ("PATCH", "/api/v1/webhooks/{webhook_id}"): {"active": False},
    ("PUT", "/api/v1/ai/model"): {
        "baseUrl": f"https://{NOBODY}/v1",
        "model": "small",
        "apiKey": "key",
    },
    ("POST", "/api/v1/client/inbox/read"): {"userId": "{user_id}", "userHash": "{user_hash}"},
    ("PUT", "/api/v1/users/{user_id}/subscriptions"): {"channels": {"email": "unsubscribed"}},
    ("POST", "/api/v1/suppressions"): {"emails": ["gone@example.com"]},
    ("DELETE", "/api/v1/suppressions"): {"emails": ["gone@example.com"]},
    ("PUT", "/api/v1/sending/policy"): {"postalAddress": "Taken Street 1"},
    ("POST", "/api/v1/sending/hold"): {"reason": "taken"},
    ("POST", "/api/v1/sending/domains"): {"domain": "taken.example", "algorithm": "ed25519"},
    ("POST", "/api/v1/topics"): {"key": "taken", "name": "Taken"},
    ("POST", "/api/v1/emails/unsubscribed/add"): {"emails": ["gone@example.com"]},
    ("POST", "/api/v1/emails/unsubscribed/delete"): {"emails": ["gone@example.com"]},
    ("PUT", "/api/v1/contact/{contact_id}/subscriptions"): {"subscriptions": []},
    ("POST", "/api/v1/contact"): {"channels": {"type": "email", "value": "ann@example.com"}},
    ("POST", "/api/v1/event"): {"eventTypeKey": "seen", "keyValue": "key 1"},
    ("POST", "/api/v2/event"): {"eventTypeKey": "seen", "keyValue": "key 1"},
    ("POST", "/api/v1/message/email"): {
        "from": "a@example.com",
        "subject": "S",
        "htmlText": "H",
        "emails": ["a@example.com"],
    },
}

# What an example calls a thing by, and what stands for it here.
NAMED = {
    "userId": "{user_id}",
    "user_id": "{user_id}",
    "segmentId": "{segment_id}",
    "templateId": "{template_id}",
    "userIds": ["{user_id}"],
}


def from_example(value):
    """Take the example of a route, with things of the project in the place of made-up ones."""
    if isinstance(value, dict):
        return {key: NAMED.get(key) or from_example(item) for key, item in value.items()}
    return [from_example(item) for item in value] if isinstance(value, list) else value


BODIES |= reteno_things.BODIES
BODIES |= {
    place: from_example(route.example)
    for place, route in ROUTES.items()
    if route.body is not None and place not in BODIES and route.example is not None
}


def filled(value, things):
    """Put the ids of `things` where their names stand."""
    if isinstance(value, dict):
        return {key: filled(item, things) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, things) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        return things[value.strip("{}")]
    return value


def some_things(project):
    """Make one of each thing in a project; give their ids by the names routes have for them."""
    client = project.retenshun
    person = {"id": f"user-of-{project.id}", "email": project.address()}
    user = client.post("/api/v1/users", person).ok()
    device = {"token": f"token-of-{project.id}", "platform": "ios"}
    token = client.post(f"/api/v1/users/{user['id']}/push-tokens", device).ok()["id"]
    event = client.post("/api/v1/events", {"event": "first", "userId": user["id"]}).ok()
    words = BODIES["POST", "/api/v1/templates"]
    template, in_use = (client.post("/api/v1/templates", words).ok()["id"] for _ in range(2))
    words = filled(BODIES["POST", "/api/v1/automations"], {"template_id": in_use})
    automation = client.post("/api/v1/automations", words | {"active": True}).ok()
    started = f"/api/v1/automations/{automation['id']}/start"
    run = client.post(started, {"userId": user["id"]}).ok()["runId"]
    # To somebody who gets nothing, so that it stays what it is and can be wanted again.
    gone = {"id": f"gone-of-{project.id}", "email": project.address()}
    client.post("/api/v1/users", gone).ok()
    client.post("/api/v1/suppressions", {"emails": [gone["email"]]}).ok()
    words = filled(BODIES["POST", "/api/v1/messages"], {"user_id": gone["id"]})
    message = client.post("/api/v1/messages", words).ok()["id"]
    # The engine works beside: what follows counts rows, so they must have come to rest.
    sent, state = f"/api/v1/messages?userId={user['id']}", f"/api/v1/automation-runs/{run}"
    eventually(lambda: client.get(sent).ok()["total"] == 1, "the run's message")
    eventually(lambda: client.get(state).ok()["status"] != "ACTIVE", "the run's end")
    words = {"key": f"topic-of-{project.id}", "name": "News"}
    topic = client.post("/api/v1/topics", words).ok()["key"]
    words = {"domain": f"mail{project.id}.example", "algorithm": "ed25519"}
    domain = client.post("/api/v1/sending/domains", words).ok()["domain"]
    words = {"name": f"list-of-{project.id}", "type": "STATIC"}
    segment, meant = (client.post("/api/v1/segments", words).ok()["id"] for _ in range(2))
    words = {"segment_id": meant, "template_id": in_use, "user_id": user["id"]}
    planned = filled(BODIES["POST", "/api/v1/campaigns"], words)
    soon = (now() + timedelta(days=1)).isoformat()
    campaign = client.post("/api/v1/campaigns", planned | {"scheduledAt": soon}).ok()["id"]
    hook = client.post("/api/v1/webhooks", BODIES["POST", "/api/v1/webhooks"]).ok()["id"]
    news = client.post("/api/v1/news", BODIES["POST", "/api/v1/news"]).ok()["id"]
    client.put("/api/v1/channels", BODIES["PUT", "/api/v1/channels"]).ok()
    provider = client.get("/api/v1/channels").ok()["email"]["providers"][0]["id"]
    secret = client.post("/api/v1/client/secret/rotate", None).ok()["secret"]
    user_hash = hmac.new(secret.encode(), user["id"].encode(), "sha256").hexdigest()
    return {
        "user_id": user["id"],
        "contact_id": str(user["contactId"]),
        "token_id": token,
        "token": device["token"],
        "event_id": event["id"],
        "template_id": template,
        "version": "1",
        "automation_id": automation["id"],
        "run_id": run,
        "message_id": message,
        "topic_key": topic,
        "domain": domain,
        "segment_id": segment,
        "campaign_id": campaign,
        "news_id": news,
        "webhook_id": hook,
        "delivery_id": "1",
        "dry_run_id": "dry_999999999",
        "provider_id": provider,
        "user_hash": user_hash,
        "request_id": message.removeprefix("msg_"),
        **reteno_things.reteno_things(project),
    }
