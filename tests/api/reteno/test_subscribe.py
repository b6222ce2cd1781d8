"""Sign-ups through forms: who is new, what wants confirming, which events tell of it."""

import pytest


def sign_up(project, address, **more):
    contact = {"channels": [{"type": "email", "value": address}], **more.pop("contact", {})}
    return project.reteno.post("/api/v1/contact/subscribe", {"contact": contact, **more})


def names(project):
    events = project.retenshun.get("/api/v1/events").ok()["events"]
    return [event["eventName"] for event in reversed(events)]


def test_every_call_is_an_event_and_the_address_wants_confirming(project):
    address = project.address()
    first = sign_up(project, address).ok()
    assert first == {"id": first["id"], "emailStatus": "NEED_CONFIRMATION", "new": True}
    second = sign_up(project, address, contact={"firstName": "Ann"}, groups=["Subscribers"]).ok()
    assert second == {**first, "new": False}
    sign_up(project, address, formType="footer").ok()
    assert names(project) == [
        "subscribeFromAPI",
        "subscribeUpdateFromAPI",
        "subscribeUpdateFromAPI-footer",
    ]
    event = project.retenshun.get("/api/v1/events").ok()["events"][-1]
    assert event["properties"] == {"ContactId": first["id"], "EmailAddress": address}
    shown = project.reteno.get(f"/api/v1/contact/{first['id']}").ok()
    assert shown["firstName"] == "Ann"
    assert [group["name"] for group in shown["groups"]] == ["Subscribers"]


def test_a_form_moves_nobodys_addresses(project):
    address, other = project.address(), project.address()
    phone = {"type": "sms", "value": "380501112233"}
    channels = [{"type": "email", "value": address}, phone]
    made = project.reteno.post("/api/v1/contact", {"channels": channels}).ok()["id"]
    taken = sign_up(project, other, contact={"channels": phone}).ok()
    assert (taken["id"], taken["new"]) == (made, False)
    assert project.reteno.get(f"/api/v1/contact/{made}").ok()["channels"] == channels


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"contact": {"channels": []}}, "contact.channels must hold"),
        ({"formType": "a;b"}, "formType must not hold ;"),
        ({"groups": [" "]}, "name must have 1 to 200"),
        ({"subscriptions": ["sport"]}, "subscriptions[0]: there is no category 'sport'."),
    ],
)
def test_what_cannot_be_is_refused_and_stores_nothing(project, change, names):
    reply = sign_up(project, project.address(), **change)
    assert (reply.status, names in reply.json()["message"]) == (400, True), reply.body
    assert project.reteno.get("/api/v1/contacts").ok() == []
