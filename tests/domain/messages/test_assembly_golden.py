"""The documented examples of both vocabularies, byte for byte: stored, claimed, written, read."""

import json
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Profile, Who
from beckon.domain.messages import actions as messages
from beckon.domain.messages import delivery
from beckon.domain.messages.model import NewMessage, Unwritable, Written
from beckon.domain.messages.writing import write
from beckon.domain.templates.model import Language, Text, Words
from support.builders import a_contact, a_template
from support.clock import START

LINK = "https://example.site.com/items_for_sale"
R09 = (
    "<p>Your discount is $!data.get('discount')</p>"
    "<a href=\"$!data.get('link')\">Shop</a>$!data.get('never_sent')"
)
R11 = "#if($data.get('field_name').equals('0'))<p>shown</p>#end"
R12 = "#foreach($item in $data.get('items'))$item.get('name'): $item.get('price'); #end"
R13 = (
    "#set($sum = $data.get('price') * $data.get('quantity'))$sum "
    "$mathTool.add($data.get('price'), 10) $numberTool.format('#.00', $data.get('price'))"
)
ITEMS = '{"items":[{"name":"Phone","price":100},{"name":"Case","price":20}]}'


@pytest.fixture
def sent(tx, project_id):
    """Give a function that sends a stored text to somebody: subject, HTML, text part."""

    def send(text, given="{}", *, language=None, **person):
        contact_id = a_contact(tx, project_id, **person)
        contacts.identify(
            tx, project_id, Who(contact_id=contact_id), Profile(language=language), START
        )
        template = a_template(tx, project_id, text)
        new = NewMessage(
            key=f"to {contact_id}",
            contact_id=contact_id,
            channel=template.channel,
            version_id=template.version_id,
            data=json.loads(given),
        )
        messages.queue(tx, project_id, [new], START)
        (draft,) = delivery.claim(
            tx, "a worker", default_sender="shop@example.com", now=START, limit=9
        )
        written = write(draft)
        if isinstance(written, Unwritable):
            return written.reason
        assert isinstance(written, Written)
        mail = message_from_bytes(written.letter.content, policy=policy.default)
        plain, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
        assert written.subject == mail["subject"]
        return mail["subject"], html.removesuffix("\n"), plain

    return send


@pytest.mark.parametrize(
    ("body", "given", "html"),
    [
        pytest.param(
            R09,
            f'{{"discount":"5%","link":"{LINK}"}}',
            f'<p>Your discount is 5%</p><a href="{LINK}">Shop</a>',
            id="R09, R10",
        ),
        pytest.param(
            "$!data.get('customerData').get('firstName') "
            "$!data.get('orderData').get(0).get('name')",
            '{"customerData":{"firstName":"Ann"},"orderData":[{"name":"Tea"}]}',
            "Ann Tea",
            id="R10, nested",
        ),
        pytest.param(R11, '{"field_name":"0"}', "<p>shown</p>", id="R11, shown"),
        pytest.param(R11, '{"field_name":"1"}', "", id="R11, not shown"),
        pytest.param(R11, '{"field_name":0}', "", id="R11, a number"),
        pytest.param(R12, ITEMS, "Phone: 100; Case: 20; ", id="R12"),
        pytest.param(R12, '{"items":[]}', "", id="R12, empty"),
        pytest.param(R12, "{}", "", id="R12, missing"),
        pytest.param(R13, '{"price":990,"quantity":2}', "1980 1000 990.00", id="R13"),
        pytest.param("$!data.get('Discount')", '{"discount":"5%"}', "", id="R14"),
    ],
)
def test_velocity(sent, body, given, html):
    assert sent(Text(Language.VELOCITY, "S", body), given)[1] == html


def test_the_text_part_tells_where_links_lead(sent):
    given = f'{{"discount":"5%","link":"{LINK}"}}'
    _, _, plain = sent(Text(Language.VELOCITY, "S", R09), given)
    assert plain == f"Your discount is 5%\n\nShop <{LINK}>\n\n"


def test_liquid(sent):
    """T34."""
    text = Text(
        Language.LIQUID, "Welcome to {{company}}!", "<h1>Hi {{name}}</h1><p>Thanks for joining.</p>"
    )
    subject, html, plain = sent(text, name="John", company="Acme")
    assert subject == "Welcome to Acme!"
    assert html == "<h1>Hi John</h1><p>Thanks for joining.</p>"
    assert plain == "Hi John\n\nThanks for joining.\n\n"


def test_the_contacts_language_picks_the_translation(sent):
    base = Text(Language.LIQUID, "Hello", "Hello {{ id }}")
    words = {"uk": "Привіт", "pt": "Olá", "pt-br": "Oi"}
    translations = tuple(
        (code, Words(word, f"{word} {{{{ id }}}}")) for code, word in words.items()
    )
    text = replace(base, translations=translations)
    assert sent(text)[0] == "Hello"
    for number, (language, subject) in enumerate(
        [("uk-UA", "Привіт"), ("pt_BR", "Oi"), ("pt-PT", "Olá"), ("de", "Hello")]
    ):
        got = sent(
            text, external_id=f"c{number}", email=f"c{number}@example.com", language=language
        )
        assert got[0] == subject


def test_a_template_that_fails_for_somebody_says_why(sent):
    reason = sent(Text(Language.VELOCITY, "S", "a\n $x.substring(9)"), '{"x":"short"}')
    assert reason.startswith("The template failed for this contact: line 2, column 5: ")
