"""Documented samples of account and contacts in the Reteno vocabulary, whole replies."""

import pytest

from support.like import NUMBER

SAMPLE = {
    "firstName": "John",
    "lastName": "Smith",
    "channels": [
        {"type": "email", "value": "john@example.com"},
        {"type": "sms", "value": "380942583691"},
    ],
    "externalCustomerId": "12345",
}


@pytest.fixture
def client(project):
    """Speak with the secret key as the password."""
    return project.reteno


def test_add_get_and_add_again(client):
    made = client.post("/api/v1/contact", SAMPLE).ok()
    assert made == {"id": NUMBER}
    assert client.get(f"/api/v1/contact/{made['id']}").ok() == {**made, **SAMPLE}
    assert client.get(f"/api/v1/contact/{made['id']}/").status == 200
    again = client.post("/api/v1/contact/", {**SAMPLE, "firstName": "Jack"}).ok()
    assert again == made
    assert client.get(f"/api/v1/contact/{made['id']}").ok()["firstName"] == "Jack"


def test_one_channel_may_stand_as_an_object_and_nulls_count_for_nothing(client):
    words = {
        "channels": {"type": "email", "value": "one@example.com"},
        "firstName": None,
        "groups": None,
        "formType": None,
        "fields": [],
        "contact": {"anything": 1},
    }
    made = client.post("/api/v1/contact", words).ok()
    assert client.get(f"/api/v1/contact/{made['id']}").ok() == {
        **made,
        "channels": [{"type": "email", "value": "one@example.com"}],
    }


def test_who_is_meant(client):
    """By externalCustomerId first, else by the same e-mail (without case) or phone."""

    def add(external_id=None, **addresses):
        channels = [{"type": kind, "value": value} for kind, value in addresses.items()]
        words = {"channels": channels, "externalCustomerId": external_id}
        return client.post("/api/v1/contact", words).ok()["id"]

    ann = add("ann", email="Ann@example.com", sms="380501112233")
    assert add("ann", email="other@example.com") == ann
    assert add(email="OTHER@Example.com") == ann
    assert add(sms="+38 (050) 111-22-33") == ann
    assert add(email="ann@example.com") != ann, "the address was changed before"
    assert add("bo", sms="380501112233") != ann, "another id is another person"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": None}, "channels must hold at least one channel"),
        ({"channels": []}, "channels must hold at least one channel"),
        ({"channels": [{"type": "email"}]}, "channels"),
        (
            {"channels": [{"type": "fax", "value": "1"}]},
            "channels[0].type must be one of email",
        ),
        (
            {"channels": [SAMPLE["channels"][0], {"type": "email", "value": "nobody"}]},
            "channels[1]",
        ),
        ({"channels": [{"type": "email", "value": "nobody"}]}, "channels[0].value is not an"),
        ({"channels": [{"type": "sms", "value": "12"}]}, "channels[0].value must be an inter"),
        ({"firstName": "x" * 61}, "firstName must have at most 60 characters"),
        ({"lastName": "a\nb"}, "lastName must have at most 60 characters and no control"),
        ({"timeZone": "Mars/Olympus"}, "timeZone must be a tz database name"),
        ({"externalCustomerId": "x" * 256}, "externalCustomerId must have 1 to 255 bytes."),
        ({"fields": [{"id": 10**9, "value": "x"}]}, "fields[0].id: there is no additional field"),
        ({"fields": [{"id": "x", "value": "x"}]}, "fields[0].id must be a number."),
        ({"groups": {"id": 7}}, "groups[0].name is required."),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(client, change, message):
    made = client.post("/api/v1/contact", SAMPLE).ok()["id"]
    reply = client.post("/api/v1/contact", {**SAMPLE, "firstName": "Jack", **change})
    assert reply.status == 400
    assert reply.json()["message"].startswith(message)
    assert client.get(f"/api/v1/contact/{made}").ok() == {"id": made, **SAMPLE}


@pytest.mark.parametrize("number", ["0", "999999999", "x", "1" * 30, "-1", "1.5", "%D9%A1"])
def test_an_unknown_contact_is_not_found(client, number):
    reply = client.get(f"/api/v1/contact/{number}")
    assert reply.status == 404
    assert "not found" in reply.json()["message"]
