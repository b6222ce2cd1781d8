"""What keeps a message back: caps, quiet hours, holds, plans too old, stores turned back."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions, delivery, judging, queries, recovery
from beckon.domain.messages.model import State
from beckon.domain.messages.policies import (
    Cap,
    Policy,
    QuietHours,
    Recent,
    check,
    from_stored,
    quiet_until,
    reached_cap,
    to_stored,
)
from beckon.domain.messages.writing import write
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Proof, Purpose
from beckon.domain.subscriptions.rules import TOO_MANY_CONFIRMATIONS
from beckon.kit.refusals import Conflict, Invalid
from support.builders import a_contact, a_message, a_text
from support.clock import START
from support.worker import SENDER

DAY = timedelta(days=1)
KYIV = ZoneInfo("Europe/Kyiv")
NIGHT = QuietHours(21 * 60, 8 * 60)


def go(tx, now=START):
    """Claim what is due and commit to it; returns what leaves."""
    drafts = delivery.claim(tx, "w", default_sender=SENDER, now=now, limit=99)
    return delivery.submit(tx, [write(draft) for draft in drafts], "test", now)


def only(tx, project_id, message_id):
    message = queries.get_message(tx, project_id, message_id)
    return message.state, message.reason, message.due_at


@pytest.mark.parametrize(
    ("hours", "hour", "ends_in"),
    [(NIGHT, 20, None), (NIGHT, 21, 11), (NIGHT, 3, 5), (NIGHT, 8, None), ((12, 14), 13, 1)],
)
def test_quiet_hours_end_where_the_person_is(hours, hour, ends_in):
    quiet = hours if isinstance(hours, QuietHours) else QuietHours(*(h * 60 for h in hours))
    now = START.astimezone(KYIV).replace(hour=hour, minute=0).astimezone(START.tzinfo)
    until = quiet_until(Policy(quiet=quiet), Purpose.BULK, KYIV, now)
    assert until == (None if ends_in is None else now + timedelta(hours=ends_in))
    assert quiet_until(Policy(quiet=quiet), Purpose.TRANSACTIONAL, KYIV, now) is None


@given(
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    minutes=st.integers(0, 600_000),
    zone=st.sampled_from(["UTC", "Europe/Kyiv", "America/New_York", "Asia/Kathmandu"]),
)
def test_after_quiet_hours_it_is_not_quiet(begin, end, minutes, zone):
    policy = Policy(quiet=QuietHours(begin, end))
    now = START + timedelta(minutes=minutes)
    until = quiet_until(policy, Purpose.BULK, ZoneInfo(zone), now)
    if begin != end and until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_until(policy, Purpose.BULK, ZoneInfo(zone), until) is None


def test_caps_count_their_own_kind_in_their_own_time():
    cap = Cap(2, DAY, Channel.EMAIL, "news")
    news = Recent(Channel.EMAIL, "news", START)

    def reached(recent, **more):
        asked = {"purpose": Purpose.BULK, "channel": Channel.EMAIL, "category": "news"} | more
        return reached_cap(Policy((cap,)), **asked, recent=recent, now=START + DAY / 2)

    assert reached([news]) is None
    assert reached([news, news]) is cap
    assert reached([news, Recent(Channel.SMS, "news", START)]) is None
    assert reached([news, Recent(Channel.EMAIL, None, START)]) is None
    assert reached([news, Recent(Channel.EMAIL, "news", START - DAY)]) is None
    assert reached([news, news], category="receipts") is None
    assert reached([news, news], purpose=Purpose.TRANSACTIONAL) is None


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (Policy((Cap(0, DAY),)), "caps[0].count"),
        (Policy((Cap(1, DAY), Cap(1, timedelta(0)))), "caps[1].period"),
        (Policy((Cap(1, DAY),) * 21), "caps"),
        (Policy(quiet=QuietHours(5, 5)), "quiet"),
        (Policy(quiet=QuietHours(0, 1440)), "quiet.end"),
        (Policy(stale_after=timedelta(0)), "stale_after"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_by_name(policy, field):
    with pytest.raises(Invalid, match=field.replace("[", r"\[")):
        check(policy)


def test_a_policy_is_kept_as_it_was(tx, project_id, other_id):
    policy = Policy((Cap(2, DAY, Channel.SMS, "news"), Cap(9, 7 * DAY)), NIGHT, 2 * DAY)
    assert from_stored(to_stored(policy)) == policy
    actions.set_policy(tx, project_id, policy, START)
    assert queries.get_policy(tx, project_id) == policy
    assert queries.get_policy(tx, other_id) == Policy()


def test_the_third_in_a_day_is_kept_back_with_the_reason(tx, project_id):
    actions.set_policy(tx, project_id, Policy((Cap(2, DAY),)), START)
    person = a_contact(tx, project_id)
    ids = [a_message(tx, project_id, f"m{n}", contact_id=person) for n in range(3)]
    receipt = a_message(tx, project_id, "r", contact_id=person, purpose=Purpose.TRANSACTIONAL)
    assert {letter.id for letter in go(tx)} == {receipt, *ids[:2]}
    state, reason, _ = only(tx, project_id, ids[2])
    assert (state, reason) == (
        State.SUPPRESSED,
        "cap: at most 2 messages in 24 hours were reached.",
    )


def test_in_quiet_hours_it_waits_and_goes_when_they_end(tx, project_id):
    actions.set_policy(tx, project_id, Policy(quiet=QuietHours(8 * 60, 10 * 60)), START)
    message_id = a_message(tx, project_id)
    assert go(tx) == []
    end = START + timedelta(hours=1)
    assert only(tx, project_id, message_id) == (State.HELD, judging.QUIET, end)
    assert go(tx, end - timedelta(seconds=1)) == []
    assert [letter.id for letter in go(tx, end)] == [message_id]


def test_a_hold_lets_nothing_leave_not_even_what_a_worker_has(tx, project_id, other_id):
    message_id, other = a_message(tx, project_id), a_message(tx, other_id)
    drafts = delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=99)
    actions.hold(tx, project_id, "a person said so", START)
    letters = delivery.submit(tx, [write(draft) for draft in drafts], "test", START)
    assert [letter.id for letter in letters] == [other]
    assert go(tx) == []
    assert queries.find_hold(tx, project_id).reason == "a person said so"
    assert actions.resume(tx, project_id)
    assert [letter.id for letter in go(tx)] == [message_id]
    assert not actions.resume(tx, project_id)


def test_everybody_can_be_held(tx, project_id):
    message_id = a_message(tx, project_id)
    actions.hold_everybody(tx, "a fire", START)
    assert go(tx) == []
    assert queries.find_hold(tx, project_id).reason == "a fire"
    actions.resume_everybody(tx)
    assert [letter.id for letter in go(tx)] == [message_id]


def test_a_plan_too_far_back_is_held_and_a_person_may_have_it_sent(tx, project_id):
    late = a_message(tx, project_id, "late", send_at=START - timedelta(minutes=61))
    fresh = a_message(tx, project_id, "fresh", send_at=START - timedelta(minutes=59))
    coming = a_message(tx, project_id, "coming", send_at=START + DAY)
    assert [letter.id for letter in go(tx)] == [fresh]
    assert only(tx, project_id, late) == (State.HELD, actions.STALE, None)
    assert only(tx, project_id, coming)[2] == START + DAY
    actions.requeue(tx, project_id, late, START)
    assert [letter.id for letter in go(tx)] == [late]
    with pytest.raises(Conflict):
        actions.requeue(tx, project_id, late, START)


def test_what_expired_is_not_sent(tx, project_id):
    message_id = a_message(tx, project_id, expires_at=START)
    assert go(tx) == []
    assert only(tx, project_id, message_id) == (State.DEAD, judging.EXPIRED, None)


def test_after_an_outage_what_was_due_in_it_is_held(tx, project_id):
    recovery.beat(tx, START, store="s", seen=None)
    stale = a_message(tx, project_id, "stale")
    later = START + timedelta(hours=5)
    fresh = a_message(tx, project_id, "fresh", now=later)
    assert recovery.beat(tx, later, store="s", seen=START)
    assert [letter.id for letter in go(tx, later)] == [fresh]
    assert only(tx, project_id, stale)[:2] == (State.HELD, recovery.OUTAGE)


def test_a_backlog_is_no_outage(tx, project_id):
    message_id = a_message(tx, project_id)
    for minutes in range(0, 300, 30):
        assert not recovery.beat(tx, START + timedelta(minutes=minutes), store="s", seen=None)
    assert [letter.id for letter in go(tx, START + timedelta(hours=5))] == [message_id]


@pytest.mark.parametrize(
    ("store", "seen", "is_held"),
    [
        ("s", START, False),
        ("s", None, False),
        ("another", None, True),
        ("s", START + timedelta(seconds=1), True),
    ],
)
def test_a_restored_store_sends_nothing_until_a_person_says_so(
    tx, project_id, store, seen, is_held
):
    a_message(tx, project_id)
    recovery.beat(tx, START, store="s", seen=None)
    assert recovery.beat(tx, START, store=store, seen=seen) is is_held
    assert (go(tx) == []) is is_held
    assert (queries.find_hold(tx, project_id) is not None) is is_held


def test_workers_that_beat_side_by_side_do_not_look_like_a_restored_store(tx):
    later = START + timedelta(milliseconds=5)
    assert not recovery.beat(tx, later, store="s", seen=None)
    assert not recovery.beat(tx, START, store="s", seen=None), "another worker, stored later"
    assert not recovery.beat(tx, later + timedelta(seconds=5), store="s", seen=later)


def a_confirmation(tx, project_id, key, contact_id):
    text = a_text(body="<a href='{{ confirm_link }}'>yes</a>")
    return a_message(tx, project_id, key, contact_id=contact_id, text=text)


def test_an_address_is_asked_for_a_confirmation_once_an_hour_whatever_sets_it_off(tx, project_id):
    ann, ben = (a_contact(tx, project_id, who, email="x@example.com") for who in ("ann", "ben"))
    first, second = (a_confirmation(tx, project_id, f"for {who}", who) for who in (ann, ben))
    assert [letter.id for letter in go(tx)] == [first]
    state, reason, _ = only(tx, project_id, second)
    assert (state, reason) == (State.SUPPRESSED, TOO_MANY_CONFIRMATIONS)
    third = a_confirmation(tx, project_id, "again", ann)
    (letter,) = go(tx, START + timedelta(hours=1))
    assert letter.id == third


def test_a_confirmation_that_is_a_little_early_waits(tx, project_id):
    ann = a_contact(tx, project_id, "ann", email="x@example.com")
    a_confirmation(tx, project_id, "first", ann)
    assert len(go(tx)) == 1
    early = a_confirmation(tx, project_id, "second", ann)
    assert go(tx, START + timedelta(minutes=59)) == []
    assert only(tx, project_id, early)[0] is State.HELD
    assert [letter.id for letter in go(tx, START + timedelta(hours=1))] == [early]


def test_who_left_may_be_asked_whether_they_come_back(tx, project_id):
    ann = a_contact(tx, project_id, "ann", email="x@example.com")
    proof = Proof("test")
    subscriptions.unsubscribe(
        tx, project_id, Channel.EMAIL, ["x@example.com"], proof=proof, now=START
    )
    asked = a_confirmation(tx, project_id, "ask", ann)
    a_message(tx, project_id, "news", contact_id=ann)
    assert [letter.id for letter in go(tx)] == [asked]
