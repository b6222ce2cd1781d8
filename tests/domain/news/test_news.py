"""News and inboxes: what is published is read, a message comes once, to its reader alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from beckon.domain.news import actions, queries, rules
from beckon.domain.news.model import NewInboxItem, ReaderId, Reading
from beckon.domain.news.queries import InboxItemUnknown, NewsUnknown
from beckon.domain.news.rules import ReaderUnproven, check_user_hash, user_hash
from beckon.kit.refusals import Invalid
from support.clock import START

ANN, BOB = ReaderId(1), ReaderId(2)


def publish(tx, project_id, title="News", *, now=START, is_published=True):
    return actions.create(
        tx, project_id, title=title, body="<p>Read</p>", is_published=is_published, now=now
    )


def change(tx, project_id, news_id, now=START, **given):
    values = {"title": None, "body": None, "is_published": None, **given}
    return actions.change(tx, project_id, news_id, **values, now=now)


def test_only_what_is_published_is_in_the_feed_the_latest_first(tx, project_id, other_id):
    first = publish(tx, project_id, "First")
    draft = publish(tx, project_id, "Draft", is_published=False)
    publish(tx, other_id, "Theirs")
    later = START + timedelta(hours=1)
    change(tx, project_id, draft.id, later, is_published=True)
    feed = queries.list_published(tx, project_id)
    assert [item.title for item in feed] == ["Draft", "First"]
    assert feed[0].published_at == later
    change(tx, project_id, first.id, is_published=False)
    assert queries.count_published(tx, project_id) == 1
    again = change(tx, project_id, first.id, later, is_published=True)
    assert again.published_at == START


def test_what_is_not_given_stays(tx, project_id):
    made = publish(tx, project_id)
    changed = change(tx, project_id, made.id, title="New")
    assert (changed.title, changed.body) == ("New", made.body)


def test_another_project_s_item_is_unknown(tx, project_id, other_id):
    made = publish(tx, project_id)
    with pytest.raises(NewsUnknown):
        change(tx, other_id, made.id, title="Mine")
    with pytest.raises(NewsUnknown):
        actions.delete(tx, other_id, made.id)
    actions.delete(tx, project_id, made.id)
    with pytest.raises(NewsUnknown):
        actions.delete(tx, project_id, made.id)


@pytest.mark.parametrize("title", ["", "  ", "x" * 256, "a\nb", "a\u2028b"])
def test_a_title_is_one_line(tx, project_id, title):
    with pytest.raises(Invalid, match="title"):
        publish(tx, project_id, title)


def test_a_body_has_a_bound():
    with pytest.raises(Invalid, match="body"):
        rules.check_body("x" * (rules.BODY_CHARACTERS_MAX + 1))


def deliver(tx, project_id, number, reader=ANN, now=START):
    item = NewInboxItem(UUID(int=number), reader, "Title", f"Text {number}", data={"n": number})
    actions.deliver_any_project(tx, [(project_id, item)], now)
    return item.message_id


def test_a_message_comes_into_one_inbox_once(tx, project_id, other_id):
    deliver(tx, project_id, 1)
    deliver(tx, project_id, 1, now=START + timedelta(days=1))
    deliver(tx, other_id, 1)
    deliver(tx, project_id, 2, BOB)
    (item,) = queries.list_inbox(tx, project_id, ANN)
    assert (item.body, item.data, item.created_at) == ("Text 1", {"n": 1}, START)
    assert queries.count_inbox(tx, project_id, ANN) == 1


def test_reading_is_noted_once_and_for_this_reader_alone(tx, project_id, other_id):
    one, two = deliver(tx, project_id, 1), deliver(tx, project_id, 2)
    theirs = deliver(tx, project_id, 3, BOB)
    later = START + timedelta(minutes=1)
    actions.note_reading(tx, project_id, ANN, one, Reading.CLICKED, START)
    actions.note_reading(tx, project_id, ANN, one, Reading.OPENED, later)
    actions.read_all(tx, project_id, ANN, [theirs], later)
    found = queries.get_inbox_item(tx, project_id, ANN, one)
    assert (found.opened_at, found.clicked_at) == (START, START)
    assert queries.count_inbox(tx, project_id, BOB, is_opened=False) == 1
    assert [
        item.message_id for item in queries.list_inbox(tx, project_id, ANN, is_opened=False)
    ] == [two]
    for project, reader in ((project_id, BOB), (other_id, ANN)):
        with pytest.raises(InboxItemUnknown):
            actions.note_reading(tx, project, reader, one, Reading.OPENED, later)
    actions.read_all(tx, project_id, ANN, None, later)
    assert queries.count_inbox(tx, project_id, ANN, is_opened=False) == 0


def test_nothing_is_left_of_who_is_forgotten(tx, project_id):
    deliver(tx, project_id, 1)
    deliver(tx, project_id, 2, BOB)
    actions.forget_reader(tx, project_id, ANN)
    assert queries.list_inbox(tx, project_id, ANN) == []
    assert queries.count_inbox(tx, project_id, BOB) == 1


def test_a_user_is_proven_by_the_documented_hash():
    # printf user_123 | openssl dgst -sha256 -hmac secret
    known = "fafcbc894db7561f53bfb9ce2c275b396892a666263a3b6b2b7e9bff291f0507"
    assert user_hash("secret", "user_123") == known
    check_user_hash("secret", "user_123", known.upper())


@pytest.mark.parametrize("given", [None, "", "0" * 64, "ключ", user_hash("secret", "user_124")])
def test_nobody_else_is(given):
    with pytest.raises(ReaderUnproven):
        check_user_hash("secret", "user_123", given)
    with pytest.raises(ReaderUnproven):
        check_user_hash(None, "user_123", given)
