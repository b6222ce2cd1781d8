"""Tokens in the Reteno vocabulary: those that stand for a key or a contact, and those of devices.

Push tokens are kept with whom they belong to; `app` in a path is the application's number, which a
device may name as its own.
"""

from msgspec import Struct

from beckon.api.call import Call, PlainText
from beckon.api.reteno.wire import as_list, not_found, read_number, updated
from beckon.api.tokens import Tokens
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.matching import Dedupe, Entry
from beckon.domain.contacts.model import (
    ContactId,
    ContactSearch,
    Device,
    NewDevice,
    Platform,
    Profile,
)
from beckon.domain.contacts.rules import check_id
from beckon.domain.contacts.upserting import upsert
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

TOKENS_MAX = 1000
TOKEN_CHARACTERS_MAX = 4096


class ContactNamed(Struct, rename="camel"):
    """Body of POST /auth/contact/token: a contact by one of three names."""

    email: str | None = None
    phone: str | int | None = None
    external_customer_id: str | int | None = None


class ContactToken(Struct):
    """Reply to POST /auth/contact/token; empty where nobody is known by that name."""

    token: str


class ContactNumber(Struct):
    """Reply to GET /contact/token/…/contactId."""

    id: int


class Activated(Struct):
    """Whether push messages go to a token."""

    active: bool


class AppToken(Struct, rename="camel"):
    """A token and whose it is, by one of four names."""

    token: str
    contact_id: int | str | None = None
    external_customer_id: str | int | None = None
    phone: str | int | None = None
    email: str | None = None


class AppTokens(Struct):
    """Body of POST /apps/{app}/tokens."""

    tokens: list[AppToken] | AppToken


def generate_token(call: Call) -> PlainText:
    """POST /v1/auth/token: stands for this key for two days, where events are sent."""
    return PlainText(Tokens(call.services.vault).of_key(call.key, call.now))


def generate_contact_token(call: Call, body: ContactNamed) -> ContactToken:
    """POST /v1/auth/contact/token: the contact, as a reader of the inbox."""
    contact_id = _find_contact(call, body)
    if contact_id is None:
        return ContactToken("")
    tokens = Tokens(call.services.vault)
    return ContactToken(tokens.of_contact(call.project_id, contact_id, call.now))


def get_contact_by_token(call: Call, app: str, token: str) -> ContactNumber:
    """GET /v1/contact/token/{app}/{token}/contactId."""
    return ContactNumber(_find(call, app, token).contact_id)


def get_activated(call: Call, app: str, token: str) -> Activated:
    """GET /v1/contact/token/activated/{app}/{token}."""
    return Activated(_find(call, app, token).dead_at is None)


def change_activated(call: Call, app: str, token: str, body: Activated) -> Activated:
    """PUT /v1/contact/token/activated/{app}/{token}."""
    device = _find(call, app, token)
    if body.active:
        told = NewDevice(
            device.platform,
            device.provider,
            device.token,
            device.app,
            device.external_id,
            device.details,
        )
        actions.add_device(call.tx, call.project_id, device.contact_id, told, call.now)
    else:
        actions.bury_token(call.tx, call.project_id, token, call.now)
    return body


def add_app_tokens(call: Call, app: str, body: AppTokens) -> PlainText:
    """POST /v1/apps/{app}/tokens; whom nobody knows is made. Nothing is kept if one is refused."""
    tokens = as_list(body.tokens)
    if not 1 <= len(tokens) <= TOKENS_MAX:
        raise Invalid(f"tokens must hold 1 to {TOKENS_MAX} tokens.")
    entries = [_entry(app, one, f"tokens[{place}]") for place, one in enumerate(tokens)]
    for by in (Dedupe.CONTACT_ID, Dedupe.PHONE_OR_EMAIL):
        meant = [
            (place, entry)
            for place, entry in enumerate(entries)
            if (entry.contact_id is not None) is (by is Dedupe.CONTACT_ID)
        ]
        found = upsert(
            call.tx, call.project_id, [entry for _, entry in meant], by, call.now, restores=False
        )
        for (place, _), result in zip(meant, found, strict=True):
            if isinstance(result, Invalid):
                raise Invalid(f"tokens[{place}]: {result.message}")
    return updated("App", app)


def _find(call: Call, app: str, token: str) -> Device:
    device = queries.find_device(call.tx, call.project_id, digest_of(token))
    if device is None or device.app not in (None, app):
        raise not_found("Token", token)
    return device


def _find_contact(call: Call, body: ContactNamed) -> ContactId | None:
    external = str(body.external_customer_id or "").strip()
    email = check_email(body.email, "email") if body.email else None
    phone = check_phone(str(body.phone), "phone") if body.phone else None
    if not (external or email or phone):
        raise Invalid("externalCustomerId, email or phone is required.")
    if external:
        known = queries.find_contact_by_external_id(call.tx, call.project_id, external)
        return None if known is None else known.id
    return _by_address(call, email, phone)


def _by_address(call: Call, email: str | None, phone: str | None) -> ContactId | None:
    asked = ContactSearch(email=email) if email else ContactSearch(phone=phone)
    people, _ = queries.search(call.tx, call.project_id, asked, offset=0, limit=1)
    return people[0].id if people else None


def _entry(app: str, words: AppToken, place: str) -> Entry:
    token = words.token.strip()
    if not 0 < len(token) <= TOKEN_CHARACTERS_MAX or not is_line(token):
        raise Invalid(f"{place}.token must have 1 to {TOKEN_CHARACTERS_MAX} printable characters.")
    if token[0] == "{":  # a browser's subscription
        raise Invalid(f"{place}.token must be an app's token, which does not begin with a brace.")
    external = str(words.external_customer_id or "").strip()
    email = check_email(words.email, f"{place}.email") if words.email else None
    phone = check_phone(str(words.phone), f"{place}.phone") if words.phone else None
    if words.contact_id is None and not (external or email or phone):
        raise Invalid(f"{place}: contactId, externalCustomerId, phone or email is required.")
    return Entry(
        check_id(external, f"{place}.externalCustomerId") if external else None,
        Profile(),
        None
        if words.contact_id is None
        else ContactId(read_number(words.contact_id, f"{place}.contactId")),
        [NewDevice(Platform.ANDROID, "fcm", token, app=app)],
        email,
        phone,
    )
