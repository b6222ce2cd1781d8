"""What a name, an id and a profile must look like, and how a profile changes."""

from collections.abc import Mapping
from dataclasses import replace

from beckon.domain.contacts.model import Contact, Profile
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line
from beckon.kit.time_zones import check_time_zone

ID_BYTES_MAX = 255
NAME_CHARACTERS_MAX = 60
PROPERTIES_MAX = 256

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


def read_profile(traits: Mapping[str, object], place: str, *, overwrites: bool = True) -> Profile:
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
    )
    if name:
        first, _, last = check_name(name, f"{place}name").partition(" ")
        profile = replace(profile, first_name=first, last_name=last.strip())
    for word, found in _FIELDS.items():
        value = _text(traits.pop(word, None), f"{place}{word}")
        if value:
            profile = replace(profile, **{found: check_name(value, f"{place}{word}")})  # type: ignore[arg-type] # every field of _FIELDS is text
    if profile.time_zone:
        check_time_zone(profile.time_zone, f"{place}timezone")
    return replace(profile, properties=traits)


def merge_properties(old: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Merge key by key; None deletes. Raises Invalid beyond 256 properties."""
    merged = {**old, **changes}
    merged = {key: value for key, value in merged.items() if value is not None}
    if len(merged) > PROPERTIES_MAX:
        raise Invalid(f"properties: a contact has at most {PROPERTIES_MAX} properties.")
    return merged


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
