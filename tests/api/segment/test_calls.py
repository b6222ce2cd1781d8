"""The tracking calls that analytics SDKs make: what each becomes, and what is refused."""

import gzip
import json
from datetime import datetime, timedelta

import pytest

from support.http import basic
from support.server import now

SUCCESS = {"success": True}


@pytest.fixture
def sdk(project):
    """Speak as an SDK on a server does: the key as the user name, no password."""
    return project.server.client(authorization=basic("", user=project.secret.secret))


@pytest.fixture
def look(project):
    """Look at what is kept, by the ordinary API."""
    return project.retenshun


def only_event(look):
    """Give the one event that was logged."""
    reply = look.get("/api/v1/events").ok()
    assert reply["total"] == 1
    return reply["events"][0]


@pytest.mark.parametrize("name", ["track", "t"])
def test_track_is_an_event(sdk, look, name):
    words = {"userId": "ann", "event": "Bought", "properties": {"price": 9.5}, "type": "other"}
    assert sdk.post(f"/v1/{name}", words).ok() == SUCCESS
    event = only_event(look)
    assert (event["eventName"], event["userId"]) == ("Bought", "ann")
    assert event["properties"] == {"price": 9.5}


@pytest.mark.parametrize("name", ["page", "screen"])
def test_page_and_screen_keep_their_name_among_the_properties(sdk, look, name):
    words = {"anonymousId": "v", "name": "Home", "category": "A", "properties": {"url": "/"}}
    assert sdk.post(f"/v1/{name}", words).ok() == SUCCESS
    event = only_event(look)
    assert event["eventName"] == name
    assert event["properties"] == {"name": "Home", "category": "A", "url": "/"}


def test_identify_tells_of_a_person_and_of_the_device(sdk, look):
    words = {
        "userId": 7,
        "traits": {"email": "ann@example.com", "name": "Ann Lee", "plan": "pro"},
        "context": {
            "traits": {"plan": "free", "age": 30},
            "locale": "uk-UA",
            "timezone": "Europe/Kyiv",
            "device": {"type": "iOS", "token": "device-token", "id": "d1"},
            "app": {"namespace": "com.example.shop"},
        },
    }
    assert sdk.post("/v1/identify", words).ok() == SUCCESS
    user = look.get("/api/v1/users/7").ok()
    assert user["email"] == "ann@example.com"
    assert user["properties"] == {
        "plan": "pro",
        "age": 30,
        "name": "Ann Lee",
        "firstName": "Ann",
        "lastName": "Lee",
        "language": "uk-UA",
        "timezone": "Europe/Kyiv",
    }
    (token,) = look.get("/api/v1/users/7/push-tokens").ok()["pushTokens"]
    assert (token["platform"], token["appId"]) == ("ios", "com.example.shop")


def test_a_group_is_a_property_of_the_person(sdk, look):
    words = {"userId": "ann", "groupId": "acme", "traits": {"name": "Acme", "seats": 3}}
    assert sdk.post("/v1/group", words).ok() == SUCCESS
    properties = look.get("/api/v1/users/ann").ok()["properties"]
    assert properties == {"group": {"id": "acme", "name": "Acme", "seats": 3}}


@pytest.mark.parametrize("call", ["alias", "identify"])
def test_a_visitor_becomes_the_person_with_all_that_was_done(sdk, look, call):
    sdk.post("/v1/track", {"anonymousId": "v", "event": "Viewed"}).ok()
    sdk.post("/v1/identify", {"anonymousId": "v", "traits": {"plan": "free", "size": 1}}).ok()
    sdk.post("/v1/identify", {"userId": "ann", "traits": {"plan": "pro"}}).ok()
    words = {"userId": "ann", "previousId": "v", "anonymousId": "v"}
    assert sdk.post(f"/v1/{call}", words).ok() == SUCCESS
    sdk.post("/v1/track", {"anonymousId": "v", "event": "Bought"}).ok()
    events = look.get("/api/v1/users/ann/events").ok()["events"]
    assert [event["eventName"] for event in events] == ["Bought", "Viewed"]
    assert look.get("/api/v1/users/ann").ok()["properties"] == {"plan": "pro", "size": 1}
    assert look.get("/api/v1/users").ok()["total"] == 1


def test_a_batch_takes_the_good_and_tells_the_bad(sdk, look):
    batch = [
        {"type": "identify", "userId": "ann", "context": {"traits": {"plan": "pro"}}},
        {"type": "track", "userId": "ann", "event": "Bought"},
        {"type": "track", "event": "Bought"},
        {"type": "delete", "userId": "ann"},
        "nothing",
        {"type": "track", "userId": "ann", "event": 5},
        {"type": "identify", "userId": "ann", "traits": {"email": "no address"}},
    ]
    reply = sdk.post("/v1/batch", {"batch": batch}).ok()
    assert reply["success"] is True
    assert [row["index"] for row in reply["rejected"]] == [2, 3, 4, 5, 6]
    assert "batch[6].traits.email" in reply["rejected"][4]["message"]
    assert only_event(look)["eventName"] == "Bought"


def test_the_same_message_id_is_the_same_event(sdk, look):
    words = {"userId": "ann", "event": "Bought", "messageId": "m-1"}
    for _ in range(2):
        sdk.post("/v1/track", words).ok()
    sdk.post("/v1/batch", {"batch": [{"type": "track", **words}]}).ok()
    assert only_event(look)["eventName"] == "Bought"


def test_a_wrong_clock_is_put_right_by_when_it_says_it_sent(sdk, look):
    wrong = now() + timedelta(days=400)
    happened, sent = wrong - timedelta(hours=2), wrong
    words = {
        "userId": "ann",
        "event": "Bought",
        "timestamp": happened.isoformat(),
        "sentAt": sent.isoformat(),
    }
    sdk.post("/v1/track", words).ok()
    told = datetime.fromisoformat(only_event(look)["timestamp"])
    assert abs(now() - timedelta(hours=2) - told) < timedelta(seconds=10)


def test_the_future_is_now(sdk, look):
    ahead = (now() + timedelta(days=3)).isoformat()
    sdk.post("/v1/track", {"userId": "ann", "event": "Bought", "timestamp": ahead}).ok()
    assert datetime.fromisoformat(only_event(look)["timestamp"]) <= now()


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", None])
def test_the_key_may_stand_in_the_body_of_whatever_type(project, look, type_):
    words = {"writeKey": project.public.secret, "userId": "ann", "event": "Bought"}
    client = project.server.client()
    reply = client.request("POST", "/v1/t", json.dumps(words).encode(), content_type=type_)
    assert reply.ok() == SUCCESS
    assert reply.headers["access-control-allow-origin"] == "*"
    assert only_event(look)["userId"] == "ann"


def test_a_wrong_key_in_the_body_is_no_key(project):
    for words in ({"writeKey": "pk_live_x"}, {"writeKey": 5}, {}, []):
        assert project.server.client().post("/v1/track", words).status == 401


def test_compressed_bodies_are_read_and_bombs_are_not(sdk, look):
    def send(body):
        return sdk.request("POST", "/v1/batch", body, content_encoding="gzip")

    batch = {"batch": [{"type": "track", "userId": "ann", "event": "Bought"}]}
    packed = gzip.compress(json.dumps(batch).encode())
    assert send(packed).ok() == SUCCESS
    assert send(packed[:-12]).status == 400
    assert send(b"no gzip").status == 400
    assert send(gzip.compress(b" " * 50_000_000)).status == 413
    assert only_event(look)["eventName"] == "Bought"


@pytest.mark.parametrize(
    ("path", "words", "named"),
    [
        ("track", {"userId": "ann"}, "event is required"),
        ("track", {"event": "x"}, "userId or anonymousId"),
        ("track", {"userId": "", "event": "x"}, "userId or anonymousId"),
        ("track", {"userId": "ann", "event": " "}, "event must"),
        ("track", {"userId": "ann", "event": "x", "timestamp": "then"}, "timestamp"),
        ("track", {"userId": "ann", "event": "x", "sentAt": "5", "timestamp": "2026-01-01T00:00Z"},
         "sentAt"),
        ("track", {"userId": "ann", "event": "x", "messageId": "m" * 256}, "messageId"),
        ("track", {"userId": "ann", "event": "x", "properties": []}, "properties"),
        ("identify", {"userId": "x" * 256}, "userId"),
        ("group", {"userId": "ann"}, "groupId"),
        ("alias", {"userId": "ann"}, "previousId"),
        ("batch", {}, "batch is required"),
        ("batch", {"batch": {}}, "batch must be a list"),
        ("batch", {"batch": [{}] * 10_001}, "batch must hold"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_and_keeps_nothing(sdk, look, path, words, named):
    reply = sdk.post(f"/v1/{path}", words)
    assert reply.status == 400
    assert named in reply.json()["message"]
    assert look.get("/api/v1/events").ok()["total"] == 0
    assert look.get("/api/v1/users").ok()["total"] == 0
