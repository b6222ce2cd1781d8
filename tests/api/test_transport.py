"""What HTTP itself refuses or allows, the same on every path: in the one error form."""

import re
import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from support.http import basic
from support.server import serving

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROUTES = (*RETENSHUN, *RETENO)
PATHS = sorted({route.path for route in ROUTES})


def concrete(path):
    """Fill every parameter of a path with something."""
    return re.sub(r"{\w+}", "1", path)


def verbs_at(path):
    """Tell what is possible at a path; a literal word also fits where a parameter stands."""
    return {
        route.method
        for route in ROUTES
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), concrete(path))
    }


def check_form(reply, status, error):
    """Hold an answer against the error form."""
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    told = reply.json()
    assert set(told) == {"error", "message", "status"}
    assert (told["error"], told["status"]) == (error, status)
    assert told["message"]
    return told["message"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.before_the_store
def test_other_verbs_are_told_which_are_allowed(project, path):
    allowed = verbs_at(path)
    for verb in {*VERBS, "TRACE"} - allowed:
        reply = project.retenshun.request(verb, concrete(path), {})
        check_form(reply, 405, "Method Not Allowed")
        told = set(reply.headers["allow"].split(", "))
        assert told - {"HEAD"} == allowed
        assert ("HEAD" in told) is ("GET" in told)


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v4/event", "/api/v1/users/a/b/c"]
)
@pytest.mark.before_the_store
def test_unknown_paths_are_not_found(project, path):
    for verb in VERBS:
        reply = project.retenshun.request(verb, path, {})
        assert path in check_form(reply, 404, "Not Found")


def test_a_trailing_slash_counts_for_nothing(project):
    for path in ("/api/v1/events", "/api/v1/events/", "/api/v1/events/?limit=3"):
        assert project.retenshun.get(path).status == 200
    event = {"event": "seen", "user_id": "user_1"}
    assert project.retenshun.post("/api/v1/events/", event).status == 200


def test_head_tells_what_get_would(project):
    for path in ("/api/v1/events", "/api/v1/templates", "/api/v1/events/evt_1", "/health"):
        got, told = (project.retenshun.request(verb, path) for verb in ("GET", "HEAD"))
        assert (told.status, told.body) == (got.status, b"")
        assert told.headers["content-length"] == str(len(got.body))
    assert project.retenshun.request("HEAD", "/api/v1/identify").status == 405


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"],
)
@pytest.mark.before_the_store
def test_another_media_type_is_refused(project, content_type):
    reply = project.retenshun.request(
        "POST", "/api/v1/events", {"event": "seen", "user_id": "u"}, content_type=content_type
    )
    assert "application/json" in check_form(reply, 415, "Unsupported Media Type")
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json;charset=UTF-8", "Application/JSON ; a=b"]
)
@pytest.mark.before_the_store
def test_the_media_type_may_carry_parameters(project, content_type):
    reply = project.retenshun.request(
        "POST", "/api/v1/events", {"event": "seen", "user_id": "u"}, content_type=content_type
    )
    assert reply.status == 200


@pytest.mark.parametrize(
    ("path", "mebibytes"),
    [("/api/v1/events", 1), ("/api/v1/events/batch", 10), ("/api/v1/templates", 3)],
)
def test_a_body_beyond_the_limit_is_refused(project, path, mebibytes):
    limit = mebibytes * 1_048_576
    began = time.monotonic()
    reply = project.retenshun.post(path, b'{"x":"' + b"x" * limit + b'"}')
    assert f"{limit} bytes" in check_form(reply, 413, "Payload Too Large")
    assert time.monotonic() - began < 10
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0


def test_a_body_that_never_ends_is_cut_off(server, project):
    """Chunks without a declared length count as well."""
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    head = (
        "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"X-API-Key: {project.secret.secret}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    address = urlsplit(server.url)
    with closing(socket.create_connection((address.hostname, address.port), 10)) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(200):
                connection.sendall(chunk)
        except OSError:
            pass  # the server may close while we still talk
        answer = connection.recv(4096)
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert project.retenshun.get("/api/v1/events").status == 200


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(server, project):
    body = b'{"event": "seen", "user_id": "u"}'
    head = (
        "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"X-API-Key: {project.secret.secret}\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    address = urlsplit(server.url)
    with closing(socket.create_connection((address.hostname, address.port), 10)) as connection:
        connection.sendall(head.encode() + body)
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0


def test_two_different_keys_are_one_too_many(server, project, other):
    secret = project.secret.secret
    client = server.client(x_api_key=secret, authorization=f"Bearer {other.secret.secret}")
    check_form(client.get("/api/v1/events"), 400, "Bad Request")
    client = server.client(x_api_key=secret, authorization=f"Bearer {secret}")
    assert client.get("/api/v1/events").status == 200
    client = server.client(x_api_key=secret, authorization=basic(secret))
    assert client.get("/api/v1/events").status == 401


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=1.5", f"page={10**30}", "limit=0",
     "limit=1001", "limit=x", "from=yesterday", "to=2026-02-30", "from=2026-01-01T00:00:00",
     "from=2026-02-01&to=2026-01-01", "%ff=1", "userId=%ff"],
)  # fmt: skip
@pytest.mark.before_the_store
def test_a_query_that_cannot_be_is_refused(project, query):
    reply = project.retenshun.get(f"/api/v1/events?{query}")
    message = check_form(reply, 400, "Bad Request")
    if "%" not in query:
        assert query.partition("=")[0] in message


def test_browsers_may_call_what_a_public_key_may(server, project):
    for path in ("/api/v1/events", "/api/v1/events/batch", "/api/v1/identify"):
        told = server.client(origin="https://shop.example.com").request("OPTIONS", path)
        assert (told.status, told.body) == (204, b"")
        assert told.headers["access-control-allow-origin"] == "*"
        assert "POST" in told.headers["access-control-allow-methods"]
        allowed = told.headers["access-control-allow-headers"]
        assert {"x-api-key", "authorization", "content-type"} <= set(allowed.split(", "))
        assert told.headers["access-control-allow-credentials"] is None
    good = project.browser.post("/api/v1/events", {"event": "seen", "user_id": "u"})
    bad = project.browser.post("/api/v1/events", {})
    for reply in (good, bad):
        assert reply.headers["access-control-allow-origin"] == "*"


def test_browsers_may_call_nothing_else(server, project):
    for path in ("/api/v1/users/user_1", "/api/v1/contact", "/api/v1/templates", "/api/v1/x"):
        told = server.client().request("OPTIONS", path)
        assert told.status == 404
        assert told.headers["access-control-allow-origin"] is None
    assert project.retenshun.get("/api/v1/templates").headers["access-control-allow-origin"] is None
    assert project.retenshun.get("/api/v1/events").headers["access-control-allow-origin"] is None


def test_no_answer_tells_what_stands_behind_it(project):
    for reply in (project.retenshun.get("/api/v1/events"), project.retenshun.get("/api/v1/x")):
        assert reply.headers["server"] is None
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_too_many_requests_are_told_how_long_to_wait(tmp_path):
    with serving(tmp_path, rate_limit=5) as server:
        project, neighbour = server.new_project(), server.new_project()
        client = project.retenshun
        replies = [client.get("/api/v1/events") for _ in range(30)]
        refused = [reply for reply in replies if reply.status == 429]
        passed = [reply for reply in replies if reply.status == 200]
        assert len(passed) in range(5, 9)
        assert len(refused) == 30 - len(passed)
        for reply in refused:
            check_form(reply, 429, "Too Many Requests")
            assert reply.headers["retry-after"] == "1"
            assert reply.headers["ratelimit-remaining"] == "0"
        assert [int(reply.headers["ratelimit-remaining"]) for reply in passed[:5]] == [
            4, 3, 2, 1, 0,
        ]  # fmt: skip
        assert passed[0].headers["ratelimit-limit"] == "5"
        assert passed[0].headers["ratelimit-policy"] == '"default";q=5;w=1'
        # Events count apart, and another project is none of this one's business.
        assert client.post("/api/v1/events", {"event": "seen", "user_id": "u"}).status == 200
        assert neighbour.retenshun.get("/api/v1/events").status == 200
        time.sleep(1)
        assert client.get("/api/v1/events").status == 200


def test_no_limit_is_told_where_none_counts(project):
    assert project.retenshun.get("/api/v1/events").headers["ratelimit-limit"] is None
