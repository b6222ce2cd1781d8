"""The main job in Reteno words: contacts, events with parameters, single mails and their state."""

from email import message_from_bytes, policy
from uuid import UUID

import pytest

from support.http import basic
from support.server import eventually, now


def a_workflow(project, event_name):
    """Store a template and the workflow that sends it when an event comes in."""
    template = project.retenshun.post(
        "/api/v1/templates",
        {
            "name": "Discount",
            "channel": "EMAIL",
            "subject": "{{ firstName }}, {{ discount }}",
            "body": '<p>Your discount is {{ discount }}: <a href="{{ link }}">look</a></p>',
        },
    ).ok()
    project.retenshun.post(
        "/api/v1/automations",
        {
            "name": "Discount",
            "triggerType": "EVENT",
            "triggerEvent": event_name,
            "active": True,
            "steps": [{"type": "SEND_EMAIL", "templateId": template["id"]}],
        },
    ).ok()


@pytest.mark.parametrize("path", ["/api/v1/account/info", "/api/v1/account/info/"])
@pytest.mark.parametrize("user", ["any", "", "ann@example.com"])
def test_account_info_tells_whose_key_it_is(server, project, path, user):
    client = server.client(authorization=basic(project.secret.secret, user))
    assert client.get(path).ok() == {
        "userEmail": f"api-user{project.secret.key.id}",
        "organisationName": "Tests",
        "orgId": project.id,
    }


@pytest.mark.parametrize("path", ["/api/v1/event", "/api/v2/event", "/api/v1/event/"])
def test_an_event_of_either_version_sends_the_mail_within_a_second(server, project, path):
    a_workflow(project, "testEvent")
    address = project.address()
    contact = project.reteno.post(
        "/api/v1/contact",
        {"firstName": "Ann", "channels": [{"type": "email", "value": address}]},
    ).ok()

    began = now()
    reply = project.reteno.post(
        path,
        {
            "eventTypeKey": "testEvent",
            "keyValue": address,
            "params": [
                {"name": "discount", "value": "5%"},
                {"name": "link", "value": "https://shop.example.com/sale"},
            ],
        },
    )

    assert (reply.status, reply.body) == (200, b"")
    mail = server.mails_to(address)[0]
    assert (mail.at - began).total_seconds() < 1
    content = message_from_bytes(mail.content, policy=policy.default)
    assert content["subject"] == "Ann, 5%"
    assert "look <https://shop.example.com/sale>" in content.get_body(("plain",)).get_content()
    listed = project.retenshun.get("/api/v1/messages").ok()["messages"]
    assert [message["userId"] for message in listed] == [f"contact_{contact['id']}"]


def test_an_event_about_somebody_unknown_makes_the_contact(server, project):
    a_workflow(project, "create_contact")
    address = project.address()

    project.reteno.post(
        "/api/v2/event",
        {
            "eventTypeKey": "create_contact",
            "keyValue": "site@com.net",
            "params": [
                {"name": "email", "value": address},
                {"name": "phone", "value": "380501234567"},
                {"name": "externalCustomerId", "value": "AV13760"},
                {"name": "json", "value": {"profileInputs": [{"profileInputId": 10001}]}},
            ],
        },
    ).ok()

    server.mails_to(address)
    user = project.retenshun.get("/api/v1/users/AV13760").ok()
    assert (user["email"], user["phone"]) == (address, "380501234567")


def test_a_single_mail_goes_out_and_its_state_can_be_asked(server, project):
    address, second = project.address(), project.address()

    sent = project.reteno.post(
        "/api/v1/message/email",
        {
            "from": '"Shop" <info@shop.example.com>',
            "subject": "Hi {{ untouched }}",
            "htmlText": "<p>Hi</p>",
            "emails": [address],
        },
    ).ok()
    row = sent["results"]
    request_id = row["requestId"]
    assert sent["id"] == "0"
    assert str(UUID(request_id)) == request_id
    assert row == {"id": "0", "locator": address, "status": "OK", "requestId": request_id}

    mail = server.mails_to(address)[0]
    content = message_from_bytes(mail.content, policy=policy.default)
    assert content["from"] == "Shop <info@shop.example.com>"
    assert content["subject"] == "Hi {{ untouched }}"
    assert mail.sender == "info@shop.example.com"

    def state(*ids):
        return project.reteno.get("/api/v1/message/status", ids=",".join(ids)).ok()["results"]

    eventually(lambda: state(request_id)["status"] == "DELIVERED", "the mail to be delivered")
    told = {
        "status": "DELIVERED",
        "requestId": request_id,
        "failed": "false",
        "delivered": "true",
    }
    assert state(request_id) == told

    two = project.reteno.post(
        "/api/v1/message/email",
        {
            "from": "info@shop.example.com",
            "subject": "Hi",
            "htmlText": "<p>Hi</p>",
            "plainText": "Hi in words",
            "emails": [second, "nobody"],
        },
    ).ok()["results"]
    assert two[1] == {
        "id": "0",
        "locator": "nobody",
        "status": "ERROR",
        "message": "nobody is not valid email",
    }
    plain = message_from_bytes(server.mails_to(second)[0].content, policy=policy.default)
    assert plain.get_body(("plain",)).get_content().strip() == "Hi in words"
    eventually(
        lambda: state(two[0]["requestId"])["status"] == "DELIVERED", "the second to be delivered"
    )
    both = state(request_id, two[0]["requestId"])
    assert both == [told, {**told, "requestId": two[0]["requestId"]}]
    assert state("3ff28330-f8ef-4636-92ac-86345c16995e") == []
