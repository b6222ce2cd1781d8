"""What is special to a channel: notes with all their parts, tokens that die, who mail is from."""

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, NewDevice, Platform
from beckon.domain.contacts.queries import list_devices
from beckon.domain.messages import actions, delivery, queries
from beckon.domain.messages.model import Heard, NewMessage, Rejected, Report, Sent, State
from beckon.domain.messages.writing import Dressing, write
from beckon.domain.providers import actions as providers
from beckon.domain.providers.model import NewProvider, ProviderKind
from beckon.domain.subscriptions.actions import suppress
from beckon.domain.subscriptions.model import Ask, Proof, Purpose, Suppression
from beckon.domain.subscriptions.queries import find_refusals
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import Details, Language, Text
from beckon.kit import json
from beckon.kit.secrets import Vault
from support.builders import a_contact, a_message
from support.clock import START
from support.worker import SENDER

TOKEN = "token of a phone"
PUSH = Text(
    Language.LIQUID,
    "Hi {{ name }}",
    "Your {{ plan }} ends.",
    channel=Channel.PUSH,
    details=Details(
        image_url="https://shop.example/{{ plan }}.png",
        link_url="app://plans/{{ plan }}",
        button="Stay {{ plan }}",
        data=(("screen", "plan {{ plan }}"),),
    ),
)


def pushed(tx, project_id):
    """Commit to a push message to Ann's phone; gives her and the letter."""
    ann = a_contact(tx, project_id, name="Ann", plan="pro")
    contacts.add_device(tx, project_id, ann, NewDevice(Platform.ANDROID, "fcm", TOKEN), START)
    new = NewMessage(
        key="a push",
        contact_id=ann,
        channel=Channel.PUSH,
        version_id=templates.keep(tx, project_id, PUSH, START),
    )
    actions.queue(tx, project_id, [new], START)
    drafts = delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=9)
    return ann, delivery.submit(tx, [write(one) for one in drafts], "test", START)[0]


def devices(tx, project_id, contact_id):
    return list_devices(tx, project_id, {contact_id})


def test_a_note_carries_all_its_parts(tx, project_id):
    _, letter = pushed(tx, project_id)
    assert letter.recipient == TOKEN
    assert json.stored(letter.content.decode()) == {
        "title": "Hi Ann",
        "text": "Your pro ends.",
        "image_url": "https://shop.example/pro.png",
        "link_url": "app://plans/pro",
        "button": "Stay pro",
        "data": {"screen": "plan pro"},
    }


def test_a_token_that_is_dead_is_used_no_more_until_it_is_given_again(tx, project_id):
    ann, letter = pushed(tx, project_id)
    gone = Rejected("unregistered", permanent=True)
    delivery.settle(tx, [letter], [gone], "test", START)
    assert devices(tx, project_id, ann) == []
    contacts.add_device(tx, project_id, ann, NewDevice(Platform.ANDROID, "fcm", TOKEN), START)
    assert [one.token for one in devices(tx, project_id, ann)] == [TOKEN]
    asked = Ask(Channel.PUSH, TOKEN, ann, Purpose.TRIGGERED, None)
    assert find_refusals(tx, project_id, [asked]) == [None]


def test_a_report_buries_a_token_too(tx, project_id):
    ann, letter = pushed(tx, project_id)
    delivery.settle(tx, [letter], [Sent("theirs")], "test", START)
    told = Report(Heard.BOUNCED_HARD, START, letter.id)
    assert actions.report(tx, project_id, [told], START) == 1
    assert devices(tx, project_id, ann) == []


def test_mail_is_from_whom_message_provider_or_installation_say(tx, project_id):
    def senders():
        drafts = delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=9)
        return [draft.sender for draft in drafts]

    a_message(tx, project_id, "first")
    assert senders() == [SENDER]
    own = '"Shop" <shop@example.com>'
    settings = {"host": "smtp.example.com", "from_email": own}
    new = NewProvider(Channel.EMAIL, ProviderKind.SMTP, "Ours", settings)
    providers.create(
        tx,
        project_id,
        new,
        vault=Vault(["a key of thirty-two characters and more"]),
        actor="a test",
        report_token="t",
        now=START,
    )
    a_message(tx, project_id, "second")
    a_message(tx, project_id, "third", sender="news@example.com")
    assert senders() == [own, "news@example.com"]


def test_nothing_that_is_given_takes_the_place_of_a_messages_own_links(tx, project_id):
    words = Text(Language.LIQUID, "S", "<p>{{ unsubscribe_link }}</p>")
    data = {"unsubscribe_link": "https://elsewhere.example"}
    a_message(tx, project_id, text=words, data=data)
    (draft,) = delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=9)
    own = {"unsubscribe_link": "https://beckon.example/u/7"}
    content = write(draft, lambda _: Dressing(values=own)).letter.content
    assert b"beckon.example/u/7" in content
    assert b"elsewhere" not in content


def test_who_may_not_be_written_to_is_suppressed_at_once(tx, project_id):
    ann = a_contact(tx, project_id)
    message_id = a_message(tx, project_id, contact_id=ann)
    ask = Ask(Channel.EMAIL, "ann@example.com", ann, Purpose.TRIGGERED, None)
    assert actions.refuse_unwanted(tx, project_id, message_id, ask, START) is None
    suppress(
        tx,
        project_id,
        Channel.EMAIL,
        ["ann@example.com"],
        reason=Suppression.MANUAL,
        proof=Proof("a test"),
        now=START,
    )
    reason = actions.refuse_unwanted(tx, project_id, message_id, ask, START)
    message = queries.get_message(tx, project_id, message_id)
    assert (message.state, message.reason) == (State.SUPPRESSED, reason)
    assert delivery.claim(tx, "w", default_sender=SENDER, now=START, limit=9) == []
