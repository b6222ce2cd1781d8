"""The edge of HTTP: heads too large, what is no HTTP, bodies that would hold everybody up."""

import json
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

REQUEST = b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\n"


def say(server, *pieces):
    """Send bytes as they are; give the status, the content type and the JSON that come back."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        for piece in pieces:
            line.sendall(piece)
        found = b""
        while chunk := line.recv(65_536):
            found += chunk
    head, _, body = found.partition(b"\r\n\r\n")
    assert b"application/json" in head.lower(), found
    return int(head.split(b" ")[1]), json.loads(body)


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"], 414),
        ([b"GET /" + b"x" * 60_000], 414),
        ([REQUEST, b"x-a: " + b"x" * 33_000 + b"\r\n\r\n"], 431),
        ([REQUEST, b"".join(b"x-%d: 1\r\n" % n for n in range(101)), b"\r\n"], 431),
        ([REQUEST, b"x-a: " + b"x" * 500_000], 431),
        ([b"GET / HTTP/1.1\r\nhost x\r\n\r\n"], 400),
        ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], 400),
        ([b"GARBAGE\r\n\r\n"], 400),
        ([REQUEST, b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\nhello"], 400),
    ],
)
def test_a_head_beyond_the_bounds_is_refused_in_the_one_form(server, pieces, status):
    found, told = say(server, *pieces)
    assert found == status
    assert told["status"] == status
    assert set(told) == {"error", "message", "status"}


def test_what_is_just_within_the_bounds_passes(project):
    client = project.retenshun
    assert client.get("/api/v1/events?eventName=" + "x" * 8000).status == 200
    more = {f"x_{number}": "x" * 300 for number in range(90)}
    assert client.request("GET", "/api/v1/events", **more).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000_000,
        b'{"batch":' + b"[" * 9_000_000,
        b'{"batch":[' + b'{"a":1},' * 1_000_000 + b"{}]}",
    ],
)
def test_a_huge_body_holds_up_nobody_else(server, project, body):
    waits, done = [], threading.Event()

    def look():
        client = server.client()
        while not done.is_set():
            began = time.monotonic()
            assert client.get("/health").status == 200
            waits.append(time.monotonic() - began)
        client.close()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        reply = project.retenshun.request("POST", "/api/v1/events/batch", body)
    finally:
        done.set()
        looking.join()
    assert reply.status == 400, reply.body
    assert max(waits) < 2


def test_a_page_of_any_origin_may_call_with_a_public_key_and_nothing_else(project):
    client = project.browser
    page = {"origin": "https://shop.example.com"}
    told = client.request("OPTIONS", "/api/v1/events", **page)
    assert told.status == 204
    assert told.headers["access-control-allow-origin"] == "*"
    assert "x-user-hash" in told.headers["access-control-allow-headers"]
    assert told.headers["access-control-allow-credentials"] is None
    sent = client.request("POST", "/api/v1/events", {"event": "e", "userId": "u"}, **page)
    assert sent.headers["access-control-allow-origin"] == "*"
    for path in ("/api/v1/users", "/api/v1/team", "/api/v1/auth/login"):
        assert client.request("OPTIONS", path, **page).status == 404
    listed = project.retenshun.request("GET", "/api/v1/users", **page)
    assert listed.headers["access-control-allow-origin"] is None
