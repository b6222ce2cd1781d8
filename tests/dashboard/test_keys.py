"""API keys: shown once, revoked at once, changed by administrators alone."""

import pytest
from sqlalchemy import select

from beckon.domain.accounts import tables
from beckon.domain.accounts.model import Role
from beckon.domain.accounts.queries import list_keys
from support.http import basic
from support.server import eventually


def test_a_key_is_shown_once_and_works_until_it_is_revoked(server, project, ada):
    shown = ada.submit("/api-keys", name="Shop server", type="secret")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    secret = shown.body.decode().partition("<code>")[2].partition("<")[0]
    assert secret.startswith("sk_live_")
    assert server.client(x_api_key=secret).get("/api/v1/events").status == 200
    listed = ada.text("/api-keys")
    assert "Shop server" in listed
    assert secret not in listed

    newest = server.write(lambda tx: list_keys(tx, project.id))[0]
    done = ada.submit(f"/api-keys/{newest.id}/revoke")
    assert done.headers["location"] == "/api-keys"
    assert "The key is revoked." in ada.text("/api-keys")
    assert "The key is revoked." not in ada.text("/api-keys")
    eventually(
        lambda: server.client(x_api_key=secret).get("/api/v1/events").status == 401,
        "the key to be refused",
        within_seconds=1.5,
    )


def test_a_key_with_a_scope_reaches_only_so_far(server, project, ada):
    shown = ada.submit("/api-keys", name="Till", type="secret", scope="events")
    secret = shown.body.decode().partition("<code>")[2].partition("<")[0]
    client = server.client(authorization=basic(secret))
    event = {"eventTypeKey": "sale", "keyValue": "ann@example.com"}
    assert client.post("/api/v2/event", event).status == 200
    assert client.get("/api/v1/contacts").status == 403
    newest = server.write(lambda tx: list_keys(tx, project.id))[0]
    assert newest.scope == "events"
    assert '<span class="key-type">Events</span>' in ada.text("/api-keys")


@pytest.mark.parametrize(
    ("kind", "scope", "said"),
    [("public", "events", "only a secret key has a scope"), ("secret", "x", "must be one of")],
)
def test_a_scope_that_cannot_be_is_refused_and_makes_no_key(
    server, project, ada, kind, scope, said
):
    before = server.write(lambda tx: list_keys(tx, project.id))
    refused = ada.submit("/api-keys", name="Till", type=kind, scope=scope)
    assert refused.status == 400
    page = refused.body.decode()
    assert said in page
    assert 'id="scope-error"' in page
    assert server.write(lambda tx: list_keys(tx, project.id)) == before


def test_what_is_done_with_keys_is_written_down(server, project, door):
    email = door.person()
    visitor = door.visitor()
    visitor.sign_in(email)
    visitor.submit("/api-keys", name="Audited", type="public")
    key = server.write(lambda tx: list_keys(tx, project.id))[0]
    visitor.submit(f"/api-keys/{key.id}/revoke")
    asked = select(tables.audit_entry).where(
        tables.audit_entry.c.project_id == project.id, tables.audit_entry.c.actor == email
    )
    entries = server.write(lambda tx: tx.execute(asked.order_by(tables.audit_entry.c.id)).all())
    about_keys = [entry for entry in entries if entry.act.startswith("key.")]
    assert [(entry.act, entry.details["key"]) for entry in about_keys] == [
        ("key.created", key.id),
        ("key.revoked", key.id),
    ]
    visitor.close()


def test_a_member_sees_keys_and_changes_none(server, project, door):
    member = door.signed_in(Role.MEMBER)
    page = member.text("/api-keys")
    assert project.secret.key.prefix in page
    assert "Revoke" not in page
    assert "Create key" not in page
    before = server.write(lambda tx: list_keys(tx, project.id))
    assert member.submit("/api-keys", name="Mine", type="secret").status == 403
    assert member.submit(f"/api-keys/{project.secret.key.id}/revoke").status == 403
    assert server.write(lambda tx: list_keys(tx, project.id)) == before
    member.close()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "type": "secret"}, "The name must have 1 to 100 characters."),
        ({"name": "x" * 101, "type": "secret"}, "The name must have 1 to 100 characters."),
        ({"name": "a\nb", "type": "secret"}, "The name must not hold control characters."),
        ({"name": "Fine", "type": "root"}, "Choose one of the two."),
        ({"name": "Fine"}, "Choose one of the two."),
    ],
)
def test_a_key_that_cannot_be_made_says_why(server, project, ada, form, said):
    reply = ada.submit("/api-keys", **form)
    assert reply.status == 400
    assert said in reply.body.decode()
    assert len(server.write(lambda tx: list_keys(tx, project.id))) == 2


@pytest.mark.parametrize("key", ["0", "abc", "-1", "1.5", "9" * 40, "%00", "9223372036854775807"])
def test_a_key_that_is_none_cannot_be_revoked(ada, key):
    assert ada.submit(f"/api-keys/{key}/revoke").status == 404
