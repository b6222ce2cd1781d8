"""Many contacts at once in the Reteno vocabulary, and how their import stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from beckon.api.call import Call
from beckon.api.reteno.contact_words import CONTACT_FIELDS, ContactWords, Reader, read_groups
from beckon.api.reteno.event_words import check_characters
from beckon.api.reteno.wire import as_list, collapse, not_found, read_number
from beckon.api.times import write_moment
from beckon.domain.contacts.matching import Dedupe, Entry
from beckon.domain.contacts.model import Origin
from beckon.domain.events.rules import check_name
from beckon.domain.imports import actions, queries
from beckon.domain.imports.model import ImportId, Status, Upload, Wish
from beckon.domain.segments.actions import check_name as check_segment_name
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.kit.urls import read_url

CONTACTS_MAX = 3000
NAMES_MAX = 100
FIELD_IDS_MAX = 200
EVENT_CHARACTERS_MAX = 100
IMPORTED = Origin("import")

DEDUPES = {
    "email": Dedupe.EMAIL,
    "sms": Dedupe.PHONE,
    "push": Dedupe.DEVICE,
    "webpush": Dedupe.DEVICE,
    "email_or_sms": Dedupe.PHONE_OR_EMAIL,
    "id": Dedupe.CONTACT_ID,
    "externalCustomerId": Dedupe.EXTERNAL_ID,
}
UPLOAD_DEDUPES = ("email", "sms", "email_or_sms", "id")
STATUSES = {
    Status.STARTED: "STARTED",
    Status.IMPORTING: "IMPORTING",
    Status.FINISHED: "FINISHED",
    Status.ERROR: "ERROR",
}


class BulkWords(Struct, rename="camel"):
    """Body of POST /contacts. `contacts` are read one by one: a bad one costs only itself."""

    contacts: list[Any]
    dedupe_on: str | None = None
    contact_fields: list[str] | str | None = None
    custom_fields_ids: list[int | str] | int | str | None = field(
        default=None, name="customFieldsIDs"
    )
    group_names: list[str] | str | None = None
    group_names_exclude: list[str] | str | None = None
    restore_deleted: bool = False
    event_key_for_new_contacts: str | None = None


class BulkTaken(Struct, rename="camel"):
    """Reply to POST /contacts; one failed contact stands as an object."""

    id: int
    async_session_id: str
    failed_contacts: Any
    error_message: str | None = None


class UploadWords(Struct, rename="camel"):
    """Body of POST /contacts/upload: where the file of contacts is."""

    dedupe_on: str
    link: str
    group_names: list[str] | str | None = None
    group_names_exclude: list[str] | str | None = None
    restore_deleted: bool = False
    event_key_for_new_contacts: str | None = None


class UploadTaken(Struct, rename="camel"):
    """Reply to POST /contacts/upload; `importId` is what /importstatus is asked with."""

    message: str
    import_id: str
    file_id: str
    valid: bool


class MappingRow(Struct, rename="camel"):
    """A contact of an import, and by what it was matched."""

    dedupe_value: str
    contact_id: int


class ImportObject(Struct, omit_defaults=True):
    """Reply to GET /importstatus/{id}."""

    status: str
    timestamp: str
    mapping: list[MappingRow]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A contact of a list that was not taken, as it was sent."""

    sent: object
    error: str


def update_contacts(call: Call, body: BulkWords) -> BulkTaken:
    """POST /v1/contacts; done when it answers: what failed is told at once, the rest is kept."""
    if not 1 <= len(body.contacts) <= CONTACTS_MAX:
        raise Invalid(f"contacts must hold 1 to {CONTACTS_MAX} contacts.")
    wish = _wish(body, DEDUPES)
    field_ids = _field_ids(body)
    reader = Reader(call, IMPORTED, _wanted(body), field_ids)
    entries: list[tuple[int, Entry, Sequence[str]]] = []
    failures: dict[int, Failure] = {}
    for place, words in enumerate(json.shape_each(body.contacts, ContactWords)):
        try:
            entries.append((place, *_read(reader, words)))
        except Invalid as fault:
            failures[place] = Failure(body.contacts[place], f"contacts[{place}]{fault.message}")
    import_id = ImportId(call.new_id())
    taken = actions.take(
        call.tx,
        call.project_id,
        [entry for _, entry, _ in entries],
        wish,
        import_id,
        call.now,
        joins=[names for _, _, names in entries],
    )
    for (place, _, _), result in zip(entries, taken.results, strict=True):
        if isinstance(result, Invalid):
            failures[place] = Failure(body.contacts[place], f"contacts[{place}]: {result.message}")
    failed = [_failed(failures[place]) for place in sorted(failures)]
    return BulkTaken(
        0, import_id.hex, collapse(failed), _ignored(body, field_ids) if body.contacts else None
    )


def upload_contacts(call: Call, body: UploadWords) -> UploadTaken:
    """POST /v1/contacts/upload; the file is fetched and taken in by and by."""
    wish = _wish(body, {name: DEDUPES[name] for name in UPLOAD_DEDUPES})
    read_url(body.link, "link")
    import_id = ImportId(call.new_id())
    upload = Upload(import_id, call.project_id, body.link, wish)
    actions.ask_upload(call.tx, upload, call.now)
    return UploadTaken("The import has been queued", import_id.hex, import_id.hex, valid=True)


def get_import_status(call: Call, session_id: str) -> ImportObject:
    """GET /v1/importstatus/{id}; the mapping has the contacts made or changed, 100,000 at most."""
    try:
        import_id = ImportId(UUID(session_id))
    except ValueError:
        raise not_found("Import session", session_id) from None
    found = queries.get_import(call.tx, call.project_id, import_id)
    return ImportObject(
        STATUSES[found.status],
        write_moment(found.at),
        [MappingRow(value, contact_id) for value, contact_id in found.mapping],
        found.description,
    )


def _wish(body: BulkWords | UploadWords, dedupes: dict[str, Dedupe]) -> Wish:
    asked = body.dedupe_on or "email_or_sms"
    if asked not in dedupes:
        raise Invalid(f"dedupeOn must be one of {', '.join(dedupes)}.")
    event = body.event_key_for_new_contacts
    if event:
        check_characters(event, "eventKeyForNewContacts", EVENT_CHARACTERS_MAX)
        event = check_name(event, "eventKeyForNewContacts")
    return Wish(
        dedupes[asked],
        _names(body.group_names, "groupNames"),
        _names(body.group_names_exclude, "groupNamesExclude"),
        body.restore_deleted,
        event or None,
    )


def _names(given: list[str] | str | None, place: str) -> list[str]:
    names = as_list(given)
    if len(names) > NAMES_MAX:
        raise Invalid(f"{place} must hold at most {NAMES_MAX} names.")
    found = []
    for number, name in enumerate(names):
        try:
            found.append(check_segment_name(name))
        except Invalid as fault:
            raise Invalid(f"{place}[{number}]: {fault.message}") from None
    return found


def _wanted(body: BulkWords) -> Collection[str] | None:
    names = as_list(body.contact_fields)
    for number, name in enumerate(names):
        if name not in CONTACT_FIELDS:
            raise Invalid(
                f"contactFields[{number}] must be one of {', '.join(sorted(CONTACT_FIELDS))}."
            )
    return set(names) if names else None


def _field_ids(body: BulkWords) -> Collection[int]:
    ids = as_list(body.custom_fields_ids)
    if len(ids) > FIELD_IDS_MAX:
        raise Invalid(f"customFieldsIDs must hold at most {FIELD_IDS_MAX} ids.")
    return {read_number(one, f"customFieldsIDs[{place}]") for place, one in enumerate(ids)}


def _read(reader: Reader, words: ContactWords | Invalid) -> tuple[Entry, Sequence[str]]:
    """Read a contact and the lists it is to join; messages begin with how they go on from it."""
    if isinstance(words, Invalid):
        raise words.within(": ")
    entry = reader.read(words, ".")
    if not words.channels and entry.external_id is None and entry.contact_id is None:
        raise Invalid(".channels must hold at least one channel.")
    return entry, read_groups(words, ".")


def _failed(failure: Failure) -> object:
    told = failure.sent if isinstance(failure.sent, dict) else {"contact": failure.sent}
    return {**told, "error": failure.error}


def _ignored(body: BulkWords, field_ids: Collection[int]) -> str | None:
    """Name the additional fields that were sent and not to be written."""
    sent: set[str] = set()
    for contact in body.contacts:
        given = contact.get("fields") if isinstance(contact, dict) else None
        for one in as_list(given):
            if isinstance(one, dict) and isinstance(one.get("id"), (int, str)):
                sent.add(str(one["id"]).strip())
    left = sorted(sent - {str(one) for one in field_ids})
    if not left:
        return None
    return f"Additional fields not listed in customFieldsIDs were ignored: {', '.join(left[:20])}."
