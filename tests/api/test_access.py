"""Whose key may do what: a matrix over every route of both vocabularies.

A route without a row here fails the first test, so nobody can forget to say who may call it.
"""

import time
from dataclasses import dataclass

import pytest

from beckon.api.call import Access, Face
from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from support.http import basic

ROUTES = {(route.method, route.path): route for route in (*RETENSHUN, *RETENO)}
FORM = {"error": "Unauthorized", "message": "Invalid or missing API key", "status": 401}


@dataclass(frozen=True)
class Row:
    """What to ask of a route; `{…}` stands for an id of the project that owns the things."""

    body: object = None
    query: str = ""
    names_foreign_things: bool = False


STEPS = [{"type": "SEND_EMAIL", "templateId": "{template_id}"}]
AUTOMATION = {"name": "A", "triggerType": "EVENT", "triggerEvent": "seen", "steps": STEPS}
TEMPLATE = {"name": "T", "channel": "EMAIL", "subject": "S", "body": "B"}
PERSON = {"channels": {"type": "email", "value": "ann@example.com"}}
EVENT = {"eventTypeKey": "seen", "keyValue": "key 1"}
MAIL = {"from": "a@example.com", "subject": "S", "htmlText": "H", "emails": ["a@example.com"]}

ROWS = {
    ("POST", "/api/v1/events"): Row({"event": "seen", "user_id": "user_1"}),
    ("POST", "/api/v1/events/batch"): Row({"batch": [{"type": "identify", "user_id": "user_1"}]}),
    ("GET", "/api/v1/events"): Row(query="userId={user_id}"),
    ("GET", "/api/v1/events/{event_id}"): Row(),
    ("DELETE", "/api/v1/events/{event_id}"): Row(),
    ("POST", "/api/v1/identify"): Row({"userId": "user_1"}),
    ("POST", "/api/v1/users"): Row({"id": "user_1"}),
    ("GET", "/api/v1/users/{user_id}"): Row(),
    ("PUT", "/api/v1/users/{user_id}"): Row({"properties": {"taken": True}}),
    ("PATCH", "/api/v1/users/{user_id}"): Row({"properties": {"taken": True}}),
    ("POST", "/api/v1/templates"): Row(TEMPLATE),
    ("GET", "/api/v1/templates"): Row(),
    ("GET", "/api/v1/templates/{template_id}"): Row(),
    ("PUT", "/api/v1/templates/{template_id}"): Row({"subject": "Taken"}),
    ("PATCH", "/api/v1/templates/{template_id}"): Row({"subject": "Taken"}),
    ("DELETE", "/api/v1/templates/{template_id}"): Row(),
    ("POST", "/api/v1/templates/{template_id}/render"): Row({"userId": "{user_id}"}),
    ("POST", "/api/v1/automations"): Row(AUTOMATION, names_foreign_things=True),
    ("GET", "/api/v1/automations"): Row(),
    ("GET", "/api/v1/automations/{automation_id}"): Row(),
    ("PUT", "/api/v1/automations/{automation_id}"): Row({"active": False}),
    ("PATCH", "/api/v1/automations/{automation_id}"): Row({"active": False}),
    ("DELETE", "/api/v1/automations/{automation_id}"): Row(),
    ("POST", "/api/v1/messages"): Row(
        {"userId": "{user_id}", "channel": "EMAIL", "subject": "S", "body": "B"},
        names_foreign_things=True,
    ),
    ("GET", "/api/v1/messages"): Row(query="userId={user_id}"),
    ("GET", "/api/v1/messages/{message_id}"): Row(),
    ("GET", "/api/v1/account/info"): Row(),
    ("POST", "/api/v1/contact"): Row(PERSON),
    ("GET", "/api/v1/contact/{contact_id}"): Row(),
    ("POST", "/api/v1/event"): Row(EVENT),
    ("POST", "/api/v2/event"): Row(EVENT),
    ("POST", "/api/v1/message/email"): Row(MAIL),
    ("GET", "/api/v1/message/status"): Row(query="ids={request_id}"),
}
EVERY = pytest.mark.parametrize("place", ROWS, ids=" ".join)


def test_every_route_has_a_row():
    assert set(ROWS) == set(ROUTES)


@pytest.fixture
def things(project):
    """Give the ids of one of each thing in a project."""
    client = project.retenshun
    person = {"id": f"user of {project.id}", "email": project.address()}
    user = client.post("/api/v1/users", person).ok()
    event = client.post("/api/v1/events", {"event": "first", "userId": user["id"]}).ok()
    template, in_use = (client.post("/api/v1/templates", TEMPLATE).ok() for _ in range(2))
    steps = [{"type": "SEND_EMAIL", "templateId": in_use["id"]}]
    automation = client.post("/api/v1/automations", {**AUTOMATION, "steps": steps}).ok()
    message = {"userId": user["id"], "channel": "EMAIL", "subject": "S", "body": "B"}
    sent = client.post("/api/v1/messages", message).ok()["id"]
    return {
        "user_id": user["id"].replace(" ", "%20"),
        "contact_id": str(user["contactId"]),
        "event_id": event["id"],
        "template_id": template["id"],
        "automation_id": automation["id"],
        "message_id": sent,
        "request_id": sent.removeprefix("msg_"),
    }


def ask(client, place, things, **headers):
    """Ask what a row says of a route."""
    method, path = place
    row = ROWS[place]
    address = path.format(**things) + (f"?{row.query.format(**things)}" if row.query else "")
    return client.request(method, address, filled(row.body, things), **headers)


def filled(value, things):
    """Put ids where their names stand."""
    if isinstance(value, dict):
        return {key: filled(item, things) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, things) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        return things[value.strip("{}")].replace("%20", " ")
    return value


def credentials(face, secret):
    """Give the headers that carry a key in a vocabulary."""
    return {"authorization": basic(secret)} if face is Face.RETENO else {"x-api-key": secret}


def own_client(project, place, secret=None):
    """Speak the vocabulary of a route."""
    headers = credentials(ROUTES[place].face, secret or project.secret.secret)
    return project.server.client(**{name.replace("-", "_"): key for name, key in headers.items()})


@EVERY
def test_the_right_key_may(project, things, place):
    assert ask(own_client(project, place), place, things).status == 200


@EVERY
def test_no_key_a_wrong_one_or_one_in_other_words_may_not(server, project, things, place):
    face = ROUTES[place].face
    secret = project.secret.secret
    wrong = [
        {},
        credentials(face, ""),
        credentials(face, secret[:-1]),
        credentials(face, secret + "x"),
        credentials(face, secret.upper()),
        credentials(face, "sk_live_" + "x" * 27),
        credentials(face, "x" * 5000),
        credentials(face, project.secret.key.prefix),
    ]
    if face is Face.RETENO:
        wrong += [
            {"x-api-key": secret},
            {"authorization": f"Bearer {secret}"},
            {"authorization": basic("", user=secret)},
            {"authorization": "Basic !!!"},
            {"authorization": f"Basic {secret}"},
        ]
    else:
        wrong += [
            {"authorization": basic(secret)},
            {"authorization": secret},
            {"authorization": f"Token {secret}"},
            {"authorization": f"Digest {secret}"},
        ]
    for headers in wrong:
        named = {name.replace("-", "_"): value for name, value in headers.items()}
        reply = ask(server.client(**named), place, things)
        assert (reply.status, reply.json()) == (401, FORM), headers
        assert (reply.headers["www-authenticate"] is not None) is (face is Face.RETENO)


@EVERY
def test_a_key_in_the_address_is_not_read(server, project, things, place):
    client = server.client()
    method, path = place
    address = f"{path.format(**things)}?x-api-key={project.secret.secret}"
    assert client.request(method, address, filled(ROWS[place].body, things)).status == 401


@EVERY
def test_a_public_key_may_only_track_and_identify(project, things, place):
    client = own_client(project, place, project.public.secret)
    reply = ask(client, place, things)
    if ROUTES[place].access is Access.ANY_KEY:
        assert reply.status == 200
    else:
        assert reply.status == 403
        assert reply.json()["error"] == "Forbidden"


def test_a_public_key_may_exactly_this():
    assert {place for place, route in ROUTES.items() if route.access is Access.ANY_KEY} == {
        ("POST", "/api/v1/events"),
        ("POST", "/api/v1/events/batch"),
        ("POST", "/api/v1/identify"),
    }


@pytest.mark.parametrize(
    "place", [("POST", "/api/v1/events"), ("GET", "/api/v1/account/info")], ids=" ".join
)
def test_a_revoked_key_ends_within_a_second(project, things, place):
    client = own_client(project, place)
    assert ask(client, place, things).status == 200
    project.revoke(project.secret.key.id)
    end = time.monotonic() + 1
    while ask(client, place, things).status == 200:
        assert time.monotonic() < end, "still taken a second later"
    for _ in range(3):
        assert ask(client, place, things).json() == FORM


@EVERY
def test_what_belongs_to_others_is_not_there(project, other, things, place):
    """404 for foreign ids in the path, nothing told and nothing changed for those elsewhere."""
    before = seen_by(project, things)
    reply = ask(own_client(other, place), place, things)
    if "{" in place[1] or place == ("POST", "/api/v1/messages"):
        assert reply.status == 404
        assert set(reply.json()) == {"error", "message", "status"}
    elif ROWS[place].names_foreign_things:
        assert reply.status == 400
    else:
        assert reply.status == 200
    told = reply.body.decode()
    if reply.status == 200:
        assert not any(name in told for name in things.values() if len(name) > 6), told
    assert seen_by(project, things) == before


def seen_by(project, things):
    """Tell what a project sees of its things; how its message stands may change by itself."""
    client = project.retenshun
    return (
        [client.get(f"/api/v1/{kind}").ok() for kind in ("events", "templates", "automations")],
        client.get(f"/api/v1/users/{things['user_id']}").ok(),
        client.get(f"/api/v1/messages/{things['message_id']}").ok()["id"],
        client.get("/api/v1/messages").ok()["total"],
    )
