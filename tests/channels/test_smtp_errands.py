"""The queue of letters without a connection: none waits for ever, none comes back in doubt."""

import asyncio

import pytest

from beckon.channels.smtp.errands import TRIES_MAX, Errand, Queue
from beckon.domain.messages.model import Deferred
from channels.letters import a_letter

OTHERWISE = Deferred("no more tries")


@pytest.fixture
def errand():
    loop = asyncio.new_event_loop()
    yield Errand(a_letter(), loop.create_future())
    loop.close()


def test_an_errand_is_put_back_so_often_and_then_answered(errand):
    queue = Queue()
    for _ in range(TRIES_MAX):
        queue.put_back(errand, OTHERWISE)
        assert queue.take() is errand
    queue.put_back(errand, OTHERWISE)
    assert queue.take() is None
    assert errand.answer.result() == OTHERWISE


def test_an_expired_errand_is_answered_and_one_under_way_may_not_wait_again(errand):
    queue = Queue()
    queue.expire([errand], OTHERWISE)
    assert not errand.answer.done()
    queue.put_back(errand, OTHERWISE)
    assert errand.answer.result() == OTHERWISE


def test_an_errand_nobody_waits_for_falls_out(errand):
    queue = Queue()
    queue.add([errand])
    errand.answer.cancel()
    assert queue.take() is None


def test_an_errand_in_doubt_cannot_be_put_back(errand):
    errand.dot_left = True
    with pytest.raises(AssertionError):
        Queue().put_back(errand, OTHERWISE)
