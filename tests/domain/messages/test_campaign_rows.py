"""Rows of campaigns: written down, let go, taken back, ended."""

from datetime import timedelta

import pytest

from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions, delivery, queries
from beckon.domain.messages.model import BulkMessages, NewMessage, State
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.messages.writing import write
from beckon.domain.subscriptions.model import Purpose
from beckon.kit.values import replace
from support.builders import a_contact, a_message, a_text
from support.clock import START
from support.worker import SENDER

CAMPAIGN = 3


def claimed(tx, limit=100, now=START):
    return delivery.claim(tx, "w", default_sender=SENDER, now=now, limit=limit)


def a_campaign(tx, project_id, count=5, **more):
    """Write a campaign's messages down to so many people; the version is that of one mail more."""
    a_message(tx, project_id, "gives the version", text=a_text())
    (draft,) = claimed(tx)
    delivery.submit(tx, [write(draft)], "test", START)
    version = tx.exec_driver_sql("SELECT version_id FROM message").scalar_one()
    people = [
        a_contact(tx, project_id, f"p{number}", email=f"p{number}@example.com")
        for number in range(count)
    ]
    everybody = BulkMessages(people, version, "A", START, **more)
    launch(tx, project_id, everybody)
    return everybody


def launch(tx, project_id, group, campaign_id=CAMPAIGN):
    actions.queue_bulk(
        tx,
        project_id,
        [group],
        campaign_id=campaign_id,
        channel=Channel.EMAIL,
        category=None,
        sender=None,
        now=START,
    )


def test_nothing_goes_before_it_is_let_go_and_then_the_earliest(tx, project_id):
    a_campaign(tx, project_id)
    assert claimed(tx) == []
    assert queries.find_next_due(tx, project_id, CAMPAIGN) == START
    assert actions.release(tx, project_id, CAMPAIGN, START, limit=2) == 2
    assert queries.count_released(tx, project_id, CAMPAIGN, START) == 2
    assert len(claimed(tx)) == 2
    assert actions.release(tx, project_id, CAMPAIGN, START - timedelta(1), limit=2) == 0


@pytest.mark.parametrize(("provider", "keeps"), [("outbox", 1), ("outbox:7", 1), ("smtp:7", 0)])
def test_of_what_an_outbox_takes_a_copy_is_kept_because_that_is_all_there_is(
    tx, project_id, provider, keeps
):
    a_campaign(tx, project_id, 1)
    actions.release(tx, project_id, CAMPAIGN, START, limit=1)
    (letter,) = delivery.submit(tx, [write(draft) for draft in claimed(tx)], provider, START)
    kept = queries.find_copy(tx, project_id, letter.id)
    assert kept == (letter.content if keeps else None)


def test_a_person_is_in_a_campaign_once(tx, project_id):
    everybody = a_campaign(tx, project_id)
    launch(tx, project_id, everybody)
    one = replace(everybody, contact_ids=everybody.contact_ids[:1])
    launch(tx, project_id, one, campaign_id=CAMPAIGN + 1)
    counted = queries.count_by_variant(tx, project_id, CAMPAIGN)
    assert counted == {"A": {State.QUEUED: 5}}


def test_who_cannot_get_it_is_there_with_the_reason(tx, project_id):
    a_campaign(tx, project_id, 1, refused="There is no address.")
    (message,) = queries.list_messages(
        tx, project_id, MessageFilter(state=State.SUPPRESSED), offset=0, limit=9
    )
    assert message.reason == "There is no address."
    assert actions.release(tx, project_id, CAMPAIGN, START, limit=9) == 0


def test_what_is_taken_back_a_worker_that_holds_it_may_not_begin(tx, project_id):
    a_campaign(tx, project_id)
    actions.release(tx, project_id, CAMPAIGN, START, limit=9)
    held = [write(draft) for draft in claimed(tx)]
    leaving = delivery.submit(tx, held[:1], "test", START)
    assert len(leaving) == 1
    assert actions.recall(tx, project_id, CAMPAIGN, START) == 4
    assert delivery.submit(tx, held[1:], "test", START) == []
    assert claimed(tx, now=START + timedelta(days=1)) == []
    assert actions.release(tx, project_id, CAMPAIGN, START, limit=9) == 4
    assert delivery.submit(tx, held[1:], "test", START) == [], "an old claim came to life again"
    assert len(claimed(tx)) == 4


def test_cancelling_ends_what_has_not_begun(tx, project_id):
    a_campaign(tx, project_id)
    actions.release(tx, project_id, CAMPAIGN, START, limit=2)
    assert actions.cancel(tx, project_id, CAMPAIGN, START, limit=3) == 3
    assert actions.cancel(tx, project_id, CAMPAIGN, START, limit=3) == 2
    assert actions.cancel(tx, project_id, CAMPAIGN, START, limit=3) == 0
    assert queries.count_by_variant(tx, project_id, CAMPAIGN) == {"A": {State.CANCELLED: 5}}
    assert claimed(tx) == []


def test_another_projects_campaign_is_left_alone(tx, project_id, other_id):
    a_campaign(tx, project_id)
    assert actions.release(tx, other_id, CAMPAIGN, START, limit=9) == 0
    assert actions.cancel(tx, other_id, CAMPAIGN, START, limit=9) == 0
    assert queries.count_by_variant(tx, other_id, CAMPAIGN) == {}


def test_what_somebody_waits_for_goes_before_what_many_get(tx, project_id):
    everybody = a_campaign(tx, project_id)
    actions.release(tx, project_id, CAMPAIGN, START, limit=9)
    for purpose in (Purpose.TRIGGERED, Purpose.TRANSACTIONAL):
        new = NewMessage(
            purpose,
            everybody.contact_ids[0],
            Channel.EMAIL,
            everybody.version_id,
            purpose=purpose,
        )
        actions.queue(tx, project_id, [new], START)
    order = [draft.purpose for draft in claimed(tx, limit=1) + claimed(tx, limit=1)]
    assert order == [Purpose.TRANSACTIONAL, Purpose.TRIGGERED]
    assert {draft.purpose for draft in claimed(tx)} == {Purpose.BULK}


def test_a_small_project_does_not_wait_behind_a_large_one(tx, project_id, other_id):
    many = a_campaign(tx, project_id, 20)
    actions.release(tx, project_id, CAMPAIGN, START, limit=20)
    stranger = a_contact(tx, other_id, "ann")
    few = BulkMessages([stranger], many.version_id, None, START)
    launch(tx, other_id, few, campaign_id=CAMPAIGN + 1)
    actions.release(tx, other_id, CAMPAIGN + 1, START, limit=1)
    assert [draft.project_id for draft in claimed(tx, limit=4)].count(other_id) == 1
