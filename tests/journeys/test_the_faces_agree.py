"""Both vocabularies say the same of one happening: the same domain value, the same rows."""

from uuid import UUID

import pytest
from sqlalchemy import select

from beckon.api.call import Edge
from beckon.api.reteno import events as reteno
from beckon.api.retenshun import events as retenshun
from beckon.domain.accounts.model import Key, KeyId, KeyKind, ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Who
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.events.tables import event, event_type
from beckon.kit import json
from beckon.kit.values import replace
from support.clock import START

ID = UUID(int=7)
PROPERTIES = {
    "externalCustomerId": "AV13760",
    "email": "Ann@example.com",
    "phone": "+38 (050) 123-45-67",
    "total": 49.99,
    "items": [{"name": "Phone", "price": 100}],
    "note": "tea & кава ☕",
    "none": None,
    "is_gift": False,
}
IN_RETENSHUN = {"userId": "AV13760", "eventName": " purchase ", "properties": PROPERTIES}
IN_RETENO = {
    "eventTypeKey": "purchase",
    "params": [{"name": name, "value": value} for name, value in PROPERTIES.items()],
}


def an_edge():
    key = Key(KeyId(1), ProjectId(1), "a key", KeyKind.SECRET, "sk_live_abc...", START, None)
    return Edge(key, START, lambda: ID, None)


def test_one_happening_becomes_one_value():
    in_retenshun = retenshun.track(an_edge(), json.shape(IN_RETENSHUN, retenshun.TrackEvent))
    in_reteno = reteno.generate_v2(an_edge(), json.shape(IN_RETENO, reteno.EventWords))

    expected = NewEvent(
        id=EventId(ID),
        name="purchase",
        who=Who(external_id="AV13760", email="Ann@example.com", phone="380501234567"),
        key="AV13760",
        properties=PROPERTIES,
        occurred_at=START,
        received_at=START,
    )
    assert in_retenshun.happenings == [expected]
    # Reteno alone knows parameters that a kind of event must tell.
    assert in_reteno.happenings == [replace(expected, is_checked=True)]


def test_one_happening_becomes_the_same_rows(server, project, other):
    project.retenshun.post("/api/v1/events", IN_RETENSHUN).ok()
    other.reteno.post("/api/v2/event", IN_RETENO).ok()

    def rows(tx, project_id):
        logged = tx.execute(
            select(event, event_type.c.name)
            .join(event_type, event_type.c.id == event.c.type_id)
            .where(event.c.project_id == project_id)
        ).one()
        person = contacts.get_contact(tx, project_id, logged.contact_id)
        return (logged.name, logged.key, logged.properties, person.external_id, person.email)

    first = server.write(lambda tx: rows(tx, project.id))
    second = server.write(lambda tx: rows(tx, other.id))
    assert first == second
    assert first[2] == PROPERTIES


@pytest.mark.parametrize("asks", ["retenshun", "reteno"])
@pytest.mark.parametrize("tells", ["retenshun", "reteno"])
def test_what_one_says_of_a_person_the_other_reads(project, tells, asks):
    address = project.address()
    if tells == "retenshun":
        person = {
            "userId": "user_9",
            "properties": {
                "email": address,
                "phone": "+380501234567",
                "firstName": "Ann",
                "lastName": "Lee",
                "language": "uk",
                "timezone": "Europe/Kyiv",
                "town": "Lviv",
            },
        }
        number = project.retenshun.post("/api/v1/identify", person).ok()["user"]["contactId"]
    else:
        person = {
            "externalCustomerId": "user_9",
            "channels": [
                {"type": "email", "value": address},
                {"type": "sms", "value": "380501234567"},
            ],
            "firstName": "Ann",
            "lastName": "Lee",
            "languageCode": "uk",
            "timeZone": "Europe/Kyiv",
            "address": {"town": "Lviv"},
        }
        number = project.reteno.post("/api/v1/contact", person).ok()["id"]

    if asks == "retenshun":
        user = project.retenshun.get("/api/v1/users/user_9").ok()
        assert (user["email"], user["phone"]) == (address, "380501234567")
        assert user["contactId"] == number
        assert user["properties"] == {
            "name": "Ann Lee",
            "firstName": "Ann",
            "lastName": "Lee",
            "language": "uk",
            "timezone": "Europe/Kyiv",
            "town": "Lviv",
        }
    else:
        assert project.reteno.get(f"/api/v1/contact/{number}").ok() == {
            "id": number,
            "channels": [
                {"type": "email", "value": address},
                {"type": "sms", "value": "380501234567"},
            ],
            "firstName": "Ann",
            "lastName": "Lee",
            "externalCustomerId": "user_9",
            "address": {"town": "Lviv"},
            "languageCode": "uk",
            "timeZone": "Europe/Kyiv",
        }
