"""The one contract that every provider over HTTP keeps, against a service that speaks its protocol.

What was certainly not taken is deferred or rejected; what may have been is unknown, and never the
other way round. A fault of one letter touches no other.
"""

import asyncio
from datetime import timedelta

import pytest

from beckon.channels.http.carrying import AT_ONCE
from beckon.domain.messages.model import Deferred, Fault, Rejected, Sent, Unknown
from channels.services import DEAD, FINE, REFUSED, SUBJECTS, Service
from support import http_sink
from support.clock import START, JumpingClock
from support.http_sink import (
    BAD_GATEWAY,
    BROKEN,
    BROKEN_AFTER_ACCEPT,
    CUT,
    HANG,
    HANG_AFTER_ACCEPT,
    MAINTENANCE,
    NO_HTTP,
    NO_JSON,
    OVERSIZED,
    REDIRECT,
    RESET,
    RESET_AFTER_ACCEPT,
    RESET_AT_ONCE,
    THROTTLED,
    HttpSink,
    Said,
)

subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=str)


class World:
    """One provider, one service, and what came of sending."""

    def __init__(self, subject, *faults, on_path=None):
        self.subject = subject
        self.service = Service()
        self.clock = JumpingClock()
        self.sink = HttpSink(
            lambda asked: subject.answer(self.service, asked),
            faults=faults,
            on_path=subject.meant if on_path is None else on_path,
        )

    def letter(self, number, kind=FINE):
        return self.subject.letter(number, kind, self.sink)

    def send(self, *kinds, times=1):
        """Send letters 1, 2 … of these kinds; the outcomes of the last time."""

        async def story():
            async with self.sink:
                provider = self.subject.make(self.sink, self.clock)
                letters = [self.letter(number, kind) for number, kind in enumerate(kinds, 1)]
                for _ in range(times):
                    outcomes = await provider.send(letters)
                looked_up = await provider.look_up(letters)
                await provider.close()
                return outcomes, looked_up

        self.outcomes, self.looked_up = asyncio.run(story())
        return self.outcomes

    def times_taken(self, number=1):
        return self.service.taken[self.letter(number).id.hex]


@subjects
def test_letters_are_taken_in_their_order_with_every_character(subject):
    world = World(subject)
    outcomes = world.send(FINE, FINE, FINE)
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    for number, outcome in enumerate(outcomes, 1):
        name = world.letter(number).id.hex
        assert name in outcome.provider_id
        assert world.service.texts[name] == subject.told
        assert world.times_taken(number) == 1


@subjects
def test_a_batch_has_one_outcome_each_whatever_happens_to_others(subject):
    world = World(subject)
    outcomes = world.send(FINE, DEAD, FINE, REFUSED, FINE)
    assert [type(outcome) for outcome in outcomes] == [Sent, Rejected, Sent, Rejected, Sent]
    knows_dead_addresses = subject.name not in {"postalynk", "http", "http that repeats"}
    assert outcomes[1].permanent is knows_dead_addresses
    assert not outcomes[3].permanent


@subjects
def test_nothing_to_send_asks_nobody(subject):
    world = World(subject)
    assert list(world.send()) == []
    assert world.sink.asked == []


@subjects
@pytest.mark.parametrize("fault", [THROTTLED, MAINTENANCE], ids=str)
def test_throttling_defers_and_the_named_time_is_not_undercut(subject, fault):
    (outcome,) = World(subject, fault).send(FINE)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_at == START + timedelta(seconds=int(fault.said.headers["retry-after"]))
    assert outcome.fault is (Fault.PROVIDER if subject.throttles_as_a_whole else Fault.DOMAIN)


@pytest.mark.parametrize("subject", [one for one in SUBJECTS if "repeats" in one.name], ids=str)
def test_a_provider_that_is_busy_is_left_alone_by_the_rest_of_a_batch(subject):
    many = 2 * AT_ONCE
    world = World(subject, *[THROTTLED] * many)
    outcomes = world.send(*[FINE] * many)
    assert {type(outcome) for outcome in outcomes} == {Deferred}
    assert len(world.sink.asked) == AT_ONCE


@subjects
def test_wrong_credentials_stop_the_route_and_reject_no_letter(subject):
    world = World(subject, http_sink.Fault("say", subject.unauthorized))
    (outcome,) = world.send(FINE)
    assert isinstance(outcome, Deferred)
    assert outcome.fault is Fault.CREDENTIALS
    assert world.times_taken() == 0


@subjects
def test_a_redirect_is_not_followed_and_loses_no_letter(subject):
    (outcome,) = World(subject, REDIRECT).send(FINE)
    assert isinstance(outcome, Deferred)
    assert outcome.fault is Fault.CREDENTIALS


@subjects
@pytest.mark.parametrize(
    "fault",
    [
        BROKEN,
        BROKEN_AFTER_ACCEPT,
        BAD_GATEWAY,
        HANG,
        HANG_AFTER_ACCEPT,
        RESET,
        RESET_AFTER_ACCEPT,
        RESET_AT_ONCE,
        CUT,
        OVERSIZED,
        NO_HTTP,
    ],
    ids=str,
)
def test_once_it_may_have_been_taken_a_letter_is_in_doubt_and_was_sent_once(subject, fault):
    world = World(subject, fault)
    (outcome,) = world.send(FINE)
    assert isinstance(outcome, Unknown), outcome
    assert world.times_taken() == int(fault.accepts)
    assert len([asked for asked in world.sink.asked if subject.meant in asked.target]) <= 1


@subjects
def test_an_answer_that_cannot_be_read_is_in_doubt(subject):
    (outcome,) = World(subject, NO_JSON).send(FINE)
    # A push service answers without words: its status is all there is to read.
    assert isinstance(outcome, Sent if subject.name == "web_push" else Unknown)


@subjects
def test_a_fault_of_one_letter_leaves_its_neighbours_alone(subject):
    if subject.name == "infobip":
        pytest.skip("one request carries the whole batch, so all of it shares one fate")
    outcomes = World(subject, RESET_AFTER_ACCEPT).send(FINE, FINE, FINE)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Sent", "Sent", "Unknown"]


@subjects
def test_nobody_there_is_certainly_not_taken(subject):
    async def story():
        async with HttpSink() as gone:
            provider = subject.make(gone, JumpingClock())
            letter = subject.letter(1, FINE, gone)
        outcomes = await provider.send([letter])
        await provider.close()
        return outcomes

    (outcome,) = asyncio.run(story())
    assert isinstance(outcome, Deferred)
    assert outcome.fault in {Fault.PROVIDER, Fault.DOMAIN}


@subjects
def test_handing_over_twice_has_one_effect_where_the_provider_says_so(subject):
    world = World(subject)
    world.send(FINE, times=2)
    provider = subject.make(world.sink, world.clock)
    assert world.times_taken() == (1 if provider.repeats_safely else 2)


@subjects
@pytest.mark.parametrize("fault", [RESET, RESET_AFTER_ACCEPT], ids=str)
def test_looking_up_tells_the_truth_or_nothing(subject, fault):
    world = World(subject, fault)
    world.send(FINE)
    (found,) = world.looked_up
    if subject.looks_up and fault.accepts:
        assert isinstance(found, Sent)
    else:
        assert found is None


@subjects
def test_no_secret_and_no_letter_shows_in_a_provider_s_words(subject):
    world = World(subject, http_sink.Fault("say", Said(400, b"x" * 5000)))
    (outcome,) = world.send(FINE)
    assert isinstance(outcome, Rejected)
    assert len(outcome.reason) <= 500
    for secret in ("token", "App key", "ya29", "mf_live_key", "Bearer"):
        assert secret not in outcome.reason
