"""The catalogue of additional fields in the Reteno vocabulary, quoted as old clients read it."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.wire import collapse, quoted
from beckon.domain.contacts.actions import begin_fields
from beckon.domain.contacts.model import Field, FieldKind

PROFILE = "PERSONAL"

TYPES = {
    FieldKind.TEXT: "textfield",
    FieldKind.TEXT_AREA: "textarea",
    FieldKind.NUMBER: "number",
    FieldKind.DECIMAL: "decimal",
    FieldKind.DATE: "date",
    FieldKind.DATE_TIME: "datetime",
    FieldKind.CHOICE: "combobox",
    FieldKind.CHOICES: "checkboxlist",
    FieldKind.TAGS: "tags",
}


class AllowedValues(Struct, rename="camel"):
    """What a field may hold."""

    possible_values: list[str]


class FieldDescription(Struct, rename="camel", omit_defaults=True):
    """Of which kind a field is; truth values are quoted."""

    type: str
    required: str
    readonly: str
    allowed_values: AllowedValues | None = None


class FieldObject(Struct, rename="camel"):
    """An additional field; its number is quoted."""

    id: str
    name: str
    field_key: str
    description: FieldDescription


class FieldGroup(Struct, rename="camel"):
    """Fields that stand together; one stands as an object."""

    name: str
    profile_key: str
    fields: FieldObject | list[FieldObject]


class AddressBook(Struct, rename="camel"):
    """The catalogue; its number is quoted."""

    address_book_id: str
    name: str
    field_groups: FieldGroup


class AddressBooks(Struct, rename="camel"):
    """Reply to GET /addressbooks."""

    address_book: AddressBook


def get_address_books(call: Call) -> AddressBooks:
    """GET /v1/addressbooks; a project begins with two fields, Birthday and Gender."""
    fields = [_field(one) for one in begin_fields(call.tx, call.project_id, call.now)]
    group = FieldGroup("Personal", PROFILE, collapse(fields))
    return AddressBooks(AddressBook(quoted(call.project_id), "Main", group))


def _field(field: Field) -> FieldObject:
    allowed = AllowedValues(list(field.allowed)) if field.allowed else None
    description = FieldDescription(
        TYPES[field.kind], required="false", readonly="false", allowed_values=allowed
    )
    return FieldObject(quoted(field.id), field.label, field.key, description)
