"""Single messages in the Reteno vocabulary: one row an object, several a list, quoted scalars."""

import pytest

from support.like import REQUEST_ID
from support.server import eventually

SAMPLE = {
    "from": '"Shop" <info@example.com>',
    "subject": "Hi",
    "htmlText": "<p>Hi</p>",
}


@pytest.fixture
def client(project):
    """Speak with the secret key as the password."""
    return project.reteno


def row(locator):
    """Spell what became of one good recipient."""
    return {"id": "0", "locator": locator, "status": "OK", "requestId": REQUEST_ID}


def test_one_recipient_is_an_object_and_two_are_a_list(project, client):
    one, two = project.address(), project.address()
    for emails in ([one], one):
        sent = client.post("/api/v1/message/email", {**SAMPLE, "emails": emails}).ok()
        assert sent == {"id": "0", "results": row(one)}
    sent = client.post("/api/v1/message/email/", {**SAMPLE, "emails": [one, two]}).ok()
    assert sent == {"id": "0", "results": [row(one), row(two)]}
    assert len({found["requestId"] for found in sent["results"]}) == 2


def test_a_bad_recipient_is_a_row_and_the_others_get_their_mail(server, project, client):
    good = project.address()
    emails = ["nobody", good, "two@example.com, three@example.com", ""]
    rows = client.post("/api/v1/message/email", {**SAMPLE, "emails": emails}).ok()["results"]
    assert rows[1] == row(good)
    for place in (0, 2, 3):
        assert rows[place] == {
            "id": "0",
            "locator": emails[place],
            "status": "ERROR",
            "message": f"{emails[place]} is not valid email",
        }
    assert len(server.mails_to(good)) == 1
    assert project.retenshun.get("/api/v1/messages").ok()["total"] == 1


def test_the_same_recipient_twice_gets_two_mails(server, project, client):
    to = project.address()
    client.post("/api/v1/message/email", {**SAMPLE, "emails": [to, to]}).ok()
    assert len(server.mails_to(to, at_least=2)) == 2


def test_status(project, client):
    emails = [project.address(), project.address()]
    rows = client.post("/api/v1/message/email", {**SAMPLE, "emails": emails}).ok()["results"]
    first, second = (found["requestId"] for found in rows)

    def told(ids):
        return client.get("/api/v1/message/status", ids=ids).ok()

    def delivered(request_id):
        return {
            "status": "DELIVERED",
            "requestId": request_id,
            "failed": "false",
            "delivered": "true",
        }

    both = {"results": [delivered(first), delivered(second)]}
    eventually(lambda: told(f"{first},{second}") == both, "both mails to be delivered")
    assert told(first) == {"results": delivered(first)}
    assert told(f" {second} , {first} ,") == {"results": [delivered(second), delivered(first)]}
    assert told(f"{first},{first},nonsense") == {"results": delivered(first)}
    assert told("nonsense") == {"results": []}
    assert client.get(f"/api/v1/message/status/?ids={first}").status == 200


def test_status_of_nothing_asks_for_ids(client):
    for query in ("", "?ids=", "?id=x"):
        reply = client.get(f"/api/v1/message/status{query}")
        assert reply.status == 400
        assert reply.json()["message"].startswith("ids is required")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from": "nobody"}, "from is not an e-mail address"),
        ({"from": None}, "from must be a string"),
        ({"from": "a@example.com\r\nBcc: b@example.com"}, "from must not hold control"),
        ({"from": "a@example.com, b@example.com"}, "from is not an e-mail address"),
        ({"subject": ""}, "subject must not be empty."),
        ({"subject": "a\r\nBcc: b@example.com"}, "subject must be one line"),
        ({"subject": "x" * 999}, "subject must be one line of at most 998"),
        ({"htmlText": None}, "htmlText must be a string"),
        ({"emails": []}, "emails must hold 1 to 1000 addresses."),
        ({"emails": ["a@example.com"] * 1001}, "emails must hold 1 to 1000 addresses."),
        ({"emails": [7]}, "emails"),
        ({"emails": {"a": "b"}}, "emails"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_queued(project, client, change, message):
    reply = client.post(
        "/api/v1/message/email", {**SAMPLE, "emails": ["ann@example.com"], **change}
    )
    assert reply.status == 400
    assert reply.json()["message"].startswith(message)
    assert project.retenshun.get("/api/v1/messages").ok()["total"] == 0
