"""Mail to many as it leaves: what Gmail, Yahoo and Microsoft ask of it, read by other libraries."""

from datetime import timedelta
from email import message_from_bytes, policy
from uuid import UUID

import dkim
import pytest

from beckon.channels.dkim.signer import DkimSigner, sign_with
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.model import Draft, MessageId, Written
from beckon.domain.messages.writing import write
from beckon.domain.subscriptions.model import Purpose
from beckon.engine.dress import Dresser
from beckon.kit.keypairs import Algorithm, new_pair, read_private
from beckon.kit.signing import Signer
from support.builders import a_text
from support.clock import START

PAIR = new_pair(Algorithm.RSA)
KEY = DkimSigner("example.com", "beckon", read_private(PAIR.private))
BODY = '<p>Привіт {{ name }}</p><a href="https://shop.example/tea?a=1&amp;b=2">tea</a>'
DRESS = Dresser(
    Signer([b"k" * 32]), "https://beckon.example", lambda _, __, mail: sign_with([KEY], mail)
)


def a_mail(number=0, purpose=Purpose.BULK, body=BODY):
    draft = Draft(
        id=MessageId(UUID(int=number)),
        position=number,
        project_id=ProjectId(7),
        contact_id=ContactId(number),
        fence=1,
        attempts=0,
        channel=Channel.EMAIL,
        purpose=purpose,
        sender='"Чай" <shop@example.com>',
        address=f"p{number}@example.org",
        subject=None,
        text=a_text(f"News {number} ☕", body),
        data={"name": "x" * (number % 90)},
        created_at=START + timedelta(seconds=number),
        campaign_id=3,
    )
    written = write(draft, DRESS)
    assert isinstance(written, Written), written
    return written.letter.content


def verifies(content):
    record = f"v=DKIM1; k=rsa; p={PAIR.public}".encode()
    return dkim.verify(content, dnsfunc=lambda *_, **__: record)


def test_a_thousand_mails_to_many_meet_the_rules():
    for number in range(1000):
        content = a_mail(number)
        mail = message_from_bytes(content, policy=policy.default)
        assert content == a_mail(number) if number < 10 else True
        assert verifies(content)
        signed = mail["DKIM-Signature"].replace(" ", "").lower()
        assert "list-unsubscribe:list-unsubscribe-post" in signed
        assert "d=example.com" in signed
        assert mail["From"].addresses[0].domain == "example.com"
        assert mail["List-Unsubscribe"].startswith("<https://beckon.example/u/")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Id"] == "<all.p7.example.com>"
        assert mail["Feedback-ID"] == "c3:p7:bulk:example.com"
        assert mail["Precedence"] == "bulk"
        for name in ("Date", "Message-ID", "To", "Subject", "MIME-Version"):
            assert len(mail.get_all(name)) == 1
        assert "Привіт" in mail.get_body(("plain",)).get_content()
        assert "/c/" in mail.get_body(("html",)).get_content()
        assert "/o/" in mail.get_body(("html",)).get_content()
        assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("purpose", "can_end", "auto", "precedence"),
    [
        (Purpose.BULK, True, None, "bulk"),
        (Purpose.TRIGGERED, True, "auto-generated", None),
        (Purpose.TRANSACTIONAL, False, "auto-generated", None),
        (Purpose.CONFIRMATION, False, "auto-generated", None),
    ],
)
def test_what_can_be_ended_says_how(purpose, can_end, auto, precedence):
    mail = message_from_bytes(a_mail(purpose=purpose), policy=policy.default)
    assert (mail["List-Unsubscribe"] is not None) is can_end
    assert (mail["List-Unsubscribe-Post"] is not None) is can_end
    assert mail["Auto-Submitted"] == auto
    assert mail["Precedence"] == precedence


def test_templates_may_print_the_links():
    body = "{{ unsubscribe_link }} {{ preference_link }} {{ confirm_link }} {{ web_view_link }}"
    html = message_from_bytes(a_mail(body=body), policy=policy.default).get_body(("html",))
    text = html.get_content()
    for kind in "upsv":
        assert f"https://beckon.example/{kind}/" in text


def test_our_own_links_are_not_tracked():
    body = '<a href="{{ unsubscribe_link }}">end</a>'
    html = message_from_bytes(a_mail(body=body), policy=policy.default).get_body(("html",))
    assert 'href="https://beckon.example/u/' in html.get_content()
