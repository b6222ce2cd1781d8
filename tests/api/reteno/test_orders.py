"""Orders: one by one taken or refused, changed by their id, seen in what others ask."""

import pytest

ORDER = {
    "externalOrderId": "100500",
    "externalCustomerId": "12345",
    "totalCost": 1000,
    "status": "INITIALIZED",
    "date": "2017-03-08T09:30:00.7022176+02:00",
    "email": "mail@example.com",
    "phone": "447911123456 ",
    "firstName": "John",
    "currency": "USD",
    "shipping": "10",
    "items": {"externalItemId": "200600", "name": "Super Device", "quantity": 1, "cost": 990},
}


def send(project, *orders):
    return project.reteno.post("/api/v1/orders", {"orders": list(orders)})


def kept(project, user="12345"):
    return project.retenshun.get(f"/api/v1/users/{user}/orders").ok()["orders"]


def test_an_order_is_kept_and_changed_by_its_id(project):
    reply = send(project, ORDER)
    assert (reply.status, reply.body) == (200, b"")
    (order,) = kept(project)
    assert (order["id"], order["status"]) == ("100500", "INITIALIZED")
    user = project.retenshun.get("/api/v1/users/12345").ok()
    assert (user["phone"], user["email"]) == ("447911123456", "mail@example.com")
    send(project, {**ORDER, "status": "DELIVERED", "firstName": "Jack"}).ok()
    assert [order["status"] for order in kept(project)] == ["DELIVERED"]
    events = project.retenshun.get("/api/v1/events").ok()["events"]
    assert [event["eventName"] for event in events] == ["orderDELIVERED", "orderINITIALIZED"]
    told = events[-1]["properties"]
    assert told["items"] == [
        {"externalItemId": "200600", "name": "Super Device", "quantity": 1, "cost": 990}
    ]
    assert (told["totalCost"], told["shipping"], told["phone"]) == (1000, 10, "447911123456")
    assert (
        project.retenshun.get("/api/v1/users/12345").ok()["properties"].get("firstName") != "Jack"
    )


def test_an_unknown_id_with_a_known_address_is_that_contact(project):
    address = project.address()
    channels = [{"type": "email", "value": address}]
    made = project.reteno.post("/api/v1/contact", {"channels": channels}).ok()["id"]
    send(project, {**ORDER, "email": address, "phone": None}).ok()
    (order,) = kept(project, f"contact_{made}")
    assert order["id"] == "100500"


@pytest.mark.parametrize("field", ["externalOrderId", "totalCost", "status", "date", "currency"])
def test_a_missing_field_is_named_and_costs_only_its_order(project, field):
    less = {name: value for name, value in ORDER.items() if name != field}
    good = {**ORDER, "externalOrderId": "2"}
    assert send(project, good, less).ok() == {
        "failedOrders": [{"order": less, "error": f"orders[1]: {field} is required."}]
    }
    assert [order["id"] for order in kept(project)] == ["2"]


@pytest.mark.parametrize(("sent", "kind"), [("an order", "a string"), (7, "a whole number")])
def test_what_is_no_order_is_told_as_such(project, sent, kind):
    reply = send(project, ORDER, sent).ok()
    error = f"orders[1]: It must be an object, not {kind}."
    assert reply["failedOrders"] == [{"order": sent, "error": error}]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"externalCustomerId": " ", "email": None, "phone": ""},
            "externalCustomerId, email or phone is required.",
        ),
        ({"status": "CANCELlED"}, "status must be one of INITIALIZED, IN_PROGRESS, DELIVERED"),
        ({"currency": "dollars"}, "currency must be a currency code"),
        ({"date": "yesterday"}, "date must be an ISO 8601 date and time"),
        ({"totalCost": "much"}, "totalCost must be an amount of money"),
        ({"totalCost": -1}, "totalCost must be from 0"),
        ({"email": "nobody"}, "email is not an e-mail address"),
        ({"items": [{"externalItemId": "1"}]}, "items[0].quantity is required."),
        ({"items": [{"quantity": 1}]}, "items[0].externalItemId is required."),
        ({"items": 7}, "items must be"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(project, change, error):
    failed = send(project, {**ORDER, **change}).ok()["failedOrders"]
    assert failed[0]["error"].startswith("orders[0]: ")
    assert error in failed[0]["error"]
    assert project.reteno.get("/api/v1/contacts").ok() == []


@pytest.mark.parametrize("orders", [None, [], "x", [ORDER] * 1001])
def test_a_broken_envelope_stores_nothing(project, orders):
    assert project.reteno.post("/api/v1/orders", {"orders": orders}).status == 400
    assert project.reteno.get("/api/v1/contacts").ok() == []


def test_a_thousand_at_once(project):
    orders = [{**ORDER, "externalOrderId": str(n)} for n in range(1000)]
    assert send(project, *orders).body == b""
    assert project.retenshun.get("/api/v1/users/12345/orders", limit=1).ok()["total"] == 1000
