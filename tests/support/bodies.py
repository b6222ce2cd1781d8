"""A good body for every operation that takes one; `{…}` stands for an id that the test fills in.

What is asked of all routes alike (access, bad input) begins from these.
"""

from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from beckon.api.segment.routes import ROUTES as SEGMENT
from support.server import eventually

ROUTES = {(route.method, route.path): route for route in (*RETENSHUN, *RETENO, *SEGMENT)}

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
    ("POST", "/api/v1/messages"): {
        "userId": "{user_id}",
        "channel": "EMAIL",
        "subject": "S",
        "body": "B",
    },
    **{("POST", route.path): route.example for route in SEGMENT},
    ("PUT", "/api/v1/users/{user_id}/subscriptions"): {"channels": {"email": "unsubscribed"}},
    ("POST", "/api/v1/suppressions"): {"emails": ["gone@example.com"]},
    ("DELETE", "/api/v1/suppressions"): {"emails": ["gone@example.com"]},
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
    words = filled(BODIES["POST", "/api/v1/messages"], {"user_id": user["id"]})
    message = client.post("/api/v1/messages", words).ok()["id"]
    # The engine works beside: what follows counts rows, so they must have come to rest.
    sent, state = f"/api/v1/messages?userId={user['id']}", f"/api/v1/automation-runs/{run}"
    eventually(lambda: client.get(sent).ok()["total"] == 2, "the run's message")
    eventually(lambda: client.get(state).ok()["status"] != "ACTIVE", "the run's end")
    words = {"key": f"topic-of-{project.id}", "name": "News"}
    topic = client.post("/api/v1/topics", words).ok()["key"]
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
        "request_id": message.removeprefix("msg_"),
    }
