"""Consent in the Reteno vocabulary: unsubscribed addresses and subscription categories."""

from msgspec import Struct

from beckon.api.call import Call, PlainText
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import Category, Proof
from beckon.domain.subscriptions.rules import is_subscribed
from beckon.kit.clock import to_ms
from beckon.kit.refusals import Invalid, Unknown

EMAILS_MAX = 3000
ID_DIGITS_MAX = 18
BY_API = Proof("API")


class EmailWords(Struct):
    """Body of POST /emails/unsubscribed/add and …/delete."""

    emails: list[str]


class CategoryChoice(Struct):
    """Body of PUT /contact/{id}/subscriptions: the keys of all categories that are wanted."""

    subscriptions: list[str]


class CategoryWords(Struct, rename="camel"):
    """A subscription category as GET /subscriptions lists it; moments are milliseconds."""

    id: int
    key: str
    group_id: int
    name: str
    contacts_count: int
    created_date: int
    updated_date: int


class CategoryOfContact(Struct, rename="camel"):
    """A category that a contact gets."""

    id: int
    key: str
    group_id: int
    name: str


def add_unsubscribed(call: Call, body: EmailWords) -> None:
    """POST /v1/emails/unsubscribed/add; addresses nobody has count as well."""
    actions.unsubscribe(
        call.tx, call.project_id, Channel.EMAIL, _emails(body), proof=BY_API, now=call.now
    )


def delete_unsubscribed(call: Call, body: EmailWords) -> None:
    """POST /v1/emails/unsubscribed/delete; bounces, complaints and suppressions stay."""
    for email in _emails(body):
        actions.resubscribe(
            call.tx, call.project_id, Channel.EMAIL, email, proof=BY_API, now=call.now
        )


def list_categories(call: Call) -> list[CategoryWords]:
    """GET /v1/subscriptions."""
    chosen = queries.count_members(call.tx, call.project_id)
    total = contacts.count_contacts(call.tx, call.project_id)
    return [_category(one, chosen.get(one.id, (0, 0)), total) for one in _known(call)]


def get_categories(call: Call, contact_id: str) -> list[CategoryOfContact]:
    """GET /v1/contact/{id}/subscriptions: always a list."""
    contact = _contact(call, contact_id)
    choices = queries.find_choices(call.tx, call.project_id, [contact.id]).get(contact.id, {})
    return [
        CategoryOfContact(one.id, one.key, one.id, one.name)
        for one in _known(call)
        if is_subscribed(one, choices)
    ]


def set_categories(call: Call, contact_id: str, body: CategoryChoice) -> PlainText:
    """PUT /v1/contact/{id}/subscriptions: these and no others."""
    contact = _contact(call, contact_id)
    known = [one.key for one in _known(call)]
    for index, key in enumerate(body.subscriptions):
        if key not in known:
            raise Invalid(f"subscriptions[{index}]: there is no category '{key}'.")
    wanted = set(body.subscriptions)
    actions.choose(
        call.tx,
        call.project_id,
        contact.id,
        {key: key in wanted for key in known},
        channel=Channel.EMAIL,
        address=contact.email,
        proof=BY_API,
        now=call.now,
    )
    return PlainText(f"Contact with id='{contact.id}' has been updated")


def _emails(body: EmailWords) -> list[str]:
    if not 1 <= len(body.emails) <= EMAILS_MAX:
        raise Invalid(f"emails must have 1 to {EMAILS_MAX} addresses.")
    for index, email in enumerate(body.emails):
        if "@" not in email or len(email) > 254:
            raise Invalid(f"emails[{index}] is not an e-mail address.")
    return body.emails


def _contact(call: Call, contact_id: str) -> Contact:
    is_number = contact_id.isascii() and contact_id.isdecimal()
    if not is_number or len(contact_id) > ID_DIGITS_MAX:
        raise Unknown(f"Contact with id='{contact_id}' is not found.")
    return contacts.get_contact(call.tx, call.project_id, ContactId(int(contact_id)))


def _known(call: Call) -> list[Category]:
    return queries.list_categories(call.tx, call.project_id)


def _category(category: Category, counted: tuple[int, int], total: int) -> CategoryWords:
    chose, left = counted
    return CategoryWords(
        id=category.id,
        key=category.key,
        group_id=category.id,
        name=category.name,
        contacts_count=chose if category.is_opt_in else total - left,
        created_date=to_ms(category.created_at),
        updated_date=to_ms(category.updated_at),
    )
