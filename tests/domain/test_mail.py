"""Mails on the wire: whatever is put in, one mail comes out, and it says what was put in."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import getaddresses, parsedate_to_datetime
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beckon.domain.messages.assembly import assemble
from beckon.domain.messages.mail import message_id
from beckon.domain.templates.compiled import compile_text
from beckon.domain.templates.model import Language, Text
from beckon.domain.templates.rules import NOWHERE
from beckon.kit.addresses import Mailbox, check_mailbox
from beckon.kit.refusals import Invalid

MAIL_ID = UUID(int=0x0123456789ABCDEF0123456789ABCDEF)
AT = datetime(2026, 4, 1, 9, 0, 1, tzinfo=UTC)
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
LINE_BYTES_MAX = 998


def written(**changed):
    """Write the sample mail with some things changed."""
    words = {"subject": "Hi", "plain": "Hi Ann\n", "html": "<p>Hi Ann</p>\n"} | changed
    compiled = compile_text(Text(Language.PLAIN, "Hi", words["html"], words["plain"]))
    return assemble(
        MAIL_ID,
        compiled,
        replace(compiled.fill({}, NOWHERE), subject=words["subject"]),
        sender=changed.get("sender", Mailbox("Shop", "info@shop.example.com")),
        recipient=changed.get("recipient", "ann@example.com"),
        at=AT,
    )


def read(content):
    """Read a mail as the standard library does; it must not find fault with it."""
    mail = message_from_bytes(content, policy=policy.default)
    for part in mail.walk():
        assert part.defects == []
    assert mail.keys() == HEADERS, "each header once and none of its own making"
    return mail


def check_form(content):
    """Hold the bytes against RFC 5322: CRLF only, short lines, headers in ASCII."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_BYTES_MAX
    assert b"\x00" not in content


def test_the_sample():
    mail = read(written())
    assert mail["from"] == "Shop <info@shop.example.com>"
    assert mail["to"] == "ann@example.com"
    assert mail["subject"] == "Hi"
    assert parsedate_to_datetime(mail["date"]) == AT
    assert mail["message-id"] == f"<{MAIL_ID.hex}@shop.example.com>"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_same_mail_is_the_same_bytes():
    assert written() == written()


def one_line(text):
    """Say what a header keeps of a text: line breaks and control characters become blanks."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
hostile = st.sampled_from(
    [
        "Hi\r\nBcc: spy@example.com",
        "Hi\nBcc: spy@example.com\n\nbody",
        "Hi\rBcc: spy@example.com",
        "Hi\x0bBcc:\x0cspy\x85x\u2028y\u2029z",
        "=?utf-8?q?Hi=0D=0ABcc:_spy@example.com?=",
        "x" * 2000,
        "ї" * 2000,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 50,
        " leading and trailing ",
        ". a name that begins with a dot",
        "",
    ]
)


@given(subject=any_text | hostile)
def test_a_subject_is_one_header_and_reads_as_it_was(subject):
    content = written(subject=subject)
    check_form(content)
    assert plainly(read(content)["subject"]) == plainly(one_line(subject))


def plainly(text):
    """Compare texts without regard to how folding treats runs of blanks."""
    return " ".join(text.split())


@example(name=".")
@given(name=any_text | hostile)
def test_a_senders_name_never_becomes_an_address(name):
    content = written(sender=Mailbox(name, "info@shop.example.com"))
    check_form(content)
    mail = read(content)
    addresses = mail["from"].addresses
    assert [address.addr_spec for address in addresses] == ["info@shop.example.com"]
    # The library keeps the blank between two encoded words of a phrase; RFC 2047 does not.
    shown = addresses[0].display_name
    assert "".join(shown.split()) == "".join(one_line(name).split())
    raw = message_from_bytes(content)["from"]
    assert [address for _, address in getaddresses([raw])] == ["info@shop.example.com"]


lines_of_text = st.lists(any_text | hostile, max_size=6).map("\n".join)


@given(plain=lines_of_text, html=lines_of_text)
def test_bodies_come_back_whole(plain, html):
    content = written(plain=plain, html=html)
    check_form(content)
    mail = read(content)
    for kind, body in (("plain", plain), ("html", html)):
        content = mail.get_body((kind,)).get_content()
        words = content.replace("\r\n", "\n").removesuffix("\n")
        assert words.splitlines() == body.splitlines()


@given(body=st.sampled_from([f"--=_{MAIL_ID.hex}", f"--=_{MAIL_ID.hex}--", ".", "..", "From x"]))
def test_a_body_cannot_end_its_part(body):
    mail = read(written(plain=body, html=body))
    assert len(list(mail.iter_parts())) == 2
    assert mail.get_body(("plain",)).get_content().strip() == body


@given(cut=st.integers(0, 36))
def test_a_value_cannot_end_a_part(cut):
    body = f"--=_{MAIL_ID.hex}"
    source = "\n" + body[:cut] + "{{ v }}\n"
    compiled = compile_text(Text(Language.LIQUID, "s", source, source, escapes=False))
    filled = compiled.fill({"v": body[cut:]}, NOWHERE)
    content = assemble(
        MAIL_ID, compiled, filled, sender=Mailbox("", "a@b.com"), recipient="c@d.com", at=AT
    )
    if cut <= len(body) - 16:  # beyond it the template itself would have to know the number
        assert len(list(message_from_bytes(content, policy=policy.default).iter_parts())) == 2


@pytest.mark.parametrize(
    ("address", "written_as"),
    [
        ("ann@example.com", "ann@example.com"),
        ("a.b+c_d@example.com", "a.b+c_d@example.com"),
        ("ann@приклад.укр", "ann@xn--80aikifvh.xn--j1amh"),
    ],
)
def test_addresses_on_the_wire(address, written_as):
    assert read(written(recipient=address))["to"] == written_as
    sender = check_mailbox(address, "from")
    assert message_id(MAIL_ID, sender).endswith(f"@{written_as.rpartition('@')[2]}>")


@pytest.mark.parametrize(
    ("given_as", "mailbox"),
    [
        ("ann@example.com", Mailbox("", "ann@example.com")),
        ("  ann@EXAMPLE.com ", Mailbox("", "ann@example.com")),
        ('"Shop" <info@example.com>', Mailbox("Shop", "info@example.com")),
        ("Shop & Co <info@example.com>", Mailbox("Shop & Co", "info@example.com")),
        (
            '"A \\"B\\" <c@d.com>" <info@example.com>',
            Mailbox('A "B" <c@d.com>', "info@example.com"),
        ),
        ("Крамниця <info@example.com>", Mailbox("Крамниця", "info@example.com")),
        ("<info@example.com>", Mailbox("", "info@example.com")),
    ],
)
def test_a_mailbox_is_read(given_as, mailbox):
    assert check_mailbox(given_as, "from") == mailbox


@pytest.mark.parametrize(
    "given_as",
    [
        "",
        "Shop",
        "@example.com",
        "ann@",
        "a@b@example.com",
        "a" + " " * 200_000 + '"<',  # told at once, however long
        "ann@example.com, bo@example.com",
        "Ann <ann@example.com>, Bo <bo@example.com>",
        "Ann <ann@example.com> Bo",
        "Ann, Bo <ann@example.com>",
        "Ann <ann@example.com",
        "Ann ann@example.com>",
        "Ann <<ann@example.com>>",
        "Ann <ann@example.com>\r\nBcc: spy@example.com",
        "Ann\x00 <ann@example.com>",
        "Ann\u2028 <ann@example.com>",
        'Ann" <ann@example.com>',
        "group: ann@example.com;",
        "ann@exam ple.com",
        "ann@-example.com",
        f"ann@{'x' * 250}.com",
    ],
)
def test_what_is_not_exactly_one_mailbox(given_as):
    with pytest.raises(Invalid, match="from"):
        check_mailbox(given_as, "from")


@given(any_text | hostile)
def test_a_mailbox_that_is_taken_is_written_as_one(text):
    try:
        sender = check_mailbox(text, "from")
    except Invalid:
        return
    mail = read(written(sender=sender))
    assert len(mail["from"].addresses) == 1
