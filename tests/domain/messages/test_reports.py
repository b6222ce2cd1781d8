"""Providers' reports: late, twice, in any order; one state comes of them."""

import pytest

from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions, delivery, queries
from beckon.domain.messages.model import Heard, Rejected, Report, Sent, State, Unknown
from beckon.domain.messages.writing import write
from beckon.domain.subscriptions.model import Ask, Purpose
from beckon.domain.subscriptions.queries import find_refusals
from support.builders import a_message
from support.clock import START
from support.worker import SENDER


def submitted(tx, project_id, **more):
    """Hand a message over; its answer is still to come."""
    a_message(tx, project_id, **more)
    drafts = delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=9)
    return delivery.submit(tx, [write(draft) for draft in drafts], "test", START)


def accepted(tx, project_id, **more):
    letters = submitted(tx, project_id, **more)
    delivery.settle(tx, letters, [Sent("theirs")] * len(letters), "test", START)
    return letters[0].id


def told(tx, project_id, message_id, *kinds):
    reports = [Report(kind, START, message_id) for kind in kinds]
    return actions.report(tx, project_id, reports, START)


def state(tx, project_id, message_id):
    return queries.get_message(tx, project_id, message_id).state


def is_refused(tx, project_id):
    asked = Ask(Channel.EMAIL, "ann@example.com", 1, Purpose.TRANSACTIONAL)
    return find_refusals(tx, project_id, [asked]) != [None]


@pytest.mark.parametrize(
    ("kinds", "expected", "suppresses"),
    [
        ([Heard.DELIVERED], State.DELIVERED, False),
        ([Heard.BOUNCED_SOFT], State.BOUNCED, False),
        ([Heard.BLOCKED], State.BOUNCED, False),
        ([Heard.BOUNCED_HARD], State.BOUNCED, True),
        ([Heard.DELIVERED, Heard.BOUNCED_SOFT], State.BOUNCED, False),
        ([Heard.DELIVERED, Heard.COMPLAINED], State.COMPLAINED, True),
        ([Heard.BLOCKED] * 50, State.BOUNCED, False),
    ],
)
def test_what_a_report_comes_to(tx, project_id, kinds, expected, suppresses):
    message_id = accepted(tx, project_id)
    told(tx, project_id, message_id, *kinds)
    assert state(tx, project_id, message_id) is expected
    assert is_refused(tx, project_id) is suppresses


def test_a_word_counts_once_and_only_in_its_project(tx, project_id, other_id):
    message_id = accepted(tx, project_id)
    assert told(tx, project_id, message_id, Heard.DELIVERED, Heard.DELIVERED) == 1
    assert told(tx, project_id, message_id, Heard.DELIVERED) == 0
    assert told(tx, other_id, message_id, Heard.COMPLAINED) == 0
    states = [one.state for one in queries.list_changes(tx, project_id, message_id)]
    assert states.count(State.DELIVERED) == 1


def test_a_message_is_found_by_the_providers_own_name_too(tx, project_id):
    message_id = accepted(tx, project_id)
    named = [Report(Heard.DELIVERED, START, provider_id="theirs")]
    assert actions.report(tx, project_id, named, START) == 1
    assert state(tx, project_id, message_id) is State.DELIVERED
    unknown = [Report(Heard.DELIVERED, START, provider_id="somebody else's")]
    assert actions.report(tx, project_id, unknown, START) == 0


def test_of_what_was_never_handed_over_no_report_counts(tx, project_id):
    message_id = a_message(tx, project_id)
    assert told(tx, project_id, message_id, Heard.COMPLAINED) == 0
    assert state(tx, project_id, message_id) is State.QUEUED


def test_a_report_settles_what_was_in_doubt(tx, project_id):
    letters = submitted(tx, project_id)
    delivery.settle(tx, letters, [Unknown("no answer")], "test", START)
    told(tx, project_id, letters[0].id, Heard.DELIVERED)
    assert state(tx, project_id, letters[0].id) is State.DELIVERED


def test_the_answer_may_come_after_its_report(tx, project_id):
    letters = submitted(tx, project_id)
    told(tx, project_id, letters[0].id, Heard.DELIVERED)
    delivery.settle(tx, letters, [Sent("theirs")], "test", START)
    message = queries.get_message(tx, project_id, letters[0].id)
    assert (message.state, message.provider_id) == (State.DELIVERED, "theirs")


def test_a_dead_address_gets_no_more(tx, project_id):
    letters = submitted(tx, project_id)
    delivery.settle(tx, letters, [Rejected("no such user", permanent=True)], "test", START)
    assert is_refused(tx, project_id)


def test_a_refused_message_leaves_its_address_alone(tx, project_id):
    letters = submitted(tx, project_id)
    delivery.settle(tx, letters, [Rejected("we do not like your face")], "test", START)
    assert not is_refused(tx, project_id)


WITHOUT_ENDS = (Heard.DELIVERED, Heard.BOUNCED_SOFT, Heard.BLOCKED, Heard.BLOCKED)
WITH_ENDS = (
    *(Heard.DELIVERED, Heard.BOUNCED_SOFT, Heard.BLOCKED, Heard.BOUNCED_HARD, Heard.COMPLAINED),
    Heard.DELIVERED,
)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (WITHOUT_ENDS, (State.BOUNCED, "theirs", False)),
        (WITH_ENDS, (State.COMPLAINED, "theirs", True)),
    ],
    ids=("120 orders", "5040 orders"),
)
def test_all_orders_of_reports_and_answer_give_one_end(tx, project_id, words, end):
    """Whatever came before, the same words leave the same: so every order has the same end."""
    letters = submitted(tx, project_id)
    told_so_far = (*words, None)
    known = {}

    def look():
        message = queries.get_message(tx, project_id, letters[0].id)
        heard = sorted(queries.list_heard(tx, project_id, message.id))
        is_accepted = message.accepted_at is not None
        return message.state, message.provider_id, is_refused(tx, project_id), is_accepted, heard

    def play(told_already):
        """Tell one more of what is left, in a store in which these were told in some order."""
        for place in set(range(len(told_so_far))) - told_already:
            with tx.begin_nested() as undone:
                if told_so_far[place] is None:
                    delivery.settle(tx, letters, [Sent("theirs")], "test", START)
                else:
                    told(tx, project_id, letters[0].id, told_so_far[place])
                following = told_already | {place}
                if following in known:
                    assert look() == known[following], following
                else:
                    known[following] = look()
                    play(following)
                undone.rollback()

    play(frozenset())
    assert len(known) == 2 ** len(told_so_far) - 1
    assert known[frozenset(range(len(told_so_far)))][:3] == end
