"""A visitor who is identified becomes the person, with all they did, whoever writes beside it."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import (
    ChangeKind,
    ContactFilter,
    NewDevice,
    Platform,
    Profile,
    Who,
)
from beckon.domain.events import actions as events
from beckon.domain.events import queries as log
from beckon.domain.events.model import EventFilter, Identification, NewEvent
from beckon.kit.ids import named_uuid
from beckon.storage.log_readers import Cursor
from beckon.storage.state import open_engine, open_state
from support.builders import a_contact, a_project
from support.clock import START

LATER = START + timedelta(hours=1)
VISITOR = Who(anonymous_id="v")
ANN = Who(external_id="ann", anonymous_id="v")


def seen(number, who=VISITOR):
    """Make an event of somebody."""
    return NewEvent(
        named_uuid("test", str(number), str(who)), f"seen {number}", who, None, {}, START, START
    )


def said(who, **profile):
    """Say who somebody is."""
    return Identification(who, Profile(**profile))


def told(tx, project_id, *happenings, now=START):
    """Log what happened; give whom each concerned."""
    return events.record(tx, project_id, happenings, now)


def test_everything_goes_over_and_what_the_person_has_stays(tx, project_id):
    ann = a_contact(tx, project_id, "ann", email="ann@example.com", plan="pro")
    visitor = told(
        tx,
        project_id,
        seen(1),
        said(
            VISITOR,
            email="other@example.com",
            phone="12345",
            first_name="Ann",
            properties={"plan": "free", "town": "Lviv"},
            tags=["web"],
        ),
    )[0]
    device = NewDevice(Platform.ANDROID, "FCM", "token")
    actions.add_device(tx, project_id, visitor, device, START)
    assert told(tx, project_id, said(ANN), seen(2), now=LATER) == [ann, ann]
    person = queries.get_contact(tx, project_id, ann)
    assert (person.email, person.phone) == ("ann@example.com", "12345")
    assert (person.first_name, person.tags) == ("Ann", ("web",))
    assert person.properties == {"plan": "pro", "town": "Lviv"}
    assert [one.contact_id for one in queries.list_devices(tx, project_id, [ann])] == [ann]
    mine = log.list_events(tx, project_id, EventFilter(contact_id=ann), offset=0, limit=9)
    assert [event.name for event in mine] == ["seen 2", "seen 1"]
    assert queries.count_contacts(tx, project_id) == 1
    assert queries.get_contact(tx, project_id, visitor) == person, "the old number means her"


def test_saying_it_again_changes_nothing_more(tx, project_id):
    a_contact(tx, project_id, "ann")
    told(tx, project_id, seen(1), said(ANN))
    before = queries.list_page(tx, project_id, ContactFilter(), limit=9)
    told(tx, project_id, said(ANN), said(ANN))
    assert queries.list_page(tx, project_id, ContactFilter(), limit=9) == before


def test_a_merge_beyond_256_properties_keeps_the_persons_and_refuses_nobody(tx, project_id):
    hers = {f"a{number}": 1 for number in range(200)}
    visitors = {f"b{number}": 2 for number in range(200)}
    ann = a_contact(tx, project_id, "ann", **hers)
    told(tx, project_id, said(VISITOR, properties=visitors), said(ANN))
    found = queries.get_contact(tx, project_id, ann).properties
    assert len(found) == 256
    assert found.items() >= hers.items()


def changes(tx, project_id):
    """Read the whole log of changes, where it can be read before the commit."""
    found = queries.list_changes_after_any_project(tx, Cursor(), limit=1000)
    return [(one.kind, one.contact_id, list(one.fields)) for one in found]


@pytest.fixture
def heard(tx, project_id):
    """Give a function that tells the changes so far; PostgreSQL shows them only once committed."""
    if tx.dialect.name != "sqlite":
        pytest.skip("its log is read only below running transactions; see tests/storage")
    return partial(changes, tx, project_id)


def test_every_change_is_logged_and_being_seen_is_not(tx, project_id, heard):
    ann = a_contact(tx, project_id, "ann", email="ann@example.com", plan="pro")
    visitor = told(tx, project_id, seen(1))[0]
    told(tx, project_id, said(ANN, last_name="Lee"), seen(2))
    told(tx, project_id, seen(3))
    actions.change(tx, project_id, ann, Profile(), LATER)
    actions.delete(tx, project_id, ann, LATER)
    assert heard() == [
        (ChangeKind.CREATED, ann, []),
        (ChangeKind.CHANGED, ann, ["properties.plan"]),
        (ChangeKind.ADDRESSES, ann, ["email"]),
        (ChangeKind.CREATED, visitor, []),
        (ChangeKind.MERGED, visitor, []),
        (ChangeKind.MERGED, ann, []),
        (ChangeKind.CHANGED, ann, ["last_name"]),
        (ChangeKind.DELETED, ann, []),
    ]


def test_however_calls_overlap_nobody_is_doubled_or_lost(state_url):
    engine = open_engine(state_url)
    with engine.begin() as tx:
        project_id = a_project(tx)
    calls = []
    for person in range(6):
        visitor = Who(anonymous_id=f"v{person}")
        user = Who(external_id=f"u{person}", email=f"u{person}@example.com")
        both = Who(external_id=f"u{person}", anonymous_id=f"v{person}")
        for round_ in range(4):
            other = Who(external_id=f"u{(person + 3) % 6}", phone=f"1234{person}{round_}")
            calls.append([seen(round_, visitor), seen(round_, other)])
            calls.append([seen(round_, user), said(both, properties={"n": round_})])
            calls.append([said(other), said(user)])

    async def run():
        state = open_state(state_url)
        try:
            await asyncio.gather(
                *(
                    state.write(
                        partial(events.record, project_id=project_id, happenings=call, now=START)
                    )
                    for call in calls
                )
            )
        finally:
            await state.close()

    asyncio.run(run())
    with engine.begin() as tx:
        people = queries.list_page(tx, project_id, ContactFilter(), limit=99)
        logged = log.list_events(tx, project_id, EventFilter(), offset=0, limit=999)
    engine.dispose()
    assert sorted(one.external_id for one in people) == [f"u{number}" for number in range(6)]
    assert {event.contact_id for event in logged} == {one.id for one in people}
    assert len(logged) == sum(isinstance(one, NewEvent) for call in calls for one in call)
