"""Documented samples of events in the Reteno vocabulary, and whom each event concerns."""

import pytest

from beckon.domain.accounts import actions as accounts
from beckon.domain.events import actions as events
from support.server import now

SAMPLE = {
    "eventTypeKey": "testEvent",
    "keyValue": "example@email.com",
    "params": [
        {"name": "discount", "value": "5%"},
        {"name": "link", "value": "https://example.site.com/items_for_sale"},
    ],
}
BOTH = pytest.mark.parametrize("path", ["/api/v1/event", "/api/v2/event"])


def told(project, path, words):
    """Tell an event; give the one line of the log, as the other vocabulary shows it."""
    reply = project.reteno.post(path, words)
    assert (reply.status, reply.body) == (200, b""), reply.body
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    return project.retenshun.get("/api/v1/events", limit=1).ok()["events"][0]


@BOTH
def test_the_sample(project, path):
    event = told(project, path, SAMPLE)
    assert event["eventName"] == "testEvent"
    assert event["properties"] == {
        "discount": "5%",
        "link": "https://example.site.com/items_for_sale",
    }
    user = project.retenshun.get(f"/api/v1/users/{event['userId']}").ok()
    assert user["email"] == "example@email.com"
    assert told(project, f"{path}/", SAMPLE)["userId"] == event["userId"]


def test_nested_json_is_for_version_2(project):
    value = {"profileInputs": [{"profileInputId": 10001, "value": "2020-11-23"}]}
    words = {**SAMPLE, "params": [{"name": "json", "value": value}]}
    assert told(project, "/api/v2/event", words)["properties"] == {"json": value}
    for nested in (value, [1]):
        words["params"] = [{"name": "ok", "value": 1}, {"name": "json", "value": nested}]
        refused = project.reteno.post("/api/v1/event", words)
        assert refused.status == 400
        assert refused.json()["message"].startswith("params[1].value must be a string")
        assert "/api/v2/event" in refused.json()["message"]


@BOTH
def test_values_come_back_as_they_were_sent(project, path):
    values = {
        "text": "ціна ☕",
        "number": 5,
        "share": 0.1,
        "big": 2**63 - 1,
        "yes": True,
        "no": None,
    }
    params = [{"name": name, "value": value} for name, value in values.items()]
    assert told(project, path, {**SAMPLE, "params": params})["properties"] == values


@BOTH
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("externalCustomerId", "AV1"),
        ("EXTERNALCUSTOMERID", "AV1"),
        ("Email", "ann@example.com"),
        ("EmailAddress", "ANN@EXAMPLE.COM"),
        ("userEmail", "ann@example.com"),
        ("ContactEmail", " ann@example.com "),
        ("phone", "380501234567"),
        ("SMS", "+38 (050) 123-45-67"),
        ("PhoneNumber", 380501234567),
    ],
)
def test_a_parameter_names_the_contact(project, path, name, value):
    ann = project.reteno.post(
        "/api/v1/contact",
        {
            "externalCustomerId": "AV1",
            "channels": [
                {"type": "email", "value": "ann@example.com"},
                {"type": "sms", "value": "380501234567"},
            ],
        },
    ).ok()["id"]
    words = {"eventTypeKey": "seen", "keyValue": "k 1", "params": [{"name": name, "value": value}]}
    assert told(project, path, words)["userId"] == "AV1"
    words["params"].append({"name": "contactId", "value": ann})
    assert told(project, path, words)["userId"] == "AV1"


@BOTH
def test_the_key_is_tried_as_address_contact_id_own_id_and_phone(project, path):
    def add(**names):
        return project.reteno.post("/api/v1/contact", names).ok()["id"]

    ann = add(
        externalCustomerId="AV1",
        channels=[
            {"type": "email", "value": "ann@example.com"},
            {"type": "sms", "value": "380501234567"},
        ],
    )
    for key in ("ann@example.com", ann, str(ann), "AV1", "380501234567", "+38 (050) 123-45-67"):
        event = told(project, path, {"eventTypeKey": "seen", "keyValue": key})
        assert event["userId"] == "AV1", key
    # A number that is somebody's id here and another's id there is the one here.
    add(externalCustomerId=str(ann), channels={"type": "email", "value": "bo@example.com"})
    assert told(project, path, {"eventTypeKey": "seen", "keyValue": ann})["userId"] == "AV1"
    # An id comes before a phone number; and nobody is made for what is nobody's.
    add(externalCustomerId="380501234567", channels={"type": "email", "value": "cy@example.com"})
    words = {"eventTypeKey": "seen", "keyValue": "380501234567"}
    assert told(project, path, words)["userId"] == "380501234567"
    people = project.retenshun.get("/api/v1/users").ok()["total"]
    for key in ("380509999999", "nobody", "999999999999"):
        assert told(project, path, {"eventTypeKey": "seen", "keyValue": key})["userId"] is None, key
    assert project.retenshun.get("/api/v1/users").ok()["total"] == people == 3


def requires(project, name, *parameters):
    project.server.write(
        lambda tx: events.require(tx, project.id, name, parameters, actor="a test", now=now())
    )


def test_an_event_without_what_its_kind_must_tell_is_refused_and_not_stored(project, other):
    requires(project, "Order seen", "plan", "price")
    plan, price = {"name": "plan", "value": None}, {"name": "price", "value": 5}
    words = {"eventTypeKey": "order SEEN", "keyValue": "ann@example.com", "params": [price]}
    said = (
        "The event should have the following params: "
        '[{"name":"plan","required":true},{"name":"price","required":true}]'
    )
    for path, params in (
        ("/api/v1/event", [price]),
        ("/api/v2/event", [price, {"name": "Plan", "value": "pro"}]),
        ("/api/v2/event", None),
        ("/api/v3/event", {"price": 5}),
    ):
        refused = project.reteno.post(path, {**words, "params": params})
        assert (refused.status, refused.json()["message"]) == (400, said), path
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0
    assert project.retenshun.get("/api/v1/users").ok()["total"] == 0
    # Null counts; other kinds, other projects, the past and the other vocabulary are asked nothing.
    told(project, "/api/v2/event", {**words, "params": [plan, price]})
    told(project, "/api/v2/event", {**words, "eventTypeKey": "seen"})
    told(other, "/api/v2/event", words)
    past = {"events": [{**words, "occurred": "2023-08-14"}]}
    assert project.reteno.post("/api/v2/past_events", past).ok()["successCount"] == 1
    project.retenshun.post("/api/v1/events", {"userId": "ann", "eventName": "Order seen"}).ok()
    requires(project, "order seen")
    told(project, "/api/v2/event", words)


@BOTH
def test_a_contact_id_beats_all_other_names(project, path):
    def add(name):
        channels = {"type": "email", "value": f"{name}@example.com"}
        words = {"channels": channels, "externalCustomerId": name}
        return project.reteno.post("/api/v1/contact", words).ok()["id"]

    ann, _ = add("ann"), add("bo")
    params = [
        {"name": "email", "value": "bo@example.com"},
        {"name": "externalCustomerId", "value": "bo"},
        {"name": "Contact_id", "value": str(ann)},
    ]
    words = {"eventTypeKey": "seen", "keyValue": "bo@example.com", "params": params}
    assert told(project, path, words)["userId"] == "ann"


@BOTH
@pytest.mark.parametrize("nothing", [None, "", " ", "null"])
def test_an_empty_external_id_names_nobody(project, path, nothing):
    params = [
        {"name": "externalCustomerId", "value": nothing},
        {"name": "email", "value": "ann@example.com"},
    ]
    event = told(project, path, {"eventTypeKey": "seen", "params": params})
    assert event["userId"].startswith("contact_")


@BOTH
def test_the_key_is_taken_for_the_contact_where_no_parameter_names_one(project, path):
    channel = {"type": "email", "value": "ann@example.com"}
    number = project.reteno.post("/api/v1/contact", {"channels": channel}).ok()["id"]
    for key in ("ANN@example.com", number, str(number)):
        event = told(project, path, {"eventTypeKey": "seen", "keyValue": key})
        assert event["userId"] == f"contact_{number}"


@BOTH
def test_an_event_about_nobody_known_is_kept_without_a_contact(project, path):
    for key in ("order 7", "999999999", 10**20):
        event = told(project, path, {"eventTypeKey": "seen", "keyValue": str(key)})
        assert event["userId"] is None
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 3


@BOTH
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eventTypeKey": None}, "eventTypeKey must be a string"),
        ({"eventTypeKey": ""}, "eventTypeKey must have 1 to 100 characters."),
        ({"eventTypeKey": "x" * 101}, "eventTypeKey must have 1 to 100 characters."),
        ({"eventTypeKey": "a<b>"}, "eventTypeKey must not hold < >"),
        ({"keyValue": "a;b"}, "keyValue must not hold ;"),
        ({"keyValue": "x" * 301}, "keyValue must have 1 to 300 characters."),
        ({"keyValue": None}, "keyValue is required where no parameter"),
        ({"keyValue": " "}, "keyValue is required where no parameter"),
        ({"keyValue": ["x"]}, "keyValue must be"),
        ({"params": {"name": "x"}}, "params must be a list or null"),
        ({"params": [{"name": "x"}]}, "params[0].value is required."),
        ({"params": [{"value": "x"}]}, "params[0].name is required."),
        ({"params": [{"name": 1, "value": "x"}]}, "params[0].name must be a string"),
        ({"params": [{"name": "", "value": "x"}]}, "params[0].name must have 1 to 100"),
        ({"params": [{"name": "x" * 101, "value": "x"}]}, "params[0].name must have 1 to 100"),
        ({"params": [{"name": "a", "value": 1}] * 2}, "params[1].name: 'a' is given twice."),
        ({"params": [{"name": "email", "value": "nobody"}]}, "params: email is not an e-mail"),
        ({"params": [{"name": "phone", "value": "12"}]}, "params: phone must be"),
    ],
)
def test_what_cannot_be_is_refused_and_not_stored(project, path, change, message):
    reply = project.reteno.post(path, {**SAMPLE, **change})
    assert reply.status == 400
    assert reply.json()["message"].startswith(message)
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 0


@BOTH
def test_an_event_of_20_kilobytes_is_taken_and_one_byte_more_is_not(project, path):
    frame = b'{"eventTypeKey":"seen","keyValue":"k","params":[{"name":"text","value":"%s"}]}'
    room = 20 * 1024 - len(frame) + 2
    assert project.reteno.post(path, frame % (b"x" * room)).status == 200
    refused = project.reteno.post(path, frame % (b"x" * (room + 1)))
    assert refused.status == 413
    assert "20480 bytes" in refused.json()["message"]
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 1


def test_the_events_of_a_period_are_deleted_where_the_project_lets_keys(server, project, other):
    def tell(client, *days):
        told = [
            {"eventTypeKey": "bought", "keyValue": f"key {day}", "params": [], "occurred": day}
            for day in days
        ]
        assert client.post("/api/v2/past_events", {"events": told}).ok()["errorCount"] == 0

    days = ("2023-01-01", "2023-01-02T12:00", "2023-01-03T23:59", "2023-01-04")
    tell(project.reteno, *days)
    tell(other.reteno, *days)
    period = {"from": "2023-01-02", "to": "2023-01-03"}

    def delete(body):
        return project.reteno.request("DELETE", "/api/v1/past_events", body)

    assert delete(period).status == 403
    server.write(
        lambda tx: accounts.allow_past_deletion(
            tx, project.id, is_allowed=True, actor="a test", now=now()
        )
    )
    for bad in ({}, {"from": "2023-01-03", "to": "2023-01-02"}, {"from": "soon", "to": "later"}):
        assert delete(bad).status == 400, bad
    reply = delete(period)
    assert (reply.status, reply.body) == (200, b"")
    left = project.retenshun.get("/api/v1/events", eventName="bought").ok()
    assert [one["timestamp"][:10] for one in left["events"]] == ["2023-01-03", "2022-12-31"]
    assert other.retenshun.get("/api/v1/events", eventName="bought").ok()["total"] == 4
