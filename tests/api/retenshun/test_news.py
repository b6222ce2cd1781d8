"""News and inboxes over HTTP: the samples of the reference, a feed for all, an inbox for one."""

import hmac
from hashlib import sha256
from uuid import UUID

import pytest

from beckon.domain.contacts import queries as contacts
from beckon.domain.news import actions
from beckon.domain.news.model import NewInboxItem, ReaderId
from support.server import now


def test_the_documented_samples(project):
    made = project.retenshun.post(
        "/api/v1/news", {"title": "New feature", "body": "Check it out!", "published": True}
    ).ok()
    assert made["id"].startswith("news_")
    path = f"/api/v1/news/{made['id']}"
    assert project.retenshun.put(path, {"title": "Updated title"}).ok()["id"] == made["id"]
    listed = project.retenshun.get("/api/v1/news").ok()
    assert [item["title"] for item in listed["items"]] == ["Updated title"]
    assert project.retenshun.get(path).ok()["body"] == "Check it out!"
    assert project.retenshun.delete(path).ok() == {"deleted": True}
    assert project.retenshun.get(path).status == 404


def test_the_feed_shows_browsers_what_is_published_and_nothing_else(project):
    for title, published in (("Seen", True), ("Draft", False)):
        told = {"title": title, "body": "…", "published": published}
        project.retenshun.post("/api/v1/news", told).ok()
    feed = project.browser.get("/api/v1/client/news").ok()
    assert [set(item) for item in feed["items"]] == [{"id", "title", "body", "publishedAt"}]
    assert (feed["items"][0]["title"], feed["total"], feed["page"]) == ("Seen", 1, 1)
    assert project.browser.get("/api/v1/news").status == 403


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"body": "x"}, "title is required"),
        ({"title": "", "body": "x"}, "title must be one line"),
        ({"title": "x", "body": "y" * 20_001}, "body must have"),
        ({"title": "x", "body": "y", "published": "true"}, "published must be true or false"),
        ({"title": 7, "body": "y"}, "title must be a string"),
    ],
)
def test_an_item_that_cannot_be_taken_is_refused(project, body, said):
    reply = project.retenshun.post("/api/v1/news", body)
    assert (reply.status, said in reply.json()["message"]) == (400, True), reply.body
    assert project.retenshun.get("/api/v1/news").ok()["total"] == 0


@pytest.fixture
def ann(project):
    """Make a user with two messages in the inbox; give the secret her hash is made with."""
    project.retenshun.post("/api/v1/users", {"id": "ann"}).ok()
    project.retenshun.post("/api/v1/users", {"id": "bob"}).ok()
    deliver(project, "ann", 1)
    deliver(project, "ann", 2)
    deliver(project, "bob", 3)
    return project.retenshun.post("/api/v1/client/secret/rotate").ok()["secret"]


def deliver(project, user_id, number):
    def put(tx):
        contact = contacts.find_contact_by_external_id(tx, project.id, user_id)
        item = NewInboxItem(
            UUID(int=number),
            ReaderId(contact.id),
            "Hello",
            f"Text {number}",
            link_url="https://shop.example/",
        )
        actions.deliver_any_project(tx, [(project.id, item)], now())

    project.server.write(put)


def proof(secret, user_id="ann"):
    signed = hmac.new(secret.encode(), user_id.encode(), sha256).hexdigest()
    return {"userId": user_id, "userHash": signed}


def test_a_proven_user_reads_her_own_inbox(project, ann):
    inbox = project.browser.get("/api/v1/client/inbox", **proof(ann)).ok()
    assert [item["body"] for item in inbox["messages"]] == ["Text 2", "Text 1"]
    assert inbox["messages"][0] == {
        "id": f"msg_{UUID(int=2).hex}",
        "title": "Hello",
        "body": "Text 2",
        "link": "https://shop.example/",
        "imageUrl": None,
        "data": {},
        "opened": False,
        "createdAt": inbox["messages"][0]["createdAt"],
    }
    assert project.browser.get("/api/v1/client/inbox/count", **proof(ann)).ok() == {"unread": 2}


def test_what_is_read_is_read(project, ann):
    one = f"msg_{UUID(int=1).hex}"
    event = f"/api/v1/client/inbox/{one}/events"
    assert project.browser.post(event, {**proof(ann), "status": "clicked"}).ok() == {
        "received": True
    }
    count = "/api/v1/client/inbox/count"
    assert project.browser.get(count, **proof(ann)).ok() == {"unread": 1}
    unopened = project.browser.get("/api/v1/client/inbox", **proof(ann), status="unopened").ok()
    assert [item["body"] for item in unopened["messages"]] == ["Text 2"]
    read = "/api/v1/client/inbox/read"
    theirs = f"msg_{UUID(int=3).hex}"
    assert project.browser.post(read, {**proof(ann), "ids": [theirs]}).ok() == {"updated": True}
    assert project.browser.get(count, **proof(ann, "bob")).ok() == {"unread": 1}
    project.browser.post(read, proof(ann)).ok()
    assert project.browser.get(count, **proof(ann)).ok() == {"unread": 0}


@pytest.mark.parametrize(
    "given",
    [
        {"userId": "ann"},
        {"userId": "ann", "userHash": ""},
        {"userId": "ann", "userHash": "0" * 64},
        {"userId": "bob", "userHash": "of ann"},
    ],
)
def test_whoever_is_not_proven_reads_nothing(project, ann, given):
    if given.get("userHash") == "of ann":
        given = {**given, "userHash": proof(ann)["userHash"]}
    assert project.browser.get("/api/v1/client/inbox", **given).status == 403
    assert project.browser.get("/api/v1/client/inbox/count", **given).status == 403
    assert project.browser.post("/api/v1/client/inbox/read", given).status == 403
    assert project.retenshun.get("/api/v1/client/inbox", **given).status == 403


def test_a_hash_of_another_project_or_an_old_secret_proves_nothing(project, other, ann):
    assert other.browser.get("/api/v1/client/inbox", **proof(ann)).status == 403
    fresh = project.retenshun.post("/api/v1/client/secret/rotate").ok()["secret"]
    assert project.browser.get("/api/v1/client/inbox", **proof(ann)).status == 403
    assert project.browser.get("/api/v1/client/inbox", **proof(fresh)).status == 200
    assert project.browser.post("/api/v1/client/secret/rotate").status == 403


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/api/v1/client/inbox", {"status": "lost"}, 400),
        ("/api/v1/client/inbox", {"limit": 0}, 400),
        ("/api/v1/client/inbox", {"page": 0}, 400),
    ],
)
def test_what_cannot_be_asked_is_refused(project, ann, path, more, status):
    assert project.browser.get(path, **proof(ann), **more).status == status


def test_an_event_that_is_none_is_refused(project, ann):
    one = f"msg_{UUID(int=1).hex}"
    event = f"/api/v1/client/inbox/{one}/events"
    assert project.browser.post(event, {**proof(ann), "status": "eaten"}).status == 400
    theirs = f"/api/v1/client/inbox/msg_{UUID(int=3).hex}/events"
    assert project.browser.post(theirs, {**proof(ann), "status": "opened"}).status == 404
