"""Many contacts at once: which fail and why, who is meant, what becomes of everybody."""

import json

from support.like import NUMBER


def contact(email, **more):
    return {"channels": [{"type": "email", "value": email}], **more}


def send(project, contacts, **more):
    return project.reteno.post("/api/v1/contacts", {"contacts": contacts, **more})


def find(project, **query):
    return project.reteno.get("/api/v1/contacts", **query).ok()


def test_of_three_thousand_three_bad_ones_are_named_and_the_rest_is_kept(project):
    contacts = [contact(f"p{n}.{project.id}@example.com", firstName=f"P{n}") for n in range(3000)]
    contacts[7]["channels"][0]["value"] = "nobody"
    contacts[1500] = {"channels": [], "firstName": "Nobody"}
    contacts[2999]["fields"] = [{"id": 10**9, "value": "x"}]
    taken = send(project, contacts, dedupeOn="email", customFieldsIDs=[10**9]).ok()
    failed = taken["failedContacts"]
    assert [one["error"].partition("]")[0] for one in failed] == [
        "contacts[7",
        "contacts[1500",
        "contacts[2999",
    ]
    assert failed[0]["channels"] == contacts[7]["channels"]
    assert "is not an e-mail address" in failed[0]["error"]
    assert failed[1]["error"] == "contacts[1500].channels must hold at least one channel."
    assert "there is no additional field 1000000000" in failed[2]["error"]
    assert taken["id"] == 0
    reply = project.reteno.get("/api/v1/contacts", maxrows=1)
    assert reply.headers["TotalCount"] == "2997"
    session = project.reteno.get(f"/api/v1/importstatus/{taken['asyncSessionId']}").ok()
    assert session["status"] == "FINISHED"
    assert len(session["mapping"]) == 2997
    row = session["mapping"][0]
    assert row == {"dedupeValue": f"p0.{project.id}@example.com", "contactId": NUMBER}
    assert project.reteno.get(f"/api/v1/contact/{row['contactId']}").ok()["firstName"] == "P0"
    again = send(project, contacts[:3], dedupeOn="email").ok()
    assert again["failedContacts"] == []
    assert project.reteno.get("/api/v1/contacts").headers["TotalCount"] == "2997"


def test_one_failed_contact_stands_alone(project):
    taken = send(project, [contact("x")]).ok()
    assert taken["failedContacts"] == {
        **contact("x"),
        "error": taken["failedContacts"]["error"],
    }


def test_a_broken_envelope_stores_nothing(project):
    good = contact(project.address())
    for body, names in (
        ({"contacts": []}, "contacts must hold 1 to 3000"),
        ({"contacts": [good] * 3001}, "contacts must hold 1 to 3000"),
        ({}, "contacts is required"),
        ({"contacts": [good], "dedupeOn": "name"}, "dedupeOn must be one of"),
        ({"contacts": [good], "customFieldsIDs": ["x"]}, "customFieldsIDs[0] must be a number"),
        ({"contacts": [good], "contactFields": ["age"]}, "contactFields[0] must be one of"),
        ({"contacts": [good], "groupNames": ["ok", " "]}, "groupNames[1]"),
        ({"contacts": [good], "eventKeyForNewContacts": "a/b"}, "must not hold /"),
    ):
        reply = project.reteno.post("/api/v1/contacts", body)
        assert reply.status == 400, names
        assert names in reply.json()["message"]
    assert find(project) == []


def test_who_is_meant(project):
    """The documented rules a to e."""
    shared, other = project.address(), project.address()
    client = project.reteno
    plain = client.post("/api/v1/contact", contact(shared)).ok()["id"]
    send(project, [contact(shared, externalCustomerId="a")], dedupeOn="email").ok()
    assert [one["id"] for one in find(project, externalCustomerId="a")] == [plain], "a"
    send(project, [contact(shared, externalCustomerId="b")], dedupeOn="email").ok()
    (b,) = find(project, externalCustomerId="b")
    assert b["id"] != plain, "d: all who have it have other ids"
    send(project, [contact(shared, firstName="Last")], dedupeOn="email").ok()
    assert find(project, firstname="Last")[0]["id"] == b["id"], "b: the one changed last"
    gone = client.post("/api/v1/contact", contact(other)).ok()["id"]
    client.delete(f"/api/v1/contact/{gone}").ok_text()
    taken = send(project, [contact(other)], dedupeOn="email").ok()
    assert "was deleted" in taken["failedContacts"]["error"], "e"
    restoring = send(project, [contact(other)], dedupeOn="email", restoreDeleted=True).ok()
    assert restoring["failedContacts"] == []
    assert find(project, email=other)[0]["id"] == gone


def test_the_same_person_twice_in_a_list_is_one(project):
    address = project.address()
    twice = [
        contact(address, firstName="First"),
        contact(address.upper(), firstName="Second", externalCustomerId="x"),
        {"externalCustomerId": "x", "channels": [], "lastName": "Third"},
    ]
    assert send(project, twice, dedupeOn="email").ok()["failedContacts"] == []
    (found,) = find(project)
    assert (found["firstName"], found["lastName"]) == ("Second", "Third")


def test_who_is_given_an_address_in_a_list_is_known_by_it_further_down(project):
    old, new, shared = project.address(), project.address(), project.address()
    send(project, [contact(old, externalCustomerId="x"), contact(shared)]).ok()
    device = {"channels": [{"type": "mobilepush", "value": "one", "device": {"os": "IOS"}}]}
    moving = [
        contact(new, externalCustomerId="x"),
        contact(new, firstName="Moved"),
        contact(old, firstName="Another"),
        contact(new, lastName="Too"),
    ]
    assert send(project, moving, dedupeOn="email").ok()["failedContacts"] == []
    (moved,) = find(project, email=new)
    assert (moved["externalCustomerId"], moved["firstName"]) == ("x", "Moved")
    assert moved["lastName"] == "Too"
    (another,) = find(project, email=old)
    assert another["firstName"] == "Another"
    twice = [device | {"firstName": "D"}, device | {"lastName": "E"}]
    assert send(project, twice, dedupeOn="push").ok()["failedContacts"] == []
    (owner,) = find(project, firstname="D")
    assert owner["lastName"] == "E"
    assert len(find(project)) == 4


def test_a_browser_is_known_by_its_endpoint_whatever_its_keys(project):
    def browser(keys, **more):
        value = json.dumps({"endpoint": "https://push.example/1", "keys": {"auth": keys}})
        return {"channels": [{"type": "webpush", "value": value}], **more}

    send(project, [browser("old", firstName="D")], dedupeOn="push").ok()
    send(project, [browser("new", lastName="E")], dedupeOn="push").ok()
    (owner,) = find(project)
    assert (owner["firstName"], owner["lastName"]) == ("D", "E")


def test_a_token_that_is_none_costs_only_its_contact(project):
    def phone(token):
        return {"channels": [{"type": "mobilepush", "value": token, "device": {"os": "IOS"}}]}

    sent = [phone("one"), phone('{"endpoint":'), phone('{"endpoint":1}'), phone("two")]
    taken = send(project, sent, dedupeOn="push").ok()
    told = [failed["error"] for failed in taken["failedContacts"]]
    assert [message[: message.index(" ")] for message in told] == [
        "contacts[1].channels[0].value",
        "contacts[2].channels[0].value",
    ]
    assert len(find(project)) == 2


def test_only_fields_that_are_listed_are_written_and_those_without_a_value_are_emptied(project):
    address = project.address()
    send(project, [contact(address, firstName="Ann", lastName="Lee")]).ok()
    change = [contact(address, firstName="Bo", fields=[{"id": 5, "value": "x"}])]
    taken = send(project, change, contactFields=["lastName"]).ok()
    (found,) = find(project)
    assert (found["firstName"], "lastName" in found) == ("Ann", False)
    assert "customFieldsIDs were ignored: 5." in taken["errorMessage"]


def test_lists_and_events_of_those_who_are_new(project):
    old, new = project.address(), project.address()
    client = project.reteno
    made = client.post("/api/v1/contact", {**contact(old), "groups": [{"name": "Out"}]}).ok()["id"]
    wish = {"groupNames": ["In"], "groupNamesExclude": ["Out"], "eventKeyForNewContacts": "came"}
    send(project, [contact(old), contact(new)], **wish).ok()
    groups = {one["name"]: one["id"] for one in client.get("/api/v1/groups").ok()}
    inside = client.get(f"/api/v1/group/{groups['In']}/contacts").ok()
    assert {one["channels"][0]["value"] for one in inside} == {old, new}
    assert client.get(f"/api/v1/group/{groups['Out']}/contacts").ok() == []
    events = project.retenshun.get("/api/v1/events", eventName="came").ok()["events"]
    (event,) = events
    assert event["properties"]["EmailAddress"] == new
    assert event["properties"]["contactId"] != made
