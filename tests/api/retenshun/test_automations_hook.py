"""Automations started by webhook: whom it names, forged addresses, and calls told again."""

from datetime import timedelta

import pytest

from support.like import AUTOMATION_ID
from support.server import now

ORDER = {"customer": {"id": 42, "email": "ann@example.com"}, "total": 12.5}


def automation(project, **trigger):
    """Make an automation that starts by webhook; gives its id."""
    words = {
        "name": "Orders",
        "triggerType": "WEBHOOK",
        "trigger": trigger or {"person": "customer.id", "email": "customer.email"},
        "steps": [{"type": "WAIT", "delay": 3600}],
        "active": True,
    }
    return project.retenshun.post("/api/v1/automations", words).ok()["id"]


@pytest.fixture
def hooked(project):
    """Make an automation and the path of its address."""
    made = automation(project)
    return made, opened(project, made)


def opened(project, made):
    reply = project.retenshun.post(f"/api/v1/automations/{made}/hook").ok()
    assert reply == {"id": AUTOMATION_ID, "url": reply["url"]}
    base, _, path = reply["url"].partition("/api/")
    assert base.startswith("http")
    return f"/api/{path}"


def tell(project, path, body=ORDER, **headers):
    return project.server.client().request("POST", path, body, **headers)


def runs_of(project, made):
    return project.retenshun.get(f"/api/v1/automations/{made}/runs").ok()["runs"]


def test_it_starts_for_whom_the_body_names_and_keeps_what_was_told(project, hooked):
    made, path = hooked
    reply = tell(project, path).ok()
    (run,) = runs_of(project, made)
    assert reply == {"runId": run["id"], "started": True}
    assert (run["userId"], run["status"]) == ("42", "ACTIVE")
    assert project.retenshun.get("/api/v1/users/42").ok()["email"] == "ann@example.com"


def test_by_the_address_alone_it_finds_who_bears_it(project):
    project.retenshun.post("/api/v1/users", {"id": "ann", "email": "ann@example.com"}).ok()
    made = automation(project, email="customer.email")
    tell(project, opened(project, made)).ok()
    assert [run["userId"] for run in runs_of(project, made)] == ["ann"]


@pytest.mark.parametrize("header", ["webhook_id", "idempotency_key"])
def test_a_call_that_names_itself_starts_once_and_others_each_time(project, hooked, header):
    made, path = hooked
    told = [tell(project, path, **{header: "call 1"}).ok() for _ in range(3)]
    assert len({reply["runId"] for reply in told}) == 1
    assert len(runs_of(project, made)) == 1
    tell(project, path, **{header: "call 2"}).ok()
    tell(project, path).ok()
    tell(project, path).ok()
    assert len(runs_of(project, made)) == 4


@pytest.mark.parametrize("offset", [-301, 301])
def test_a_call_told_anew_long_after_is_refused(project, hooked, offset):
    made, path = hooked
    moment = str(int((now() + timedelta(seconds=offset)).timestamp()))
    for text in (moment, "yesterday", "9" * 12):
        assert tell(project, path, webhook_timestamp=text).status == 401
    assert runs_of(project, made) == []
    fresh = str(int(now().timestamp()))
    assert tell(project, path, webhook_timestamp=fresh).status == 200


def test_forged_void_and_strange_addresses_are_refused_alike(project, hooked):
    made, path = hooked
    fresh = opened(project, made)
    base = path.rpartition("/")[0]
    forged = [f"{base}/{token}" for token in ("A" * 27, "A" * 26, made, "", "%00", "a" * 4000)]
    replies = [tell(project, one) for one in (path, *forged)]
    assert {(reply.status, reply.body) for reply in replies} == {(404, replies[0].body)}
    assert runs_of(project, made) == []
    assert tell(project, fresh).status == 200
    project.retenshun.delete(f"/api/v1/automations/{made}").ok()
    assert tell(project, fresh).status == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", "The body must be an object."),
        (b"{", "The body is not valid JSON"),
        ({}, "customer.id or customer.email is required"),
        ({"customer": "ann"}, "customer.id or customer.email is required"),
        ({"customer": {"id": True}}, "customer.id must be a text or a whole number."),
        ({"customer": {"id": {"a": 1}}}, "customer.id must be a text or a whole number."),
        ({"customer": {"id": "x" * 256}}, "customer.id must have 1 to 255 bytes."),
        ({"customer": {"email": "nobody"}}, "customer.email"),
    ],
)
def test_a_body_that_names_nobody_is_refused_and_nothing_is_kept(project, hooked, body, message):
    made, path = hooked
    reply = tell(project, path, body)
    assert reply.status == 400
    assert reply.json()["message"].startswith(message)
    assert runs_of(project, made) == []
    assert project.retenshun.get("/api/v1/users").ok()["total"] == 0


def test_size_and_verb_are_looked_at_first(project, hooked):
    _, path = hooked
    assert tell(project, path, b" " * 262_145).status == 413
    assert project.server.client().get(path).status == 405


def test_while_it_is_paused_or_starts_otherwise_nobody_enters(project, hooked):
    made, path = hooked
    project.retenshun.post(f"/api/v1/automations/{made}/pause").ok()
    assert tell(project, path).status == 409
    changed = {"triggerType": "API", "active": True}
    project.retenshun.put(f"/api/v1/automations/{made}", changed).ok()
    assert tell(project, path).status == 409
    assert project.retenshun.post(f"/api/v1/automations/{made}/hook").status == 409
    assert runs_of(project, made) == []
    assert project.retenshun.get("/api/v1/users").ok()["total"] == 0


def test_another_projects_automation_has_no_address_here(project, other, hooked):
    made, _ = hooked
    assert other.retenshun.post(f"/api/v1/automations/{made}/hook").status == 404
