"""Documented samples of users in the Retenshun vocabulary, whole replies."""

from urllib.parse import quote

import pytest

from support.like import MOMENT, NUMBER


def shown(**changed):
    """Spell the sample user as this vocabulary shows him."""
    return {
        "id": "user_123",
        "email": "john@example.com",
        "phone": None,
        "properties": {"plan": "pro"},
        "contactId": NUMBER,
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "lastSeenAt": None,
        **changed,
    }


@pytest.fixture
def client(project):
    """Speak with a secret key in a project where the sample user is known."""
    person = {"id": "user_123", "email": "john@example.com", "properties": {"plan": "pro"}}
    assert project.retenshun.post("/api/v1/users", person).ok() == shown()
    return project.retenshun


def test_get(client):
    assert client.get("/api/v1/users/user_123").ok() == shown()
    number = client.get("/api/v1/users/user_123").ok()["contactId"]
    assert client.get(f"/api/v1/users/contact_{number}").ok()["id"] == "user_123"


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_update_merges(client, verb):
    sample = {
        "email": "new@example.com",
        "properties": {"seats": 3, "timezone": "America/New_York"},
    }
    expected = shown(
        email="new@example.com",
        properties={"plan": "pro", "seats": 3, "timezone": "America/New_York"},
    )
    assert client.request(verb, "/api/v1/users/user_123", sample).ok() == expected
    removed = client.request(verb, "/api/v1/users/user_123", {"properties": {"plan": None}}).ok()
    assert removed["properties"] == {"seats": 3, "timezone": "America/New_York"}
    assert removed["email"] == "new@example.com"
    ignored = {"id": "other", "createdAt": "x", "phone": "+1 541 754 3010"}
    changed = client.request(verb, "/api/v1/users/user_123", ignored).ok()
    assert (changed["id"], changed["phone"]) == ("user_123", "15417543010")


def test_updating_nobody_makes_nobody(client):
    assert client.put("/api/v1/users/nobody", {"properties": {"plan": "x"}}).status == 404
    assert client.get("/api/v1/users/nobody").status == 404


@pytest.mark.parametrize(
    "user_id", ["a/b", "ann@example.com", "привіт", "50% & more?", "contact_x", "..", "a b", "=#"]
)
def test_any_id_of_the_callers_can_be_asked_for(project, user_id):
    project.retenshun.post("/api/v1/events", {"event": "seen", "user_id": user_id}).ok()
    found = project.retenshun.get(f"/api/v1/users/{quote(user_id, safe='')}").ok()
    assert found["id"] == user_id


def test_being_seen_is_noted(project):
    project.retenshun.post("/api/v1/events", {"event": "seen", "user_id": "user_1"}).ok()
    assert project.retenshun.get("/api/v1/users/user_1").ok()["lastSeenAt"] == MOMENT
