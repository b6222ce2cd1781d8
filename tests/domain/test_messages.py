"""Messages: one for each key, made of what is known when it is first handed over."""

from dataclasses import replace

import pytest

from beckon.domain.messages import delivery, queries
from beckon.domain.messages.model import State, Unwritable, Written
from beckon.domain.messages.queries import MessageUnknown
from beckon.domain.messages.writing import write
from support.builders import a_contact, a_message, a_project, a_text
from support.clock import START
from support.worker import SENDER


def claimed(tx, limit=100):
    """Claim what is due."""
    return delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=limit)


def test_a_key_queues_once(tx, project_id, other_id):
    first = a_message(tx, project_id, "order 7")
    again = a_message(tx, project_id, "order 7", text=a_text("Another text"))
    assert again == first
    assert a_message(tx, project_id, "order 8") != first
    assert a_message(tx, other_id, "order 7") != first
    assert queries.count_messages(tx, project_id, queries.MessageFilter()) == 2
    assert [change.state for change in queries.list_changes(tx, project_id, first)] == [
        State.QUEUED
    ]


def test_a_key_stays_used_after_it_was_sent(tx, project_id):
    message_id = a_message(tx, project_id, "order 7")
    written = [write(draft) for draft in claimed(tx)]
    letters = delivery.submit(tx, written, "test", START)
    assert [letter.id for letter in letters] == [message_id]
    a_message(tx, project_id, "order 7")
    assert queries.get_message(tx, project_id, message_id).state is State.SUBMITTING


def test_another_project_does_not_have_it(tx, project_id, other_id):
    message_id = a_message(tx, project_id)
    with pytest.raises(MessageUnknown):
        queries.get_message(tx, other_id, message_id)
    assert queries.find_messages(tx, other_id, [message_id]) == []
    assert queries.list_changes(tx, other_id, message_id) == []
    assert queries.find_copy(tx, other_id, message_id) is None


def test_the_longest_due_goes_first_and_no_more_than_asked(tx):
    project_ids = [a_project(tx) for _ in range(3)]
    queued = [
        a_message(tx, project_id, f"m{number}") for number in range(4) for project_id in project_ids
    ]
    taken = [draft.id for draft in claimed(tx, limit=5)] + [
        draft.id for draft in claimed(tx, limit=50)
    ]
    assert taken == queued
    assert claimed(tx) == []


def test_data_of_the_message_beats_what_is_known_of_the_person(tx, project_id):
    contact_id = a_contact(tx, project_id, "ann", plan="pro", city="Lviv")
    text = a_text("{{ plan }} {{ city }} {{ user.plan }} {{ id }}")
    a_message(tx, project_id, contact_id=contact_id, text=text, data={"plan": "new", "id": 7})
    (draft,) = claimed(tx)
    written = write(draft)
    assert isinstance(written, Written)
    assert written.subject == "new Lviv pro 7"


def test_an_address_given_with_the_message_beats_the_contacts_own(tx, project_id):
    a_message(tx, project_id, address="other@example.com", sender="Shop <shop@example.com>")
    (draft,) = claimed(tx)
    letter = write(draft).letter
    assert (letter.recipient, letter.sender) == ("other@example.com", "shop@example.com")
    assert b"From: Shop <shop@example.com>\r\n" in letter.content


def test_writing_again_hands_over_the_first_bytes(tx, project_id):
    a_message(tx, project_id)
    (draft,) = claimed(tx)
    first = write(draft)
    assert write(draft) == first
    again = replace(draft, text=None, data={}, content=b"kept", subject="kept too")
    assert write(again).letter.content == b"kept"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"address": None}, "The contact has no e-mail address."),
        ({"text": None}, "The text of this message is gone."),
        ({"text": a_text("{{ 1 | divided_by: 0 }}")}, "The template failed for this contact: "),
        ({"sender": "nobody"}, "The message cannot be written: sender is not an e-mail address"),
    ],
)
def test_what_cannot_be_written_says_why(tx, project_id, change, reason):
    a_message(tx, project_id)
    (draft,) = claimed(tx)
    written = write(replace(draft, **change))
    assert isinstance(written, Unwritable)
    assert written.reason.startswith(reason)
