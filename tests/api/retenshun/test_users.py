"""Documented samples of users in the Retenshun vocabulary, whole replies."""

from urllib.parse import quote

import pytest

from beckon.domain.accounts.model import AuditFilter
from beckon.domain.accounts.queries import list_audit
from support.like import MOMENT, NUMBER


def shown(**changed):
    """Spell the sample user as this vocabulary shows him."""
    return {
        "id": "user_123",
        "email": "john@example.com",
        "phone": None,
        "properties": {"plan": "pro"},
        "tags": [],
        "contactId": NUMBER,
        "emailStatus": "confirmed",
        "sessionCount": 0,
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


def ids(reply):
    """Tell who is in a list, in its order."""
    return [user["id"] for user in reply.ok()["users"]]


@pytest.fixture
def crowd(project):
    """Make five people; those made together are numbered by their ids."""
    people = [
        {"id": "ann", "email": "Ann.Lee@Example.com", "properties": {"name": "Ann Lee"}},
        {"id": "bo_50%", "phone": "+380 50 123 45 67"},
        {"id": "кіт", "properties": {"name": "Кіт Жук"}},
        {"id": "dan", "email": "dan@other.example"},
        {"id": "eve"},
    ]
    taken = project.retenshun.post("/api/v1/users/batch", {"users": people}).ok()
    assert taken == {"status": "ok", "accepted": 5, "rejected": []}
    return project.retenshun


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ann", ["ann"]),
        ("ANN.LEE@", ["ann"]),
        ("example", ["dan", "ann"]),
        ("n Lee", ["ann"]),
        ("50", ["bo_50%"]),
        ("0%", ["bo_50%"]),
        ("_", ["bo_50%"]),
        ("501234", ["bo_50%"]),
        ("ЖУК", ["кіт"]),
        ("n%e", []),
        ("a_n", []),
        ("nobody", []),
    ],
)
def test_search_finds_a_part_in_any_case_and_takes_no_wildcards(crowd, search, found):
    reply = crowd.get("/api/v1/users", search=search)
    assert ids(reply) == found
    assert reply.ok()["total"] == len(found)


def test_pages_and_cursors_show_everybody_once(crowd):
    everybody = ["кіт", "eve", "dan", "bo_50%", "ann"]
    assert ids(crowd.get("/api/v1/users")) == everybody
    assert ids(crowd.get("/api/v1/users", page=2, limit=2)) == ["dan", "bo_50%"]
    seen, cursor = [], None
    for _ in range(3):
        page = crowd.get("/api/v1/users", limit=2, **({"cursor": cursor} if cursor else {})).ok()
        seen += [user["id"] for user in page["users"]]
        cursor = page["nextCursor"]
        assert page["total"] == 5
    assert (seen, cursor) == (everybody, None)


def test_active_is_who_was_seen_lately(crowd):
    crowd.post("/api/v1/events", {"event": "seen", "userId": "dan"}).ok()
    assert ids(crowd.get("/api/v1/users", filter="active")) == ["dan"]
    assert ids(crowd.get("/api/v1/users", filter="inactive")) == ["кіт", "eve", "bo_50%", "ann"]
    assert ids(crowd.get("/api/v1/users", filter="inactive", search="ann")) == ["ann"]


@pytest.mark.parametrize(
    "query", [{"filter": "x"}, {"cursor": "x"}, {"limit": 0}, {"search": "x" * 256}]
)
def test_a_question_that_makes_no_sense_is_refused(crowd, query):
    assert crowd.get("/api/v1/users", **query).status == 400


def test_a_batch_tells_bad_users_by_their_index_and_keeps_the_others(project):
    many = {str(number): number for number in range(256)}
    users = [
        {"id": "ann", "properties": many},
        {"id": "bo", "email": "no address"},
        {"email": "x@example.com"},
        "no object",
        {"id": "ann", "properties": {"one": "more"}},
        {"userId": "cy", "tags": ["vip", "vip"]},
    ]
    taken = project.retenshun.post("/api/v1/users/batch", {"users": users}).ok()
    assert taken["accepted"] == 1
    assert [row["index"] for row in taken["rejected"]] == [0, 1, 2, 3, 4]
    assert "users[1].properties.email" in taken["rejected"][1]["message"]
    assert ids(project.retenshun.get("/api/v1/users")) == ["cy", "ann"]
    assert project.retenshun.get("/api/v1/users/cy").ok()["tags"] == ["vip"]
    for users in ([], [{"id": "x"}] * 1001):
        assert project.retenshun.post("/api/v1/users/batch", {"users": users}).status == 400


def test_who_was_deleted_is_gone_until_somebody_vouched_for_identifies_them(client, project):
    address = "/api/v1/users/user_123"
    assert client.delete(address).ok() == {"deleted": True}
    assert client.get(address).status == client.delete(address).status == 404
    assert ids(client.get("/api/v1/users")) == []
    client.post("/api/v1/events", {"event": "seen", "userId": "user_123"}).ok()
    public = project.browser.post("/api/v1/identify", {"userId": "user_123"})
    assert public.status == client.get(address).status == 404
    assert client.post("/api/v1/users", {"id": "user_123"}).ok()["properties"] == {"plan": "pro"}
    assert client.get(f"{address}/events").ok()["total"] == 1
    assert ids(client.get("/api/v1/users", search="JOHN@")) == ["user_123"]


def test_what_a_user_did(client):
    for name in ("seen", "bought", "seen"):
        client.post("/api/v1/events", {"event": name, "userId": "user_123"}).ok()
    client.post("/api/v1/events", {"event": "seen", "userId": "other"}).ok()
    reply = client.get("/api/v1/users/user_123/events", eventName="SEEN", limit=1).ok()
    assert (reply["total"], len(reply["events"])) == (2, 1)
    assert client.get("/api/v1/users/nobody/events").status == 404


def test_a_push_token_belongs_to_who_registered_it_last(client, project):
    other = client.post("/api/v1/users", {"id": "other"}).ok()["id"]
    words = {"token": "abcdefghijkl", "platform": "android", "deviceId": "d1", "appId": "shop"}
    first = project.browser.post("/api/v1/users/user_123/push-tokens", words).ok()
    assert first | {"id": NUMBER} == {
        "id": NUMBER,
        "userId": "user_123",
        "platform": "android",
        "provider": "FCM",
        "token": "…efghijkl",
        "deviceId": "d1",
        "appId": "shop",
        "active": True,
        "createdAt": MOMENT,
        "lastSeenAt": MOMENT,
    }
    again = project.browser.post(f"/api/v1/users/{other}/push-tokens", words).ok()
    assert (again["id"], again["userId"]) == (first["id"], "other")
    assert client.get("/api/v1/users/user_123/push-tokens").ok() == {"pushTokens": []}
    path = f"/push-tokens/{first['id']}"
    assert client.delete(f"/api/v1/users/user_123{path}").status == 404
    assert project.browser.delete(f"/api/v1/users/other{path}").ok() == {"deleted": True}
    assert client.delete(f"/api/v1/users/other{path}").status == 404


def test_a_browser_is_known_by_its_endpoint(client):
    path = "/api/v1/users/user_123/push-tokens"
    endpoint = "https://push.example.com/abc"
    words = {"token": endpoint, "platform": "web", "keys": {"p256dh": "BK", "auth": "x"}}
    first = client.post(path, words).ok()
    assert first["provider"] == "WEBPUSH"
    assert (
        client.post(path, {**words, "keys": {"p256dh": "BN", "auth": "y"}}).ok()["id"]
        == (first["id"])
    )
    assert client.request("DELETE", path, {"token": endpoint}).ok() == {"deleted": True}
    for wrong in ({"keys": None}, {"token": "http://x.example"}, {"token": "{"}, {"token": ""}):
        assert client.post(path, {**words, **wrong}).status == 400
    assert client.get(path).ok() == {"pushTokens": []}


def test_erasing_leaves_nothing_and_works_after_deleting_too(client, project):
    address = "/api/v1/users/user_123"
    client.post("/api/v1/events", {"event": "seen", "userId": "user_123"}).ok()
    tables = client.get(f"{address}/export").ok()["tables"]
    assert [row["external_id"] for row in tables["contact"]] == ["user_123"]
    assert len(tables["event"]) == 1
    client.delete(address).ok()
    assert client.delete(f"{address}?erase=true").ok() == {"deleted": True}
    assert client.delete(f"{address}?erase=true").status == 404
    assert client.get("/api/v1/events").ok()["total"] == 0
    assert client.get(f"{address}/export").status == client.get(address).status == 404


def test_who_ordered_nothing_has_no_orders(client):
    reply = client.get("/api/v1/users/user_123/orders").ok()
    assert reply == {"orders": [], "total": 0, "page": 1, "limit": 50}


def test_a_user_tells_how_mail_stands_and_how_often_they_came(project):
    client = project.retenshun
    address = project.address()
    client.post("/api/v1/users", {"id": "ann", "email": address}).ok()
    shown = client.get("/api/v1/users/ann").ok()
    assert (shown["emailStatus"], shown["sessionCount"]) == ("confirmed", 0)
    # Two visits: 29 minutes go on, 30 begin anew.
    for at in ("10:00:00", "10:29:00", "10:59:00", "11:00:00"):
        event = {"event": "seen", "userId": "ann", "timestamp": f"2026-03-09T{at}Z"}
        client.post("/api/v1/events", event).ok()
    client.put("/api/v1/users/ann/subscriptions", {"channels": {"email": "unsubscribed"}}).ok()
    (listed,) = client.get("/api/v1/users").ok()["users"]
    assert (listed["emailStatus"], listed["sessionCount"]) == ("unsubscribed", 2)
    client.post("/api/v1/suppressions", {"emails": [address]}).ok()
    assert client.get("/api/v1/users/ann").ok()["emailStatus"] == "blacklisted"
    nobody = client.post("/api/v1/identify", {"anonymousId": "anon_1"}).ok()["user"]
    assert (nobody["emailStatus"], nobody["sessionCount"]) == (None, 0)


def test_lists_go_on_by_cursor_while_more_comes_in(project):
    client = project.retenshun
    client.post("/api/v1/users", {"id": "ann", "email": project.address()}).ok()
    words = {"userId": "ann", "channel": "EMAIL", "subject": "S", "body": "B"}
    event = {"event": "seen", "userId": "ann"}
    for rows, body in (("events", event), ("messages", words)):
        made = [client.post(f"/api/v1/{rows}", body).ok()["id"] for _ in range(5)]
        for place in (f"/api/v1/{rows}", f"/api/v1/users/ann/{rows}"):
            seen, cursor = [], ""
            while cursor is not None:
                page = client.get(f"{place}?limit=2&cursor={cursor}").ok()
                seen += [row["id"] for row in page[rows]]
                cursor = page["nextCursor"]
                client.post("/api/v1/events", {"event": "later", "userId": "bob"}).ok()
            assert seen[-5:] == made[::-1], place
            assert client.get(f"{place}?cursor=x").status == 400


def test_messages_to_a_user_are_listed_by_channel(project):
    client = project.retenshun
    for name in ("ann", "bob"):
        client.post("/api/v1/users", {"id": name, "email": project.address()}).ok()
        words = {"userId": name, "channel": "EMAIL", "subject": "S", "body": "B"}
        client.post("/api/v1/messages", words).ok()
    told = client.get("/api/v1/users/ann/messages?channel=EMAIL").ok()
    assert [one["userId"] for one in told["messages"]] == ["ann"]
    assert (told["total"], told["page"], told["limit"], told["nextCursor"]) == (1, 1, 50, None)
    assert client.get("/api/v1/users/ann/messages?channel=SMS").ok()["messages"] == []
    assert client.get("/api/v1/users/nobody/messages").status == 404


def test_giving_out_all_about_somebody_stands_in_the_audit_log(server, project):
    user = project.retenshun.post("/api/v1/users", {"id": "ann"}).ok()
    project.retenshun.get("/api/v1/users/ann/export").ok()
    (entry,) = server.write(
        lambda tx: list_audit(tx, project.id, AuditFilter(act="contact.exported"))
    )
    assert entry.actor == f"key {project.secret.key.prefix}"
    assert entry.details == {"contact": user["contactId"]}
