"""Single messages with words of their own in the Reteno vocabulary: e-mail, SMS, Viber."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.sending import (
    Sending,
    SendResult,
    by_address,
    check_ttl,
    in_segment,
    read_category,
    read_locators,
    send,
)
from beckon.api.reteno.wire import as_list, read_number, spelled
from beckon.domain.contacts.model import Channel
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import Details, Language, Text
from beckon.domain.templates.rules import check_text
from beckon.kit.addresses import check_mailbox
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

SENDER_CHARACTERS_MAX = 100


class EmailWords(Struct, rename=spelled):
    """Body of POST /message/email; of `subscriptionsKeys` the first counts."""

    from_: str
    subject: str
    html_text: str
    emails: list[str] | str
    plain_text: str | None = None
    external_request_id: str | None = None
    skip_personalisation: bool = False
    subscriptions_keys: list[str] | str | None = None


class SmsWords(Struct, rename=spelled):
    """Body of POST /message/sms: either numbers or a segment."""

    from_: str
    text: str
    phone_numbers: list[str] | str | None = None
    group_id: int | str | None = None
    external_request_id: str | None = None
    subscriptions_keys: list[str] | str | None = None


class ViberWords(Struct, rename=spelled):
    """Body of POST /message/viber; picture, button and link come together or not at all."""

    text: str
    ios_expirity_text: str
    from_: str | None = None
    phone_numbers: list[str] | str | None = None
    group_id: int | str | None = None
    img: str | None = None
    caption: str | None = None
    action: str | None = None
    ttl_seconds: int | None = None
    external_request_id: str | None = None
    subscriptions_keys: list[str] | str | None = None


def prepare_email(_: Call, body: EmailWords) -> Callable[[], object]:
    """Compile words before their transaction."""
    return partial(check_text, _mail(body))


def send_email(call: Call, body: EmailWords) -> SendResult:
    """POST /v1/message/email; queued at once, one message for each address that is one.

    The words are Velocity unless `skipPersonalisation` is true; a fault is a 400 with its place.
    """
    check_mailbox(body.from_, "from")
    emails = read_locators(as_list(body.emails), "emails")
    sending = Sending(
        Channel.EMAIL,
        templates.keep(call.tx, call.project_id, _mail(body), call.now),
        sender=body.from_,
        category=read_category(call, as_list(body.subscriptions_keys)),
        external_request_id=body.external_request_id,
    )
    return send(call, sending, [by_address(Channel.EMAIL, one) for one in emails])


def prepare_sms(_: Call, body: SmsWords) -> Callable[[], object]:
    """Compile words before their transaction."""
    return partial(check_text, _note(Channel.SMS, body.text))


def send_sms(call: Call, body: SmsWords) -> SendResult:
    """POST /v1/message/sms; unknown numbers become contacts."""
    return _send_to_phones(call, body, _note(Channel.SMS, body.text), None)


def prepare_viber(_: Call, body: ViberWords) -> Callable[[], object]:
    """Compile words before their transaction."""
    return partial(check_text, _viber(body))


def send_viber(call: Call, body: ViberWords) -> SendResult:
    """POST /v1/message/viber; unknown numbers become contacts."""
    check_ttl(body.ttl_seconds, "ttlSeconds")
    return _send_to_phones(call, body, _viber(body), body.ttl_seconds)


def _send_to_phones(
    call: Call, body: SmsWords | ViberWords, text: Text, ttl_seconds: int | None
) -> SendResult:
    numbers = as_list(body.phone_numbers)
    if bool(numbers) is (body.group_id is not None):
        raise Invalid("phoneNumbers or groupId is required, and not both.")
    sending = Sending(
        text.channel,
        templates.keep(call.tx, call.project_id, text, call.now),
        sender=read_sender(body.from_),
        category=read_category(call, as_list(body.subscriptions_keys)),
        external_request_id=body.external_request_id,
        ttl_seconds=ttl_seconds,
    )
    if body.group_id is not None:
        return send(call, sending, in_segment(call, read_number(body.group_id, "groupId")))
    locators = read_locators(numbers, "phoneNumbers")
    return send(call, sending, [by_address(text.channel, one) for one in locators])


def read_sender(name: str | None) -> str | None:
    """Take the name that a short message comes from. Raises Invalid beyond 100 characters."""
    trimmed = (name or "").strip()
    if len(trimmed) > SENDER_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(f"from must have at most {SENDER_CHARACTERS_MAX} printable characters.")
    return trimmed or None


def _mail(body: EmailWords) -> Text:
    """Take the words as Velocity that prints values as they are, like the original."""
    language = Language.PLAIN if body.skip_personalisation else Language.VELOCITY
    return Text(language, body.subject, body.html_text, body.plain_text, escapes=False)


def _note(channel: Channel, text: str, details: Details | None = None) -> Text:
    return Text(
        Language.VELOCITY,
        "",
        text,
        escapes=False,
        channel=channel,
        details=details or Details(),
    )


def _viber(body: ViberWords) -> Text:
    parts = (body.img, body.caption, body.action)
    if any(parts) and not all(parts):
        raise Invalid("img, caption and action come together or not at all.")
    return _note(Channel.VIBER, body.text, Details(body.img, body.action, body.caption))
