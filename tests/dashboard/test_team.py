"""Team, invitations and the audit log in the dashboard, each for those who may."""

from beckon.domain.accounts.model import Role
from dashboard.visitor import a_visitor


def link_in(page):
    return page.partition("/invite?token=")[2].partition("<")[0].partition('"')[0]


def test_somebody_is_invited_joins_and_signs_in(server, project, ada):
    email = project.address()
    shown = ada.submit("/team", email=email, role="VIEWER")
    assert shown.status == 200
    token = link_in(shown.body.decode())
    assert token
    assert token not in ada.text("/team"), "the link is shown once"
    bob = a_visitor(server)
    assert email in bob.text(f"/invite?token={token}")
    refused = bob.submit(f"/invite?token={token}", name="Bob", password="short")
    assert refused.status == 400
    joined = bob.submit(f"/invite?token={token}", name="Bob", password="a very good sentence")
    assert (joined.status, joined.headers["location"]) == (303, "/login")
    assert bob.get(f"/invite?token={token}").status == 403
    assert bob.sign_in(email, "a very good sentence").status == 303
    assert "Bob" in bob.text("/team")
    assert bob.submit("/team", email="x@example.com", role="OWNER").status == 403
    assert bob.submit("/api-keys", name="x", type="secret").status == 403
    assert bob.get("/audit").status == 403
    bob.close()


def test_roles_change_and_members_go(server, ada, door):
    email = door.person(Role.MEMBER, name="Carl")
    carl = door.visitor()
    carl.sign_in(email)
    page = ada.text("/team")
    number = page.partition("Carl")[2].partition("/team/")[2].partition('"')[0]
    assert ada.submit(f"/team/{number}", role="VIEWER").status == 303
    assert carl.get("/").status == 303, "signed out"
    assert ada.submit(f"/team/{number}", role="remove").status == 303
    assert carl.sign_in(email).status == 403
    assert "Carl" not in ada.text("/team")
    carl.close()


def test_what_was_done_stands_in_the_log(server, ada):
    elsewhere = server.new_project()
    elsewhere.revoke(elsewhere.secret.key.id)
    ada.submit("/api-keys", name="Logged", type="public")
    ada.submit("/webhooks", url="https://example.com/told")
    page = ada.text("/audit")
    assert [
        told for told in ("Key created", "Logged", "example.com/told") if told not in page
    ] == []
    assert "key.revoked" not in page, "what others did is no choice"
    keys = ada.text("/audit?what=key.created")
    assert "null" not in keys
    assert "Logged" in keys
    assert "example.com/told" not in keys
    assert "Nobody did such a thing" in ada.text("/audit?who=nobody@example.com")
    assert ada.get(f"/audit?who={'x' * 256}").status == 400


def test_an_invitation_that_is_none_opens_nothing(visitor):
    assert visitor.get("/invite?token=nothing").status == 403
    assert visitor.get("/invite").status == 403
