"""The breaker and the throttle: who waits, for how long, and who does not."""

from datetime import timedelta

import pytest

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Deferred, Fault, Sent, State, Unknown
from beckon.engine.breaker import FIRST_PAUSE, IN_A_ROW, PAUSE_MAX, Breaker
from beckon.engine.deliver import Deliver
from beckon.engine.routes import Routes, Wait, group_of
from beckon.engine.throttle import Limits, Throttle
from support.builders import a_message, a_project
from support.clock import START
from support.providers import HonestProvider
from support.worker import SENDER, Worker, all_messages

SECOND = timedelta(seconds=1)


def test_it_opens_after_five_in_a_row_and_lets_one_try_later():
    breaker = Breaker()
    for _ in range(IN_A_ROW):
        assert breaker.wait_until(START) is None
        breaker.take(START)
        breaker.note(START, is_good=False)
    later = START + FIRST_PAUSE
    assert breaker.wait_until(START) == later
    assert breaker.wait_until(later) is None
    breaker.take(later)
    assert breaker.wait_until(later) > later, "a second one tries as well"
    breaker.note(later, is_good=True)
    assert breaker.wait_until(later) is None


def test_more_than_half_of_twenty_open_it():
    breaker = Breaker()
    for number in range(20):
        breaker.note(START, is_good=number % 2 == 0 and number < 19)
    assert breaker.wait_until(START) is None
    breaker.note(START, is_good=False)
    assert breaker.wait_until(START) is not None


def test_it_stays_open_longer_each_time_and_never_shorter_than_asked():
    breaker, now = Breaker(), START
    pauses = []
    for _ in range(8):
        breaker.trip(now)
        pauses.append(breaker.wait_until(now) - now)
        now = breaker.wait_until(now)
        breaker.take(now)
    assert pauses == sorted(pauses)
    assert pauses[-1] == PAUSE_MAX
    breaker.trip(now, until=now + timedelta(hours=9))
    assert breaker.wait_until(now) == now + timedelta(hours=9)


def test_no_second_has_more_than_the_limit():
    throttle, limits, now = Throttle(), Limits(per_second=10), START
    left = []
    while len(left) < 100:
        until = throttle.wait_until(now, limits)
        if until is None:
            throttle.take(now)
            left.append(now)
        else:
            assert until > now
            now = until
    for start in left:
        assert sum(start <= one < start + SECOND for one in left) <= 10
    assert left[-1] - left[0] <= 10 * SECOND, "slower than it may be"


def test_no_more_are_under_way_than_may_be():
    throttle, limits = Throttle(), Limits(at_once=2)
    throttle.take(START)
    throttle.take(START)
    assert throttle.wait_until(START, limits) is not None
    throttle.release()
    assert throttle.wait_until(START, limits) is None


def test_being_too_fast_twice_slows_down_and_five_times_suspends_for_an_hour():
    throttle = Throttle()
    for _ in range(100):
        throttle.take(START)
    throttle.slow_down(START)
    assert throttle.wait_until(START, Limits()) is None
    throttle.slow_down(START)
    assert throttle.wait_until(START, Limits()) == START + SECOND
    for _ in range(3):
        throttle.slow_down(START)
    assert throttle.wait_until(START, Limits()) == START + timedelta(hours=1)
    assert throttle.wait_until(START + timedelta(hours=8), Limits()) is None


def test_a_second_provider_takes_over_only_what_the_first_did_not_take():
    first, second = (HonestProvider(repeats_safely=False) for _ in range(2))
    routes = Routes()
    assert routes.choose([first, second], "google", START) is first
    routes.note(first, "google", Deferred("down", fault=Fault.PROVIDER), START)
    assert routes.choose([first, second], "google", START) is second
    assert isinstance(routes.choose([first], "yahoo", START), Wait)
    assert routes.choose([first, second], "google", START + FIRST_PAUSE) is first


def test_one_domain_that_throttles_holds_up_no_other():
    provider, routes = HonestProvider(repeats_safely=False), Routes()
    for _ in range(IN_A_ROW):
        routes.note(provider, "slow.example", Deferred("later", fault=Fault.DOMAIN), START)
    assert isinstance(routes.choose([provider], "slow.example", START), Wait)
    assert routes.choose([provider], "other.example", START) is provider


def test_domains_with_the_same_servers_are_one_group():
    assert group_of(Channel.EMAIL, "a@GMAIL.com") == group_of(Channel.EMAIL, "b@googlemail.com")
    assert group_of(Channel.EMAIL, "a@shop.example") == "shop.example"
    assert group_of(Channel.SMS, "+380501234567") == ""


def test_waiting_for_an_open_breaker_costs_no_attempt(simulate, clock):
    async def story(state):
        down = Deferred("down", fault=Fault.PROVIDER)
        provider = HonestProvider(repeats_safely=False, script=[down] * 3)
        worker = Worker("w", state, clock, provider)

        def begin(tx):
            project_id = a_project(tx)
            for number in range(30):
                a_message(tx, project_id, f"m{number}")
            return project_id

        project_id = await state.write(begin)
        for _ in range(60):
            await worker.drain()
            clock.advance(minutes=1)
        found = await all_messages(state, project_id)
        assert {message.state for message in found} == {State.ACCEPTED}
        assert {message.attempts for message in found} == {1}
        assert len(provider.seen) <= 30 + 3 + 8

    simulate(story)


@pytest.mark.parametrize(
    "ill",
    [Deferred("down", fault=Fault.PROVIDER), Unknown("it went silent")],
    ids=lambda one: one.reason,
)
def test_what_waited_for_one_that_fails_goes_by_the_other(simulate, clock, ill):
    """Its lanes may be under way with one letter each before it is known to be ill."""

    async def story(state):
        first = HonestProvider(repeats_safely=False, script=[ill] * 99)
        second = HonestProvider(repeats_safely=False)

        async def carriers(_project_id, _channel):
            return [first, second]

        deliver = Deliver(state, clock, carriers, worker="w", default_sender=SENDER, lanes=2)

        def begin(tx):
            project_id = a_project(tx)
            for number in range(40):
                a_message(tx, project_id, f"m{number}")

        await state.write(begin)
        while await deliver():
            await deliver.finish()
        assert len(first.seen) <= IN_A_ROW + 2
        assert len(second.seen) == 40 - len(first.seen)

    simulate(story)


def test_an_answer_that_names_nobodys_fault_opens_nothing():
    provider, routes = HonestProvider(repeats_safely=False), Routes()
    for _ in range(50):
        routes.note(provider, "shop.example", Deferred("full mailbox"), START)
    assert routes.choose([provider], "shop.example", START) is provider
    routes.note(provider, "shop.example", Sent("1"), START)
    assert routes.open_routes(START) == []
