"""The Python package `ok-esputnik`, unchanged: every method it has, against a running server."""

import json
import subprocess
import sys

SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from esputnik.esputnik import ESputnikAPIAdaptor

url, key, calls = json.load(sys.stdin)
client = ESputnikAPIAdaptor(user="any", password=key, host=url + "/api/")
told = []
for name, args in calls:
    reply = getattr(client, name)(*args)
    data = reply.data.decode() if isinstance(reply.data, bytes) else reply.data
    told.append([reply.status_code, data])
print(json.dumps(told))
"""


def call(folder, project, *calls):
    """Call methods of the client in a process of its own; gives statuses and what came back."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(folder)],
        check=False,
        input=json.dumps([project.server.url, project.secret.secret, calls]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def contact(address, **more):
    return {
        "first_name": "John",
        "last_name": "Dou",
        "channels": [{"type": "email", "value": address}],
        "address": {"region": "R", "town": "T", "address": "A", "postcode": "1"},
        **more,
    }


def test_account_and_catalogue(python_client, project):
    version, info, books, balance = call(
        python_client,
        project,
        ["version", []],
        ["account_info", []],
        ["addressbooks", []],
        ["balance", []],
    )
    assert (version[0], version[1]["protocolVersion"]) == (200, "1.0")
    assert info[1]["organisationName"] == "Tests"
    assert books[1]["addressBook"]["fieldGroups"]["fields"][0]["name"] == "Birthday"
    assert balance == [200, {**balance[1], "currentBalance": 0.0}]


def test_contacts(python_client, project):
    address, other = project.address(), project.address()
    added, subscribed, bulk, upload = call(
        python_client,
        project,
        ["add_contact", [contact(address, groups=[{"name": "Test group"}])]],
        ["contact_subscribe", [{"contact": contact(other), "groups": ["Subscribers"]}]],
        [
            "add_contacts",
            [
                {
                    "contacts": [contact(address)],
                    "contact_fields": ["firstName", "town"],
                    "group_names": ["Imported"],
                }
            ],
        ],
        [
            "contacts_upload",
            [
                {
                    "dedupe_on": "email",
                    "link": "https://files.example.com/contacts.csv",
                    "group_names": ["Imported"],
                }
            ],
        ],
    )
    number = added[1]["id"]
    assert (added[0], subscribed[0], bulk[0], upload[0]) == (200, 200, 200, 200)
    assert (subscribed[1]["emailStatus"], subscribed[1]["new"]) == ("NEED_CONFIRMATION", True)
    assert (bulk[1]["id"], bulk[1]["failedContacts"]) == (0, [])
    assert upload[1]["valid"] is True
    groups = call(python_client, project, ["groups", []])[0][1]
    imported = next(group["id"] for group in groups if group["name"] == "Imported")
    read, updated, found, members, emptied, gone, unknown = call(
        python_client,
        project,
        ["get_contact", [str(number)]],
        ["update_contact", [str(number), contact(address, first_name="Johny")]],
        ["get_contacts", [{"email": address, "start_index": 1, "max_rows": 10}]],
        ["group_contacts", [imported]],
        ["group_contacts_detach", [imported]],
        ["delete_contact", [str(number)]],
        ["get_contact", [str(number)]],
    )
    assert read[1]["groups"][0]["name"] == "Test group"
    assert updated == [200, f"Contact with id='{number}' has been updated"]
    assert [one["firstName"] for one in found[1]] == ["Johny"]
    assert [one["id"] for one in members[1]] == [number]
    # It sends no body at all, and that is not taken for "everybody".
    assert emptied[0] == 400
    assert gone == [200, f"Contact with id='{number}' has been deleted"]
    assert unknown[0] == 404


def test_unsubscribing_events_and_orders(python_client, project):
    address = project.address()
    order = {
        "id": "1",
        "user_id": "u",
        "total_cost": 10.0,
        "date": "2026-01-01T10:00:00",
        "email": address,
        "items": [
            {
                "id": "i",
                "name": "N",
                "quantity": 1,
                "cost": 10.0,
                "url": "https://shop.example.com",
                "image_url": "https://shop.example.com/i.png",
                "category": "c",
            }
        ],
    }
    event = {
        "event_type_key": "seen",
        "key_value": address,
        "params": [{"name": "price", "value": 7}],
    }
    told = call(
        python_client,
        project,
        ["emails_unsubscribed_add", [address]],
        ["emails_unsubscribed_delete", [[address]]],
        ["event", [event]],
        ["orders", [{"orders": [order]}]],
    )
    assert told == [[200, ""]] * 4
    events = project.retenshun.get("/api/v1/events").ok()["events"]
    assert [one["eventName"] for one in events] == ["orderINITIALIZED", "seen"]


def test_messages(python_client, server, project):
    stored = {"name": "M", "from": "a@example.com", "subject": "S", "htmlText": "<p>$!name</p>"}
    made = str(project.reteno.post("/api/v1/messages/email", stored).ok()["id"])
    one, two, three = (project.address() for _ in range(3))
    words = {
        "from": "a@example.com",
        "subject": "S",
        "html_text": "<p>H</p>",
        "plain_text": "H",
        "emails": [three],
    }
    viber = {
        "text": "Hi",
        "caption": "Look",
        "action": "https://shop.example.com",
        "img": "https://shop.example.com/i.png",
        "ios_expirity_text": "late",
        "from": "SHOP",
        "phone_numbers": ["380942583691"],
    }
    sms = {"from": "SHOP", "text": "Hi", "phone_numbers": ["380942583691"]}
    sent = call(
        python_client,
        project,
        ["message_send", [made, {"params": [{"key": "name", "value": "A"}], "recipients": [one]}]],
        [
            "message_smartsend",
            [made, {"recipients": [{"locator": two, "json_param": '{"name": "B"}'}]}],
        ],
        ["message_email", [words]],
        ["message_sms", [sms]],
        ["message_viber", [viber]],
    )
    assert [status for status, _ in sent] == [200] * 5
    ids = [told["results"]["requestId"] for _, told in sent]
    ((status, told),) = call(python_client, project, ["message_status", [ids]])
    assert status == 200
    assert [row["requestId"] for row in told["results"]] == ids
    assert b"A" in server.mails_to(one)[0].content
