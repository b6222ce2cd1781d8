"""The words of an order in the Reteno vocabulary, read into values and shown again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon.api.reteno.wire import as_list
from beckon.api.times import read_moment
from beckon.domain.contacts.model import ContactId, Origin, Profile, Who
from beckon.domain.contacts.rules import check_id as check_customer_id
from beckon.domain.contacts.rules import check_name
from beckon.domain.orders.model import Item, NewOrder, Status
from beckon.domain.orders.rules import check_currency, check_id, check_items, to_minor
from beckon.kit import json
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid

ORDER = Origin("order")
STATUSES = {status.value: status for status in Status}
TEXT_CHARACTERS_MAX = 5000


class ItemWords(Struct, rename="camel", omit_defaults=True):
    """A line of an order."""

    external_item_id: str | int | None = None
    quantity: float | str | None = None
    name: str | None = None
    category: str | None = None
    cost: float | str | None = None
    url: str | None = None
    image_url: str | None = None
    description: str | None = None


class OrderWords(Struct, rename="camel", omit_defaults=True):
    """An order as a caller tells it; amounts may be numbers or text."""

    external_order_id: str | int | None = None
    external_customer_id: str | int | None = None
    total_cost: float | str | None = None
    status: str | None = None
    date: str | None = None
    currency: str | None = None
    email: str | None = None
    phone: str | int | None = None
    first_name: str | None = None
    last_name: str | None = None
    shipping: float | str | None = None
    discount: float | str | None = None
    taxes: float | str | None = None
    restore_url: str | None = None
    status_description: str | None = None
    store_id: str | int | None = None
    source: str | None = None
    delivery_method: str | None = None
    payment_method: str | None = None
    delivery_address: str | None = None
    additional_info: dict[str, Any] | None = None
    items: list[ItemWords] | ItemWords | None = None


def _names(kind: type[Struct], *own: str) -> dict[str, str]:
    """Give the names on the wire of some fields, by their own."""
    known = json.fields_of(kind)
    return {name: known[name] for name in own}


_REQUIRED = _names(OrderWords, "external_order_id", "total_cost", "status", "date", "currency")
_AMOUNTS = _names(OrderWords, "shipping", "discount", "taxes")
_TEXTS = _names(
    OrderWords,
    *("restore_url", "status_description", "store_id", "source"),
    *("delivery_method", "payment_method", "delivery_address"),
    # What was told of the buyer, kept with the order as it was told.
    *("external_customer_id", "email", "phone", "first_name", "last_name"),
)
_ITEM_REQUIRED = _names(ItemWords, "external_item_id", "quantity")
_ITEM_DETAILS = _names(ItemWords, "url", "image_url", "description")


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads orders; times without a zone are in `zone`, the project's."""

    zone: ZoneInfo

    def read(self, words: OrderWords | Invalid, place: str) -> NewOrder:
        """Read one order as it was shaped; `place` names it in messages.

        Raises Invalid naming the field, also for what had no shape.
        """
        try:
            if isinstance(words, Invalid):
                raise words
            return self._order(words, *_buyer(words))
        except Invalid as fault:
            raise fault.within(f"{place}: ") from None

    def read_of(self, contact_id: ContactId, sent: object, place: str) -> NewOrder:
        """Read an order of somebody who is known. Raises Invalid likewise."""
        try:
            words = json.shape(sent, OrderWords)
            return self._order(words, Who(contact_id=contact_id), Profile())
        except Invalid as fault:
            raise fault.within(f"{place}: ") from None

    def _order(self, words: OrderWords, who: Who, profile: Profile) -> NewOrder:
        _require(words, _REQUIRED)
        assert words.currency is not None
        assert words.total_cost is not None
        assert words.date is not None
        assert words.status is not None
        if words.status not in STATUSES:
            raise Invalid(f"status must be one of {', '.join(STATUSES)}.")
        currency = check_currency(words.currency, "currency")
        return NewOrder(
            external_id=check_id(str(words.external_order_id), "externalOrderId"),
            who=who,
            status=STATUSES[words.status],
            total=to_minor(words.total_cost, currency, "totalCost"),
            currency=currency,
            placed_at=read_moment(_seconds(words.date), "date", zone=self.zone),
            items=_items(words, currency),
            profile=profile,
            details=_details(words, currency),
        )


def _require(words: Struct, required: Mapping[str, str]) -> None:
    for own, name in required.items():
        if _is_missing(getattr(words, own)):
            raise Invalid(f"{name} is required.")


def _is_missing(value: object) -> bool:
    return value is None or (type(value) is str and not value.strip())


def _seconds(text: str) -> str:
    """Cut a fraction of seven digits, as some clocks write it, to the six that a date may have."""
    trimmed = text.strip()
    if "." in trimmed:
        head, _, rest = trimmed.partition(".")
        digits = len(rest) - len(rest.lstrip("0123456789"))
        return f"{head}.{rest[: min(digits, 6)]}{rest[digits:]}"
    return f"{trimmed}T00:00" if len(trimmed) == len("2026-03-09") else trimmed


def _buyer(words: OrderWords) -> tuple[Who, Profile]:
    external = str(words.external_customer_id or "").strip()
    email = (words.email or "").strip()
    phone = str(words.phone or "").strip()
    if not (external or email or phone):
        raise Invalid("externalCustomerId, email or phone is required.")
    first, last = (words.first_name or "").strip(), (words.last_name or "").strip()
    email_read = check_email(email, "email") if email else None
    phone_read = check_phone(phone, "phone") if phone else None
    who = Who(
        external_id=check_customer_id(external, "externalCustomerId") if external else None,
        email=email_read,
        phone=phone_read,
    )
    profile = Profile(
        email=email_read,
        phone=phone_read,
        first_name=check_name(first, "firstName") if first else None,
        last_name=check_name(last, "lastName") if last else None,
        origin=ORDER,
    )
    return who, profile


def _items(words: OrderWords, currency: str) -> list[Item]:
    read: list[Item] = []
    for number, item in enumerate(as_list(words.items)):
        try:
            read.append(_item(item, currency))
        except Invalid as fault:
            raise fault.within(f"items[{number}].") from None
    check_items(read, "items")
    return read


def _item(words: ItemWords, currency: str) -> Item:
    _require(words, _ITEM_REQUIRED)
    assert words.quantity is not None
    cost = words.cost
    return Item(
        check_id(str(words.external_item_id), "externalItemId"),
        _quantity(words.quantity),
        None if words.name is None else _text(words.name, "name"),
        None if words.category is None else _text(words.category, "category"),
        None if cost is None or _is_missing(cost) else to_minor(cost, currency, "cost"),
        {
            name: _text(value, name)
            for own, name in _ITEM_DETAILS.items()
            if not _is_missing(value := getattr(words, own))
        },
    )


def _quantity(value: float | str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise Invalid("quantity must be a number.") from None
    return int(number) if number.is_integer() else number


def _details(words: OrderWords, currency: str) -> dict[str, object]:
    """Keep what else was told: amounts as numbers of the currency's main unit."""
    told: dict[str, object] = {}
    for own, name in _AMOUNTS.items():
        if not _is_missing(value := getattr(words, own)):
            to_minor(value, currency, name)
            told[name] = float(value)
    for own, name in _TEXTS.items():
        if (value := getattr(words, own)) is not None and (text := str(value).strip()):
            told[name] = _text(text, name)
    if words.additional_info:
        told["additionalInfo"] = words.additional_info
    return told


def _text(value: str, place: str) -> str:
    if len(value) > TEXT_CHARACTERS_MAX:
        raise Invalid(f"{place} must have at most {TEXT_CHARACTERS_MAX} characters.")
    return value
