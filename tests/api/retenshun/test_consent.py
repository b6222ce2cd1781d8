"""Subscriptions, topics and suppressions over the Retenshun vocabulary."""

import pytest

from support.server import eventually

USERS = "/api/v1/users"
SUPPRESSIONS = "/api/v1/suppressions"


@pytest.fixture
def ann(project):
    """Make a user with both kinds of address."""
    address = project.address()
    user = {"id": "ann", "email": address, "phone": "+380 50 123 45 67"}
    project.retenshun.post(USERS, user).ok()
    return address


def subscriptions(project):
    return project.retenshun.get(f"{USERS}/ann/subscriptions").ok()


def suppressed(project, **query):
    return project.retenshun.get(SUPPRESSIONS, **query).ok()


def test_a_user_is_subscribed_to_what_nobody_ended(project, ann):
    channels = dict.fromkeys(("email", "sms", "viber"), "subscribed")
    assert subscriptions(project) == {"channels": channels, "topics": []}


def test_channels_and_topics_are_changed_one_by_one(project, ann):
    client = project.retenshun
    made = client.post("/api/v1/topics", {"key": "news", "name": "News"}).ok()
    assert (made["key"], made["optIn"]) == ("news", False)
    path = f"{USERS}/ann/subscriptions"
    client.put(path, {"channels": {"email": "unsubscribed"}}).ok()
    changed = client.put(path, {"topics": [{"key": "news", "subscribed": False}]}).ok()
    assert changed["channels"]["email"] == "unsubscribed"
    assert changed["channels"]["sms"] == "subscribed"
    assert changed["topics"] == [{"key": "news", "subscribed": False, "name": "News"}]
    assert subscriptions(project) == changed
    client.put(path, {"channels": {"email": "subscribed"}}).ok()
    assert subscriptions(project)["channels"]["email"] == "subscribed"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"channels": {"fax": "subscribed"}}, "channels.fax"),
        ({"channels": {"email": "maybe"}}, "channels.email"),
        ({"topics": [{"key": "sport", "subscribed": True}]}, "sport"),
        ({"topics": [{"key": "sport"}]}, "topics[0].subscribed"),
    ],
)
def test_what_does_not_exist_is_refused_and_nothing_changes(project, ann, body, words):
    before = subscriptions(project)
    reply = project.retenshun.put(f"{USERS}/ann/subscriptions", body)
    assert reply.status == 400
    assert words in reply.json()["message"]
    assert subscriptions(project) == before


def test_an_address_the_user_has_not_cannot_be_subscribed(project):
    project.retenshun.post(USERS, {"id": "bob"}).ok()
    path = f"{USERS}/bob/subscriptions"
    reply = project.retenshun.put(path, {"channels": {"email": "subscribed"}})
    assert (reply.status, "no address" in reply.json()["message"]) == (400, True)
    assert project.retenshun.get(f"{USERS}/nobody/subscriptions").status == 404


def test_suppressions_are_added_listed_and_lifted(project, ann):
    client = project.retenshun
    taken = client.post(SUPPRESSIONS, {"emails": [ann.upper(), "no address"]}).ok()
    assert (taken["accepted"], taken["rejected"][0]["index"]) == (1, 1)
    client.put(f"{USERS}/ann/subscriptions", {"channels": {"sms": "unsubscribed"}}).ok()
    listed = suppressed(project)
    assert listed["total"] == 2
    assert [(one["channel"], one["reason"]) for one in listed["suppressions"]] == [
        ("sms", "unsubscribed"),
        ("email", "manual"),
    ]
    assert suppressed(project, reason="bounce")["total"] == 0
    assert client.request("DELETE", SUPPRESSIONS, {"emails": [ann]}).ok() == {"deleted": True}
    assert suppressed(project, reason="manual")["suppressions"] == []


def test_the_list_has_pages_and_known_reasons(project):
    emails = [f"p{n}@example.com" for n in range(3)]
    project.retenshun.post(SUPPRESSIONS, {"emails": emails}).ok()
    page = suppressed(project, page=2, limit=2)
    assert (len(page["suppressions"]), page["total"], page["page"]) == (1, 3, 2)
    assert project.retenshun.get(SUPPRESSIONS, reason="boredom").status == 400
    assert project.retenshun.post(SUPPRESSIONS, {"emails": []}).status == 400


def test_a_suppressed_address_gets_no_message(project, ann):
    client = project.retenshun
    client.post(SUPPRESSIONS, {"emails": [ann]}).ok()
    body = {"userId": "ann", "channel": "EMAIL", "subject": "S", "body": "B"}
    number = client.post("/api/v1/messages", body).ok()["id"]
    eventually(
        lambda: client.get(f"/api/v1/messages/{number}").ok()["status"] == "suppressed",
        "the message to be suppressed",
    )


def test_topics_belong_to_a_project(project, other):
    project.retenshun.post("/api/v1/topics", {"key": "news", "name": "News"}).ok()
    assert other.retenshun.get("/api/v1/topics").ok() == {"topics": []}
    assert other.retenshun.delete("/api/v1/topics/news").status == 404
    again = project.retenshun.post("/api/v1/topics", {"key": "news", "name": "Again"})
    assert again.status == 409
    project.retenshun.delete("/api/v1/topics/news").ok()


def test_mail_that_came_back_is_taken_with_a_secret_key(project):
    path = "/api/v1/inbound/mail"
    taken = project.retenshun.request("POST", path, b"Subject: Hello\n\nHello")
    assert taken.ok() == {"reports": 0, "noted": 0}
    assert project.browser.request("POST", path, b"x").status == 403
    assert project.server.client().request("POST", path, b"x").status == 401
    assert project.retenshun.get(path).status == 405
