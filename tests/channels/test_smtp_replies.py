"""What a relay's replies mean: read from bytes in any pieces, then classed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.channels.smtp.replies import (
    ABOUT_THE_LETTER,
    NotSmtpError,
    Reply,
    ReplyReader,
    Stage,
    outcome_of,
)
from beckon.domain.messages.model import Deferred, Rejected, Sent, Unknown

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)

DEAD = "dead address"
REFUSED = "refused"
LATER = "later"
CHANNEL = "channel"


def read(text: str) -> Reply:
    [reply] = ReplyReader().feed(f"{text}\r\n".encode())
    return reply


def classed(text: str, stage: Stage) -> str:
    match outcome_of(read(text), stage, NOW):
        case Rejected(permanent=True):
            return DEAD
        case Rejected():
            return REFUSED
        case Deferred(reason=reason):
            return CHANNEL if "BECKON_SMTP_URL" in reason else LATER
        case other:
            return type(other).__name__


@pytest.mark.parametrize(
    ("text", "stage", "expected"),
    [
        ("421 4.3.2 closing", Stage.CONTENT, LATER),
        ("450 4.2.1 greylisted", Stage.RCPT, LATER),
        ("454 Throttling failure: maximum sending rate exceeded", Stage.CONTENT, LATER),
        ("452 4.2.2 over quota", Stage.RCPT, LATER),
        ("552 5.2.2 mailbox full", Stage.CONTENT, LATER),
        ("552 over quota", Stage.RCPT, LATER),
        ("550 5.2.2 quota", Stage.RCPT, LATER),
        ("552 5.3.4 message too big", Stage.CONTENT, REFUSED),
        ("552 size limit", Stage.MAIL, REFUSED),
        ("550 5.1.1 no such user", Stage.RCPT, DEAD),
        ("550 5.1.1 no such user", Stage.CONTENT, DEAD),
        ("556 5.1.10 null MX", Stage.RCPT, DEAD),
        ("550 No such user here", Stage.RCPT, DEAD),
        ("550 Requested action not taken: mailbox anna@b.example not found", Stage.RCPT, DEAD),
        ("550 mailbox unavailable", Stage.RCPT, REFUSED),
        ("550 your address 192.0.2.1 is blocked, its PTR does not exist", Stage.RCPT, REFUSED),
        ("550 5.1.1 no such sender", Stage.MAIL, REFUSED),
        ("550 5.7.1 blocked, unknown user agent of spam", Stage.RCPT, REFUSED),
        ("554 5.7.1 listed at a block list", Stage.CONTENT, REFUSED),
        ("550 5.7.515 not authenticated by DKIM", Stage.CONTENT, REFUSED),
        ("500 line too long", Stage.CONTENT, REFUSED),
        ("501 5.1.3 bad address syntax", Stage.RCPT, REFUSED),
        ("503 5.5.1 out of order", Stage.MAIL, LATER),
        ("530 5.7.0 authentication required", Stage.MAIL, CHANNEL),
        ("535 5.7.8 bad password", Stage.AUTH, CHANNEL),
        ("454 4.7.0 sign in later", Stage.AUTH, CHANNEL),
        ("554 5.7.1 no service for you", Stage.GREETING, LATER),
        ("550 rejected", Stage.EHLO, LATER),
        ("250 done?", Stage.DATA, LATER),
        ("354 go on?", Stage.CONTENT, "Unknown"),
        ("250 2.0.0 thanks", Stage.CONTENT, "Sent"),
    ],
)
def test_a_reply_has_one_class(text, stage, expected):
    assert classed(text, stage) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("450 4.2.0 Greylisted, try again in 300 seconds", 300),
        ("451 4.7.1 retry after 5 minutes", 300),
        ("421 wait 2h", 7200),
        ("451 come back in 30s", 30),
        ("451 try later", None),
        ("451 4.7.0 [192.0.2.55] try in 99 days", None),
        ("451 retry in 9999999 hours", None),
    ],
)
def test_a_wait_that_the_relay_names_is_kept(text, seconds):
    outcome = outcome_of(read(text), Stage.RCPT, NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.retry_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ12", "4XyZ12"),
        ("250 OK id=1rLVqY-0003Ab-2K", "1rLVqY-0003Ab-2K"),
        ("250 2.6.0 <a@b> Queued mail for delivery", ""),
    ],
)
def test_the_relays_own_name_of_a_letter_is_found(text, queue_id):
    assert outcome_of(read(text), Stage.CONTENT, NOW) == Sent(queue_id, text)


def test_an_enhanced_code_of_another_class_is_not_believed():
    assert read("450 5.1.1 confused").enhanced == ""
    assert read("550 5.1.1").enhanced == "5.1.1"


def test_a_reason_is_one_printable_line_of_bounded_length():
    outcome = outcome_of(read("550 5.7.1 a\x07b\x1b[31m" + "x" * 5000), Stage.RCPT, NOW)
    assert isinstance(outcome, Rejected)
    assert outcome.reason.isprintable()
    assert len(outcome.reason) < 600


@pytest.mark.parametrize("text", ["hello", "99 low", "650 high", "250-a\r\n550 b", "2504 x", ""])
def test_what_is_no_reply_is_refused(text):
    with pytest.raises(NotSmtpError):
        list(ReplyReader().feed(f"{text}\r\n".encode()))


@pytest.mark.parametrize("flood", [b"2" * 70_000, b"250-more\r\n" * 9_000])
def test_a_reply_without_end_is_refused(flood):
    with pytest.raises(NotSmtpError):
        list(ReplyReader().feed(flood))


def test_replies_before_the_fault_still_count():
    replies = ReplyReader().feed(b"250 ok\r\nrubbish\r\n")
    assert next(replies).code == 250
    with pytest.raises(NotSmtpError):
        next(replies)


a_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
a_reply = st.tuples(st.integers(200, 599), st.lists(a_text, min_size=1, max_size=4))


@given(st.lists(a_reply, max_size=6), st.integers(1, 50))
def test_replies_are_the_same_in_whatever_pieces_they_come(replies, piece_bytes):
    lines = [
        f"{code}{'-' if n < len(texts) else ' '}{text}\r\n"
        for code, texts in replies
        for n, text in enumerate(texts, start=1)
    ]
    stream = "".join(lines).encode()
    reader = ReplyReader()
    pieces = [stream[at : at + piece_bytes] for at in range(0, len(stream), piece_bytes)]
    found = [reply for piece in pieces for reply in reader.feed(piece)]
    assert [(reply.code, list(reply.lines)) for reply in found] == replies
    assert reader.is_between


@given(st.integers(200, 599), a_text, st.sampled_from(Stage))
def test_only_a_yes_to_the_content_is_sent_and_only_a_no_to_a_letter_rejects(code, text, stage):
    reply = read(f"{code} {text}")
    outcome = outcome_of(reply, stage, NOW)
    assert isinstance(outcome, Sent) == (reply.is_good and stage is Stage.CONTENT)
    if isinstance(outcome, Rejected):
        assert code >= 500
        assert stage in ABOUT_THE_LETTER
    if isinstance(outcome, Unknown):
        assert stage is Stage.CONTENT


@given(st.integers(500, 599), st.sampled_from(Stage), st.integers(0, 999), a_text)
def test_a_policy_never_kills_an_address(code, stage, detail, text):
    outcome = outcome_of(read(f"{code} 5.7.{detail} {text}"), stage, NOW)
    assert not (isinstance(outcome, Rejected) and outcome.permanent)
