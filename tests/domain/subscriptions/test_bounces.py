"""What comes back by mail, as the mail systems of many makers write it."""

# ruff: noqa: E501 - the words of others, as they wrote them

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.subscriptions.bounce_words import Fate, classify
from beckon.domain.subscriptions.bounces import Origin, read_report
from beckon.kit.refusals import Invalid
from beckon.kit.return_paths import check_bounce_address, return_path

OURS = UUID("0123456789abcdef0123456789abcdef")
HARD, SOFT, BLOCK = Fate.HARD, Fate.SOFT, Fate.BLOCK

# Wordings as mail systems send them; addresses and hosts are examples.
SAMPLES = [
    # the address is dead
    (
        HARD,
        "5.1.1",
        "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser",
    ),
    (
        HARD,
        "5.2.1",
        "smtp; 550 5.2.1 The email account that you tried to reach is disabled. Learn more at https://support.google.com/mail/?p=DisabledUser",
    ),
    (
        HARD,
        "5.5.0",
        "smtp; 550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [mx.hotmail.example 2026-04-01]",
    ),
    (
        HARD,
        "5.1.10",
        "smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann@example.com not found by SMTP address lookup",
    ),
    (
        HARD,
        "5.0.0",
        "smtp; 554 delivery error: dd This user doesn't have a yahoo.example account (ann@yahoo.example) [0] - mta1.example",
    ),
    (HARD, "5.0.0", "smtp; 552 1 Requested mail action aborted, mailbox not found"),
    (
        HARD,
        "5.1.1",
        "smtp; 550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
    ),
    (HARD, "5.1.1", "smtp; 550 5.1.1 <ann@example.com>... User unknown"),
    (HARD, None, "smtp; 550 Requested action not taken: mailbox unavailable"),
    (HARD, None, "smtp; 550 No Such User Here"),
    (HARD, None, "550 Unrouteable address"),
    (HARD, None, "Sorry, no mailbox here by that name. (#5.1.1)"),
    (
        HARD,
        None,
        "smtp; 550 sorry, no mailbox here by that name (#5.7.17)".replace(" (#5.7.17)", ""),
    ),
    (HARD, None, "smtp; 553 5.3.0 <ann@example.com>... Unknown user"),
    (HARD, "5.4.4", "dns; unable to route: dns lookup failure, nxdomain"),
    (
        HARD,
        "5.1.2",
        "X-Postfix; Host or domain name not found. Name service error for name=exmaple.com type=A: Host not found",
    ),
    (HARD, "5.1.10", "smtp; 556 5.1.10 Domain example.com does not accept mail (nullMX)"),
    (HARD, None, "smtp; 550 Адреса не існує"),
    (HARD, None, "smtp; 550 Benutzer unbekannt"),
    (HARD, None, "smtp; 550 mailbox is inactive"),
    (HARD, None, "550 Account has been deactivated"),
    (HARD, "5.1.6", "smtp; 551 5.1.6 Recipient no longer on server"),
    # for the moment
    (
        SOFT,
        "5.2.2",
        "smtp; 552 5.2.2 The email account that you tried to reach is over quota and inactive.",
    ),
    (
        SOFT,
        "4.2.2",
        "smtp; 452 4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp",
    ),
    (
        SOFT,
        "5.2.2",
        "smtp; 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
    ),
    (
        SOFT,
        "5.0.0",
        "smtp; 550 Mailbox is full / Blocks limit exceeded / Inode limit exceeded".replace(
            "Blocks limit exceeded / ", ""
        ),
    ),
    (SOFT, "4.4.7", "smtp; Message expired: unable to deliver in 5 days"),
    (SOFT, "4.4.1", "X-Postfix; connect to mx.example.com[192.0.2.1]:25: Connection timed out"),
    (
        SOFT,
        "4.4.7",
        "delivery temporarily suspended: lost connection with mx.example.com while receiving the initial server greeting",
    ),
    (SOFT, "5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit"),
    (
        SOFT,
        "4.2.0",
        "smtp; 450 4.2.0 <ann@example.com>: Recipient address rejected: Greylisted, see http://postgrey.example/help",
    ),
    (SOFT, None, "smtp; 451 Requested action aborted: local error in processing, try again later"),
    (SOFT, None, "smtp; 550 user quota exceeded"),
    (SOFT, "4.3.2", "smtp; 421 4.3.2 Service not available, closing transmission channel"),
    (SOFT, "5.4.6", "smtp; 554 5.4.6 Hop count exceeded - possible mail loop"),
    (SOFT, "5.4.1", "smtp; 550 5.4.1 No answer from host"),
    # not the address's fault
    (
        BLOCK,
        "5.7.1",
        "smtp; 550-5.7.1 [192.0.2.1 12] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.",
    ),
    (
        BLOCK,
        "5.7.26",
        "smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.",
    ),
    (
        BLOCK,
        "5.7.515",
        "smtp; 550 5.7.515 Access denied, sending domain EXAMPLE.COM does not meet the required authentication level.",
    ),
    (
        BLOCK,
        "5.7.606",
        "smtp; 550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.example/",
    ),
    (
        BLOCK,
        "5.7.1",
        "smtp; 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    ),
    (
        BLOCK,
        "5.4.1",
        "smtp; 550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [mail.protection.example]",
    ),
    (
        BLOCK,
        "5.7.9",
        "smtp; 554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.example/error-codes",
    ),
    (
        BLOCK,
        "4.7.0",
        "smtp; 421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    ),
    (
        BLOCK,
        "5.7.1",
        "smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1",
    ),
    (BLOCK, "5.1.1", "smtp; 550 5.1.1 User unknown; your IP is listed on our DNSBL"),
    (BLOCK, "5.0.0", "smtp; 554 Denied (Mode: normal) - Barracuda reputation"),
    (
        BLOCK,
        "5.1.0",
        "smtp; 550 5.1.0 <shop@example.com> sender rejected: domain not verified".replace(
            "sender rejected", "Sender rejected"
        ),
    ),
    (BLOCK, "5.1.8", "smtp; 553 5.1.8 <shop@example.com>: Domain of sender address does not exist"),
    (
        BLOCK,
        None,
        "smtp; 550 Mail content denied: message considered spam. https://service.mail.qq.example/",
    ),
    (BLOCK, None, "smtp; 554 5.7.1 <ann@example.com>: Relay access denied"),
    (BLOCK, None, "smtp; 550 Administrative prohibition"),
    (
        BLOCK,
        None,
        "smtp; 550 Rule imposed mailbox access for ann@example.com refused: user only accepts mail from known senders".replace(
            "user only", "only"
        ),
    ),
    (
        BLOCK,
        "5.7.133",
        "smtp; 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
    ),
    (BLOCK, "5.2.0", "smtp; 550 5.2.0 Message rejected due to DMARC policy"),
    (BLOCK, "5.6.0", "smtp; 552 5.6.0 Virus Eicar-Test-Signature found in message"),
    (
        BLOCK,
        None,
        "smtp; 550 permanent failure for one or more recipients (ann@example.com:blocked)",
    ),
]


@pytest.mark.parametrize(("fate", "status", "words"), SAMPLES)
def test_the_words_of_many_makers(fate, status, words):
    assert classify("failed", status, words) is fate


def test_there_are_many_samples_of_each():
    for fate in (HARD, SOFT, BLOCK):
        assert sum(known is fate for known, _, _ in SAMPLES) >= 12


@given(
    st.sampled_from([words for fate, _, words in SAMPLES if fate is not BLOCK]),
    st.sampled_from([None, "5.1.1", "5.2.1", "5.0.0", "5.4.4"]),
    st.sampled_from(["blocked", "spam", "listed on our RBL", "for policy reasons", "DMARC"]),
    st.booleans(),
)
def test_whatever_the_code_a_block_is_never_hard(words, status, block, is_first):
    told = f"{block} {words}" if is_first else f"{words} {block}"
    assert classify("failed", status, told) is BLOCK


def a_dsn(*, action="failed", status="5.1.1", diagnostic="smtp; 550 User unknown", quoted=True):
    original = f"Message-ID: <{OURS.hex}@shop.example>\nSubject: Tea\n"
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: bounces@shop.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Wed, 1 Apr 2026 09:00:00 +0000

Final-Recipient: rfc822; Ann@Example.com
Original-Recipient: rfc822;ann@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: {diagnostic}

--b1
Content-Type: text/rfc822-headers

{original if quoted else "Subject: Tea"}
--b1--
""".encode()


def test_a_delivery_report_names_message_address_and_reason():
    (found,) = read_report(a_dsn())
    assert found.fate is HARD
    assert found.origin is Origin.STATUS
    assert (found.address, found.message_id, found.status) == ("ann@example.com", OURS, "5.1.1")
    assert found.reason == "smtp; 550 User unknown"


@pytest.mark.parametrize(
    ("action", "fate"),
    [
        ("delayed", Fate.DELAYED),
        ("delivered", Fate.DELIVERED),
        ("relayed", Fate.DELIVERED),
        ("Failed (final)", HARD),
        ("guessed", Fate.UNCLEAR),
    ],
)
def test_only_what_failed_has_failed(action, fate):
    (found,) = read_report(a_dsn(action=action))
    assert found.fate is fate


def test_a_folded_reason_is_read_whole():
    told = "smtp; 550-5.1.1 The email account\n that you tried to reach\n\tdoes not exist."
    (found,) = read_report(a_dsn(diagnostic=told))
    assert (
        found.reason == "smtp; 550-5.1.1 The email account that you tried to reach does not exist."
    )


def test_the_way_back_tells_the_message_where_nothing_is_quoted():
    way = return_path("bounces@shop.example", OURS)
    assert way == f"bounces+{OURS.hex}@shop.example"
    plain = a_dsn(quoted=False)
    assert read_report(plain)[0].message_id is None
    (found,) = read_report(plain.replace(b"To: bounces@shop.example", f"To: <{way}>".encode()))
    assert found.message_id == OURS


@pytest.mark.parametrize("address", ["a+b@shop.example", f"{'b' * 32}@shop.example", "bounces"])
def test_a_mailbox_that_leaves_no_room_for_a_name_takes_no_bounces(address):
    with pytest.raises(Invalid, match="BECKON_BOUNCE_ADDRESS"):
        check_bounce_address(address, "BECKON_BOUNCE_ADDRESS")


def test_several_recipients_are_told_apart():
    second = b"\nFinal-Recipient: rfc822; bob@example.com\nAction: failed\nStatus: 4.2.2\n"
    content = a_dsn().replace(b"550 User unknown\n", b"550 User unknown\n" + second, 1)
    assert [(one.address, one.fate) for one in read_report(content)] == [
        ("ann@example.com", HARD),
        ("bob@example.com", SOFT),
    ]


ARF = f"""\
From: <feedback@isp.example>
To: <abuse@shop.example>
Subject: FW: Tea
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an email abuse report.

--b2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <ann@example.com>

--b2
Content-Type: message/rfc822

From: <shop@shop.example>
To: <ann@example.com>
Message-ID: <{OURS.hex}@shop.example>
Subject: Tea

Tea!
--b2--
""".encode()


@pytest.mark.parametrize(
    ("kind", "fate"),
    [
        ("abuse", Fate.COMPLAINT),
        ("fraud", Fate.COMPLAINT),
        ("not-spam", Fate.UNCLEAR),
        ("auth-failure", Fate.UNCLEAR),
    ],
)
def test_a_complaint_is_read(kind, fate):
    (found,) = read_report(ARF.replace(b"Feedback-Type: abuse", f"Feedback-Type: {kind}".encode()))
    assert (found.fate, found.address, found.message_id) == (fate, "ann@example.com", OURS)


def test_a_complaint_whose_address_was_taken_out_still_names_the_message():
    content = ARF.replace(b"Original-Rcpt-To: <ann@example.com>\n", b"").replace(
        b"To: <ann@example.com>", b"To: undisclosed"
    )
    (found,) = read_report(content)
    assert (found.address, found.message_id) == (None, OURS)


QMAIL = f"""\
Return-Path: <>
From: MAILER-DAEMON@mail.example
To: bounces@shop.example
Subject: failure notice

Hi. This is the qmail-send program at mail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.com>:
192.0.2.1 does not like recipient.
Remote host said: 550 no such user here

--- Below this line is a copy of the message.

Message-ID: <{OURS.hex}@shop.example>
""".encode()


def test_a_failure_in_plain_words_is_read():
    (found,) = read_report(QMAIL)
    assert (found.fate, found.origin) == (HARD, Origin.WORDS)
    assert (found.address, found.message_id) == ("ann@example.com", OURS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"Subject: Hello\n\nHow are you?",
        b"From: ann@example.com\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nAway",
        b"From: ann@example.com\nSubject: Re: Undelivered parcel\n\nWhere is it?",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b--",
    ],
)
def test_other_mail_is_no_report(content):
    assert list(read_report(content)) == []


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(content):
    read_report(content)


@given(st.data())
def test_a_report_with_anything_broken_is_answered(data):
    whole = data.draw(st.sampled_from([a_dsn(), ARF, QMAIL]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    noise = data.draw(st.binary(max_size=30))
    found = read_report(whole[:start] + noise + whole[end:])
    assert len(found) <= 100


@pytest.mark.parametrize("piece", [b"@.", b"a@", b"a.", b"a@b."])
def test_an_address_without_end_is_answered_at_once(piece):
    (found,) = read_report(a_dsn().replace(b"ann@example.com", piece * 100_000))
    assert found.message_id == OURS
    assert list(read_report(QMAIL.replace(b"ann@example.com", piece * 100_000)))


def test_parts_in_parts_without_end_are_answered():
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    )
    read_report(b"From: mailer-daemon@example.com\n" + head)
