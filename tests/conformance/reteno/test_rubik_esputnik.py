"""The npm package `rubik-esputnik`, unchanged: every method it has, against a running server."""

import json
import subprocess

SCRIPT = """
const Esputnik = require('rubik-esputnik');
const [host, password, calls, dictionary] = JSON.parse(require('fs').readFileSync(0));
const client = new Esputnik({ host, password, username: 'any', version: 'v1' });
client.up({ config: { get: () => ({ dictionaries: { default: dictionary } }) } });
const find = (name) => name.split('.').reduce((found, part) => found[part], client);
(async () => {
  const told = [];
  for (const [name, ...args] of calls) {
    const call = find(name);
    told.push(await call.apply(client, args).catch((fault) => ({ error: fault.message })));
  }
  console.log(JSON.stringify(told));
})();
"""


def call(folder, project, *calls, dictionary=None):
    """Call methods of the client in a process of its own; gives what came back."""
    done = subprocess.run(
        ["node", "-e", SCRIPT],
        check=False,
        input=json.dumps([project.server.url, project.secret.secret, calls, dictionary or {}]),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def contact(address):
    return {"channels": [{"type": "email", "value": address}]}


def test_account_and_contacts(node_client, project):
    one, two, three = (project.address() for _ in range(3))
    upload = {"dedupeOn": "email", "link": "https://files.example.com/contacts.csv"}
    info, added, bulk, uploaded = call(
        node_client,
        project,
        ["account.info"],
        ["contact", contact(one)],
        ["contacts", {"contacts": [contact(two)], "dedupeOn": "email"}],
        ["contacts.upload", upload],
    )
    assert info["userEmail"].startswith("api-user")
    assert bulk["id"] == 0
    assert uploaded["valid"] is True
    updated, refused, subscribed = call(
        node_client,
        project,
        ["contact.id", {**contact(one), "firstName": "Ann"}, {"id": added["id"]}],
        ["contact", {"channels": []}],
        # What it lists as contact.subscribe it overwrites itself with `contact`; the way is there.
        ["request", {"path": "contact/subscribe", "body": {"contact": contact(three)}}],
    )
    assert updated == {"result": f"Contact with id='{added['id']}' has been updated"}
    assert "channels must hold" in refused["error"]
    assert subscribed["emailStatus"] == "NEED_CONFIRMATION"


def test_fields_by_its_dictionary(node_client, project):
    address = project.address()
    group = project.reteno.get("/api/v1/addressbooks").ok()["addressBook"]["fieldGroups"]
    ids = {field["name"].lower(): field["id"] for field in group["fields"]}
    told = {**contact(address), "fields": {"birthday": "10.10.1990", "gender": "M"}}
    (taken,) = call(node_client, project, ["addContact", {"contacts": [told]}], dictionary=ids)
    assert taken["failedContacts"] == []
    (found,) = project.reteno.get("/api/v1/contacts", email=address).ok()
    assert [field["value"] for field in found["fields"]] == ["1990-10-10", "M"]


def test_messages_orders_events_and_unsubscribing(node_client, server, project):
    stored = {"name": "M", "from": "a@example.com", "subject": "S", "htmlText": "<p>$!name</p>"}
    made = project.reteno.post("/api/v1/messages/email", stored).ok()["id"]
    one, two = project.address(), project.address()
    order = {
        "externalOrderId": "1",
        "totalCost": 10,
        "status": "DELIVERED",
        "date": "2026-01-01T10:00:00",
        "currency": "UAH",
        "email": one,
    }
    told = call(
        node_client,
        project,
        [
            "message.email",
            {"from": "a@example.com", "subject": "S", "htmlText": "H", "emails": [one]},
        ],
        ["message.sms", {"from": "SHOP", "text": "Hi", "phoneNumbers": ["380942583691"]}],
        ["message.id.send", {"recipients": [one]}, {"id": made}],
        [
            "message.id.smartsend",
            {"recipients": [{"locator": two, "jsonParam": '{"name": "Bo"}'}]},
            {"id": made},
        ],
        ["orders", {"orders": [order]}],
        ["event", {"eventTypeKey": "seen", "keyValue": one, "params": []}],
        ["emails.unsubscribed.add", {"emails": [one]}],
        ["emails.unsubscribed.delete", {"emails": [one]}],
    )
    assert [row["results"]["status"] for row in told[:4]] == ["OK"] * 4
    assert told[4:] == [{"result": ""}] * 4
    assert b"Bo" in server.mails_to(two)[0].content
