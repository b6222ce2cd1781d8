"""The stories R01 to R38 of the texts that Beckon began with, one by one, in Reteno words.

Each ends in the mail that was received and in what the data behind the dashboard then says.
"""

# ruff: noqa: RUF001 - the texts use a multiplication sign

import json
from email import message_from_bytes, policy

import pytest

from beckon.domain.contacts import queries as contacts
from support.http import basic
from support.server import eventually, now, today

PARAMETER = [{"name": "discount", "value": "5%"}]
FROM = '"Shop" <info@shop.example.com>'


def content(mail):
    return message_from_bytes(mail.content, policy=policy.default)


def words_of(mail):
    return content(mail).get_body(("plain",)).get_content().strip()


def a_message(project, html, subject="Hello"):
    body = {"name": "Stored", "from": FROM, "subject": subject, "htmlText": html}
    return project.reteno.post("/api/v1/messages/email", body).ok()["id"]


def a_workflow(project, event, message_id, **step):
    """Let an event start a mail: builders stand in the dashboard, and in the other vocabulary."""
    steps = [{"type": "SEND_EMAIL", "templateId": f"tpl_{message_id}", **step}]
    words = {"name": event, "triggerType": "EVENT", "triggerEvent": event, "active": True}
    project.retenshun.post("/api/v1/automations", {**words, "steps": steps}).ok()


def events(project, name=None):
    query = {"eventName": name} if name else {}
    return project.retenshun.get("/api/v1/events", **query).ok()["events"]


def states(project):
    """Tell how messages stand, as single reports do."""
    return [one["status"] for one in project.retenshun.get("/api/v1/messages").ok()["messages"]]


def smart_send(project, html, param, address=None):
    """Send one mail with data and give it as it came."""
    address = address or project.address()
    made = a_message(project, html)
    words = {"recipients": [{"locator": address, "jsonParam": param}]}
    reply = project.reteno.post(f"/api/v1/message/{made}/smartsend", words).ok()
    assert reply["results"]["status"] == "OK", reply
    return words_of(project.server.mails_to(address)[0])


def test_r02_add_and_update_users(project):
    address = project.address()
    words = {
        "firstName": "John",
        "lastName": "Smith",
        "channels": [
            {"type": "email", "value": address},
            {"type": "sms", "value": "380942583691"},
        ],
        "externalCustomerId": "12345",
    }
    made = project.reteno.post("/api/v1/contact", words).ok()
    assert project.reteno.post("/api/v1/contact", words).ok() == made
    user = project.retenshun.get("/api/v1/users/12345").ok()
    assert (user["email"], user["phone"]) == (address, "380942583691")


@pytest.mark.parametrize("user", ["any", ""])
@pytest.mark.parametrize("path", ["/api/v1/account/info", "/api/v1/account/info/"])
def test_r03_r04_the_key_is_the_password(server, project, user, path):
    client = server.client(authorization=basic(project.secret.secret, user))
    assert client.get(path).ok()["organisationName"] == "Tests"
    wrong = server.client(authorization=basic("sk_live_wrong", user)).get(path)
    assert (wrong.status, wrong.json()["status"]) == (401, 401)


def test_r05_to_r08_unsubscribing_means_the_address(server, project):
    shared, alone = project.address(), project.address()
    for external, address in (("a", shared), ("b", shared), ("c", alone)):
        words = {
            "externalCustomerId": external,
            "channels": {"type": "email", "value": address},
            "groups": {"name": "Everybody"},
        }
        project.reteno.post("/api/v1/contact", words).ok()
    (group,) = project.reteno.get("/api/v1/groups").ok()
    made = a_message(project, "<p>News</p>")
    add, delete = (f"/api/v1/emails/unsubscribed/{verb}" for verb in ("add", "delete"))
    reply = project.reteno.post(add, {"emails": [shared, "test2@example.com"]})
    assert (reply.status, reply.body) == (200, b"")
    plan = {"messageId": str(made), "groups": [group["id"]]}
    project.reteno.post("/api/v1/broadcast", plan).ok()
    server.mails_to(alone)
    eventually(lambda: states(project).count("suppressed") == 2, "both to be left out")
    project.reteno.post(delete, {"emails": [shared, "never@example.com"]}).ok()
    project.reteno.post("/api/v1/broadcast", plan).ok()
    assert len(server.mails_to(shared, at_least=2)) == 2
    assert project.reteno.post(delete, {"emails": ["..."]}).status == 400


@pytest.mark.parametrize("path", ["/api/v1/event", "/api/v2/event"])
def test_r09_r14_r15_dynamic_content_by_a_workflow(server, project, path):
    address = project.address()
    html = (
        "<p>Your discount is $!data.get('discount')$!data.get('Discount')</p>"
        "<a href=\"$!data.get('link')\">Look</a>"
    )
    a_workflow(project, "testEvent", a_message(project, html))
    target = "https://example.site.com/items_for_sale"
    body = {
        "eventTypeKey": "testEvent",
        "keyValue": address,
        "params": [{"name": "discount", "value": "5%"}, {"name": "link", "value": target}],
    }
    reply = project.reteno.post(path, body)
    assert (reply.status, reply.body) == (200, b"")
    mail = words_of(server.mails_to(address)[0])
    assert "Your discount is 5%" in mail
    assert f"Look <{target}>" in mail
    (event,) = events(project)
    assert event["properties"] == {"discount": "5%", "link": target}
    eventually(lambda: states(project) == ["sent"], "the send to be reported")


def test_r10_dynamic_content_without_a_workflow(server, project):
    made = a_message(
        project,
        "<p>$!data.get('customerData').get('firstName'): "
        "$!data.get('orderData').get(0).get('name')</p>",
    )
    people = {project.address(): ("Ann", "Phone"), project.address(): ("Bob", "Case")}
    recipients = [
        {
            "locator": address,
            "jsonParam": json.dumps(
                {"customerData": {"firstName": name}, "orderData": [{"name": thing}]}
            ),
        }
        for address, (name, thing) in people.items()
    ]
    reply = project.reteno.post(
        f"/api/v1/message/{made}/smartsend",
        {"recipients": [*recipients, {"locator": "bad"}]},
    ).ok()
    assert [row["status"] for row in reply["results"]] == ["OK", "OK", "ERROR"]
    assert reply["results"][2]["message"] == "bad is not valid email"
    for address, (name, thing) in people.items():
        assert words_of(server.mails_to(address)[0]) == f"{name}: {thing}"


def test_r11_condition(project):
    html = "<p>always</p>#if($data.get('field_name').equals('0'))<p>shown</p>#end"
    assert "shown" in smart_send(project, html, '{"field_name":"0"}')
    assert "shown" not in smart_send(project, html, '{"field_name":"1"}')


def test_r12_loop(project):
    html = "<p>#foreach($item in $data.get('items'))$item.get('name'): $item.get('price'); #end</p>"
    param = {"items": [{"name": "Phone", "price": 100}, {"name": "Case", "price": 20}]}
    assert smart_send(project, html, json.dumps(param)) == "Phone: 100; Case: 20;"
    assert smart_send(project, f"<p>none</p>{html}", "{}") == "none"


def test_r13_arithmetic(project):
    html = (
        "<p>#set($sum = $data.get('price') * $data.get('quantity'))$sum "
        "$mathTool.add($data.get('price'), 10) "
        "$numberTool.format('#.00', $data.get('price'))</p>"
    )
    assert smart_send(project, html, '{"price":990,"quantity":2}') == "1980 1000 990.00"
    made = a_message(project, html)
    words = {"recipients": [{"locator": project.address(), "jsonParam": "{price:"}]}
    reply = project.reteno.post(f"/api/v1/message/{made}/smartsend", words).ok()
    assert reply["results"]["status"] == "ERROR"


def an_order(**change):
    return {
        "externalOrderId": "100500",
        "externalCustomerId": "12345",
        "totalCost": 1000,
        "status": "INITIALIZED",
        "date": "2017-03-08T09:30:00+02:00",
        "email": "mail@example.com",
        "phone": "380942583691",
        "firstName": "John",
        "lastName": "Smith",
        "currency": "USD",
        "shipping": 10,
        "discount": 0,
        "deliveryMethod": "express",
        "paymentMethod": "cash",
        "deliveryAddress": "First str. 1",
        "items": [
            {
                "externalItemId": "200600",
                "name": "Super Device",
                "category": "devices",
                "quantity": 1,
                "cost": 990,
                "url": "http://example.com/item/200600",
                "imageUrl": "http://example.com/item/200600/image.png",
                "description": "High quality",
            }
        ],
        **change,
    }


def test_r16_to_r23_an_order_its_statuses_and_the_mail_that_confirms_it(server, project):
    address = project.address()
    html = (
        "<p>Order $!data.get('externalOrderId'): #foreach($i in $data.get('items'))"
        "$i.get('name') × $i.get('quantity') #end</p>"
    )
    a_workflow(project, "orderINITIALIZED", a_message(project, html), transactional=True)
    reply = project.reteno.post("/api/v1/orders", {"orders": [an_order(email=address)]})
    assert (reply.status, reply.body) == (200, b"")
    assert words_of(server.mails_to(address)[0]) == "Order 100500: Super Device × 1"
    less = {name: value for name, value in an_order().items() if name != "currency"}
    failed = project.reteno.post("/api/v1/orders", {"orders": [less]}).ok()
    assert failed == {
        "failedOrders": [{"order": less, "error": "orders[0]: currency is required."}]
    }
    delivered = an_order(email=address, status="DELIVERED", phone="447911123456 ")
    assert project.reteno.post("/api/v1/orders", {"orders": [delivered]}).body == b""
    (order,) = project.retenshun.get("/api/v1/users/12345/orders").ok()["orders"]
    assert (order["id"], order["status"]) == ("100500", "DELIVERED")
    assert order["details"]["deliveryAddress"] == "First str. 1"
    told = [event["eventName"] for event in events(project)]
    assert told == ["orderDELIVERED", "orderINITIALIZED"]


def test_r25_r26_single_messages_and_their_status(server, project):
    address = project.address()
    bodies = {
        "email": {"from": FROM, "subject": "Hi", "htmlText": "<p>Hi</p>", "emails": [address]},
        "sms": {"from": "SHOP", "text": "Hi", "phoneNumbers": ["380942583691"]},
        "viber": {
            "from": "SHOP",
            "text": "Hi",
            "iosExpirityText": "Hi",
            "phoneNumbers": ["380942583691"],
        },
    }
    ids = []
    for channel, body in bodies.items():
        row = project.reteno.post(f"/api/v1/message/{channel}", body).ok()["results"]
        assert (row["id"], row["status"]) == ("0", "OK")
        ids.append(row["requestId"])
    assert words_of(server.mails_to(address)[0]) == "Hi"

    def status():
        return project.reteno.get("/api/v1/message/status", ids=ids[0]).ok()["results"]

    told = {
        "status": "DELIVERED",
        "requestId": ids[0],
        "failed": "false",
        "delivered": "true",
    }
    eventually(lambda: status() == told, "the mail to be delivered")
    rows = project.reteno.get("/api/v1/message/status", ids=",".join(ids)).ok()["results"]
    assert [row["requestId"] for row in rows] == ids


def test_r27_to_r33_a_form_its_events_and_what_an_unconfirmed_address_gets(server, project):
    address = project.address()
    channels = [{"type": "email", "value": address}]
    html = "<p>Please confirm: <a href='$!confirmUrl'>yes</a></p>"
    a_workflow(project, "subscribeFromAPI", a_message(project, html), transactional=True)
    path = "/api/v1/contact/subscribe"
    first = project.reteno.post(path, {"contact": {"channels": channels}}).ok()
    assert (first["emailStatus"], first["new"]) == ("NEED_CONFIRMATION", True)
    assert "Please confirm" in words_of(server.mails_to(address)[0])
    named = {"contact": {"firstName": "Ann", "channels": channels}, "groups": ["Subscribers"]}
    second = project.reteno.post(path, named).ok()
    assert second == {**first, "new": False}
    (group,) = project.reteno.get("/api/v1/groups").ok()
    assert (group["name"], group["type"]) == ("Subscribers", "Static")
    told = {event["eventName"]: event["properties"] for event in events(project)}
    assert told["subscribeFromAPI"] == {"ContactId": first["id"], "EmailAddress": address}
    assert "subscribeUpdateFromAPI" in told
    plan = {"messageId": a_message(project, "<p>News</p>"), "groups": group["id"]}
    project.reteno.post("/api/v1/broadcast", plan).ok()
    eventually(lambda: "suppressed" in states(project), "the newsletter to be kept back")
    day = today()
    rows = project.reteno.get(
        "/api/v2/contacts/messages", dateFrom=day, dateTo=day, email=address
    ).ok()
    assert rows[0]["activityStatus"] == "NOT_CONFIRMED"


def test_r34_to_r36_additional_fields(project):
    group = project.reteno.get("/api/v1/addressbooks").ok()["addressBook"]["fieldGroups"]
    ids = [int(field["id"]) for field in group["fields"]]
    address = project.address()
    contact = {
        "channels": [{"type": "email", "value": address}],
        "fields": [{"id": ids[0], "value": "2020-11-23"}, {"id": ids[1], "value": "F"}],
    }
    taken = project.reteno.post(
        "/api/v1/contacts", {"contacts": [contact], "customFieldsIDs": [ids[0]]}
    ).ok()
    assert (taken["id"], taken["failedContacts"]) == (0, [])
    status = project.reteno.get(f"/api/v1/importstatus/{taken['asyncSessionId']}").ok()
    assert status["status"] == "FINISHED"
    number = status["mapping"][0]["contactId"]
    shown = project.reteno.get(f"/api/v1/contact/{number}").ok()
    assert shown["fields"] == [{"id": ids[0], "value": "2020-11-23"}]


def test_r37_nested_json_stays_json(project):
    nested = {"profileInputs": [{"profileInputId": 10001, "value": "2020-11-23"}]}
    body = {
        "eventTypeKey": "create_contact",
        "keyValue": "site@com.net",
        "params": [
            {"name": "email", "value": project.address()},
            {"name": "phone", "value": "380501234567"},
            {"name": "externalCustomerId", "value": "AV13760"},
            {"name": "json", "value": nested},
        ],
    }
    reply = project.reteno.post("/api/v2/event", body)
    assert (reply.status, reply.body) == (200, b"")
    (event,) = events(project, "create_contact")
    assert event["properties"]["json"] == nested
    assert project.retenshun.get("/api/v1/users/AV13760").status == 200


def test_r01_the_five_uses_by_the_calls_that_carry_them(server, project):
    """Each use has stories of its own below; here the one call of each that all begin with."""
    address = project.address()
    contact = {"channels": {"type": "email", "value": address}, "externalCustomerId": "12345"}
    project.reteno.post("/api/v1/contact", contact).ok()
    made = a_message(project, "<p>$!data.get('discount')</p>")
    a_workflow(project, "used", made)
    event = {"eventTypeKey": "used", "keyValue": address, "params": PARAMETER}
    project.reteno.post("/api/v1/event", event).ok()
    words = {"recipients": [{"locator": address, "jsonParam": '{"discount":"7%"}'}]}
    sent = project.reteno.post(f"/api/v1/message/{made}/smartsend", words).ok()["results"]
    assert project.reteno.post("/api/v1/orders", {"orders": [an_order()]}).body == b""
    mails = server.mails_to(address, at_least=2)
    assert {words_of(mail) for mail in mails} == {"5%", "7%"}

    def status():
        asked = project.reteno.get("/api/v1/message/status", ids=sent["requestId"]).ok()
        return asked["results"]["status"]

    eventually(lambda: status() == "DELIVERED", "the single message to be delivered")
    assert project.retenshun.get("/api/v1/users/12345/orders").ok()["total"] == 1


def test_r20_only_delivered_orders_are_sales(project):
    day = now().isoformat()
    orders = [
        an_order(externalOrderId=status, status=status, date=day)
        for status in ("INITIALIZED", "IN_PROGRESS", "CANCELLED", "DELIVERED")
    ]
    assert project.reteno.post("/api/v1/orders", {"orders": orders}).body == b""

    def bought(cell):
        rules = [{"rfm": "sales", "cells": [cell]}]
        reply = project.retenshun.post("/api/v1/segments/estimate", {"rules": rules})
        return reply.json().get("estimatedCount")

    # The cell of one sale within the last two weeks; R21: told as delivered, a second one counts.
    eventually(lambda: bought("R1F1") == 1, "one sale in the grid")
    again = an_order(externalOrderId="INITIALIZED", status="DELIVERED", date=day)
    project.reteno.post("/api/v1/orders", {"orders": [again]})
    eventually(lambda: bought("R1F2") == 1, "two sales in the grid")
    assert bought("R1F1") == 0


def test_r24_orders_through_events(project):
    words = {
        "phone": "380501234567",
        "externalOrderId": "12345679",
        "externalCustomerId": "AV13760",
        "totalCost": "258.0",
        "status": "INITIALIZED",
        "date": "2020-05-14T10:11:00",
        "currency": "UAH",
        "items": an_order()["items"],
    }

    def tell(name, **words):
        params = [{"name": key, "value": value} for key, value in words.items()]
        body = {"eventTypeKey": name, "keyValue": "380501234567", "params": params}
        reply = project.reteno.post("/api/v2/event", body)
        assert (reply.status, reply.body) == (200, b"")

    def orders():
        reply = project.retenshun.get("/api/v1/users/AV13760/orders")
        return reply.json()["orders"] if reply.status == 200 else []

    tell("orderCreated", **words)
    eventually(orders, "the order")
    (order,) = orders()
    assert (order["id"], order["status"]) == ("12345679", "INITIALIZED")
    assert [item["name"] for item in order["items"]] == ["Super Device"]
    who = {"externalCustomerId": "AV13760", "externalOrderId": "12345679"}
    for name, status in (("orderDelivered", "DELIVERED"), ("orderCancelled", "CANCELLED")):
        tell(name, **who)
        eventually(lambda status=status: orders()[0]["status"] == status, status)
    assert len(orders()) == 1


def test_r35_the_dashboard_lists_the_ids_that_the_catalogue_tells(server, project):
    group = project.reteno.get("/api/v1/addressbooks").ok()["addressBook"]["fieldGroups"]
    told = {int(one["id"]): one["name"] for one in group["fields"]}
    shown = server.write(lambda tx: contacts.list_fields(tx, project.id))
    assert {one.id: one.label for one in shown} == told
    assert sorted(told.values()) == ["Birthday", "Gender"]


def test_r38_the_contact_an_event_creates(project):
    """A workflow's task fills the contact; the event alone has made it already."""
    project.reteno.get("/api/v1/addressbooks").ok()  # a project begins with two fields
    (birthday, _) = project.reteno.get("/api/v1/addressbooks").ok()["addressBook"]["fieldGroups"][
        "fields"
    ]
    task = {
        "type": "UPDATE_PROPERTIES",
        "properties": {birthday["fieldKey"]: "{{ json.profileInputs[0].value }}"},
    }
    words = {"name": "Create", "triggerType": "EVENT", "triggerEvent": "create_contact"}
    project.retenshun.post("/api/v1/automations", {**words, "active": True, "steps": [task]}).ok()
    address = project.address()
    nested = {"profileInputs": [{"profileInputId": birthday["id"], "value": "2020-11-23"}]}
    params = [{"name": "email", "value": address}, {"name": "json", "value": nested}]
    body = {"eventTypeKey": "create_contact", "keyValue": "site@com.net", "params": params}
    project.reteno.post("/api/v2/event", body).ok()

    def fields():
        found = project.reteno.get("/api/v1/contacts", email=address).ok()
        return found[0].get("fields") if found else None

    kept = [{"id": int(birthday["id"]), "value": "2020-11-23"}]
    eventually(lambda: fields() == kept, "the additional field of the contact")
