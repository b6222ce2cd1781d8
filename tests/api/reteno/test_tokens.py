"""Tokens and scopes: what stands for a key, how far a key reaches, whose a push token is."""

import pytest

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import KeyKind, Scope
from beckon.kit.ids import new_token
from support.http import basic
from support.server import now

APP = "2e2e831c-486c-41f9-8e8d-bcd6b7a51a7a"
EVENT = {"eventTypeKey": "seen", "keyValue": "key 1", "params": []}


def a_key(project, scope):
    """Make a secret key that reaches so far, and give a client that speaks with it."""
    new = project.server.write(
        lambda tx: accounts.create_key(
            tx,
            project.id,
            name="narrow",
            kind=KeyKind.SECRET,
            token=new_token(),
            actor="a test",
            now=now(),
            scope=scope,
        )
    )
    return project.server.client(authorization=basic(new.secret)), new


@pytest.mark.parametrize("path", ["/api/v1/event", "/api/v2/event", "/api/v3/event"])
def test_a_token_sends_events_and_nothing_else(server, project, path):
    token = project.reteno.post("/api/v1/auth/token", None).ok_text()
    bearer = server.client(authorization=f"Bearer {token}")
    body = {**EVENT, "params": {}} if "v3" in path else EVENT
    assert bearer.post(path, body).status == 200
    assert bearer.get("/api/v1/account/info").status == 401
    assert bearer.post("/api/v1/contact", {}).status == 401
    assert server.client(authorization=basic(token)).get("/api/v1/account/info").status == 401
    assert server.client(authorization=f"Bearer {token}x").post(path, body).status == 401


def test_the_token_of_a_revoked_key_is_void(server, project):
    client, new = a_key(project, None)
    token = client.post("/api/v1/auth/token", None).ok_text()
    project.revoke(new.key.id)
    # Never seen before, so nothing remembers it as live.
    assert server.client(authorization=f"Bearer {token}").post("/api/v2/event", EVENT).status == 401


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (Scope.EVENTS, {"general", "events"}),
        (Scope.CONTACTS, {"general", "events", "read", "change"}),
        (Scope.CONTACTS_CHANGE, {"general", "events", "change"}),
        (Scope.MESSAGES, {"general", "messages"}),
        (None, {"general", "events", "read", "change", "messages", "rest"}),
    ],
)
def test_a_key_reaches_as_far_as_its_scope(project, scope, reached):
    client, _ = a_key(project, scope)
    contact = {"channels": {"type": "email", "value": project.address()}}
    order = {"orders": [{"externalOrderId": "1"}]}
    asked = {
        "general": client.get("/api/v1/account/info"),
        "events": client.post("/api/v2/event", EVENT),
        "read": client.get("/api/v1/contacts"),
        "change": client.post("/api/v1/contact", contact),
        "messages": client.get("/api/v1/message/status", ids="none"),
        "rest": client.post("/api/v1/orders", order),
    }
    assert {name for name, reply in asked.items() if reply.status == 200} == reached
    refused = [reply for reply in asked.values() if reply.status != 200]
    assert {reply.status for reply in refused} <= {403}
    for reply in refused:
        assert f"scope of this key is {scope}" in reply.json()["message"]


def test_a_narrow_key_speaks_one_vocabulary(server, project):
    _, new = a_key(project, Scope.CONTACTS)
    assert server.client(x_api_key=new.secret).get("/api/v1/users").status == 403


def test_a_contacts_token_opens_their_inbox_and_no_other(server, project, other):
    for name in ("ann", "bob"):
        project.retenshun.post("/api/v1/users", {"id": name, "email": project.address()}).ok()
    path = "/api/v1/auth/contact/token"
    token = project.reteno.post(path, {"externalCustomerId": "ann"}).ok()["token"]

    def read(client, name):
        return client.get("/api/v1/client/inbox", userId=name, userHash=token).status

    assert read(project.browser, "ann") == 200
    assert read(project.browser, "bob") == 403
    other.retenshun.post("/api/v1/users", {"id": "ann", "email": other.address()}).ok()
    assert read(other.browser, "ann") == 403
    assert project.reteno.post(path, {"email": "nobody@example.com"}).ok() == {"token": ""}
    assert project.reteno.post(path, {}).status == 400


def test_push_tokens_are_kept_found_and_switched(project):
    address = project.address()
    words = {"tokens": [{"token": "token-1", "email": address}, {"token": "t-2", "phone": "none"}]}
    path = f"/api/v1/apps/{APP}/tokens"
    assert project.reteno.post(path, words).status == 400  # no phone number
    words["tokens"][1]["phone"] = "380501234567"
    project.reteno.post(path, words).ok_text()
    found = project.reteno.get(f"/api/v1/contact/token/{APP}/token-1/contactId").ok()["id"]
    (known,) = project.reteno.get("/api/v1/contacts", email=address).ok()
    assert known["id"] == found
    switch = f"/api/v1/contact/token/activated/{APP}/token-1"
    assert project.reteno.get(switch).ok() == {"active": True}
    for is_active in (False, True):
        assert project.reteno.put(switch, {"active": is_active}).ok() == {"active": is_active}
        assert project.reteno.get(switch).ok() == {"active": is_active}
    elsewhere = "00000000-0000-4000-8000-000000000000"
    assert project.reteno.get(f"/api/v1/contact/token/{elsewhere}/token-1/contactId").status == 404
    bad = {"tokens": [{"token": "token-3", "email": address}, {"token": "token-4"}]}
    reply = project.reteno.post(path, bad)
    assert reply.json()["message"].startswith("tokens[1]: contactId")
    subscription = {"tokens": {"token": '{"endpoint":1}', "email": address}}
    reply = project.reteno.post(path, subscription)
    assert reply.json()["message"].startswith("tokens[0].token must be an app's token")
    assert project.reteno.get(f"/api/v1/contact/token/{APP}/token-3/contactId").status == 404
