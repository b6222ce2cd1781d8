"""What people who are signed in may do over the API, by role; and that no key can."""

from email import message_from_bytes

import pytest

from beckon.api.call import Access
from beckon.api.retenshun.routes import ROUTES
from beckon.domain.accounts.model import AuditFilter, Role
from beckon.domain.accounts.queries import list_audit
from dashboard.visitor import PASSWORD, Door, a_visitor
from support.server import eventually

SESSION = [route for route in ROUTES if route.access is Access.SESSION]
EVERY = pytest.mark.parametrize("route", SESSION, ids=lambda route: route.name)

OPENED = []

IDS = {"member_id": "usr_1", "invite_id": "inv_1", "key_id": "key_1", "project_id": "prj_1"}


def words_of(mail):
    """Read the words of a mail, whatever its parts are encoded as."""
    parts = message_from_bytes(mail.content).walk()
    return "".join(
        part.get_payload(decode=True).decode() for part in parts if not part.is_multipart()
    )


@pytest.fixture
def door(server, project):
    """Let people into a project of the test's own."""
    return Door(server, project.id)


@pytest.fixture(autouse=True)
def _closing():
    """Close all browsers of a test behind it."""
    yield
    while OPENED:
        OPENED.pop().close()


def a_browser(server):
    OPENED.append(a_visitor(server))
    return OPENED[-1]


def signed_in(server, door, role=Role.ADMIN):
    client = a_browser(server)
    told = client.post("/api/v1/auth/login", {"email": door.person(role), "password": PASSWORD})
    assert told.ok()["user"]["role"] == role
    return client


def ask(client, route, **headers):
    body = route.example if route.body is not None else None
    return client.request(route.method, route.path.format(**IDS), body, **headers)


def acts(server, project):
    return [one.act for one in server.write(lambda tx: list_audit(tx, project.id, AuditFilter()))]


@EVERY
def test_no_key_opens_what_is_for_people(server, project, route):
    for client in (project.retenshun, project.browser, project.reteno, server.client()):
        assert ask(client, route).status == 401


@EVERY
def test_another_site_cannot_borrow_the_cookie(server, door, route):
    client = signed_in(server, door)
    if route.method == "GET":
        assert "access-control-allow-origin" not in ask(client, route).headers
        return
    assert ask(client, route, origin="https://evil.example").status == 403
    assert ask(client, route, sec_fetch_site="cross-site").status == 403


@EVERY
def test_who_may_not_is_refused_and_noted(server, project, door, route):
    if route.role is Role.VIEWER:
        return
    client = signed_in(server, door, Role.MEMBER)
    reply = ask(client, route)
    assert (reply.status, reply.json()["error"]) == (403, "Forbidden")
    assert acts(server, project)[0] == "refused"


def test_signing_in_and_out(server, project, door):
    client = signed_in(server, door)
    me = client.get("/api/v1/auth/me").ok()
    assert me["project"] == {"id": f"prj_{project.id}", "name": "A test"}
    thief = a_browser(server)
    thief.cookies = dict(client.cookies)
    assert client.post("/api/v1/auth/logout").ok() == {"status": "ok"}
    assert "beckon" not in client.cookies
    assert thief.get("/api/v1/auth/me").status == 401
    assert acts(server, project)[0] == "person.signed_in"


def test_a_wrong_password_and_a_stranger_get_one_answer(server, project, door):
    client = a_browser(server)
    email = door.person()
    replies = [
        client.post("/api/v1/auth/login", {"email": one, "password": "wrong"})
        for one in (email, "nobody@example.com")
    ]
    assert {(reply.status, reply.body) for reply in replies} == {(401, replies[0].body)}
    assert acts(server, project)[0] == "sign_in.refused"


def test_after_ten_guesses_even_the_right_password_waits(server, door):
    client, email = a_browser(server), door.person()
    body = {"email": email, "password": "wrong"}
    assert [client.post("/api/v1/auth/login", body).status for _ in range(11)] == [401] * 10 + [429]
    assert client.post("/api/v1/auth/login", body | {"password": PASSWORD}).status == 429


def test_keys_are_made_shown_once_and_revoked(server, project, door):
    client = signed_in(server, door)
    made = client.post("/api/v1/api-keys", {"name": "Production", "type": "secret"}).ok()
    assert made["key"].startswith("sk_live_")
    assert made["lastUsedAt"] is None
    assert server.client(x_api_key=made["key"]).get("/api/v1/events").status == 200

    def used():
        return client.get(f"/api/v1/api-keys/{made['id']}").ok()["lastUsedAt"]

    eventually(used, "the use of the key to be noted")
    assert used() >= made["createdAt"]
    listed = client.get("/api/v1/api-keys").ok()["keys"]
    assert listed[0]["prefix"] == made["key"][:11] + "..."
    assert "key" not in listed[0]
    gone = client.request("DELETE", "/api/v1/api-keys", {"id": made["id"]})
    assert gone.ok() == {"deleted": True}
    assert client.get(f"/api/v1/api-keys/{made['id']}").ok()["revokedAt"] is not None
    assert client.post("/api/v1/api-keys", {"name": "x", "type": "root"}).status == 400
    assert acts(server, project)[:2] == ["key.revoked", "key.created"]


def invite(client, email="new@example.com", role="MEMBER"):
    return client.post("/api/v1/team/invites", {"email": email, "role": role})


def accept(server, link, **change):
    token = link.partition("token=")[2]
    body = {"token": token, "name": "Bob", "password": "another good sentence"} | change
    return server.client().post("/api/v1/team/invites/accept", body)


def test_an_invitation_from_its_link_to_the_first_sign_in(server, project, door):
    client, email = signed_in(server, door), project.address()
    told = invite(client, email).ok()
    assert (told["invite"]["email"], told["invite"]["status"]) == (email, "PENDING")
    assert told["mailed"]
    assert told["link"].rpartition("=")[2] in words_of(server.mails_to(email)[0])
    assert invite(client, email.upper()).status == 409, "one invite an address"
    joined = accept(server, told["link"]).ok()["member"]
    assert (joined["email"], joined["role"]) == (email, "MEMBER")
    assert accept(server, told["link"]).status == 403, "an invite counts once"
    assert invite(client, email).status == 409, "a member already"
    shown = client.get(f"/api/v1/team/invites/{told['invite']['id']}").ok()
    assert shown["status"] == "ACCEPTED"
    bob = a_browser(server)
    words = {"email": email, "password": "another good sentence"}
    assert bob.post("/api/v1/auth/login", words).ok()["user"]["id"] == joined["id"]


def test_a_resent_invitation_voids_the_link_before_and_a_revoked_one_counts_no_more(server, door):
    client = signed_in(server, door)
    first = invite(client).ok()
    path = f"/api/v1/team/invites/{first['invite']['id']}"
    second = client.post(f"{path}/resend").ok()
    assert accept(server, first["link"]).status == 403
    assert client.delete(path).ok() == {"deleted": True}
    assert client.get(path).ok()["status"] == "REVOKED"
    assert accept(server, second["link"]).status == 403
    assert client.post(f"{path}/resend").status == 409


def test_twenty_invites_an_hour(server, door):
    client = signed_in(server, door)
    statuses = [invite(client, f"p{n}@example.com").status for n in range(21)]
    assert statuses == [200] * 20 + [429]


def test_who_signs_in_elsewhere_joins_with_the_password_they_have(server, other, door):
    client = signed_in(server, door)
    email = Door(server, other.id).person()
    link = invite(client, email).ok()["link"]
    assert accept(server, link).status == 401
    assert accept(server, link, password=PASSWORD).ok()["member"]["email"] == email


def test_a_role_that_changes_and_a_member_who_goes_are_signed_out(server, door):
    client = signed_in(server, door)
    bob = signed_in(server, door, Role.MEMBER)
    member = bob.get("/api/v1/auth/me").ok()["user"]
    path = f"/api/v1/team/{member['id']}"
    assert client.put(path, {"role": "VIEWER"}).ok()["role"] == "VIEWER"
    assert bob.get("/api/v1/auth/me").status == 401
    again = {"email": member["email"], "password": PASSWORD}
    assert bob.post("/api/v1/auth/login", again).ok()["user"]["role"] == "VIEWER"
    assert client.delete(path).ok() == {"deleted": True}
    assert bob.get("/api/v1/auth/me").status == 401
    assert bob.post("/api/v1/auth/login", again).status == 401
    assert client.get(path).status == 404


def test_the_last_administrator_stays(server, door):
    client = signed_in(server, door)
    me = client.get("/api/v1/auth/me").ok()["user"]
    path = f"/api/v1/team/{me['id']}"
    assert client.put(path, {"role": "MEMBER"}).status == 409
    assert client.delete(path).status == 409
    door.person(Role.ADMIN)
    assert client.delete(path).ok() == {"deleted": True}


def test_only_an_owner_makes_owners(server, door):
    admin, owner = signed_in(server, door), signed_in(server, door, Role.OWNER)
    other = owner.get("/api/v1/auth/me").ok()["user"]["id"]
    me = admin.get("/api/v1/auth/me").ok()["user"]["id"]
    assert admin.put(f"/api/v1/team/{other}", {"role": "MEMBER"}).status == 403
    assert admin.delete(f"/api/v1/team/{other}").status == 403
    assert admin.put(f"/api/v1/team/{me}", {"role": "OWNER"}).status == 403
    assert owner.put(f"/api/v1/team/{me}", {"role": "CHIEF"}).status == 400
    assert owner.delete(f"/api/v1/team/{other}").status == 409, "the last owner"
    assert owner.put(f"/api/v1/team/{me}", {"role": "OWNER"}).ok()["role"] == "OWNER"


def test_projects_are_made_entered_renamed_and_taken_away(server, project, door):
    client = signed_in(server, door)
    made = client.post("/api/v1/projects", {"name": "Shop", "timeZone": "Europe/Kyiv"}).ok()
    assert not made["current"]
    path = f"/api/v1/projects/{made['id']}"
    assert client.post(f"{path}/enter").ok()["current"]
    assert client.get("/api/v1/auth/me").ok()["project"]["id"] == made["id"]
    key = client.post("/api/v1/api-keys", {"name": "x", "type": "secret"}).ok()["key"]
    changed = client.put(path, {"name": "Shop EU", "refuseRepeats": True}).ok()
    assert (changed["name"], changed["refuseRepeats"]) == ("Shop EU", True)
    assert client.delete(path).ok() == {"deleted": True}
    assert client.get(path).status == 404
    assert client.get("/api/v1/auth/me").ok()["project"]["id"] == f"prj_{project.id}"
    assert server.client(x_api_key=key).get("/api/v1/events").status == 401
    last = client.delete(f"/api/v1/projects/prj_{project.id}")
    assert last.status == 409


def test_what_is_another_organisations_is_not_there(server, other, door):
    client = signed_in(server, door)
    stranger = Door(server, other.id)
    theirs = signed_in(server, stranger)
    them = theirs.get("/api/v1/auth/me").ok()
    invited = invite(theirs, "x@example.com").ok()["invite"]["id"]
    key = theirs.get("/api/v1/api-keys").ok()["keys"][0]["id"]
    for method, path, body in [
        ("GET", f"/api/v1/team/{them['user']['id']}", None),
        ("PUT", f"/api/v1/team/{them['user']['id']}", {"role": "VIEWER"}),
        ("DELETE", f"/api/v1/team/{them['user']['id']}", None),
        ("GET", f"/api/v1/team/invites/{invited}", None),
        ("DELETE", f"/api/v1/team/invites/{invited}", None),
        ("POST", f"/api/v1/team/invites/{invited}/resend", None),
        ("GET", f"/api/v1/api-keys/{key}", None),
        ("DELETE", "/api/v1/api-keys", {"id": key}),
        ("GET", f"/api/v1/projects/{them['project']['id']}", None),
        ("PUT", f"/api/v1/projects/{them['project']['id']}", {"name": "Mine"}),
        ("DELETE", f"/api/v1/projects/{them['project']['id']}", None),
        ("POST", f"/api/v1/projects/{them['project']['id']}/enter", None),
    ]:
        assert client.request(method, path, body).status == 404, path
    assert theirs.get("/api/v1/auth/me").ok() == them


def test_the_audit_log_tells_who_did_what_and_cannot_be_changed(server, project, door):
    client = signed_in(server, door)
    client.post("/api/v1/api-keys", {"name": "Audited", "type": "public"}).ok()
    me = client.get("/api/v1/auth/me").ok()["user"]["email"]
    told = client.get("/api/v1/audit", actor=me).ok()
    assert [one["act"] for one in told["entries"]] == ["key.created", "person.signed_in"]
    assert told["total"] == 2
    assert client.get("/api/v1/audit", act="key.created", actor=me).ok()["total"] == 1
    assert client.get("/api/v1/audit", to="2020-01-01").ok()["entries"] == []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/api/v1/audit", {}).status == 405
