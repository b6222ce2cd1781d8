"""The log: what happened is kept once, in order, by the project it happened in."""

from datetime import timedelta
from uuid import UUID

import pytest

from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Profile, Who
from beckon.domain.events import actions, queries
from beckon.domain.events.model import EventFilter, Identification
from beckon.domain.events.queries import EventUnknown
from beckon.domain.events.rules import check_moment, check_name, is_live
from beckon.kit.refusals import Invalid
from support.builders import an_event
from support.clock import START

ALL = EventFilter()


def record(tx, project_id, *happenings):
    """Log happenings."""
    return actions.record(tx, project_id, happenings, START)


def logged(tx, project_id, asked=ALL):
    """List what is logged, the first first."""
    return queries.list_events(tx, project_id, asked, offset=0, limit=1000)[::-1]


def test_an_event_is_kept_as_it_was_told(tx, project_id):
    new = an_event("ann", "purchase", total=49.99, note="ціна ☕", items=[{"a": None}])
    (ann,) = record(tx, project_id, new)
    (event,) = logged(tx, project_id)
    assert (event.id, event.name, event.key) == (new.id, "purchase", "ann")
    assert (event.contact_id, event.external_id) == (ann, "ann")
    assert event.properties == new.properties
    assert (event.occurred_at, event.received_at) == (START, START)
    assert queries.get_event(tx, project_id, new.id) == event


def test_a_retry_is_logged_once_and_told_the_same(tx, project_id):
    new = an_event("ann")
    first = record(tx, project_id, new)
    changed = an_event("ann", event_id=new.id, other="content")
    assert record(tx, project_id, new, changed) == first * 2
    assert [event.properties for event in logged(tx, project_id)] == [{}]


def test_a_batch_is_taken_in_its_order(tx, project_id):
    """What is said of a person counts from there on, not before."""

    def says(email):
        return Identification(Who(external_id="ann"), Profile(email=email, properties={"e": email}))

    visit = an_event("ignored")
    visit = type(visit)(
        visit.id, "visit", Who(anonymous_id="v"), "v", {}, visit.occurred_at, visit.received_at
    )
    found = record(
        tx,
        project_id,
        an_event("ann", "first"),
        says("one@example.com"),
        an_event("ann", "second"),
        says("two@example.com"),
        visit,
        Identification(Who(external_id="ann", anonymous_id="v"), Profile()),
        an_event("ann", "third"),
    )
    ann = found[0]
    assert found[:4] == [ann] * 4
    assert found[4] != ann, "the visitor was nobody known yet"
    assert found[5:] == [ann, ann]
    person = contacts.get_contact(tx, project_id, ann)
    assert (person.email, person.properties) == ("two@example.com", {"e": "two@example.com"})
    assert person.last_seen_at == START
    assert [event.name for event in logged(tx, project_id)] == [
        "first",
        "second",
        "visit",
        "third",
    ]


def test_a_thousand_events_of_many_people_stay_in_order(tx, project_id):
    new = [an_event(f"p{number % 300}", f"kind {number % 5}") for number in range(1000)]
    found = record(tx, project_id, *new)
    assert len(set(found)) == 300
    listed = logged(tx, project_id)
    assert [event.id for event in listed] == [event.id for event in new]
    assert [event.contact_id for event in listed] == found


def test_names_are_compared_without_case_and_kept_with_it(tx, project_id):
    record(tx, project_id, *(an_event(name=name) for name in ("Purchase", "purchase", "STRASSE")))
    assert [event.name for event in logged(tx, project_id)] == ["Purchase", "purchase", "STRASSE"]
    assert len(logged(tx, project_id, EventFilter(name="PURCHASE"))) == 2
    assert len(logged(tx, project_id, EventFilter(name="straße"))) == 1
    assert queries.count_events(tx, project_id, EventFilter(name="purchase")) == 2


def test_another_project_sees_nothing(tx, project_id, other_id):
    new = an_event()
    record(tx, project_id, new)
    assert logged(tx, other_id) == []
    assert queries.count_events(tx, other_id, EventFilter(external_id="ann")) == 0
    with pytest.raises(EventUnknown):
        queries.get_event(tx, other_id, new.id)
    with pytest.raises(EventUnknown):
        actions.delete(tx, other_id, new.id, START)
    actions.delete(tx, project_id, new.id, START)
    with pytest.raises(EventUnknown):
        actions.delete(tx, project_id, new.id, START)


def test_an_id_of_another_projects_event_is_left_alone(tx, project_id, other_id):
    same = UUID(int=7)
    record(tx, project_id, an_event(event_id=same, mine=True))
    record(tx, other_id, an_event(event_id=same, mine=False))
    assert [event.properties for event in logged(tx, project_id)] == [{"mine": True}]


@pytest.mark.parametrize(
    ("late", "live"),
    [(timedelta(0), True), (timedelta(days=1), True), (timedelta(days=1, milliseconds=1), False),
     (timedelta(minutes=-5), True)],
)  # fmt: skip
def test_what_may_still_start_something(late, live):
    assert is_live(START - late, START) is live


def test_a_moment_may_lie_five_minutes_ahead():
    edge = START + timedelta(minutes=5)
    assert check_moment(edge, START, "timestamp") == edge
    with pytest.raises(Invalid, match="timestamp lies more than five minutes"):
        check_moment(edge + timedelta(milliseconds=1), START, "timestamp")


@pytest.mark.parametrize(("name", "taken"), [(" a b ", "a b"), ("x" * 255, "x" * 255), ("ї", "ї")])
def test_event_names_that_are_taken(name, taken):
    assert check_name(name, "event") == taken


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "ї" * 128, "a\x00", "a\nb", "\u2028x\u2028y"])
def test_event_names_that_are_not(name):
    with pytest.raises(Invalid, match="event must have 1 to 255 bytes"):
        check_name(name, "event")
