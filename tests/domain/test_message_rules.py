"""What follows from an outcome: a table of cases, then laws."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.messages.model import (
    PENDING,
    Deferred,
    Fault,
    Heard,
    MessageId,
    Rejected,
    Sent,
    State,
    Unknown,
)
from beckon.domain.messages.rules import (
    GIVE_UP_AFTER,
    MOVES,
    WAITS_MINUTES,
    give_up_at,
    jitter_of,
    settle,
    share,
    state_by,
)
from beckon.domain.subscriptions.model import Purpose
from support.clock import START

GIVE_UP_AT = START + GIVE_UP_AFTER
HOUR = timedelta(hours=1)


def minutes(count):
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("outcome", "attempts", "expected"),
    [
        (Sent("1"), 1, (State.ACCEPTED, None)),
        (Sent("1"), 99, (State.ACCEPTED, None)),
        (Rejected("no such user"), 1, (State.FAILED, None)),
        (Rejected("gone", permanent=True), 1, (State.FAILED, None)),
        (Unknown("no answer"), 1, (State.UNKNOWN, None)),
        (Deferred("busy"), 1, (State.DEFERRED, minutes(5))),
        (Deferred("busy"), 2, (State.DEFERRED, minutes(15))),
        (Deferred("busy"), 3, (State.DEFERRED, minutes(30))),
        (Deferred("busy"), 4, (State.DEFERRED, minutes(60))),
        (Deferred("busy"), 5, (State.DEFERRED, minutes(120))),
        (Deferred("busy"), 6, (State.DEFERRED, minutes(240))),
        (Deferred("busy"), 7, (State.DEFERRED, minutes(240))),
        (Deferred("busy", START + HOUR), 1, (State.DEFERRED, START + HOUR)),
        (Deferred("busy", START - HOUR), 1, (State.DEFERRED, minutes(5))),
        (Deferred("busy", GIVE_UP_AT), 1, (State.DEFERRED, GIVE_UP_AT)),
        (Deferred("busy", GIVE_UP_AT + timedelta(milliseconds=1)), 1, (State.DEAD, None)),
    ],
)
def test_the_next_state(outcome, attempts, expected):
    what = settle(outcome, attempts, now=START, give_up_at=GIVE_UP_AT)
    assert (what.state, what.retry_at) == expected
    assert what.attempts == attempts


@pytest.mark.parametrize("fault", [Fault.PROVIDER, Fault.CREDENTIALS])
def test_a_provider_that_is_ill_costs_no_attempt(fault):
    what = settle(Deferred("down", fault=fault), 3, now=START, give_up_at=GIVE_UP_AT)
    assert (what.state, what.attempts) == (State.DEFERRED, 2)
    assert START < what.retry_at <= minutes(5)


def test_what_is_in_doubt_goes_again_only_where_repeats_are_told():
    doubt = Unknown("no answer")
    again = settle(doubt, 1, now=START, give_up_at=GIVE_UP_AT, is_repeatable=True)
    assert (again.state, again.retry_at) == (State.DEFERRED, minutes(5))
    assert settle(doubt, 1, now=START, give_up_at=GIVE_UP_AT).state is State.UNKNOWN


@given(
    attempts=st.integers(1, 100),
    wished=st.none() | st.timedeltas(timedelta(days=-9), timedelta(days=9)),
    age=st.timedeltas(timedelta(0), timedelta(days=9)),
    jitter=st.integers(-20, 20),
    fault=st.sampled_from(Fault),
)
def test_a_retry_is_never_before_its_time_nor_after_the_end(attempts, wished, age, jitter, fault):
    now = START + age
    wish = None if wished is None else now + wished
    what = settle(
        Deferred("busy", wish, fault),
        attempts,
        now=now,
        give_up_at=GIVE_UP_AT,
        jitter_percent=jitter,
    )
    if what.state is State.DEAD:
        assert what.retry_at is None
        soonest = max(now + timedelta(minutes=WAITS_MINUTES[-1] * 1.2), wish or now)
        assert soonest > GIVE_UP_AT, "given up although there was time"
    else:
        assert what.state is State.DEFERRED
        least = timedelta(minutes=1) if fault is Fault.PROVIDER else timedelta(minutes=5)
        assert now + least <= what.retry_at <= GIVE_UP_AT
        assert wish is None or what.retry_at >= wish


def test_every_outcome_has_its_reason():
    def reason(outcome):
        return settle(outcome, 1, now=START, give_up_at=GIVE_UP_AT).reason

    assert reason(Sent("id-1", "250 Ok")) == "250 Ok"
    assert reason(Sent("id-1")) == "taken as id-1"
    for outcome in (Deferred("busy"), Rejected("busy"), Unknown("busy")):
        assert reason(outcome) == "busy"


def test_jitter_spreads_and_stays_the_same():
    spread = {jitter_of(MessageId(UUID(int=number)), 1) for number in range(1000)}
    assert spread == set(range(-20, 21))
    assert jitter_of(MessageId(UUID(int=7)), 2) == jitter_of(MessageId(UUID(int=7)), 2)


def test_patience_is_shorter_for_many_and_ends_with_what_expires():
    assert give_up_at(Purpose.BULK, START) == START + timedelta(hours=72)
    assert give_up_at(Purpose.TRIGGERED, START) == START + timedelta(days=4)
    assert give_up_at(Purpose.TRANSACTIONAL, START, minutes(5)) == minutes(5)


def test_what_has_ended_moves_no_more_but_by_a_report_or_a_person():
    moving = {*PENDING, State.SUBMITTING}
    for state in set(State) - moving:
        assert not MOVES[state] & (moving - {State.QUEUED}), state
    assert set(MOVES) == set(State)


@given(st.lists(st.sampled_from(Heard)), st.randoms(), st.sampled_from(State))
def test_reports_in_any_order_give_the_same_state(heard, dice, base):
    shuffled = heard.copy()
    dice.shuffle(shuffled)
    assert state_by(heard, base) is state_by(shuffled, base)
    state = base
    for place in range(len(shuffled)):
        state = state_by(shuffled[: place + 1], state)
    assert state is state_by(heard, base)


@given(st.integers(1, 500), st.integers(1, 500))
def test_room_is_parted_evenly_and_wholly(room, count):
    parts = share(room, count)
    assert sum(parts) == room
    assert max(parts) - min(parts) <= 1
    assert len(parts) == min(room, count)
