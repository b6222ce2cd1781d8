"""Consent on a real store of either kind: what is noted, what it stops, and what is on record."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.contacts.tables import contact_change
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter, EventId
from beckon.domain.subscriptions import actions, queries, tables
from beckon.domain.subscriptions.model import (
    Act,
    Activity,
    ActivityKind,
    Answer,
    Ask,
    Proof,
    Purpose,
    Suppression,
)
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Conflict, Invalid
from support.builders import a_contact
from support.clock import START

ANN = "ann@example.com"
FORM = Proof("form", "Send me news", {"ip": "192.0.2.1"})
HOUR = timedelta(hours=1)


def refusals(tx, project_id, purpose=Purpose.BULK, *addresses, channel=Channel.EMAIL, **more):
    asked = [
        Ask(channel, address, more.get("contact_id", ContactId(1)), purpose, more.get("category"))
        for address in addresses or (ANN,)
    ]
    return queries.find_refusals(tx, project_id, asked)


def subscribe(tx, project_id, contact_id, *, email=ANN, is_new=True, form=None, now=START):
    return actions.subscribe(
        tx,
        project_id,
        contact_id,
        email=email,
        is_new=is_new,
        form=form,
        proof=FORM,
        event_id=EventId(new_uuid()),
        now=now,
    )


def confirm(tx, project_id, contact_id, now=START):
    return actions.confirm(
        tx,
        project_id,
        contact_id,
        email=ANN,
        proof=Proof("confirmation page"),
        event_id=EventId(new_uuid()),
        now=now,
    )


def unsubscribe(tx, project_id, *addresses, channel=Channel.EMAIL, now=START):
    actions.unsubscribe(
        tx, project_id, channel, addresses or (ANN,), proof=Proof("a test"), now=now
    )


def suppress(tx, project_id, reason, *addresses):
    actions.suppress(
        tx,
        project_id,
        Channel.EMAIL,
        addresses or (ANN,),
        reason=reason,
        proof=Proof("a test"),
        now=START,
    )


def names_of_events(tx, project_id):
    """Name what may start something; what is beyond the limits is logged as history."""
    found = events.list_events(tx, project_id, EventFilter(), offset=0, limit=100)
    return sorted(event.name for event in found if not event.is_history)


def acts(tx, project_id, address=ANN):
    listed = queries.list_entries(tx, project_id, channel=Channel.EMAIL, address=address)
    return [entry.act for entry in listed]


def test_nothing_stands_against_an_address_nobody_spoke_of(tx, project_id):
    assert refusals(tx, project_id, Purpose.BULK, ANN, "bob@example.com") == [None, None]


def test_unsubscribing_is_by_address_whoever_has_it_and_however_it_is_spelled(tx, project_id):
    unsubscribe(tx, project_id, " Ann@Example.COM ")
    found = refusals(tx, project_id, Purpose.BULK, ANN, "bob@example.com", "ANN@example.com")
    assert found == ["The address is unsubscribed.", None, "The address is unsubscribed."]


def test_unsubscribing_one_channel_leaves_the_others(tx, project_id):
    unsubscribe(tx, project_id, "380501234567", channel=Channel.SMS)
    phone = "380501234567"
    assert refusals(tx, project_id, Purpose.BULK, phone, channel=Channel.SMS) != [None]
    assert refusals(tx, project_id, Purpose.BULK, phone, channel=Channel.VIBER) == [None]


def test_another_project_is_not_concerned(tx, project_id, other_id):
    unsubscribe(tx, project_id)
    suppress(tx, project_id, Suppression.BOUNCE)
    assert refusals(tx, other_id) == [None]
    assert acts(tx, other_id) == []
    assert queries.list_suppressed(tx, other_id, offset=0, limit=10) == []


def test_two_projects_name_an_address_differently(tx, project_id, other_id):
    for one in (project_id, other_id):
        unsubscribe(tx, one)
    digests = set(tx.execute(select(tables.standing.c.digest)).scalars())
    assert len({bytes(digest) for digest in digests}) == 2


def test_transactional_mail_reaches_who_unsubscribed_but_no_suppressed_address(tx, project_id):
    unsubscribe(tx, project_id)
    assert refusals(tx, project_id, Purpose.TRANSACTIONAL) == [None]
    suppress(tx, project_id, Suppression.BOUNCE)
    assert refusals(tx, project_id, Purpose.TRANSACTIONAL) != [None]


def test_a_new_address_is_asked_once_an_hour_and_gets_no_mail_to_many(tx, project_id):
    ann = a_contact(tx, project_id)
    answers = [subscribe(tx, project_id, ann, now=START + n * HOUR / 4) for n in range(4)]
    assert answers == [Answer.NEED_CONFIRMATION] * 4
    assert names_of_events(tx, project_id) == ["subscribeFromAPI"]
    subscribe(tx, project_id, ann, now=START + 1.1 * HOUR)
    assert names_of_events(tx, project_id) == ["subscribeFromAPI"] * 2
    assert refusals(tx, project_id, Purpose.BULK) != [None]
    assert refusals(tx, project_id, Purpose.TRIGGERED) == [None]


def test_at_most_ten_confirmations_a_day(tx, project_id):
    ann = a_contact(tx, project_id)
    for n in range(20):
        subscribe(tx, project_id, ann, now=START + n * 1.1 * HOUR)
    assert names_of_events(tx, project_id) == ["subscribeFromAPI"] * 10


def test_confirming_opens_the_address_and_tells_of_it_once(tx, project_id):
    ann = a_contact(tx, project_id)
    subscribe(tx, project_id, ann, form="footer")
    assert confirm(tx, project_id, ann)
    assert not confirm(tx, project_id, ann)
    assert refusals(tx, project_id) == [None]
    assert names_of_events(tx, project_id) == ["Confirmed subscription", "subscribeFromAPI-footer"]
    assert acts(tx, project_id) == [Act.SUBSCRIBED, Act.CONFIRMATION_ASKED, Act.CONFIRMED]
    assert subscribe(tx, project_id, ann, is_new=False) is Answer.ALREADY_SUBSCRIBED


def test_the_event_of_a_form_names_contact_and_address(tx, project_id):
    ann = a_contact(tx, project_id)
    subscribe(tx, project_id, ann, is_new=False)
    (event,) = events.list_events(tx, project_id, EventFilter(), offset=0, limit=10)
    assert (event.name, event.key, event.contact_id) == ("subscribeUpdateFromAPI", str(ann), ann)
    assert event.properties == {"ContactId": ann, "EmailAddress": ANN}


def test_who_comes_back_after_unsubscribing_confirms_first(tx, project_id):
    ann = a_contact(tx, project_id)
    unsubscribe(tx, project_id)
    assert subscribe(tx, project_id, ann, is_new=False) is Answer.NEED_CONFIRMATION
    assert refusals(tx, project_id) != [None]
    confirm(tx, project_id, ann)
    assert refusals(tx, project_id) == [None]


def test_a_suppressed_address_cannot_be_subscribed_nor_confirmed_open(tx, project_id):
    ann = a_contact(tx, project_id)
    suppress(tx, project_id, Suppression.COMPLAINT)
    assert subscribe(tx, project_id, ann) is Answer.SUPPRESSED
    confirm(tx, project_id, ann)
    assert refusals(tx, project_id) == ["The recipient reported an earlier message as spam."]


def test_lifting_undoes_what_people_did_and_not_what_the_outside_told(tx, project_id):
    people = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"]
    unsubscribe(tx, project_id, people[0])
    suppress(tx, project_id, Suppression.MANUAL, people[1])
    suppress(tx, project_id, Suppression.BOUNCE, people[2])
    suppress(tx, project_id, Suppression.COMPLAINT, people[3])
    actions.lift(tx, project_id, Channel.EMAIL, people, proof=Proof("a test"), now=START)
    assert [told is None for told in refusals(tx, project_id, Purpose.BULK, *people)] == [
        True,
        True,
        False,
        False,
    ]


def test_soft_bounces_suppress_after_a_fortnight_and_a_delivery_forgives(tx, project_id):
    def bounce(day):
        now = START + timedelta(days=day)
        return actions.note_soft_bounce(
            tx, project_id, Channel.EMAIL, ANN, reason="mailbox full", now=now
        )

    assert [bounce(day) for day in (0, 4, 8, 12)] == [False] * 4
    actions.note_delivered(tx, project_id, Channel.EMAIL, ANN)
    assert [bounce(day) for day in (14, 18, 22, 26, 28, 29)] == [False] * 4 + [True, False]
    assert acts(tx, project_id) == [Act.SUPPRESSED]


def test_the_suppression_list_is_newest_first_and_counts_what_it_lists(tx, project_id):
    for n in range(5):
        unsubscribe(tx, project_id, f"p{n}@example.com", now=START + n * HOUR)
    suppress(tx, project_id, Suppression.BOUNCE, "p9@example.com")
    listed = queries.list_suppressed(tx, project_id, reasons=["unsubscribed"], offset=1, limit=2)
    assert [one.address for one in listed] == ["p3@example.com", "p2@example.com"]
    assert queries.count_suppressed(tx, project_id) == 6
    assert queries.count_suppressed(tx, project_id, reasons=["unsubscribed"]) == 5
    assert queries.count_suppressed(tx, project_id, reasons=["bounce"]) == 1


def test_the_record_tells_who_where_when_and_under_which_words(tx, project_id):
    ann = a_contact(tx, project_id)
    subscribe(tx, project_id, ann)
    entry = queries.list_entries(tx, project_id, channel=Channel.EMAIL, address=ANN)[0]
    assert (entry.act, entry.contact_id, entry.at) == (Act.SUBSCRIBED, ann, START)
    assert entry.proof == FORM


def test_saying_the_same_again_writes_no_second_line(tx, project_id):
    unsubscribe(tx, project_id)
    unsubscribe(tx, project_id, now=START + HOUR)
    assert acts(tx, project_id) == [Act.UNSUBSCRIBED]
    (listed,) = queries.list_suppressed(tx, project_id, offset=0, limit=10)
    assert listed.since == START


def test_after_an_erasure_the_address_is_gone_and_still_gets_no_mail(tx, project_id):
    ann = a_contact(tx, project_id)
    subscribe(tx, project_id, ann)
    unsubscribe(tx, project_id)
    actions.erase(tx, project_id, ann, [(Channel.EMAIL, ANN)])
    kept = tx.execute(select(tables.standing)).one()
    assert kept.address is None
    entries = queries.list_entries(tx, project_id, channel=Channel.EMAIL, address=ANN)
    assert {(one.address, one.contact_id) for one in entries} == {(None, None)}
    assert refusals(tx, project_id) == ["The address is unsubscribed."]


def test_people_choose_categories(tx, project_id, other_id):
    ann = a_contact(tx, project_id)
    for key, is_opt_in in (("news", False), ("sales", True)):
        actions.create_category(
            tx, project_id, key=key, name=key.title(), is_opt_in=is_opt_in, now=START
        )

    def told(key):
        return refusals(tx, project_id, Purpose.BULK, ANN, contact_id=ann, category=key)[0]

    assert (told("news"), told("sales") is None) == (None, False)
    actions.choose(
        tx,
        project_id,
        ann,
        {"news": False, "sales": True},
        channel=Channel.EMAIL,
        address=ANN,
        proof=FORM,
        now=START,
    )
    assert (told("news"), told("sales")) == ("The contact left the category news.", None)
    assert acts(tx, project_id) == [Act.LEFT, Act.JOINED]
    assert list(queries.count_members(tx, project_id).values()) == [(0, 1), (1, 0)]
    assert queries.list_categories(tx, other_id) == []


def test_an_unknown_category_is_refused_and_nothing_is_noted(tx, project_id):
    ann = a_contact(tx, project_id)
    actions.create_category(tx, project_id, key="news", name="News", is_opt_in=False, now=START)
    with pytest.raises(queries.CategoryUnknown, match="sport"):
        actions.choose(
            tx,
            project_id,
            ann,
            {"news": False, "sport": True},
            channel=Channel.EMAIL,
            address=ANN,
            proof=FORM,
            now=START,
        )
    assert queries.find_choices(tx, project_id, [ann]) == {}


def test_a_category_has_a_key_of_its_own_and_a_name(tx, project_id, other_id):
    make = {"name": "News", "is_opt_in": False, "now": START}
    number = actions.create_category(tx, project_id, key="news", **make)
    with pytest.raises(Conflict):
        actions.create_category(tx, project_id, key="news", **make)
    with pytest.raises(Invalid, match="name"):
        actions.rename_category(tx, project_id, number, "\n", START)
    with pytest.raises(queries.CategoryUnknown):
        actions.rename_category(tx, other_id, number, "Mine", START)
    with pytest.raises(queries.CategoryUnknown):
        actions.delete_category(tx, other_id, number)
    actions.delete_category(tx, project_id, number)
    assert queries.list_categories(tx, project_id) == []


def test_what_was_done_with_messages_is_a_log(tx, project_id, other_id):
    message = new_uuid()
    done = [
        Activity(project_id, ContactId(5), message, ActivityKind.OPENED, START, is_machine=True),
        Activity(project_id, ContactId(5), message, ActivityKind.CLICKED, START, "https://a.co"),
    ]
    actions.record_activity(tx, done)
    assert queries.list_activity(tx, project_id, ContactId(5), message) == done
    assert queries.list_activity(tx, other_id, ContactId(5), message) == []


def test_the_postal_address_is_kept_and_bounded(tx, project_id):
    assert queries.find_postal_address(tx, project_id) is None
    actions.set_postal_address(tx, project_id, " 1 Main St, Kyiv ", START)
    assert queries.find_postal_address(tx, project_id) == "1 Main St, Kyiv"
    with pytest.raises(Invalid, match="500"):
        actions.set_postal_address(tx, project_id, "x" * 501, START)


def test_who_follows_people_hears_when_mail_may_no_longer_go_to_them(tx, project_id):
    ann = a_contact(tx, project_id)
    bob = a_contact(tx, project_id, "bob", email=ANN)

    def changed():
        rows = tx.execute(
            select(contact_change.c.contact_id)
            .where(contact_change.c.project_id == project_id)
            .order_by(contact_change.c.position)
        )
        return [row.contact_id for row in rows]

    before = len(changed())
    unsubscribe(tx, project_id)
    unsubscribe(tx, project_id)
    assert changed()[before:] == [ann, bob]
    suppress(tx, project_id, Suppression.MANUAL)
    assert changed()[before:] == [ann, bob]
