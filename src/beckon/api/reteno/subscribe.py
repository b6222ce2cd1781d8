"""Sign-ups through forms in the Reteno vocabulary: the contact, its lists, its confirmation."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.contact_words import ContactWords, Reader, read_groups
from beckon.api.reteno.event_words import check_characters
from beckon.api.reteno.repeats import refuse_repeat
from beckon.api.reteno.wire import as_list
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.matching import Dedupe, Entry
from beckon.domain.contacts.model import Channel, ContactId, Origin
from beckon.domain.contacts.queries import find_bearers, get_contact
from beckon.domain.contacts.upserting import Upserted, upsert
from beckon.domain.events.model import EventId
from beckon.domain.imports.actions import sort
from beckon.domain.segments.actions import check_name
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import Answer, Proof
from beckon.kit.refusals import Invalid
from beckon.kit.values import replace

FORM_CHARACTERS_MAX = 80
NAMES_MAX = 100
FORM = Origin("form", confirms=False)

STATUSES = {
    Answer.NEED_CONFIRMATION: "NEED_CONFIRMATION",
    Answer.ALREADY_SUBSCRIBED: "ALREADY_SUBSCRIBED",
    Answer.SUPPRESSED: "BLACKLISTED",
}


class SubscribeWords(Struct, rename="camel"):
    """Body of POST /contact/subscribe: names of segments, keys of categories."""

    contact: ContactWords
    groups: list[str] | str | None = None
    subscriptions: list[str] | str | None = None
    form_type: str | None = None


class Subscribed(Struct, rename="camel"):
    """Reply to POST /contact/subscribe."""

    id: int
    email_status: str
    new: bool


def subscribe(call: Call, body: SubscribeWords) -> Subscribed:
    """POST /v1/contact/subscribe; an address that is new to us wants to be confirmed first."""
    refuse_repeat(call, "subscribe", body)
    entry = Reader(call, FORM).read(body.contact, "contact.")
    if entry.profile.email is None and entry.profile.phone is None and not entry.devices:
        raise Invalid("contact.channels must hold at least one channel.")
    form = body.form_type or None
    if form is not None:
        check_characters(form, "formType", FORM_CHARACTERS_MAX)
    groups = [*_names(body.groups), *read_groups(body.contact, "contact.")]
    found = _keep(call, entry)
    proof = Proof(f"form {form}" if form else "form")
    answer = actions.subscribe(
        call.tx,
        call.project_id,
        found.contact_id,
        email=entry.profile.email,
        is_new=found.is_new,
        form=form,
        proof=proof,
        event_id=EventId(call.new_id()),
        now=call.now,
    )
    sort(call.tx, call.project_id, [found.contact_id], joins=groups, leaves=(), now=call.now)
    _choose(call, body, found.contact_id, proof)
    return Subscribed(found.contact_id, STATUSES[answer], found.is_new)


def _keep(call: Call, entry: Entry) -> Upserted:
    """Make the contact, or change one there is; whoever fills a form in moves nobody's addresses.

    Only who was deleted comes back with the addresses of the form.
    """
    modest = replace(entry, profile=replace(entry.profile, overwrites=False))
    (found,) = upsert(
        call.tx, call.project_id, [modest], Dedupe.EMAIL_OR_PHONE, call.now, restores=True
    )
    if isinstance(found, Invalid):
        raise found
    (bearer,) = find_bearers(call.tx, call.project_id, contact_ids=[found.contact_id])
    if bearer.is_deleted:
        contacts.change(call.tx, call.project_id, found.contact_id, entry.profile, call.now)
    return found


def _names(given: list[str] | str | None) -> list[str]:
    names = as_list(given)
    if len(names) > NAMES_MAX:
        raise Invalid(f"groups must hold at most {NAMES_MAX} names.")
    return [check_name(name) for name in names]


def _choose(call: Call, body: SubscribeWords, contact_id: ContactId, proof: Proof) -> None:
    keys = as_list(body.subscriptions)
    known = {one.key for one in queries.list_categories(call.tx, call.project_id)}
    for place, key in enumerate(keys):
        if key not in known:
            raise Invalid(f"subscriptions[{place}]: there is no category '{key}'.")
    if keys:
        contact = get_contact(call.tx, call.project_id, contact_id)
        actions.choose(
            call.tx,
            call.project_id,
            contact.id,
            dict.fromkeys(keys, True),
            channel=Channel.EMAIL,
            address=contact.email,
            proof=proof,
            now=call.now,
        )
