"""Contacts from a file at an address: fetched by the engine, bad rows told, the rest kept."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from support.server import eventually, serving

CSV = (
    "First name,Email,SMS,City,PERSONAL.GENDER,Shoe size\r\n"
    "Ann,ann@example.com,380501112233,Kyiv,F,38\r\n"
    "Bob,nobody,,Lviv,,\r\n"
    "Eve,eve@example.com,,,X,\r\n"
    ",,,,,\r\n"
)


@contextmanager
def files(content):
    """Serve one file on a socket of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/people.csv" else 404)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def finished(project, link):
    """Have a file taken in; gives how its import ended."""
    body = {"dedupeOn": "email", "link": link, "groupNames": ["Uploaded"]}
    taken = project.reteno.post("/api/v1/contacts/upload", body).ok()
    path = f"/api/v1/importstatus/{taken['importId']}"
    assert taken["valid"] is True
    eventually(
        lambda: project.reteno.get(path).ok()["status"] in ("FINISHED", "ERROR"), "the import's end"
    )
    return project.reteno.get(path).ok()


@pytest.fixture
def open_project(tmp_path):
    """Give a project of a server that may reach this machine."""
    with serving(tmp_path, private_targets="127.0.0.1:*") as server:
        yield server.new_project()


def test_rows_are_taken_in_and_bad_ones_told(open_project):
    open_project.reteno.get("/api/v1/addressbooks").ok()
    with files(CSV.encode()) as address:
        ended = finished(open_project, f"{address}/people.csv")
    assert ended["status"] == "FINISHED"
    assert ended["mapping"] == [
        {"dedupeValue": "ann@example.com", "contactId": ended["mapping"][0]["contactId"]}
    ]
    assert "line 3: Email is not an e-mail address" in ended["description"]
    assert "line 4: personal.gender must be one of M, F." in ended["description"]
    (ann,) = open_project.reteno.get("/api/v1/contacts").ok()
    assert (ann["firstName"], ann["address"]) == ("Ann", {"town": "Kyiv"})
    assert [field["value"] for field in ann["fields"]] == ["F"]
    (group,) = open_project.reteno.get("/api/v1/groups").ok()
    assert group["name"] == "Uploaded"


def test_what_cannot_be_fetched_ends_in_an_error_with_the_reason(open_project):
    with files(b"") as address:
        assert "404" in finished(open_project, f"{address}/none.csv")["description"]
        assert "empty" in finished(open_project, f"{address}/people.csv")["description"]


def test_a_machine_within_is_never_reached(project):
    ended = finished(project, "http://127.0.0.1:9/people.csv")
    assert ended["status"] == "ERROR"


@pytest.mark.parametrize(
    "change", [{"link": "ftp://a.example/x"}, {"dedupeOn": "push"}, {"dedupeOn": None}]
)
def test_what_cannot_be_is_refused(project, change):
    body = {"dedupeOn": "email", "link": "https://a.example/x.csv", **change}
    assert project.reteno.post("/api/v1/contacts/upload", body).status == 400
