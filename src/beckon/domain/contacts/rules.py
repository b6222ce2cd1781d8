"""What a name, an id and a profile must look like, and how a profile changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import AddressKind, Contact, ContactId, Origin, Profile
from beckon.kit.addresses import check_email, check_phone, email_key
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line
from beckon.kit.time_zones import check_time_zone
from beckon.kit.values import replace

ID_BYTES_MAX = 255
NAME_CHARACTERS_MAX = 60
PROPERTIES_MAX = 256
KEY_CHARACTERS_MAX = 255
TAGS_MAX = 100
TAG_CHARACTERS_MAX = 100
ACTIVE_FOR = timedelta(days=30)
API = Origin()

# Words both vocabularies use for what has a field of its own.
_FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "language": "language",
    "timezone": "time_zone",
}


def check_id(value: str, field: str) -> str:
    """Take a caller's own id as it is. Raises Invalid unless it has 1 to 255 bytes of UTF-8."""
    if not 0 < len(value.encode()) <= ID_BYTES_MAX:
        raise Invalid(f"{field} must have 1 to {ID_BYTES_MAX} bytes.")
    if not is_line(value):
        raise Invalid(f"{field} must not hold control characters.")
    return value


def check_name(value: str, field: str) -> str:
    """Trim a person's name. Raises Invalid beyond 60 characters or with control characters."""
    trimmed = value.strip()
    if len(trimmed) > NAME_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"{field} must have at most {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def read_profile(
    traits: Mapping[str, object],
    place: str,
    *,
    overwrites: bool = True,
    tags: Sequence[str] | None = None,
    origin: Origin = API,
) -> Profile:
    """Read a profile out of free traits: known words become fields, the rest properties.

    `name` alone is first word and rest; firstName and lastName win over it. `place` stands before
    the field in messages (`properties.`, `batch[3].properties.`). Raises Invalid.
    """
    traits = dict(traits)
    email = _text(traits.pop("email", None), f"{place}email")
    phone = _text(traits.pop("phone", None), f"{place}phone")
    name = _text(traits.pop("name", None), f"{place}name")
    profile = Profile(
        email=check_email(email, f"{place}email") if email else None,
        phone=check_phone(phone, f"{place}phone") if phone else None,
        overwrites=overwrites,
        tags=tags,
        origin=origin,
    )
    if name:
        first, _, last = check_name(name, f"{place}name").partition(" ")
        profile = replace(profile, first_name=first, last_name=last.strip())
    for word, found in _FIELDS.items():
        value = _text(traits.pop(word, None), f"{place}{word}")
        if value:
            profile = replace(profile, **{found: check_name(value, f"{place}{word}")})
    if profile.time_zone:
        check_time_zone(profile.time_zone, f"{place}timezone")
    return replace(profile, properties=traits)


def merge_properties(old: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Merge key by key; None deletes. Raises Invalid beyond 256 properties."""
    merged = {**old, **changes}
    if None in merged.values():
        merged = {key: value for key, value in merged.items() if value is not None}
    if len(merged) > PROPERTIES_MAX:
        raise Invalid(f"properties: a contact has at most {PROPERTIES_MAX} properties.")
    return merged


def nobody(project_id: ProjectId, now: datetime) -> Contact:
    """Give somebody of whom nothing is known yet, and who has no number."""
    return Contact(
        id=ContactId(0),
        project_id=project_id,
        external_id=None,
        first_name=None,
        last_name=None,
        language=None,
        time_zone=None,
        email=None,
        phone=None,
        properties={},
        created_at=now,
        updated_at=now,
        last_seen_at=None,
    )


def apply(
    old: Contact, profile: Profile, now: datetime, *, external_id: str | None = None
) -> Contact:
    """Give the person as the profile wants it. Raises Invalid beyond 256 properties.

    Who has no id of the caller's yet gets this one. Where nobody vouches for the profile, addresses
    fill only what is empty, and somebody who was deleted stays as he is.
    """
    if old.deleted_at is not None and not profile.overwrites:
        return old
    email, email_confirmed_at = old.email, old.email_confirmed_at
    if profile.email not in (None, email) and (profile.overwrites or email is None):
        email, email_confirmed_at = profile.email, now if profile.origin.confirms else None
    phone, phone_confirmed_at = old.phone, old.phone_confirmed_at
    if profile.phone not in (None, phone) and (profile.overwrites or phone is None):
        phone, phone_confirmed_at = profile.phone, now if profile.origin.confirms else None
    # In one piece, not by `replace`, which takes twice as long: everybody on a list comes by.
    return Contact(
        old.id,
        old.project_id,
        external_id if old.external_id is None else old.external_id,
        old.first_name if profile.first_name is None else profile.first_name or None,
        old.last_name if profile.last_name is None else profile.last_name or None,
        old.language if profile.language is None else profile.language or None,
        old.time_zone if profile.time_zone is None else profile.time_zone or None,
        email,
        phone,
        merge_properties(old.properties, profile.properties),
        old.created_at,
        now,
        old.last_seen_at,
        old.tags if profile.tags is None else tuple(dict.fromkeys(profile.tags)),
        email_confirmed_at,
        phone_confirmed_at,
    )


def absorb(person: Contact, visitor: Contact, now: datetime) -> Contact:
    """Give the person with what only the visitor knew; what both know stays the person's.

    Beyond 256 properties the visitor's rest is let go: nobody is refused for having browsed.
    """
    news = [pair for pair in visitor.properties.items() if pair[0] not in person.properties]
    room = max(0, PROPERTIES_MAX - len(person.properties))
    seen = [moment for moment in (person.last_seen_at, visitor.last_seen_at) if moment]
    keeps_email, keeps_phone = person.email is not None, person.phone is not None
    return replace(
        person,
        first_name=person.first_name or visitor.first_name,
        last_name=person.last_name or visitor.last_name,
        language=person.language or visitor.language,
        time_zone=person.time_zone or visitor.time_zone,
        email=person.email or visitor.email,
        email_confirmed_at=(person if keeps_email else visitor).email_confirmed_at,
        phone=person.phone or visitor.phone,
        phone_confirmed_at=(person if keeps_phone else visitor).phone_confirmed_at,
        properties={**dict(news[:room]), **person.properties},
        tags=tuple(dict.fromkeys((*person.tags, *visitor.tags))),
        updated_at=now,
        last_seen_at=max(seen, default=None),
    )


def changed_fields(old: Contact, new: Contact) -> list[str]:
    """Name what differs: own words for fields, `properties.<key>` for properties."""
    words = ("external_id", "first_name", "last_name", "language", "time_zone", "tags")
    found = [word for word in words if getattr(old, word) != getattr(new, word)]
    found += [
        f"properties.{key}"
        for key in sorted({*old.properties, *new.properties})
        if old.properties.get(key) != new.properties.get(key)
    ]
    return [*found, "deleted_at"] if old.deleted_at != new.deleted_at else found


def changed_addresses(old: Contact, new: Contact) -> list[AddressKind]:
    """Name the kinds of addresses that differ, or are confirmed now."""
    kinds = []
    if (old.email, old.email_confirmed_at) != (new.email, new.email_confirmed_at):
        kinds.append(AddressKind.EMAIL)
    if (old.phone, old.phone_confirmed_at) != (new.phone, new.phone_confirmed_at):
        kinds.append(AddressKind.PHONE)
    return kinds


def address_key(kind: AddressKind, value: str) -> str:
    """Give what an address is known again by, however it is spelled."""
    return email_key(value) if kind is AddressKind.EMAIL else value


def search_key(contact: Contact) -> str:
    """Give what a search for this person looks through: id, e-mail, phone and name, lower-case.

    Lines keep them apart, since none of them holds one.
    """
    told = (contact.external_id, contact.email, contact.phone, contact.name)
    return "\n".join([part for part in told if part]).lower()


def check_field_key(key: str) -> str:
    """Trim the name of a field. Raises Invalid unless it has 1 to 255 printable characters."""
    trimmed = key.strip()
    if not 0 < len(trimmed) <= KEY_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"key must have 1 to {KEY_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def check_tags(tags: Sequence[str], field: str) -> list[str]:
    """Trim tags. Raises Invalid beyond 100, or for one without 1 to 100 printable characters."""
    if len(tags) > TAGS_MAX:
        raise Invalid(f"{field} must hold at most {TAGS_MAX} tags.")
    trimmed = [tag.strip() for tag in tags]
    for place, tag in enumerate(trimmed):
        if not 0 < len(tag) <= TAG_CHARACTERS_MAX or not is_line(tag):
            raise Invalid(
                f"{field}[{place}] must have 1 to {TAG_CHARACTERS_MAX} characters "
                "and no control characters."
            )
    return trimmed


def describe(contact: Contact) -> dict[str, object]:
    """List what templates may say of a person, under the bare names of both vocabularies."""
    known: dict[str, object] = {
        "id": contact.external_id,
        "contactId": contact.id,
        "email": contact.email,
        "phone": contact.phone,
        "name": contact.name,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "language": contact.language,
        "timezone": contact.time_zone,
    }
    return {**contact.properties, **{key: value for key, value in known.items() if value}}


def _text(value: object, field: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(f"{field} must be a string.")
    return value.strip()
