"""Imports taken back: whom they made and nothing touched goes, everything else stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from beckon.domain.accounts.model import AuditFilter
from beckon.domain.accounts.queries import list_audit
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.matching import Entry
from beckon.domain.contacts.model import AddressKind, ChangeKind, Profile, Who
from beckon.domain.contacts.queries import list_contacts
from beckon.domain.contacts.tables import contact_change
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.imports import actions, footprints
from beckon.domain.imports.model import UNDO_WITHIN, ImportId, Outlook, Wish
from beckon.domain.imports.queries import ImportUnknown, get_record, list_imports
from beckon.domain.orders import actions as orders
from beckon.domain.segments import actions as segments
from beckon.domain.segments.queries import find_members
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Conflict
from support.builders import a_contact, an_order
from support.clock import START

SOON = START + timedelta(minutes=5)
LATER = START + timedelta(hours=1)
ADA = "ada@example.com"


def named(*ids):
    """Give rows of a table, in their places."""
    return [
        (place, (Who(external_id=one), Profile(first_name=one.title(), email=f"{one}@example.com")))
        for place, one in enumerate(ids)
    ]


def begun(tx, project_id):
    """Begin an import; give its number."""
    import_id = ImportId(new_uuid())
    actions.begin_pieces(tx, project_id, import_id, name="fair.csv", actor=ADA, now=START)
    return import_id


def take(tx, project_id, import_id, rows, *, list_name="", now=START):
    """Take a piece; give people's numbers."""
    return actions.take_piece(tx, project_id, import_id, rows, list_name=list_name, now=now)


def imported(tx, project_id, *ids, list_name=""):
    """Import people; give the import's number and theirs."""
    import_id = begun(tx, project_id)
    people = take(tx, project_id, import_id, named(*ids), list_name=list_name)
    actions.end_pieces(tx, project_id, import_id, START)
    return import_id, people


def undo(tx, project_id, import_id):
    """Ask for an undo and do it to its end."""
    actions.ask_undo(tx, project_id, import_id, ADA, LATER)
    while footprints.find_open_undo_any_project(tx) is not None:
        actions.undo_part(tx, project_id, import_id, LATER, limit=9)
    return footprints.find_undo(tx, project_id, import_id)


def there(tx, project_id, people):
    """Tell who of these people is not deleted."""
    found = list_contacts(tx, project_id, people)
    return {one.id for one in found if one.deleted_at is None}


def happens(tx, project_id, contact_id):
    """Let somebody do something."""
    event = NewEvent(
        id=EventId(new_uuid()),
        name="visited",
        who=Who(contact_id=contact_id),
        key=None,
        properties={},
        occurred_at=SOON,
        received_at=SOON,
    )
    events.record(tx, project_id, [event], SOON)


def changes(tx, project_id, contact_id):
    """Change somebody by hand."""
    contacts.change(tx, project_id, contact_id, Profile(first_name="Else"), SOON)


def bounces(tx, project_id, contact_id):
    """Let mail to somebody come back for good."""
    (person,) = list_contacts(tx, project_id, [contact_id])
    contacts.note_reach(tx, project_id, AddressKind.EMAIL, person.email, SOON)


def buys(tx, project_id, contact_id):
    """Let somebody buy something."""
    orders.keep(tx, project_id, an_order(), contact_id, SOON)


def test_whom_it_made_goes_and_who_was_there_keeps_the_change(tx, project_id):
    known = a_contact(tx, project_id, "known", email=None)
    import_id, people = imported(tx, project_id, "known", "new_1", "new_2")
    told = footprints.look_ahead(tx, project_id, import_id)
    assert told == Outlook(made=2, untouched=2, known=1, places=0)
    done = undo(tx, project_id, import_id)
    assert (done.removed, done.taken_off, done.actor, done.ended_at) == (2, 0, ADA, LATER)
    assert there(tx, project_id, people) == {known}
    (kept,) = list_contacts(tx, project_id, [known])
    assert kept.first_name == "Known"
    log = contact_change.c
    deleted = select(log.contact_id).where(log.kind == ChangeKind.DELETED)
    assert set(tx.execute(deleted).scalars()) == set(people) - {known}


@pytest.mark.parametrize("touch", [happens, changes, bounces, buys])
def test_who_was_touched_since_stays(tx, project_id, touch):
    import_id, (touched, left) = imported(tx, project_id, "touched", "left")
    touch(tx, project_id, touched)
    told = footprints.look_ahead(tx, project_id, import_id)
    assert (told.made, told.untouched) == (2, 1)
    assert undo(tx, project_id, import_id).removed == 1
    assert there(tx, project_id, [touched, left]) == {touched}


def test_what_the_import_itself_said_twice_is_no_touch(tx, project_id):
    import_id = begun(tx, project_id)
    (ann,) = take(tx, project_id, import_id, named("ann"))
    row = (7, (Who(external_id="ann"), Profile(last_name="Smith")))
    assert take(tx, project_id, import_id, [row, row]) == [ann, ann]
    told = footprints.look_ahead(tx, project_id, import_id)
    assert told == Outlook(made=1, untouched=1, known=0, places=0)
    assert undo(tx, project_id, import_id).removed == 1


def test_another_import_is_a_touch(tx, project_id):
    first, people = imported(tx, project_id, "ann", "bob")
    second = begun(tx, project_id)
    take(tx, project_id, second, [(0, (Who(external_id="ann"), Profile(last_name="Smith")))])
    assert undo(tx, project_id, first).removed == 1
    assert there(tx, project_id, people) == {people[0]}
    assert undo(tx, project_id, second).removed == 0


def test_only_places_that_it_gave_and_that_stand_are_taken_back(tx, project_id):
    before = a_contact(tx, project_id, "before", email=None)
    moved = a_contact(tx, project_id, "moved", email=None)
    known = a_contact(tx, project_id, "known", email=None)
    fair = segments.find_or_create_list(tx, project_id, "Fair", START).id
    segments.add_members(tx, project_id, fair, [before], START)
    import_id, people = imported(
        tx, project_id, "before", "moved", "known", "fresh", list_name="Fair"
    )
    segments.remove_members(tx, project_id, fair, [moved], SOON)
    segments.add_members(tx, project_id, fair, [moved], SOON)
    assert footprints.look_ahead(tx, project_id, import_id).places == 2
    assert undo(tx, project_id, import_id).taken_off == 2
    assert find_members(tx, project_id, fair, people) == {before, moved}
    assert there(tx, project_id, people) == {before, moved, known}


def test_a_list_of_the_api_is_undone_with_its_own_event_and_lists(tx, project_id):
    entries = [
        Entry(external_id=None, profile=Profile(email=f"{one}@example.com"))
        for one in ("ann", "bob")
    ]
    wish = Wish(joins=["Fair"], event_name="came_in")
    import_id = ImportId(new_uuid())
    taken = actions.take(
        tx, project_id, entries, wish, import_id, START, joins=[["Own"], []]
    ).results
    told = footprints.look_ahead(tx, project_id, import_id)
    assert told == Outlook(made=2, untouched=2, known=0, places=3)
    happens(tx, project_id, taken[1])
    assert undo(tx, project_id, import_id).removed == 1
    assert there(tx, project_id, taken) == {taken[1]}


def test_a_kill_between_parts_or_within_one_changes_nothing_in_the_end(tx, project_id):
    import_id, people = imported(
        tx, project_id, *(f"user_{number}" for number in range(8)), list_name="Fair"
    )
    actions.ask_undo(tx, project_id, import_id, ADA, LATER)
    seen = []
    while footprints.find_open_undo_any_project(tx) is not None:
        cut_off = tx.begin_nested()
        actions.undo_part(tx, project_id, import_id, LATER, limit=3)
        cut_off.rollback()
        actions.undo_part(tx, project_id, import_id, LATER, limit=3)
        now = footprints.find_undo(tx, project_id, import_id)
        seen.append((now.place, now.removed, now.taken_off))
    assert seen == [(3, 3, 3), (6, 6, 6), (8, 8, 8), (8, 8, 8)]
    assert there(tx, project_id, people) == set()
    actions.undo_part(tx, project_id, import_id, LATER, limit=3)
    assert footprints.find_undo(tx, project_id, import_id) == now


def test_who_comes_back_after_a_part_stays(tx, project_id):
    import_id, (ann, bob) = imported(tx, project_id, "ann", "bob")
    actions.ask_undo(tx, project_id, import_id, ADA, LATER)
    actions.undo_part(tx, project_id, import_id, LATER, limit=1)
    a_contact(tx, project_id, "ann", now=LATER)
    changes(tx, project_id, bob)
    actions.undo_part(tx, project_id, import_id, LATER, limit=1)
    assert there(tx, project_id, [ann, bob]) == {ann, bob}


def test_it_is_undone_once_in_time_and_only_by_its_own_project(tx, project_id, other_id):
    import_id, people = imported(tx, project_id, "ann")
    with pytest.raises(ImportUnknown):
        actions.ask_undo(tx, other_id, import_id, ADA, LATER)
    late = START + UNDO_WITHIN + timedelta(seconds=1)
    with pytest.raises(Conflict, match="within 7 days"):
        actions.ask_undo(tx, project_id, import_id, ADA, late)
    actions.undo_part(tx, project_id, import_id, LATER, limit=9)
    assert there(tx, project_id, people) == set(people)
    undo(tx, project_id, import_id)
    with pytest.raises(Conflict, match="undone before"):
        actions.ask_undo(tx, project_id, import_id, ADA, LATER)
    lines = list_audit(tx, project_id, AuditFilter(act="import.undone"))
    assert [(one.actor, one.details) for one in lines] == [
        (ADA, {"import": import_id.hex, "name": "fair.csv"})
    ]


def test_an_undo_ends_an_import_that_still_came_in(tx, project_id, other_id):
    import_id = begun(tx, project_id)
    take(tx, project_id, import_id, named("ann"))
    actions.ask_undo(tx, project_id, import_id, ADA, LATER)
    with pytest.raises(Conflict, match="is over"):
        take(tx, project_id, import_id, named("bob"))
    with pytest.raises(Conflict, match="is over"):
        actions.end_pieces(tx, project_id, import_id, LATER)
    with pytest.raises(ImportUnknown):
        take(tx, other_id, import_id, named("bob"))


def test_imports_are_listed_the_newest_first_by_pages(tx, project_id, other_id):
    numbers = [begun(tx, project_id) for _ in range(3)]
    begun(tx, other_id)
    found = list_imports(tx, project_id, before=None, limit=2)
    assert [one.id for one in found] == numbers[:0:-1]
    (last,) = list_imports(tx, project_id, before=found[-1].id, limit=2)
    assert last == get_record(tx, project_id, numbers[0])
    assert (last.name, last.actor) == ("fair.csv", ADA)
