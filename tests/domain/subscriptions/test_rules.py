"""Who may be written to: the table a person can check, then what holds for every address."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions import rules
from beckon.domain.subscriptions.model import (
    Answer,
    Ask,
    Category,
    CategoryId,
    Purpose,
    Standing,
    Suppression,
)
from support.clock import START

OPEN = Standing()
UNCONFIRMED = Standing(is_confirmed=False)
UNSUBSCRIBED = Standing(unsubscribed_at=START)
BOTH = Standing(is_confirmed=False, unsubscribed_at=START)
DAY = timedelta(days=1)


def refusal(purpose, standing=OPEN, category=None, known=(), choices=None):
    ask = Ask(Channel.EMAIL, "ann@example.com", ContactId(1), purpose, category)
    return rules.refuse(ask, standing, {one.key: one for one in known}, choices or {})


@pytest.mark.parametrize(
    ("purpose", "passes"),
    [
        (Purpose.BULK, [OPEN]),
        (Purpose.TRIGGERED, [OPEN, UNCONFIRMED]),
        (Purpose.TRANSACTIONAL, [OPEN, UNCONFIRMED, UNSUBSCRIBED, BOTH]),
        (Purpose.CONFIRMATION, [OPEN, UNCONFIRMED, UNSUBSCRIBED, BOTH]),
    ],
)
def test_who_gets_what(purpose, passes):
    every = [OPEN, UNCONFIRMED, UNSUBSCRIBED, BOTH]
    assert [standing for standing in every if refusal(purpose, standing) is None] == passes


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("reason", Suppression)
def test_a_suppressed_address_gets_nothing_and_the_reason_says_why(purpose, reason):
    told = refusal(purpose, Standing(suppression=reason, suppressed_at=START))
    assert told == rules.SUPPRESSED[reason]


def a_category(*, is_opt_in):
    return Category(CategoryId(7), "news", "News", is_opt_in, START, START)


@pytest.mark.parametrize(
    ("is_opt_in", "choice", "passes"),
    [
        (False, None, True),
        (False, True, True),
        (False, False, False),
        (True, None, False),
        (True, True, True),
        (True, False, False),
    ],
)
@pytest.mark.parametrize("purpose", [Purpose.BULK, Purpose.TRIGGERED])
def test_a_category_goes_to_who_wants_it(purpose, is_opt_in, choice, passes):
    choices = {} if choice is None else {CategoryId(7): choice}
    known = [a_category(is_opt_in=is_opt_in)]
    assert (refusal(purpose, OPEN, "news", known, choices) is None) is passes
    assert refusal(Purpose.TRANSACTIONAL, OPEN, "news", known, choices) is None


def test_a_category_that_went_goes_to_nobody():
    assert refusal(Purpose.BULK, OPEN, "gone") == "The category gone does not exist."


@pytest.mark.parametrize(
    ("standing", "answer"),
    [
        (None, Answer.NEED_CONFIRMATION),
        (UNCONFIRMED, Answer.NEED_CONFIRMATION),
        (UNSUBSCRIBED, Answer.NEED_CONFIRMATION),
        (OPEN, Answer.ALREADY_SUBSCRIBED),
        (Standing(suppression=Suppression.BOUNCE), Answer.SUPPRESSED),
    ],
)
def test_what_a_form_is_answered(standing, answer):
    after, told = rules.ask_subscription(standing)
    assert told is answer
    assert after.takes_bulk is (answer is Answer.ALREADY_SUBSCRIBED)


def bounces(*days):
    standing = OPEN
    for day in days:
        standing = rules.bounce_softly(standing, START + day * DAY)
    return standing


@pytest.mark.parametrize(
    ("days", "is_given_up"),
    [
        ((0, 4, 8, 12, 14), True),
        ((0, 4, 8, 12, 13.9), False),  # not yet a fortnight
        ((0, 4, 8, 14), False),  # only four
        ((0, 0.1, 0.2, 0.3, 0.4, 15), False),  # the tries of one message are one failure
        ((0, 1, 2, 3, 4, 14), True),
    ],
)
def test_an_address_that_fails_for_a_fortnight_is_given_up(days, is_given_up):
    assert (bounces(*days).suppression is Suppression.SOFT_BOUNCES) is is_given_up


def test_a_delivery_begins_the_count_anew():
    before = bounces(0, 4, 8, 12)
    after = rules.bounce_softly(rules.deliver(before), START + 14 * DAY)
    assert (after.soft_bounces, after.suppression) == (1, None)


@pytest.mark.parametrize(
    ("minutes_ago", "may"),
    [
        ([], True),
        ([59], False),
        ([61], True),
        ([61 * n for n in range(1, 10)], True),
        ([61 * n for n in range(1, 11)], False),
        ([24 * 60 + n for n in range(1, 12)], True),
    ],
)
def test_one_confirmation_an_hour_and_ten_a_day(minutes_ago, may):
    asked_at = [START - timedelta(minutes=minutes) for minutes in minutes_ago]
    assert rules.may_ask_confirmation(asked_at, START) is may


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(START.tzinfo))  # noqa: DTZ001 - the zone is given beside
standings = st.builds(
    Standing,
    is_confirmed=st.booleans(),
    unsubscribed_at=st.none() | moments,
    suppression=st.none() | st.sampled_from(Suppression),
    soft_bounces=st.integers(0, 9),
    soft_since=st.none() | moments,
)


@given(standings, moments)
def test_what_the_outside_told_of_an_address_stays(standing, at):
    outside = (Suppression.BOUNCE, Suppression.SOFT_BOUNCES, Suppression.COMPLAINT)
    for change in (
        rules.lift,
        rules.confirm,
        rules.resubscribe,
        rules.deliver,
        lambda one: rules.unsubscribe(one, at),
        lambda one: rules.suppress(one, Suppression.MANUAL, at),
        lambda one: rules.bounce_softly(one, at),
    ):
        if standing.suppression in outside:
            assert change(standing).suppression is standing.suppression


@given(standings, moments)
def test_who_unsubscribed_gets_no_mail_to_many_until_he_says_so(standing, at):
    left = rules.unsubscribe(standing, at)
    for one in (left, rules.deliver(left), rules.bounce_softly(left, at)):
        assert refusal(Purpose.BULK, one) is not None
        assert refusal(Purpose.TRIGGERED, one) is not None


@given(st.binary(min_size=16, max_size=64), st.text())
def test_an_address_is_named_by_its_compared_form(key, address):
    spelled = f"  {address.upper()}  " if address.upper().lower() == address.lower() else address
    for channel in (Channel.EMAIL,):
        assert rules.digest(key, channel, address) == rules.digest(key, channel, spelled)
    assert len(rules.digest(key, Channel.SMS, address)) == rules.DIGEST_BYTES
