"""What apps tell of push messages; no key is shown, the id of the message is the proof."""

import pytest

from beckon.kit.ids import new_uuid
from support.reteno_things import STORED
from support.server import eventually


@pytest.fixture
def pushed(project):
    """Send a push message that its provider took; give its id."""
    project.retenshun.post("/api/v1/users", {"id": "ann"}).ok()
    words = {"token": f"push-of-{project.id}", "platform": "android"}
    project.retenshun.post("/api/v1/users/ann/push-tokens", words).ok()
    words = {"name": "Push", **STORED["mobilepush"]}
    made = project.reteno.post("/api/v1/messages/mobilepush", words).ok()["id"]
    recipients = {"recipients": [{"externalCustomerId": "ann"}]}
    row = project.reteno.post(f"/api/v1/message/{made}/smartsend", recipients).ok()["results"]
    eventually(lambda: status(project, row["requestId"]) == "DELIVERED", "the push to be taken")
    return row["requestId"]


def status(project, request_id):
    return project.reteno.get("/api/v1/message/status", ids=request_id).ok()["results"]["status"]


def test_an_app_tells_what_became_of_a_push(server, project, pushed):
    app = server.client()
    path = f"/api/v1/interactions/{pushed.upper()}/status"
    for told, shown in (("DELIVERED", "DELIVERED"), ("OPENED", "READ"), ("CLICKED", "CLICKED")):
        body = {"token": "push", "status": told, "time": "2026-03-09T12:00:00Z"}
        reply = app.put(path, {**body, "action": {"type": "x", "url": "https://example.com"}})
        assert (reply.status, reply.body) == (200, b"")
        assert status(project, pushed) == shown


def test_what_no_app_can_tell(server, project, pushed):
    app = server.client()
    for path, body, code in (
        (f"/api/v1/interactions/{new_uuid()}/status", {"status": "OPENED"}, 404),
        ("/api/v1/interactions/none/status", {"status": "OPENED"}, 404),
        (f"/api/v1/interactions/{pushed}/status", {"status": "READ"}, 400),
        (f"/api/v1/interactions/{pushed}/status", {"status": "OPENED", "time": "soon"}, 400),
        (f"/api/v1/interactions/{pushed}/status", {}, 400),
    ):
        assert app.put(path, body).status == code, body
    assert status(project, pushed) == "DELIVERED"
