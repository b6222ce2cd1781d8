"""What a table of people says, column by column. Pure: cells in, a person and a profile out."""

from collections.abc import Mapping, Sequence

from beckon.domain.contacts import rules
from beckon.domain.contacts.model import Origin, Profile, Who
from beckon.kit.refusals import Invalid

SKIPPED = "-"
ORIGIN = Origin("import")

FIELDS = ("id", "email", "phone", "name", "firstName", "lastName", "language", "timezone", "tags")

# How tables of other systems call our fields; compared without case, blanks and signs.
_KNOWN = {
    "externalid": "id",
    "externalcustomerid": "id",
    "userid": "id",
    "customerid": "id",
    "emailaddress": "email",
    "mail": "email",
    "phonenumber": "phone",
    "mobile": "phone",
    "sms": "phone",
    "fullname": "name",
    "givenname": "firstName",
    "surname": "lastName",
    "familyname": "lastName",
    "languagecode": "language",
    "lang": "language",
    "locale": "language",
    "tag": "tags",
    **{field.lower(): field for field in FIELDS},
}


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Map columns to our fields by their names; what is not known is a property of that name."""
    return {column: _KNOWN.get(_plain(column), column.strip()) for column in columns}


def check_mapping(mapping: Mapping[str, str]) -> Mapping[str, str]:
    """Hold a mapping of columns to fields. Raises Invalid where nothing names the people.

    `-` leaves a column out. Two columns for one field are refused.
    """
    targets = [field for field in mapping.values() if field != SKIPPED]
    twice = sorted({field for field in targets if targets.count(field) > 1})
    if twice:
        raise Invalid(f"Two columns are mapped to {twice[0]}; leave one out with COLUMN=-.")
    if not {"id", "email", "phone"} & set(targets):
        raise Invalid("No column is mapped to id, email or phone: nothing says who is meant.")
    return mapping


def read_row(cells: Mapping[str, str], mapping: Mapping[str, str]) -> tuple[Who, Profile]:
    """Read one row; blank cells change nothing. Raises Invalid naming the field.

    The id names the person where there is one, else the e-mail address, else the phone number.
    """
    told = {
        field: value.strip()
        for column, field in mapping.items()
        if field != SKIPPED and (value := cells.get(column) or "").strip()
    }
    external_id, tags = told.pop("id", None), told.pop("tags", None)
    profile = rules.read_profile(
        told,
        "",
        tags=None if tags is None else rules.check_tags(_split(tags), "tags"),
        origin=ORIGIN,
    )
    if external_id is not None:
        return Who(external_id=rules.check_id(external_id, "id")), profile
    if profile.email is None and profile.phone is None:
        raise Invalid("The row has no id, e-mail address or phone number.")
    return Who(email=profile.email, phone=profile.phone), profile


def _split(tags: str) -> list[str]:
    return [tag for tag in tags.replace(";", ",").split(",") if tag.strip()]


def _plain(column: str) -> str:
    return "".join(character for character in column.lower() if character.isalnum())
