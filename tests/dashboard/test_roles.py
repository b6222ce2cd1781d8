"""Every form and page of the dashboard, by the least role that may send or see it.

A form without a row fails; a page without one is for everybody who is signed in. Refusals come
before anything is looked up or read, so the numbers in the paths are made up.
"""

import inspect
import re
import sys

import pytest
from sqlalchemy import func, select

from beckon.dashboard.app import PAGES
from beckon.dashboard.guard import POLICY
from beckon.domain.accounts.model import AuditFilter, Role
from beckon.domain.accounts.queries import list_audit
from beckon.storage.schema import metadata
from dashboard.visitor import FORM, Door

NOBODY = "00000000-0000-0000-0000-000000000000"
ORDER = (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER)
ANYBODY = None

FORMS = {
    # What one does about oneself.
    "/security/password": Role.VIEWER,
    "/security/sessions": Role.VIEWER,
    "/security/authenticator": Role.VIEWER,
    "/security/authenticator/confirm": Role.VIEWER,
    "/security/authenticator/end": Role.VIEWER,
    "/projects/{id}/enter": Role.VIEWER,
    # What changes nothing.
    "/segments/preview": Role.VIEWER,
    "/templates/check": Role.VIEWER,
    "/templates/preview": Role.VIEWER,
    # The work on people, messages and automations.
    "/fields": Role.MEMBER,
    "/event-types/{id}": Role.MEMBER,
    "/contacts/new": Role.MEMBER,
    "/contacts/import/look": Role.MEMBER,
    "/contacts/import/begin": Role.MEMBER,
    "/contacts/import/rows": Role.MEMBER,
    "/contacts/import/end": Role.MEMBER,
    "/contacts/{id}/edit": Role.MEMBER,
    "/contacts/{id}/consent": Role.MEMBER,
    "/contacts/{id}/lists": Role.MEMBER,
    "/contacts/bulk": Role.MEMBER,
    "/segments/new": Role.MEMBER,
    "/segments/builder": Role.MEMBER,
    "/segments/{id}/edit": Role.MEMBER,
    "/segments/{id}/copy": Role.MEMBER,
    "/segments/{id}/delete": Role.MEMBER,
    "/rfm": Role.MEMBER,
    "/messages/{uuid}/again": Role.MEMBER,
    "/templates/blocks": Role.MEMBER,
    "/templates/compose": Role.MEMBER,
    "/templates/new": Role.MEMBER,
    "/templates/{id}": Role.MEMBER,
    "/templates/{id}/restore": Role.MEMBER,
    "/templates/{id}/languages": Role.MEMBER,
    "/templates/{id}/copy": Role.MEMBER,
    "/templates/{id}/delete": Role.MEMBER,
    "/templates/{id}/test": Role.MEMBER,
    "/campaigns/new": Role.MEMBER,
    "/campaigns/{id}/edit": Role.MEMBER,
    "/campaigns/{id}/{act}": Role.MEMBER,
    "/workflows/new": Role.MEMBER,
    "/workflows/{id}/edit": Role.MEMBER,
    "/workflows/{id}/activate": Role.MEMBER,
    "/workflows/{id}/pause": Role.MEMBER,
    "/workflows/{id}/copy": Role.MEMBER,
    "/workflows/{id}/delete": Role.MEMBER,
    "/workflows/{id}/dry-run": Role.MEMBER,
    "/workflows/{id}/dry-run/{trial}/cancel": Role.MEMBER,
    "/workflows/{id}/runs/{run}/stop": Role.MEMBER,
    "/suppressions": Role.MEMBER,
    "/suppressions/lift": Role.MEMBER,
    "/settings/hold": Role.MEMBER,
    "/settings/resume": Role.MEMBER,
    "/news/new": Role.MEMBER,
    "/news/{id}": Role.MEMBER,
    "/news/{id}/delete": Role.MEMBER,
    "/ai-model/try": Role.MEMBER,
    # What lets people and programs in and out, or cannot be undone.
    "/contacts/{id}/erase": Role.ADMIN,
    "/contacts/imports/{uuid}/undo": Role.ADMIN,
    "/channels/inbound": Role.ADMIN,
    "/channels/{id}/switch": Role.ADMIN,
    "/channels/{id}/first": Role.ADMIN,
    "/channels/{id}/delete": Role.ADMIN,
    "/channels/new": Role.ADMIN,
    "/channels/{id}": Role.ADMIN,
    "/channels/{id}/test": Role.ADMIN,
    "/api-keys": Role.ADMIN,
    "/api-keys/{id}/revoke": Role.ADMIN,
    "/start/keys": Role.ADMIN,
    "/webhooks": Role.ADMIN,
    "/webhooks/{id}": Role.ADMIN,
    "/webhooks/{id}/rotate": Role.ADMIN,
    "/webhooks/{id}/switch": Role.ADMIN,
    "/webhooks/{id}/delete": Role.ADMIN,
    "/webhooks/{id}/test": Role.ADMIN,
    "/webhooks/{id}/deliveries/{uuid}/replay": Role.ADMIN,
    "/settings": Role.ADMIN,
    "/settings/keeping": Role.ADMIN,
    "/domains": Role.ADMIN,
    "/domains/remove": Role.ADMIN,
    "/ai-model": Role.ADMIN,
    "/ai-model/forget": Role.ADMIN,
    "/projects": Role.ADMIN,
    "/projects/{id}": Role.ADMIN,
    "/projects/{id}/delete": Role.ADMIN,
    "/team": Role.ADMIN,
    "/team/{id}": Role.ADMIN,
    "/team/invites/{id}/revoke": Role.ADMIN,
    # Before anybody is signed in: a link or a password is the proof.
    "/invite": ANYBODY,
    "/login": ANYBODY,
    "/logout": ANYBODY,
    "/setup": ANYBODY,
}
CLOSED = {
    "/campaigns/new": Role.MEMBER,
    "/campaigns/{id}/edit": Role.MEMBER,
    "/contacts/import": Role.MEMBER,
    "/contacts/imports": Role.MEMBER,
    "/contacts/imports/{uuid}": Role.MEMBER,
    "/contacts/imports/{uuid}/ahead": Role.MEMBER,
    "/contacts/new": Role.MEMBER,
    "/contacts/{id}/edit": Role.MEMBER,
    "/contacts/{id}/export": Role.MEMBER,
    "/news/new": Role.MEMBER,
    "/news/{id}": Role.MEMBER,
    "/segments/new": Role.MEMBER,
    "/segments/{id}/edit": Role.MEMBER,
    "/templates/new": Role.MEMBER,
    "/workflows/new": Role.MEMBER,
    "/workflows/{id}/edit": Role.MEMBER,
    "/audit": Role.ADMIN,
    "/channels/new": Role.ADMIN,
    "/channels/{id}": Role.ADMIN,
}
"""Pages that are not for everybody."""

READ = {page.path: page for page in PAGES if page.get}
INNER = sorted(path for path, page in READ.items() if not page.is_open)
BAD = (
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "-1",
    "%D9%A3",
    "9" * 30,
    "9999-12-31",
    "0001-01-01",
    "x" * 3000,
)
NUMBERS = ("0", "-1", "%00", "%FF", "%D9%A3", "9" * 19, "9" * 2000)
ASKED = re.compile(r"""asked(?:_number)?\(\s*"(\w+)"|query_params\S*\("(\w+)\"""")

POSTS = {page.path for page in PAGES if page.post}
INSIDE = sorted(path for path, least in FORMS.items() if least is not ANYBODY)


@pytest.fixture(scope="module")
def people():
    """Keep the browsers of a module, one a role; signing in is dear."""
    opened = {}
    yield opened
    for visitor in opened.values():
        visitor.close()


@pytest.fixture
def signed_in(people, server):
    """Give a browser in which somebody of a role is signed in, the same each time."""

    def find(role):
        if (server.url, role) not in people:
            people[server.url, role] = Door(server, server.new_project().id).signed_in(role)
        people[server.url, role].close()  # the server has let go of a connection that was idle
        return people[server.url, role]

    return find


def made_up(path):
    for name in ("{id}", "{run}", "{trial}"):
        path = path.replace(name, "9")
    return path.replace("{uuid}", NOBODY).replace("{act}", "send")


def send(visitor, path, **headers):
    if path.startswith("/contacts/import/"):
        return visitor.request(
            "POST", made_up(path), b"{}", content_type="application/json", **headers
        )
    return visitor.request("POST", made_up(path), b"", content_type=FORM, **headers)


def rows_of(server):
    """Count the rows of what a form can make or take away."""
    with server.engine.connect() as tx:
        return {
            name: tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in ("api_key", "contact", "member", "person", "project", "session", "webhook")
        }


def is_below(role, least):
    return ORDER.index(role) < ORDER.index(least)


def answers(visitor, address):
    """Ask for an address; whatever it holds, the answer is a page under the whole policy."""
    reply = visitor.get(address)
    assert reply.status < 500, address[:200]
    policy = reply.headers["content-security-policy"]
    assert policy == POLICY or policy.startswith("sandbox"), address[:200]
    return reply


def words_of(path):
    """List the words that the code of a page reads out of its query."""
    code = inspect.getsource(sys.modules[READ[path].get.__module__])
    words = {one or other for one, other in ASKED.findall(code)}
    return sorted(words | {"page"} if "asked_page" in code else words)


def test_every_closed_page_is_one():
    assert set(CLOSED) <= set(READ)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.ADMIN])
def test_a_page_is_shown_from_its_role_on(signed_in, role):
    visitor = signed_in(role)
    for path in INNER:
        is_closed = is_below(role, CLOSED.get(path, Role.VIEWER))
        assert (answers(visitor, made_up(path)).status == 403) is is_closed, path


def test_nobody_who_is_not_signed_in_sees_a_page(visitor):
    for path in INNER:
        reply = answers(visitor, made_up(path))
        assert (reply.status, reply.headers["location"][:6]) == (303, "/login"), path


@pytest.mark.before_the_store
def test_no_query_and_no_number_breaks_a_page(signed_in):
    owner = signed_in(Role.OWNER)
    for path in READ:
        for word in words_of(path):
            for bad in BAD:
                answers(owner, f"{made_up(path)}?{word}={bad}")
        for name in re.findall(r"\{\w+\}", path):
            for bad in NUMBERS:
                answers(owner, made_up(path.replace(name, bad)))


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.before_the_store
def test_no_field_of_a_form_breaks_it(signed_in, path):
    owner = signed_in(Role.OWNER)
    for body in (b"a=%00", b"name=%FF", b"\xff\xfe", b"=&=&==", b"a&" * 200, b"x" * 70_000):
        reply = owner.request("POST", made_up(path), body, content_type=FORM, origin=owner.url)
        assert reply.status < 500, body[:20]


def test_every_form_has_its_row():
    assert set(FORMS) == POSTS


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.before_the_store
def test_a_form_is_refused_below_its_role_and_let_in_from_there(signed_in, path):
    least = ORDER.index(FORMS[path])
    for role in ORDER[:least]:
        visitor = signed_in(role)
        reply = send(visitor, path, origin=visitor.url)
        assert reply.status == 403, role
        assert "Another site" not in reply.body.decode()
    visitor = signed_in(ORDER[least])
    reply = send(visitor, path, origin=visitor.url)
    assert reply.status != 403 or "password" in reply.body.decode(), reply.body.decode()[-400:]


@pytest.mark.parametrize("path", sorted(FORMS))
@pytest.mark.before_the_store
def test_no_form_is_taken_from_another_site_or_from_nobody(server, signed_in, visitor, path):
    owner = signed_in(Role.OWNER)
    before = rows_of(server)
    for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {}):
        reply = send(owner, path, **headers)
        assert reply.status == 403
        assert "Another site sent this form" in reply.body.decode()
    if FORMS[path] is not ANYBODY:
        reply = send(visitor, path, origin=visitor.url)
        assert (reply.status, reply.headers["location"]) == (303, "/login")
    assert rows_of(server) == before


def test_what_a_role_did_not_let_somebody_do_is_written_down(server, project, door):
    viewer = door.signed_in(Role.VIEWER)
    send(viewer, "/fields", origin=viewer.url)
    asked = AuditFilter(act="refused")
    (entry,) = server.write(lambda tx: list_audit(tx, project.id, asked, offset=0, limit=9))
    assert (entry.act, entry.details) == ("refused", {"asked": "POST /fields"})
    viewer.close()
