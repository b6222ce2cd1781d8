"""Contacts over the Reteno vocabulary beyond one call: fields, devices, search, deletion."""

import pytest

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import FieldKind
from support.like import NUMBER
from support.server import now


@pytest.fixture
def client(project):
    """Speak with the secret key as the password."""
    return project.reteno


def add(client, email, **more):
    words = {"channels": [{"type": "email", "value": email}], **more}
    return client.post("/api/v1/contact", words).ok()["id"]


def test_the_catalogue_begins_with_two_fields_quoted_and_collapsed(client, project):
    book = client.get("/api/v1/addressbooks").ok()["addressBook"]
    group = book["fieldGroups"]
    ids = [field["id"] for field in group["fields"]]
    assert all(isinstance(one, str) and one.isdecimal() for one in ids)
    described = {"required": "false", "readonly": "false"}
    assert book == {
        "addressBookId": str(project.id),
        "name": "Main",
        "fieldGroups": {
            "name": "Personal",
            "profileKey": "PERSONAL",
            "fields": [
                {
                    "id": ids[0],
                    "name": "Birthday",
                    "fieldKey": "BIRTHDAY",
                    "description": {"type": "date", **described},
                },
                {
                    "id": ids[1],
                    "name": "Gender",
                    "fieldKey": "GENDER",
                    "description": {
                        "type": "combobox",
                        **described,
                        "allowedValues": {"possibleValues": ["M", "F"]},
                    },
                },
            ],
        },
    }
    assert client.get("/api/v1/addressbooks").ok()["addressBook"] == book


def test_fields_are_read_as_their_kind_wants_them(client, project):
    def keep(tx):
        for key, kind, allowed in (
            ("SIZE", FieldKind.NUMBER, ()),
            ("LIKES", FieldKind.CHOICES, ("tea", "cake")),
        ):
            contacts.keep_field(
                tx, project.id, key=key, label=key, kind=kind, allowed=allowed, now=now()
            )
        return contacts.begin_fields(tx, project.id, now())

    ids = {field.key: field.id for field in project.server.write(keep)}
    fields = [{"id": str(ids["SIZE"]), "value": " 42 "}, {"id": ids["LIKES"], "value": "tea, cake"}]
    made = add(client, project.address(), fields=fields)
    assert client.get(f"/api/v1/contact/{made}").ok()["fields"] == [
        {"id": ids["SIZE"], "value": "42"},
        {"id": ids["LIKES"], "value": "tea,cake"},
    ]
    for field, value, rule in (
        ("SIZE", "4.5", "must be a whole number of 32 bits."),
        ("SIZE", "2147483648", "must be a whole number of 32 bits."),
        ("LIKES", "tea,coffee", "'coffee' is none of tea, cake."),
    ):
        words = {"fields": {"id": ids[field], "value": value}}
        reply = client.put(f"/api/v1/contact/{made}", words)
        assert reply.status == 400
        assert rule in reply.json()["message"]


def test_lists_are_begun_by_who_is_put_on_them_and_devices_are_channels(client, project):
    device = {"appId": "app-1", "os": "iOS 17", "deviceModel": "iPhone", "active": True}
    channels = [
        {"type": "email", "value": project.address()},
        {"type": "mobilepush", "value": f"token-{project.id}", "device": device},
    ]
    words = {"channels": channels, "groups": {"name": "Friends"}, "contactKey": 77}
    made = client.post("/api/v1/contact", words).ok()["id"]
    (group,) = client.get("/api/v1/groups", name="friend").ok()
    assert group == {"id": NUMBER, "name": "Friends", "type": "Static"}
    shown = client.get(f"/api/v1/contact/{made}").ok()
    assert shown["channels"] == channels
    assert shown["groups"] == [{"id": group["id"], "name": "Friends", "type": "Static"}]
    assert shown["contactKey"] == "77"


def test_put_changes_says_so_in_bare_words_and_brings_the_deleted_back(client, project):
    made = add(client, project.address(), firstName="Ann")
    path = f"/api/v1/contact/{made}"
    reply = client.put(path, {"lastName": "Lee", "contact": {}, "formType": None})
    assert reply.ok_text() == f"Contact with id='{made}' has been updated"
    assert client.delete(path).ok_text() == f"Contact with id='{made}' has been deleted"
    assert client.get(path).status == 404
    client.put(path, {"firstName": "Anna"}).ok_text()
    assert client.get(path).ok()["lastName"] == "Lee"
    assert client.put("/api/v1/contact/999999", {"firstName": "x"}).status == 404


def test_who_is_erased_does_not_come_back(client, project):
    address = project.address()
    made = add(client, address, externalCustomerId="gone")
    reply = client.request("DELETE", "/api/v1/contact?externalCustomerId=gone&erase=true", b"[]")
    assert reply.ok_text() == f"Contact with id='{made}' has been deleted"
    assert client.put(f"/api/v1/contact/{made}", {"firstName": "x"}).status == 404
    again = client.delete("/api/v1/contact?externalCustomerId=gone")
    assert (again.status, "not found" in again.json()["message"]) == (404, True)


def test_contacts_are_found_by_what_they_are_and_counted(client, project):
    one, two = project.address(), project.address()
    ann = add(client, one, firstName="Ann", externalCustomerId="a")
    bob = add(client, two, firstName="Bob", externalCustomerId="b")
    reply = client.get("/api/v1/contacts")
    assert [row["id"] for row in reply.ok()] == [ann, bob]
    assert reply.headers["TotalCount"] == "2"
    for query, found in (
        ({"email": one.upper()}, [ann]),
        ({"externalCustomerId": "b"}, [bob]),
        ({"firstname": "Bob"}, [bob]),
        ({"firstname": "Bob", "email": one}, []),
        ({"startindex": 2, "maxrows": 1}, [bob]),
        ({"email": ""}, [ann, bob]),
    ):
        assert [row["id"] for row in client.get("/api/v1/contacts", **query).ok()] == found
    for query in ({"startindex": 0}, {"maxrows": 501}, {"maxrows": "x"}, {"email": "nobody"}):
        assert client.get("/api/v1/contacts", **query).status == 400


def test_one_address_stands_alone_and_several_in_a_list(client, project):
    one, two = project.address(), project.address()
    ann, bob = add(client, one), add(client, two)
    path = "/api/v1/contacts/email"
    assert client.get(path, ids=ann).ok() == {"results": {"contactId": ann, "email": one}}
    both = [{"contactId": ann, "email": one}, {"contactId": bob, "email": two}]
    assert client.get(path, ids=f"{ann},{bob},999999").ok() == {"results": both}
    assert client.get(f"{path}?ids={ann}&ids={bob}").ok() == {"results": both}
    assert client.get(path, ids="x").status == 400


def test_people_are_put_on_lists_and_taken_off(client, project):
    ann = add(client, project.address(), groups=[{"name": "L"}], externalCustomerId="ann")
    bob = add(client, project.address(), externalCustomerId="bob")
    (group,) = client.get("/api/v1/groups").ok()
    path = f"/api/v1/group/{group['id']}/contacts"
    done = f"Segment with id='{group['id']}' has been updated"
    assert client.post(f"{path}/attach", {"externalCustomerIds": "bob"}).ok_text() == done
    reply = client.get(path, orderByTs="true", asc="false")
    assert [one["id"] for one in reply.ok()] == [bob, ann]
    assert reply.headers["TotalCount"] == "2"
    for body in (
        {},
        {"contactIds": [ann, 10**9]},
        {"contactIds": [ann], "externalCustomerIds": "b"},
    ):
        assert client.post(f"{path}/attach", body).status == 400
    assert client.post(f"{path}/detach", b"").status == 400, "no body empties nothing"
    assert client.post(f"{path}/detach", {"contactIds": str(ann)}).ok_text() == done
    assert [one["id"] for one in client.get(path).ok()] == [bob]
    client.post(f"{path}/detach", {}).ok_text()
    assert client.get(path).ok() == []
