"""Segments over HTTP: by rules and as lists, counted, explained, and what they start."""

import time

import pytest

from beckon.kit.ids import new_uuid
from support.server import eventually

GOLD = [{"field": "plan", "operator": "eq", "value": "gold"}]
BOUGHT = [{"event": "purchase", "operator": "gte", "value": 2, "within": "30d"}]


@pytest.fixture(autouse=True)
def ready(project):
    """The analytics engine of a server just started takes a moment to answer."""

    def answers():
        return estimate(project, GOLD).status == 200

    eventually(answers, "the analytics store", within_seconds=30)


@pytest.fixture
def people(project):
    """Three people whose plans are gold, gold and free."""
    for name, plan in (("ann", "gold"), ("bob", "gold"), ("cid", "free")):
        body = {"id": name, "properties": {"plan": plan}}
        assert project.retenshun.post("/api/v1/users", body).status == 200
    return project


def estimate(project, rules):
    return project.retenshun.post("/api/v1/segments/estimate", {"rules": rules})


def make(project, rules=None, name="A segment", **more):
    more = more or {"rules": rules}
    reply = project.retenshun.post("/api/v1/segments", {"name": name, **more})
    assert reply.status == 200, reply.json()
    return reply.json()


def read(project, made):
    return project.retenshun.get(f"/api/v1/segments/{made['id']}").json()


def wait_for(project, made, members):
    """Wait until a segment is computed and so many are in it."""

    found = {}

    def is_there():
        found.update(read(project, made))
        return (found["status"], found["userCount"]) == ("READY", members)

    eventually(is_there, f"{members} members")
    return found


def members(project, made, **query):
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return project.retenshun.get(f"/api/v1/segments/{made['id']}/users?{asked}").json()


def test_the_documented_segment(project):
    rules = [{"field": "sessionCount", "operator": "gte", "value": 10}]
    body = {"name": "Power Users", "description": "Users with 10+ sessions", "rules": rules}
    made = project.retenshun.post("/api/v1/segments", body).json()
    assert made["id"].startswith("seg_")
    assert (made["name"], made["rules"], made["type"]) == ("Power Users", rules, "DYNAMIC")
    listed = project.retenshun.get("/api/v1/segments").json()
    assert [(one["id"], one["userCount"]) for one in listed["segments"]] == [(made["id"], 0)]
    path = f"/api/v1/segments/{made['id']}"
    changed = project.retenshun.put(path, {"name": "Super Users"}).json()
    assert (changed["id"], changed["name"], changed["rules"]) == (made["id"], "Super Users", rules)
    assert project.retenshun.delete(path).json() == {"deleted": True}
    assert project.retenshun.get(path).status == 404


def test_an_estimate_equals_the_segment_made_with_its_rules(people):
    eventually(lambda: estimate(people, GOLD).json() == {"estimatedCount": 2}, "an estimate of 2")
    made = make(people, GOLD)
    assert wait_for(people, made, 2)["pending"] is None
    assert [user["id"] for user in members(people, made)["users"]] == ["ann", "bob"]


def test_a_property_that_nobody_has_is_allowed_and_told(people):
    rules = [{"field": "plann", "operator": "eq", "value": "gold"}, *GOLD]
    reply = estimate(people, rules)
    assert reply.status == 200
    assert reply.json()["estimatedCount"] == 0
    assert "'plann'" in reply.json()["hint"]


def test_what_happens_lets_people_in_within_seconds_and_starts_their_automation(project):
    made = make(project, BOUGHT)
    template = project.retenshun.post(
        "/api/v1/templates",
        {"name": "T", "channel": "EMAIL", "subject": "Thank you", "body": "Again!"},
    ).json()
    automation = project.retenshun.post(
        "/api/v1/automations",
        {
            "name": "A",
            "triggerType": "SEGMENT_ENTER",
            "segmentId": made["id"],
            "active": True,
            "steps": [{"type": "SEND_EMAIL", "templateId": template["id"]}],
        },
    )
    assert automation.status == 200, automation.json()
    address = project.address()
    wait_for(project, made, 0)
    began = time.monotonic()
    body = {"id": "ann", "email": address}
    assert project.retenshun.post("/api/v1/users", body).status == 200
    for _ in range(2):
        body = {"userId": "ann", "eventName": "purchase", "properties": {"total": 5}}
        assert project.retenshun.post("/api/v1/events", body).status == 200
    (mail,) = project.server.mails_to(address)
    assert b"Again!" in mail.content
    assert time.monotonic() - began < 8
    assert wait_for(project, made, 1)
    (member,) = members(project, made)["users"]
    assert member["id"] == "ann"
    assert member["segmentSince"]
    in_use = project.retenshun.delete(f"/api/v1/segments/{made['id']}")
    assert in_use.status == 409
    assert automation.json()["id"] in in_use.json()["message"]


def test_a_list_takes_people_and_lets_them_go(people):
    made = make(people, type="STATIC", name="Friends")
    assert (made["type"], made["status"], made["rules"]) == ("STATIC", "READY", [])
    path = f"/api/v1/segments/{made['id']}/users"
    reply = people.retenshun.post(path, {"userIds": ["ann", "nobody", "cid"]}).json()
    assert (reply["status"], reply["accepted"]) == ("ok", 2)
    assert [one["index"] for one in reply["rejected"]] == [1]
    assert people.retenshun.post(path, {"userIds": ["ann"]}).json()["accepted"] == 1
    assert read(people, made)["userCount"] == 2
    told = people.retenshun.get(f"/api/v1/segments/{made['id']}/explain?userId=bob").json()
    assert (told["holds"], told["isMember"]) == (False, False)
    of_user = people.retenshun.get("/api/v1/users/ann/segments").json()
    assert of_user == {"segments": [{"id": made["id"], "name": "Friends"}]}
    removed = people.retenshun.request("DELETE", path, {"userIds": ["ann", "bob"]})
    assert removed.json() == {"deleted": True}
    assert [user["id"] for user in members(people, made)["users"]] == ["cid"]


def test_members_come_by_page_and_by_cursor(people):
    made = make(people, type="STATIC", name="All")
    body = {"userIds": ["ann", "bob", "cid"]}
    people.retenshun.post(f"/api/v1/segments/{made['id']}/users", body)
    first = members(people, made, limit=2)
    assert [user["id"] for user in first["users"]] == ["ann", "bob"]
    assert (first["total"], first["page"]) == (3, 1)
    rest = members(people, made, limit=2, cursor=first["nextCursor"])
    assert [user["id"] for user in rest["users"]] == ["cid"]
    assert rest["nextCursor"] is None
    second = members(people, made, limit=2, page=2)
    assert [user["id"] for user in second["users"]] == ["cid"]


def test_rules_are_explained_with_what_decided(people):
    rules = [*GOLD, {"combinator": "or", "rules": [{"event": "purchase"}, {"event": "seen"}]}]
    asked = {"rules": rules, "userId": "ann"}
    told = people.retenshun.post("/api/v1/segments/explain", asked).json()
    assert (told["userId"], told["holds"], told["isMember"]) == ("ann", False, None)
    plan, group = told["explanation"]["parts"]
    assert (plan["holds"], plan["found"], plan["rule"]) == (True, "gold", GOLD[0])
    assert [part["found"] for part in group["parts"]] == [0, 0]
    made = make(people, GOLD)
    wait_for(people, made, 2)
    told = people.retenshun.get(f"/api/v1/segments/{made['id']}/explain?userId=cid").json()
    assert (told["holds"], told["isMember"]) == (False, False)
    assert told["explanation"]["parts"][0]["found"] == "free"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"rules": []}, "rules"),
        ({}, "rules"),
        ({"rules": None}, "rules"),
        ({"rules": [{"field": "plan", "operator": "is", "value": 1}]}, "rules[0].operator"),
        ({"rules": [{"field": "plan"}]}, "rules[0]"),
        ({"rules": [{"event": "a", "within": 30}]}, "rules[0].within"),
        ({"rules": [{"combinator": "xor", "rules": GOLD}]}, "rules[0].combinator"),
        ({"rules": GOLD, "type": "STATIC"}, "rules"),
        ({"rules": GOLD, "type": "OTHER"}, "type"),
        ({"rules": [{"segment": 999}]}, "rules"),
        ({"rules": GOLD, "name": " "}, "name"),
    ],
)
def test_a_segment_that_cannot_be_is_refused_with_its_place(project, body, path):
    reply = project.retenshun.post("/api/v1/segments", {"name": "S", **body})
    assert reply.status == 400
    assert path in reply.json()["message"]
    assert project.retenshun.get("/api/v1/segments").json()["total"] == 0


def test_people_of_a_segment_with_rules_are_not_put_there_by_hand(people):
    made = make(people, GOLD)
    path = f"/api/v1/segments/{made['id']}/users"
    assert people.retenshun.post(path, {"userIds": ["cid"]}).status == 400
    assert people.retenshun.request("DELETE", path, {"userIds": ["ann"]}).status == 400
    listed = make(people, type="STATIC", name="L")
    path = f"/api/v1/segments/{listed['id']}/users"
    assert people.retenshun.post(path, {"userIds": []}).status == 400
    assert people.retenshun.request("DELETE", path, {"userIds": []}).status == 400


def test_a_segment_another_is_about_stays(people):
    inner = make(people, GOLD)
    number = int(inner["id"].removeprefix("seg_"))
    outer = make(people, [{"segment": number}, {"field": "id", "operator": "eq", "value": "ann"}])
    wait_for(people, outer, 1)
    reply = people.retenshun.delete(f"/api/v1/segments/{inner['id']}")
    assert reply.status == 409
    assert outer["id"] in reply.json()["message"]


def test_another_project_sees_nothing_of_it(people, other):
    made = make(people, GOLD)
    assert other.retenshun.get(f"/api/v1/segments/{made['id']}").status == 404
    assert other.retenshun.get("/api/v1/segments").json()["total"] == 0
    assert estimate(other, GOLD).json()["estimatedCount"] == 0


def test_an_unknown_user_is_explained_to_nobody(people):
    asked = {"rules": GOLD, "userId": str(new_uuid())}
    assert people.retenshun.post("/api/v1/segments/explain", asked).status == 404
