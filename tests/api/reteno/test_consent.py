"""Unsubscribed addresses and subscription categories over the Reteno vocabulary."""

import pytest


@pytest.fixture
def contact(project):
    """Make a contact; gives its number and address."""
    address = project.address()
    body = {"channels": [{"type": "email", "value": address}]}
    return project.reteno.post("/api/v1/contact", body).ok()["id"], address


def reasons(project):
    listed = project.retenshun.get("/api/v1/suppressions").ok()["suppressions"]
    return {one["address"]: one["reason"] for one in listed}


def test_addresses_are_unsubscribed_and_subscribed_again(project, contact):
    _, address = contact
    emails = {"emails": [f" {address.upper()} ", "unknown@example.com"]}
    reply = project.reteno.post("/api/v1/emails/unsubscribed/add", emails)
    assert (reply.status, reply.body) == (200, b"")
    assert set(reasons(project).values()) == {"unsubscribed"}
    assert len(reasons(project)) == 2
    project.reteno.post("/api/v1/emails/unsubscribed/delete", emails).ok()
    assert reasons(project) == {}


def test_lifting_an_unsubscription_lifts_no_suppression(project, contact):
    _, address = contact
    project.retenshun.post("/api/v1/suppressions", {"emails": [address]}).ok()
    project.reteno.post("/api/v1/emails/unsubscribed/delete", {"emails": [address]}).ok()
    assert list(reasons(project).values()) == ["manual"]


@pytest.mark.parametrize("emails", [[], ["no address"], ["a@example.com", "x"]])
def test_a_bad_list_is_refused_whole(project, emails):
    reply = project.reteno.post("/api/v1/emails/unsubscribed/add", {"emails": emails})
    assert reply.status == 400
    assert reasons(project) == {}


def test_categories_are_listed_and_set(project, contact):
    number, _ = contact
    for key in ("news", "sales"):
        project.retenshun.post("/api/v1/topics", {"key": key, "name": key.title()}).ok()
    listed = project.reteno.get("/api/v1/subscriptions").ok()
    assert [(one["key"], one["contactsCount"]) for one in listed] == [("news", 1), ("sales", 1)]
    path = f"/api/v1/contact/{number}/subscriptions"
    reply = project.reteno.put(path, {"subscriptions": ["sales"]})
    assert reply.body.decode() == f"Contact with id='{number}' has been updated"
    assert [one["key"] for one in project.reteno.get(path).ok()] == ["sales"]
    assert [one["contactsCount"] for one in project.reteno.get("/api/v1/subscriptions").ok()] == [
        0,
        1,
    ]


def test_an_unknown_category_is_named(project, contact):
    number, _ = contact
    reply = project.reteno.put(
        f"/api/v1/contact/{number}/subscriptions", {"subscriptions": ["sport"]}
    )
    assert (reply.status, "sport" in reply.json()["message"]) == (400, True)


@pytest.mark.parametrize("number", ["0", "x", "9" * 30])
def test_an_unknown_contact_has_no_subscriptions(project, number):
    assert project.reteno.get(f"/api/v1/contact/{number}/subscriptions").status == 404
