"""Acts that stand in the audit log: each leaves exactly one line, with who did it, for good."""

import ast
from pathlib import Path

import pytest

import beckon
from api.test_sessions import Door, Role, _closing, signed_in
from beckon.domain.accounts import tables
from beckon.domain.accounts.model import AuditFilter
from beckon.domain.accounts.queries import list_audit
from support.bodies import BODIES, filled, some_things

__all__ = ["_closing"]

SOURCE = Path(beckon.__file__).parent
HOOK = "/webhooks/{webhook_id}"
ONE_DAY = {"caps": [{"count": 1, "periodSeconds": 86400}]}

# By a key: what is called, and the act that is noted of it.
BY_KEY = [
    ("DELETE", "/users/{user_id}?erase=true", None, "contacts.erased"),
    ("GET", "/users/{user_id}/export", None, "contact.exported"),
    ("POST", "/messages/{message_id}/requeue", None, "message.requeued"),
    ("PUT", "/sending/policy", {"retentionDays": 30}, "sending.policy_changed"),
    ("PUT", "/sending/policy", ONE_DAY, "sending.policy_changed"),
    ("POST", "/sending/hold", {"reason": "wrong prices"}, "sending.held"),
    ("POST", "/sending/domains", {"domain": "audited.example"}, "domain.added"),
    ("DELETE", "/sending/domains/{domain}", None, "domain.removed"),
    ("PUT", "/channels", {"smsProvider": "OUTBOX"}, "provider.created"),
    ("POST", "/webhooks/inbound/rotate", None, "inbound_secret.rotated"),
    ("POST", "/client/secret/rotate", None, "identity_secret.rotated"),
    ("POST", "/webhooks", None, "webhook.created"),
    ("PUT", HOOK, {"active": False}, "webhook.changed"),
    ("POST", f"{HOOK}/rotate", None, "webhook.rotated"),
    ("DELETE", HOOK, None, "webhook.deleted"),
    ("PUT", "/ai/model", None, "ai_model.chosen"),
]

# By somebody signed in; what is called with an id speaks of what the call before it made.
BY_PERSON = [
    ("POST", "/api-keys", {"name": "Audited", "type": "secret"}, "key.created"),
    ("DELETE", "/api-keys/{id}", None, "key.revoked"),
    ("POST", "/team/invites", {"email": "{fresh}", "role": "MEMBER"}, "invite.created"),
    ("POST", "/team/invites/{id}/resend", None, "invite.resent"),
    ("DELETE", "/team/invites/{id}", None, "invite.revoked"),
    ("PUT", "/team/{member}", {"role": "VIEWER"}, "member.changed"),
    ("DELETE", "/team/{member}", None, "member.removed"),
    ("PUT", "/projects/{project}", {"name": "Renamed"}, "project.changed"),
]


def lines(server, project):
    return server.write(lambda tx: list_audit(tx, project.id, AuditFilter()))


@pytest.fixture(scope="module")
def kept(server):
    """Give a project with one of each thing in it."""
    project = server.new_project()
    return project, some_things(project)


@pytest.mark.parametrize(("verb", "path", "body", "act"), BY_KEY[1:] + BY_KEY[:1])
def test_what_a_key_does_leaves_one_line(server, kept, verb, path, body, act):
    project, things = kept
    if body is None and verb in ("POST", "PUT"):
        place = (verb, f"/api/v1{path}")
        body = filled(BODIES[place], things) if place in BODIES else None
    before = lines(server, project)
    project.retenshun.request(verb, f"/api/v1{path.format(**things)}", body).ok()
    new = lines(server, project)[: -len(before) or None]
    assert [(one.act, one.actor) for one in new] == [(act, f"key {project.secret.key.prefix}")]


def test_what_people_do_leaves_one_line_each(server, project):
    door = Door(server, project.id)
    client = signed_in(server, door, Role.OWNER)
    me = client.get("/api/v1/auth/me").ok()
    colleague = door.person(Role.MEMBER)
    members = client.get("/api/v1/team").ok()["members"]
    known = {
        "member": next(one["id"] for one in members if one["email"] == colleague),
        "project": me["project"]["id"],
        "fresh": project.address(),
    }
    for verb, path, body, act in BY_PERSON:
        before = len(lines(server, project))
        words = body and {key: value.format(**known) for key, value in body.items()}
        told = client.request(verb, f"/api/v1{path.format(**known)}", words).ok()
        made = told.get("invite", told)
        known["id"] = made.get("id", known.get("id"))
        new = lines(server, project)[:-before]
        assert [(one.act, one.actor) for one in new] == [(act, me["user"]["email"])]


def test_nothing_in_the_code_changes_or_takes_away_a_line():
    """Only `insert` is ever given the table; by its name it stands in no SQL of ours."""
    name = tables.audit_entry.name
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert f"UPDATE {name}" not in node.value, path
                assert f"DELETE FROM {name}" not in node.value, path
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("update", "delete"):
                assert not any(name in ast.unparse(one) for one in node.args), path
