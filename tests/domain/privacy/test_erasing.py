"""Erasing leaves nothing of a person anywhere in the store; exporting shows every table."""

import pytest
from sqlalchemy import select

import beckon.main  # every slice's tables, as the server has them
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts import queries
from beckon.domain.contacts.model import (
    ChangeKind,
    Channel,
    NewDevice,
    Platform,
    Profile,
    Who,
)
from beckon.domain.events import actions as events
from beckon.domain.events.model import Identification
from beckon.domain.orders import actions as orders
from beckon.domain.privacy.actions import erase
from beckon.domain.privacy.queries import export
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions import queries as consent
from beckon.domain.subscriptions.model import Ask, Proof, Purpose
from beckon.domain.workflows import actions as workflows
from beckon.kit import json
from beckon.storage.personal import personal_tables
from beckon.storage.schema import metadata
from support.builders import (
    a_contact,
    a_message,
    a_template,
    a_workflow,
    an_event,
    an_order,
    happens,
    send,
    wait,
)
from support.clock import START

TRACES = ("zelda", "Hyrule", "380991112233", "visitor-of-z", "device-of-z")


@pytest.fixture
def zelda(tx, project_id):
    """Make a person with all that one can have: a past as a visitor, events, messages, a run."""
    assert beckon.main.Server
    a_workflow(tx, project_id, wait(60), send(a_template(tx, project_id)))
    workflows.listen(tx, START, limit=1000)
    visitor = Who(anonymous_id="visitor-of-z")
    viewed = Profile(properties={"town": "Hyrule"})
    events.record(tx, project_id, [Identification(visitor, viewed)], START)
    found = a_contact(tx, project_id, "zelda", email="zelda@example.com", home="Hyrule")
    both = Who(external_id="zelda", anonymous_id="visitor-of-z")
    profile = Profile(phone="380991112233", first_name="zelda", tags=["zelda"])
    assert events.record(tx, project_id, [Identification(both, profile)], START) == [found]
    device = NewDevice(Platform.IOS, "APNS", "device-of-z")
    contacts.add_device(tx, project_id, found, device, START)
    happens(tx, project_id, an_event("zelda", about="zelda", email="zelda@example.com"))
    a_message(tx, project_id, "to zelda", contact_id=found)
    orders.take(tx, project_id, [an_order("of zelda", buyer="zelda")], START)
    workflows.listen(tx, START, limit=1000)
    return found


def dump(tx):
    """Write out every row of every table."""
    return "\n".join(
        f"{table.name}: {json.text(dict(row))}"
        for table in metadata.sorted_tables
        for row in tx.execute(select(table)).mappings()
    )


def test_nothing_is_left_but_that_somebody_was_erased(tx, project_id, zelda):
    other = a_contact(tx, project_id, "link", email="link@example.com")
    happens(tx, project_id, an_event("link"))
    before = dump(tx)
    assert all(trace in before for trace in TRACES), "the search would find them"
    merged = queries.list_merged(tx, project_id, [zelda])
    erase(tx, project_id, [zelda], actor="a test", now=START)
    after = dump(tx)
    assert [trace for trace in TRACES if trace in after] == []
    left = {
        (row.contact_id, row.kind)
        for row in tx.execute(select(metadata.tables["contact_change"]))
        if row.contact_id != other
    }
    assert left == {(one, ChangeKind.ERASED) for one in (zelda, *merged)}
    assert len(merged) == 1
    assert queries.get_contact(tx, project_id, other).email == "link@example.com"
    assert len(export(tx, project_id, other)["event"]) == 1


def test_who_is_erased_may_come_again_as_somebody_new(tx, project_id, zelda):
    erase(tx, project_id, [zelda], actor="a test", now=START)
    again = a_contact(tx, project_id, "zelda", email="zelda@example.com")
    assert again != zelda
    assert queries.get_contact(tx, project_id, again).properties == {}


def test_that_an_address_wants_no_mail_is_kept_without_the_address(tx, project_id, zelda):
    subscriptions.unsubscribe(
        tx, project_id, Channel.EMAIL, ["zelda@example.com"], proof=Proof("a test"), now=START
    )
    erase(tx, project_id, [zelda], actor="a test", now=START)
    assert "zelda" not in dump(tx)
    again = a_contact(tx, project_id, "new", email="zelda@example.com")
    ask = Ask(Channel.EMAIL, "zelda@example.com", again, Purpose.BULK, None)
    assert consent.find_refusals(tx, project_id, [ask]) != [None]


def test_of_another_project_nobody_can_be_erased_or_exported(tx, project_id, other_id, zelda):
    for forbidden in (lambda: erase(tx, other_id, [zelda], actor="a test", now=START),
                      lambda: export(tx, other_id, zelda)):  # fmt: skip
        with pytest.raises(queries.ContactUnknown):
            forbidden()
    assert queries.get_contact(tx, project_id, zelda).email == "zelda@example.com"


def test_an_export_names_every_table_that_can_hold_something_of_people(tx, project_id, zelda):
    found = export(tx, project_id, zelda)
    assert set(found) == {table.name for table in personal_tables()}
    filled = {name for name, rows in found.items() if rows}
    # PostgreSQL's log is heard only once it is committed, and nothing is committed here.
    started = {"run"} if tx.dialect.name == "sqlite" else set()
    assert filled >= started | {
        "contact",
        "address",
        "visitor",
        "device",
        "contact_change",
        "event",
        "message",
        "purchase",
        "purchase_change",
    }
    assert len(found["contact"]) == 2, "the person, and the visitor they were"


def test_every_table_is_either_about_people_or_known_not_to_be():
    """A new table that keeps people under another name must be thought of here."""
    names = {table.name for table in personal_tables()}
    suspicious = {"contact", "person_id", "recipient", "address", "email", "external_id", "phone"}
    assert {
        table.name
        for table in metadata.sorted_tables
        if table.name not in names and suspicious & set(table.c.keys())
    } <= NOT_OF_CONTACTS


NOT_OF_CONTACTS = {
    "person",  # signs in to the dashboard
    "member",
    "session",
    "sign_in_attempt",
    "invite",
    "totp",  # and their second proof
    "recovery_code",
    "standing",  # by a keyed digest; its address is forgotten by subscriptions.actions.erase
}
