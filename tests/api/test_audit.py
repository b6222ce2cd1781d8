"""Acts that stand in the audit log: each leaves exactly one line, with who did it, for good."""

import ast
import json
import re
from pathlib import Path

import pytest

import beckon
from api.test_sessions import OPENED, Door, Role, _closing, accept, signed_in
from beckon.domain.accounts import tables
from beckon.domain.accounts.model import AuditFilter
from beckon.domain.accounts.queries import list_audit
from dashboard.test_security import set_up
from dashboard.visitor import PASSWORD
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
    ("POST", "/sending/resume", None, "sending.resumed"),
    ("POST", "/sending/domains", {"domain": "audited.example"}, "domain.added"),
    ("DELETE", "/sending/domains/{domain}", None, "domain.removed"),
    ("PUT", "/channels", {"smsProvider": "OUTBOX"}, "provider.created"),
    ("PUT", "/channels", {"smsProvider": "OUTBOX"}, "provider.changed"),
    ("PUT", "/channels", {"smsProvider": None}, "provider.deleted"),
    ("POST", "/webhooks/inbound/rotate", None, "inbound_secret.rotated"),
    ("POST", "/client/secret/rotate", None, "identity_secret.rotated"),
    ("POST", "/webhooks", None, "webhook.created"),
    ("PUT", HOOK, {"active": False}, "webhook.changed"),
    ("POST", f"{HOOK}/rotate", None, "webhook.rotated"),
    ("DELETE", HOOK, None, "webhook.deleted"),
    ("PUT", "/ai/model", None, "ai_model.chosen"),
    ("DELETE", "/ai/model", None, "ai_model.forgotten"),
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
    ("PUT", "/projects/{project}", {"keysDeleteEvents": True}, "project.past_deletion"),
    ("PUT", "/projects/{project}", {"refuseRepeats": True}, "project.repeats"),
]

# By forms of the dashboard: an act is noted whichever way somebody takes.
BY_FORM = [
    ("/settings", {}, "sending.policy_changed"),
    ("/settings/keeping", {"retention_days": "30"}, "sending.policy_changed"),
    ("/settings/hold", {"reason": "wrong prices"}, "sending.held"),
    ("/settings/resume", {}, "sending.resumed"),
    ("/domains", {"domain": "noted.example", "algorithm": "ed25519"}, "domain.added"),
    ("/domains/remove", {"domain": "noted.example"}, "domain.removed"),
    ("/event-types/{type}", {"required": "plan"}, "event_type.required"),
    ("/channels/{provider}/first", {}, "provider.reordered"),
    ("/contacts/{contact}/erase", {}, "contacts.erased"),
    ("/contacts/imports/{import}/undo", {}, "import.undone"),
    ("/security/sessions", {"session": ""}, "sessions.ended"),
]
ABOUT_ONESELF = [
    "sign_in.refused",
    "person.signed_in",
    "password.changed",
    "password.changed",
    "second_proof.on",
    "second_proof.off",
]
GIVEN_OUT = "contact.exported"
JOINING = {"invite.accepted", "project.created", "project.deleted"}
FRESH = "another good sentence"

NOTES = re.compile(r"(^|[._])(audit|note)$")
ACT = re.compile(r"[a-z_]+\.[a-z_]+")


def lines(server, project):
    return server.write(lambda tx: list_audit(tx, project.id, AuditFilter()))


@pytest.fixture(scope="module")
def kept(server):
    """Give a project with one of each thing in it."""
    project = server.new_project()
    return project, some_things(project)


@pytest.fixture
def ada(server, kept):
    """Give a browser in which an administrator of that project is signed in."""
    browser = Door(server, kept[0].id).signed_in()
    OPENED.append(browser)
    return browser


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
        words = body and {
            key: value.format(**known) if isinstance(value, str) else value
            for key, value in body.items()
        }
        told = client.request(verb, f"/api/v1{path.format(**known)}", words).ok()
        made = told.get("invite", told)
        known["id"] = made.get("id", known.get("id"))
        new = lines(server, project)[:-before]
        assert [(one.act, one.actor) for one in new] == [(act, me["user"]["email"])]


def test_what_forms_do_leaves_one_line_each(server, kept, ada):
    project, _ = kept
    me = lines(server, project)[0].actor
    user = project.retenshun.post("/api/v1/users", {"id": "noted"}).ok()
    project.retenshun.post("/api/v1/events", {"event": "noted", "userId": "noted"}).ok()
    known = {
        "contact": user["contactId"],
        "type": ada.text("/event-types").partition('href="/event-types/')[2].partition('"')[0],
        "provider": second_provider(project),
        "import": begun_import(ada),
    }
    for path, fields, act in BY_FORM:
        before = len(lines(server, project))
        assert ada.submit(path.format(**known), **fields).status == 303, path
        new = lines(server, project)[:-before]
        assert [(one.act, one.actor) for one in new] == [(act, me)], path


def test_who_is_given_out_on_a_page_is_noted_by_number(server, kept, ada):
    project, _ = kept
    number = project.retenshun.post("/api/v1/users", {"id": "given_out"}).ok()["contactId"]
    ada.text(f"/contacts/{number}/export")
    told = lines(server, project)[0]
    assert (told.act, told.details) == (GIVEN_OUT, {"contact": number})


def test_what_people_do_about_themselves_is_noted(server, project):
    door = Door(server, project.id)
    email, browser = door.person(), door.visitor()
    OPENED.append(browser)
    browser.sign_in(email, "no sentence of theirs")
    browser.sign_in(email)
    browser.submit("/security/password", password=PASSWORD, new_password=FRESH)
    browser.submit("/security/password", password=FRESH, new_password=PASSWORD)
    set_up(browser)
    browser.submit("/security/authenticator/end", password=PASSWORD)
    told = [one.act for one in reversed(lines(server, project)) if one.actor == email]
    assert told == ABOUT_ONESELF


def test_who_joins_and_projects_that_come_and_go_are_noted(server, project):
    client = signed_in(server, Door(server, project.id), Role.OWNER)
    email = project.address()
    told = client.post("/api/v1/team/invites", {"email": email, "role": "MEMBER"}).ok()
    accept(server, told["link"]).ok()
    assert lines(server, project)[0].act == "invite.accepted"
    assert lines(server, project)[0].actor == email
    made = client.post("/api/v1/projects", {"name": "Shop", "timeZone": "Europe/Kyiv"}).ok()
    number = int(made["id"].removeprefix("prj_"))
    client.delete(f"/api/v1/projects/{made['id']}").ok()
    there = server.write(lambda tx: list_audit(tx, number, AuditFilter()))
    assert [one.act for one in there] == ["project.deleted", "project.created"]
    assert lines(server, project)[0].act == "project.deleted"


def test_every_act_that_the_code_notes_is_tried_here():
    tried = {act for *_, act in (*BY_KEY, *BY_PERSON, *BY_FORM)}
    tried |= {*ABOUT_ONESELF, *JOINING, GIVEN_OUT}
    noted = {
        word.value
        for path in SOURCE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and NOTES.search(ast.unparse(call.func))
        for word in call.args
        if isinstance(word, ast.Constant) and ACT.fullmatch(str(word.value))
    }
    assert noted - tried == set()
    assert len(noted) > 30


def second_provider(project):
    """Give the number of a provider of mail that is not the preferred one."""
    project.retenshun.put(
        "/api/v1/channels",
        {"emailProvider": "SMTP", "smtpHost": "mail.example.com", "smtpPort": 587},
    ).ok()
    known = project.retenshun.get("/api/v1/channels").ok()["email"]["providers"]
    return known[-1]["id"].removeprefix("prov_")


def begun_import(visitor):
    """Begin an import; give its number."""
    body = json.dumps({"name": "fair.csv"}).encode()
    told = visitor.request(
        "POST",
        "/contacts/import/begin",
        body,
        content_type="application/json",
        origin=visitor.url,
    )
    return json.loads(told.body)["import"]


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
