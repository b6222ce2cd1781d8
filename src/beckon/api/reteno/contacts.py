"""One contact in the Reteno vocabulary: add or update, read, change, delete, find."""

from msgspec import Struct

from beckon.api.call import Call, Listed, PlainText
from beckon.api.reteno.contact_words import (
    ContactObject,
    ContactWords,
    Reader,
    read_groups,
    show_all,
)
from beckon.api.reteno.repeats import refuse_repeat
from beckon.api.reteno.wire import (
    Rows,
    collapse,
    deleted,
    not_found,
    path_number,
    read_number,
    updated,
)
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.matching import Dedupe
from beckon.domain.contacts.model import Contact, ContactId, ContactSearch
from beckon.domain.contacts.upserting import upsert
from beckon.domain.imports.actions import sort
from beckon.domain.privacy import actions as privacy
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.kit.values import replace

IDS_MAX = 1000


class ContactTaken(Struct):
    """Reply to POST /contact."""

    id: int


class Erasing(Struct):
    """Query of DELETE /contact/{id}: whether nothing at all is to be kept."""

    erase: bool = False


class ErasingByExternalId(Struct, rename="camel"):
    """Query of DELETE /contact."""

    external_customer_id: str
    erase: bool = False


class ContactsAsked(
    Rows, rename={"external_customer_id": "externalCustomerId", "sort_by": "sortBy"}
):
    """Query of GET /contacts; each name and address is asked for as a whole."""

    external_customer_id: str | None = None
    email: str | None = None
    sms: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    sort_by: str | None = None


class EmailsAsked(Struct):
    """Query of GET /contacts/email: contact ids, comma separated."""

    ids: str


class EmailRow(Struct, rename="camel"):
    """A contact's e-mail address."""

    contact_id: int
    email: str


class EmailRows(Struct):
    """Reply to GET /contacts/email; one row stands as an object."""

    results: EmailRow | list[EmailRow]


def add_contact(call: Call, body: ContactWords) -> ContactTaken:
    """POST /v1/contact; matches by externalCustomerId first, else by the same e-mail or phone."""
    refuse_repeat(call, "contact", body)
    entry = Reader(call).read(body)
    if entry.profile.email is None and entry.profile.phone is None and not entry.devices:
        raise Invalid("channels must hold at least one channel, as in type email, value a@b.co.")
    groups = read_groups(body)
    (found,) = upsert(
        call.tx, call.project_id, [entry], Dedupe.EMAIL_OR_PHONE, call.now, restores=True
    )
    if isinstance(found, Invalid):
        raise found
    sort(call.tx, call.project_id, [found.contact_id], joins=groups, leaves=(), now=call.now)
    return ContactTaken(found.contact_id)


def get_contact(call: Call, contact_id: str) -> ContactObject:
    """GET /v1/contact/{id}."""
    return show_all(call, [find_contact(call, contact_id)])[0]


def update_contact(call: Call, contact_id: str, body: ContactWords) -> PlainText:
    """PUT /v1/contact/{id}; never makes a contact, but brings a deleted one back."""
    number = ContactId(path_number(contact_id, "Contact"))
    known = queries.find_bearers(call.tx, call.project_id, contact_ids=[number])
    if not known:
        raise not_found("Contact", contact_id)
    refuse_repeat(call, f"contact {number}", body)
    entry = replace(Reader(call).read(body), contact_id=number)
    wanted = entry.external_id
    if wanted is not None and wanted != known[0].external_id:
        taken = queries.find_bearers(call.tx, call.project_id, external_ids=[wanted])
        if taken or known[0].external_id is not None:
            raise Invalid("externalCustomerId is another contact's, or this one has another.")
    entry = replace(entry, external_id=wanted if wanted == known[0].external_id else None)
    (found,) = upsert(call.tx, call.project_id, [entry], Dedupe.CONTACT_ID, call.now, restores=True)
    if isinstance(found, Invalid):
        raise found
    return updated("Contact", number)


def delete_contact(call: Call, contact_id: str, query: Erasing) -> PlainText:
    """DELETE /v1/contact/{id}; with `erase` nothing is kept, for good."""
    return _delete(call, find_contact(call, contact_id), contact_id, is_for_good=query.erase)


def delete_by_external_id(call: Call, query: ErasingByExternalId) -> PlainText:
    """DELETE /v1/contact by externalCustomerId; with `erase` nothing is kept, for good."""
    wanted = query.external_customer_id
    found = queries.find_contact_by_external_id(call.tx, call.project_id, wanted)
    if found is None:
        raise not_found("Contact", wanted)
    return _delete(call, found, str(found.id), is_for_good=query.erase)


def search_contacts(call: Call, query: ContactsAsked) -> Listed:
    """GET /v1/contacts; without a condition by number, else who was changed last comes first."""
    query.check()
    asked = ContactSearch(
        query.external_customer_id,
        check_email(query.email, "email") if query.email else None,
        check_phone(query.sms, "sms") if query.sms else None,
        query.firstname,
        query.lastname,
    )
    people, total = queries.search(
        call.tx, call.project_id, asked, offset=query.offset, limit=query.maxrows
    )
    rows = show_all(call, people, with_groups=False)
    for row in rows:
        row.address_book_id = call.project_id
    return Listed(rows, total)


def get_emails(call: Call, query: EmailsAsked) -> EmailRows:
    """GET /v1/contacts/email; contacts without an address, and unknown ones, are left out."""
    texts = [text for text in query.ids.split(",") if text.strip()]
    if not 1 <= len(texts) <= IDS_MAX:
        raise Invalid(f"ids must hold 1 to {IDS_MAX} ids.")
    ids = [ContactId(read_number(text, f"ids[{place}]")) for place, text in enumerate(texts)]
    people = {one.id: one for one in queries.list_contacts(call.tx, call.project_id, ids)}
    rows = [
        EmailRow(one, email)
        for one in dict.fromkeys(ids)
        if one in people and (email := people[one].email) is not None
    ]
    return EmailRows(collapse(rows))


def find_contact(call: Call, contact_id: str) -> Contact:
    """Return the contact a path names. Raises Unknown."""
    number = ContactId(path_number(contact_id, "Contact"))
    return queries.get_contact(call.tx, call.project_id, number)


def _delete(call: Call, contact: Contact, name: str, *, is_for_good: bool) -> PlainText:
    if is_for_good:
        actor = f"key_{call.key.id}"
        privacy.erase(call.tx, call.project_id, [contact.id], actor=actor, now=call.now)
    else:
        actions.delete(call.tx, call.project_id, contact.id, call.now)
    return deleted("Contact", name)
