"""What stands before every page: no foreign forms, strict headers, honest answers to odd asks."""

import asyncio
import gzip
from contextlib import suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from beckon.dashboard.app import PAGES, create_dashboard
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_token
from beckon.storage.state import open_state
from dashboard.visitor import PASSWORD, Addresses

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)


def check_headers(reply):
    headers = reply.headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://["},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": "OWN"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/api-keys", "/setup?token=x", "/nothing"])
@pytest.mark.before_the_store
def test_a_form_of_another_site_is_refused_and_changes_nothing(ada, path, headers):
    sent = {name: ada.url if value == "OWN" else value for name, value in headers.items()}
    reply = ada.request(
        "POST",
        path,
        b"name=theirs&type=secret",
        content_type="application/x-www-form-urlencoded",
        **sent,
    )
    assert reply.status == 403
    assert "Another site sent this form" in reply.body.decode()
    assert "theirs" not in ada.text("/api-keys")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_browser_that_vouches_for_the_form_is_believed(door, visitor, site):
    body = f"email={door.person()}&password={PASSWORD}".encode()
    reply = visitor.request(
        "POST",
        "/login",
        body,
        content_type="application/x-www-form-urlencoded",
        sec_fetch_site=site,
    )
    assert reply.status == 303


def test_every_page_that_can_be_reached_has_strict_headers_and_no_link_is_dead(ada, project):
    project.retenshun.post("/api/v1/events", {"eventName": "seen", "userId": "user_1"}).ok()
    waiting, seen = {"/"}, set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        reply = ada.get(path)
        assert reply.status in (200, 204), f"{path}: {reply.status}"
        if path.startswith("/openapi.json"):
            continue
        check_headers(reply)
        if reply.headers.get_content_type() == "text/html":
            assert reply.headers["cache-control"] == "no-store"
            found = {address.partition("#")[0] for address in Addresses(reply.body.decode()).found}
            waiting |= {address for address in found if address.startswith("/")} - seen
            assert all(address.startswith("/") for address in found - {""})
    assert {"/", "/events", "/messages", "/api-keys", "/docs"} <= seen


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/events/", 404),
        ("GET", "/static/", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("GET", "/static/css", 404),
        ("DELETE", "/events", 403),
        ("PUT", "/events", 403),
        ("OPTIONS", "/events", 405),
        ("GET", "/logout", 405),
        ("HEAD", "/nothing", 404),
    ],
)
@pytest.mark.before_the_store
def test_odd_asks_get_a_page_that_says_so(visitor, method, path, status):
    reply = visitor.request(method, path)
    assert reply.status == status
    check_headers(reply)
    assert reply.headers.get_content_type() == "text/html"
    assert "Traceback" not in reply.body.decode()


def test_a_verb_that_is_not_taken_is_told_those_that_are(visitor):
    assert set(visitor.request("OPTIONS", "/login").headers["allow"].split(", ")) == {
        "GET",
        "HEAD",
        "POST",
    }


@pytest.mark.parametrize("page", [page for page in PAGES if page.get], ids=lambda page: page.path)
@pytest.mark.before_the_store
def test_head_says_what_get_says_without_the_page(ada, page):
    path = page.path.replace("{uuid}", "0")
    got, headed = ada.get(path), ada.request("HEAD", path)
    assert headed.body == b""
    assert headed.status == got.status
    assert headed.headers["content-type"] == got.headers["content-type"]


def test_only_pages_that_exist_lead_to_the_door(visitor):
    for page in PAGES:
        if page.get and not page.is_open:
            assert visitor.get(page.path.replace("{uuid}", "0")).status == 303, page.path


def test_the_reference_is_open_to_everybody(visitor):
    page = visitor.text("/docs")
    assert 'href="/login"' in page
    assert "Sign out" not in page


def test_a_named_file_is_kept_for_a_year_and_another_is_asked_for_again(visitor):
    page = Addresses(visitor.text("/docs"))
    named = next(found for found in page.found if "app.css?v=" in found)
    assert "max-age=31536000" in visitor.get(named).headers["cache-control"]
    plain = named.partition("?")[0]
    for path in (plain, f"{plain}?v=stale"):
        assert visitor.get(path).headers["cache-control"] == "no-cache"
    font = "/static/vendor/inter/inter-latin-wght-normal.woff2"
    assert "max-age=31536000" in visitor.get(font).headers["cache-control"]


def test_a_file_comes_packed_where_that_is_taken_and_not_twice(visitor):
    path = "/static/css/app.css"
    plain = visitor.get(path)
    packed = visitor.request("GET", path, accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    again = visitor.request("GET", path, if_none_match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("host", ["evil.example", "[", "a b", "x" * 3000])
@pytest.mark.before_the_store
def test_no_answer_depends_on_the_host_that_was_sent(visitor, host):
    for path, status in (("/", 303), ("/events?name=x", 303), ("/events/", 404), ("/login", 200)):
        reply = visitor.request("GET", path, host=host)
        assert reply.status == status
        assert host not in reply.headers.values()
        assert "evil.example" not in str(reply.headers)


@pytest.mark.parametrize(
    ("body", "sent_as", "status"),
    [
        (b"email=" + b"x" * 70_000, None, 413),
        (b"email=%ff", None, 400),
        (b"email=\xff", None, 400),
        (b"email=a%00b", None, 400),
        (b"&".join(b"a=b" for _ in range(200)), None, 400),
        (b"{}", "application/json", 415),
        (b"email=x", "text/plain", 415),
        (b"email=%ED%A0%80", None, 400),
        (b"=&&==&%", None, 403),
    ],
)
@pytest.mark.before_the_store
def test_a_form_that_is_none_is_refused(visitor, body, sent_as, status):
    more = {"sent_as": sent_as} if sent_as else {}
    reply = visitor.submit("/login", body=body, **more)
    assert reply.status == status
    check_headers(reply)


def test_who_leaves_before_the_form_is_whole_breaks_nothing(server, visitor):
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    connection.putrequest("POST", "/login")
    connection.putheader("origin", server.url)
    connection.putheader("content-type", "application/x-www-form-urlencoded")
    connection.putheader("content-length", "100")
    connection.endheaders(b"email=")
    connection.close()
    assert visitor.get("/login").status == 200


def ask(url, path, cookie="beckon=x"):
    """Ask a dashboard over a store of this address, without a server around it."""
    said = []

    async def visit():
        state = open_state(url)
        app = create_dashboard(
            state,
            SystemClock(),
            base_url="http://127.0.0.1",
            new_token=new_token,
            keeps_mail=True,
            vault=None,
            outside=None,
            analytics=None,
            after_write=lambda: None,
        )
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"cookie", cookie.encode())],
            "root_path": "",
        }
        with suppress(asyncio.CancelledError):
            await app(scope, asyncio.Event().wait, collect)
        await state.close()

    async def collect(message):
        said.append(message)

    asyncio.run(visit())
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], headers, said[1]["body"].decode()


def test_while_the_store_is_away_a_page_asks_for_patience():
    status, headers, page = ask("postgresql://nobody@127.0.0.1:1/none", "/events")
    assert status == 503
    assert headers["retry-after"] == "1"
    assert "try again in a moment" in page


def test_a_fault_of_ours_gives_a_number_and_no_trace(tmp_path, capsys):
    status, headers, page = ask(f"sqlite:///{tmp_path / 'empty.sqlite'}", "/events")
    assert status == 500
    assert headers["content-security-policy"] == POLICY
    assert "That was our fault" in page
    assert "session" not in page.casefold()
    assert "Traceback" not in page
    number = page.partition("<code>")[2].partition("</code>")[0]
    assert number in capsys.readouterr().out
