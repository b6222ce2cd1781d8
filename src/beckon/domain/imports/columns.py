"""What a file of people says, column by column. Pure: text in, entries and faults out."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from beckon.domain.contacts.fields import read_value
from beckon.domain.contacts.matching import Entry
from beckon.domain.contacts.model import ContactId, Field, Origin, Profile
from beckon.domain.contacts.rules import check_name
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import check_time_zone

PROFILE = "PERSONAL."
CELL_CHARACTERS_MAX = 65_536
FILE = Origin("import")
PLACES = {"address": "address", "region": "region", "city": "town", "postcode": "postcode"}
ID_DIGITS_MAX = 18


def read_file(content: bytes, fields: Sequence[Field]) -> Iterator[tuple[int, Entry | Invalid]]:
    """Read a CSV file with a heading; gives each row's line and its person, or why there is none.

    Comma, UTF-8; unknown columns are passed over. Source: the columns that the Reteno call
    contacts/upload documents. Raises Invalid for what is no such file.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8.") from None
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    rows = csv.DictReader(StringIO(text, newline=""))
    try:
        heading = [(name or "").strip() for name in rows.fieldnames or ()]
        if not heading:
            raise Invalid("The file is empty.")
        known = {f"{PROFILE}{field.key}".casefold(): field for field in fields}
        for cells in rows:
            named = {
                (name or "").strip().casefold(): value.strip()
                for name, value in cells.items()
                if isinstance(value, str) and value.strip()
            }
            try:
                yield rows.line_num, _entry(named, known)
            except Invalid as fault:
                yield rows.line_num, fault
    except csv.Error as fault:
        raise Invalid(f"The file is no CSV: {fault}.") from None


def _entry(cells: Mapping[str, str], fields: Mapping[str, Field]) -> Entry:
    email, phone, number = cells.get("email"), cells.get("sms"), cells.get("contact id")
    zone = cells.get("timezone")
    properties: dict[str, object] = {
        PLACES[name]: value for name, value in cells.items() if name in PLACES
    }
    for name, value in cells.items():
        if name in fields:
            properties[fields[name].key] = read_value(fields[name], value, name)
    if not (email or phone or number):
        raise Invalid("the row has no Email, SMS or Contact ID")
    return Entry(
        external_id=None,
        profile=Profile(
            email=check_email(email, "Email") if email else None,
            phone=check_phone(phone, "SMS") if phone else None,
            first_name=_name(cells, "first name"),
            last_name=_name(cells, "last name"),
            language=_name(cells, "language code"),
            time_zone=check_time_zone(zone, "Timezone") if zone else None,
            properties=properties,
            origin=FILE,
        ),
        contact_id=ContactId(int(number)) if number and _is_number(number) else None,
    )


def _name(cells: Mapping[str, str], column: str) -> str | None:
    """Read a name; one that cannot be is dropped, as the original's import does."""
    try:
        return check_name(cells[column], column) if column in cells else None
    except Invalid:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS_MAX
