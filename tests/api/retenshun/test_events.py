"""Documented samples of events and identify in the Retenshun vocabulary, whole replies."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.like import EVENT_ID, MOMENT, NUMBER

SAMPLE = {"amount": 49.99, "product_id": "prod_1"}


def shown(name="purchase", *, user="user_123", anonymous=None, properties=None, timestamp=MOMENT):
    """Spell an event as this vocabulary shows it."""
    return {
        "id": EVENT_ID,
        "eventName": name,
        "userId": user,
        "anonymousId": anonymous,
        "properties": SAMPLE if properties is None else properties,
        "timestamp": timestamp,
        "createdAt": MOMENT,
    }


def test_track_in_either_dialect(project):
    legacy = {"userId": "user_123", "eventName": "purchase", "properties": SAMPLE}
    sdk = {
        "event": "purchase",
        "user_id": "user_123",
        "anonymous_id": "anon_abc123",
        "properties": SAMPLE,
    }
    for client in (project.retenshun, project.browser):
        reply = client.post("/api/v1/events", legacy).ok()
        assert reply == {"id": EVENT_ID, "status": "ok", "event": shown()}
        assert reply["event"]["id"] == reply["id"]
        reply = client.post("/api/v1/events", sdk).ok()
        assert reply["event"] == shown(anonymous="anon_abc123")
    assert project.retenshun.get("/api/v1/users/user_123").ok()["id"] == "user_123"


def test_both_dialects_mixed_and_both_spellings_of_one_field(project):
    mixed = {"event": "purchase", "userId": "user_1", "anonymous_id": "anon_1"}
    assert project.retenshun.post("/api/v1/events", mixed).status == 200
    twice = {"event": "purchase", "eventName": "purchase", "userId": "u", "user_id": "u"}
    assert project.retenshun.post("/api/v1/events", twice).status == 200
    for differing in (
        {"event": "a", "eventName": "b", "userId": "u"},
        {"event": "a", "userId": "u", "user_id": "v"},
        {"event": "a", "anonymousId": "u", "anonymous_id": "v"},
    ):
        reply = project.retenshun.post("/api/v1/events", differing)
        assert reply.status == 400
        assert "two spellings" in reply.json()["message"]


def test_an_event_of_a_visitor_makes_somebody_nameless(project):
    reply = project.browser.post("/api/v1/events", {"event": "viewed", "anonymousId": "anon_1"})
    event = reply.ok()["event"]
    assert event["anonymousId"] == "anon_1"
    assert event["userId"] is None
    stored = project.retenshun.get(f"/api/v1/events/{event['id']}").ok()
    number = stored["userId"].removeprefix("contact_")
    assert project.reteno.get(f"/api/v1/contact/{number}").ok() == {
        "id": int(number),
        "channels": [],
    }


def test_batch(project):
    batch = [
        {
            "type": "identify",
            "user_id": "user_123",
            "anonymous_id": "anon_abc",
            "properties": {"email": "john@example.com", "name": "John"},
        },
        {
            "type": "track",
            "event": "button_clicked",
            "user_id": "user_123",
            "properties": {"button": "signup_cta"},
            "timestamp": "2026-03-09T12:00:00Z",
        },
    ]
    reply = project.browser.post("/api/v1/events/batch", {"batch": batch}).ok()
    assert reply == {"status": "ok", "accepted": 2, "rejected": []}

    stored = project.retenshun.get("/api/v1/events").ok()["events"]
    assert stored == [
        shown(
            "button_clicked",
            properties={"button": "signup_cta"},
            timestamp="2026-03-09T12:00:00.000Z",
        )
    ]
    user = project.retenshun.get("/api/v1/users/user_123").ok()
    assert (user["email"], user["properties"]["name"]) == ("john@example.com", "John")


def test_a_batch_takes_the_good_items_in_order_and_tells_the_bad_ones(project):
    good = {"type": "track", "event": "seen", "user_id": "user_1"}
    bad = [
        ({**good, "event": None}, "batch[1].event is required."),
        ({**good, "user_id": 7}, "batch[3].user_id must be a string or null, not a whole number."),
        ({"type": "dance"}, "batch[5].type must be track, identify, page, screen or alias."),
        ({}, "batch[7].type is required."),
        ("text", "batch[9]"),
        ({**good, "timestamp": "2026-02-30T12:00:00Z"}, "batch[11].timestamp must be an ISO 8601"),
        (
            {"type": "identify", "user_id": "user_1", "properties": {"email": "no"}},
            "batch[13].properties.email is not an e-mail address",
        ),
        ({"type": "identify"}, "batch[15].userId or anonymousId is required."),
    ]
    batch = [
        item
        for number, (item, _) in enumerate(bad)
        for item in ({**good, "event": f"seen {number}"}, item)
    ]

    reply = project.retenshun.post("/api/v1/events/batch", {"batch": batch}).ok()

    assert (reply["status"], reply["accepted"]) == ("ok", len(bad))
    assert [row["index"] for row in reply["rejected"]] == list(range(1, 2 * len(bad), 2))
    for row, (_, message) in zip(reply["rejected"], bad, strict=True):
        assert row["message"].startswith(message)
    listed = project.retenshun.get("/api/v1/events").ok()["events"]
    assert [event["eventName"] for event in reversed(listed)] == [
        f"seen {number}" for number in range(len(bad))
    ]


@pytest.mark.parametrize("batch", [None, {}, [], "text", [{}] * 1001])
def test_a_batch_that_is_none_stores_nothing(project, batch):
    reply = project.retenshun.post("/api/v1/events/batch", {"batch": batch})
    assert reply.status == 400
    assert "batch" in reply.json()["message"]
    assert project.retenshun.post("/api/v1/events/batch", {}).status == 400
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0


def test_a_thousand_items_are_one_batch(project):
    batch = [{"type": "track", "event": "seen", "user_id": f"user_{n % 300}"} for n in range(1000)]
    reply = project.retenshun.post("/api/v1/events/batch", {"batch": batch}).ok()
    assert reply["accepted"] == 1000
    assert project.retenshun.get("/api/v1/events", limit=1).ok()["total"] == 1000


def test_the_same_message_id_is_taken_once_and_only_in_its_project(project, other):
    event = {"event": "bought", "user_id": "user_1", "messageId": "m-1"}
    first = project.retenshun.post("/api/v1/events", event).ok()["id"]
    again = {"batch": [{"type": "track", **event}] * 3}
    assert project.retenshun.post("/api/v1/events/batch", again).ok()["accepted"] == 3
    assert other.retenshun.post("/api/v1/events", event).ok()["id"] != first
    for tenant in (project, other):
        assert tenant.retenshun.get("/api/v1/events").ok()["total"] == 1


def test_list_filters_and_pages(project):
    told = [
        ("user_123", "purchase", "2025-12-31T23:59:59.999Z"),
        ("user_123", "purchase", "2026-01-01T00:00:00Z"),
        ("user_123", "Purchase", "2026-02-01T23:59:59.999+00:00"),
        ("user_456", "purchase", "2026-02-01T12:00:00+02:00"),
        ("user_123", "viewed", "2026-01-15T12:00:00Z"),
    ]
    batch = [
        {"type": "track", "event": name, "user_id": user, "timestamp": timestamp}
        for user, name, timestamp in told
    ]
    project.retenshun.post("/api/v1/events/batch", {"batch": batch}).ok()

    def listed(**query):
        found = project.retenshun.get("/api/v1/events", **query).ok()
        return found["total"], [event["timestamp"] for event in found["events"]]

    sample = {
        "userId": "user_123",
        "eventName": "purchase",
        "from": "2026-01-01",
        "to": "2026-02-01",
        "page": 1,
        "limit": 50,
    }
    assert listed(**sample) == (2, ["2026-02-01T23:59:59.999Z", "2026-01-01T00:00:00.000Z"])
    assert listed(**{**sample, "to": "2026-02-01T23:59:59.998Z"})[0] == 1
    assert listed(**{**sample, "limit": 1, "page": 2}) == (2, ["2026-01-01T00:00:00.000Z"])
    assert listed(**{**sample, "limit": 1, "page": 3}) == (2, [])
    assert listed(userId="nobody") == (0, [])
    assert listed(eventName="")[0] == 5, "an empty value means no filter"
    whole = project.retenshun.get("/api/v1/events").ok()
    assert (whole["page"], whole["limit"], whole["total"]) == (1, 50, 5)


def test_get_and_delete_one(project):
    made = project.retenshun.post("/api/v1/events", {"event": "seen", "user_id": "user_1"}).ok()
    path = f"/api/v1/events/{made['id']}"
    got = project.retenshun.get(path).ok()
    assert got == shown("seen", user="user_1", properties={})
    assert got["id"] == made["id"]
    assert project.retenshun.delete(path).ok() == {"deleted": True}
    for gone in (project.retenshun.delete(path), project.retenshun.get(path)):
        assert gone.status == 404
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0


def test_identify(project):
    sample = {"userId": "user_123", "properties": {"email": "john@example.com", "name": "John D."}}
    assert project.browser.post("/api/v1/identify", sample).ok() == {
        "user": {
            "id": "user_123",
            "email": "john@example.com",
            "phone": None,
            "properties": {"name": "John D.", "firstName": "John", "lastName": "D."},
            "tags": [],
            "contactId": NUMBER,
            "emailStatus": "confirmed",
            "sessionCount": 0,
            "createdAt": MOMENT,
            "updatedAt": MOMENT,
            "lastSeenAt": None,
        }
    }


def test_a_public_key_fills_addresses_and_overwrites_none(project):
    for address in ("first@example.com", "thief@example.com"):
        person = {"userId": "user_1", "properties": {"email": address}}
        project.browser.post("/api/v1/identify", person).ok()
        event = {"event": "seen", "user_id": "user_1", "properties": {"email": address}}
        project.browser.post("/api/v1/events", event).ok()
    assert project.retenshun.get("/api/v1/users/user_1").ok()["email"] == "first@example.com"
    person = {"userId": "user_1", "properties": {"email": "new@example.com"}}
    project.retenshun.post("/api/v1/identify", person).ok()
    assert project.retenshun.get("/api/v1/users/user_1").ok()["email"] == "new@example.com"


def test_a_visitor_becomes_the_person_he_says_he_is(project):
    track, identify = "/api/v1/events", "/api/v1/identify"
    visit = {"event": "viewed", "anonymousId": "anon_1"}
    seen = project.browser.post(track, visit).ok()
    assert seen["event"]["userId"] is None
    number = project.retenshun.get(f"{track}/{seen['id']}").ok()["userId"]
    project.browser.post(identify, {"userId": "user_1", "anonymousId": "anon_1"}).ok()
    user = project.retenshun.get("/api/v1/users/user_1").ok()
    assert f"contact_{user['contactId']}" == number
    assert project.retenshun.get(track, userId="user_1").ok()["total"] == 1
    again = project.browser.post(track, visit).ok()["id"]
    assert project.retenshun.get(f"{track}/{again}").ok()["userId"] == "user_1"

    # A shared device: what comes later belongs to the new person, the old keeps what was his.
    project.browser.post(identify, {"userId": "user_2", "anonymousId": "anon_1"}).ok()
    project.browser.post(track, visit).ok()
    assert project.retenshun.get(track, userId="user_1").ok()["total"] == 2
    assert project.retenshun.get(track, userId="user_2").ok()["total"] == 1


def test_batches_that_identify_the_same_people_in_any_order_are_all_taken(project):
    def batch(order):
        return {
            "batch": [
                {
                    "type": "identify",
                    "userId": f"user_{number}",
                    "anonymousId": f"anon_{number}",
                    "properties": {"email": f"{number}@example.com"},
                }
                for number in order
            ]
        }

    orders = [random.Random(seed).sample(range(20), 20) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(
                lambda order: project.retenshun.post("/api/v1/events/batch", batch(order)), orders
            )
        )
    assert [reply.ok()["accepted"] for reply in replies] == [20] * 8


def test_a_batch_takes_what_else_analytics_sdks_call_things(project):
    batch = [
        {"type": "track", "anonymousId": "v", "event": "Viewed"},
        {"type": "page", "anonymousId": "v", "name": "Home", "properties": {"url": "/"}},
        {"type": "identify", "userId": "ann", "context": {"traits": {"plan": "pro"}}},
        {"type": "alias", "previousId": "v", "userId": "ann"},
        {"type": "alias", "userId": "ann"},
    ]
    reply = project.browser.post("/api/v1/events/batch", {"batch": batch}).ok()
    assert (reply["accepted"], [row["index"] for row in reply["rejected"]]) == (4, [4])
    events = project.retenshun.get("/api/v1/users/ann/events").ok()["events"]
    assert [(event["eventName"], event["properties"]) for event in events] == [
        ("page", {"name": "Home", "url": "/"}),
        ("Viewed", {}),
    ]
    assert project.retenshun.get("/api/v1/users/ann").ok()["properties"] == {"plan": "pro"}
