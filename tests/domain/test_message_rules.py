"""What follows from an outcome: a table of cases, then laws."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.messages.model import Deferred, Rejected, Sent, State, Unknown
from beckon.domain.messages.rules import GIVE_UP_AFTER, WAITS_MINUTES, reason_of, settle
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
    assert settle(outcome, attempts, now=START, give_up_at=GIVE_UP_AT) == expected


@given(
    attempts=st.integers(1, 100),
    wished=st.none() | st.timedeltas(timedelta(days=-9), timedelta(days=9)),
    age=st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_a_retry_is_never_before_its_time_nor_after_the_end(attempts, wished, age):
    now = START + age
    wish = None if wished is None else now + wished
    state, retry_at = settle(Deferred("busy", wish), attempts, now=now, give_up_at=GIVE_UP_AT)
    if state is State.DEAD:
        assert retry_at is None
        soonest = max(now + timedelta(minutes=WAITS_MINUTES[-1]), wish or now)
        assert soonest > GIVE_UP_AT, "given up although there was time"
    else:
        assert state is State.DEFERRED
        assert now + timedelta(minutes=5) <= retry_at <= GIVE_UP_AT
        assert wish is None or retry_at >= wish


def test_every_outcome_has_its_reason():
    assert reason_of(Sent("id-1", "250 Ok")) == "250 Ok"
    assert reason_of(Sent("id-1")) == "taken as id-1"
    for outcome in (Deferred("busy"), Rejected("busy"), Unknown("busy")):
        assert reason_of(outcome) == "busy"
