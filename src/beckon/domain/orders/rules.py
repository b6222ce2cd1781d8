"""What an order must look like, what money is in minor units, and how buyers are scored. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache

from beckon.domain.contacts.model import ContactId
from beckon.domain.orders.model import Cell, Habits, Item, Order, Status
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

ITEMS_MAX = 1000
ID_CHARACTERS_MAX = 255
MINOR_MAX = 2**53
_USUAL_MAX = 10**11  # in minor units still so few digits that a float tells them all apart
FIFTHS = 5

# Digits behind the point where there are not two. Source: ISO 4217, list one.
_DIGITS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"], 0),
    **dict.fromkeys(["UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}


def check_id(value: str, field: str) -> str:
    """Trim the caller's id of an order or product. Raises Invalid unless 1 to 255 characters."""
    trimmed = value.strip()
    if not 0 < len(trimmed) <= ID_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"{field} must have 1 to {ID_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


@lru_cache(maxsize=256)  # a request names one a thousand times
def check_currency(value: str, field: str) -> str:
    """Check a currency. Raises Invalid for what is no code of three letters (ISO 4217)."""
    code = value.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Invalid(f"{field} must be a currency code of three letters, as in UAH.")
    return code


def to_minor(amount: str | float, currency: str, field: str) -> int:
    """Turn an amount of a currency into minor units, half to even. Raises Invalid.

    A float is read as it is written, so that 19.99 is 1999 hundredths.
    """
    digits = _DIGITS.get(currency, 2)
    if not isinstance(amount, str) and 0 <= amount <= _USUAL_MAX:
        scale: int = 10**digits
        minor = round(amount * scale)
        # The float nearest to so many hundredths is written with no more digits than they have.
        if minor / scale == amount:
            return minor  # nothing to round and nothing to refuse, as nearly always
    text = str(amount).strip()
    try:
        scaled = Decimal(text).scaleb(digits)
        whole = scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        raise Invalid(f"{field} must be an amount of money, as in 19.99.") from None
    if not whole.is_finite() or not 0 <= whole <= MINOR_MAX:
        raise Invalid(f"{field} must be from 0 to {MINOR_MAX} minor units.")
    return int(whole)


def to_major(minor: int, currency: str) -> Decimal:
    """Turn minor units back into an amount, with as many digits as the currency has."""
    return Decimal(minor).scaleb(-_DIGITS.get(currency, 2))


def check_items(items: Sequence[Item], field: str) -> Sequence[Item]:
    """Check the lines of an order. Raises Invalid beyond 1,000, or for a quantity below zero."""
    if len(items) > ITEMS_MAX:
        raise Invalid(f"{field} must hold at most {ITEMS_MAX} items.")
    for place, item in enumerate(items):
        if not 0 <= item.quantity < 1e9:
            raise Invalid(f"{field}[{place}].quantity must be a number from 0.")
    return items


def event_name(status: Status) -> str:
    """Name the event that an order in a state is: `orderDELIVERED`. Source: Reteno, orders."""
    return f"order{status}"


def describe(order: Order) -> dict[str, object]:
    """List what templates, workflows and segments may say of an order, in the caller's words."""
    return {
        **order.details,
        "externalOrderId": order.external_id,
        "orderId": order.id,
        "status": order.status,
        "totalCost": amount(order.total, order.currency),
        "currency": order.currency,
        "date": order.placed_at.isoformat(),
        "items": [_describe_item(item, order.currency) for item in order.items],
    }


def _describe_item(item: Item, currency: str) -> dict[str, object]:
    told = {**item.details, "externalItemId": item.product_id, "quantity": item.quantity}
    if item.name is not None:
        told["name"] = item.name
    if item.category is not None:
        told["category"] = item.category
    if item.price is not None:
        told["cost"] = amount(item.price, currency)
    return told


def amount(minor: int, currency: str) -> int | float:
    """Give an amount as a number that prints as people write it: 100, not 100.0."""
    scale: int = 10 ** _DIGITS.get(currency, 2)
    # Whole numbers divide to the nearest float there is, as the exact amount would round.
    return minor / scale if minor % scale else minor // scale


def habits(orders: Sequence[Order]) -> dict[ContactId, Habits]:
    """Sum up how people buy, from delivered orders alone; who has none is left out.

    Totals of different currencies are added as they are: a project sells in one.
    """
    found: dict[ContactId, Habits] = {}
    for order in orders:
        if order.status is not Status.DELIVERED:
            continue
        old = found.get(order.contact_id, Habits(order.placed_at, 0, 0))
        found[order.contact_id] = Habits(
            max(old.last_at, order.placed_at), old.count + 1, old.total + order.total
        )
    return found


def score(people: Mapping[ContactId, Habits]) -> dict[ContactId, Cell]:
    """Score buyers by fifths: 1 + five times the share of buyers who are strictly below.

    So equal habits score alike, the lowest fifth is 1, and the score of one buyer among many says
    where they stand among these, not against a fixed scale.
    """
    recencies = sorted(one.last_at for one in people.values())
    counts = sorted(one.count for one in people.values())
    totals = sorted(one.total for one in people.values())
    return {
        contact_id: Cell(
            _fifth(bisect_left(recencies, one.last_at), len(people)),
            _fifth(bisect_left(counts, one.count), len(people)),
            _fifth(bisect_left(totals, one.total), len(people)),
        )
        for contact_id, one in people.items()
    }


def _fifth(below: int, among: int) -> int:
    return 1 + below * FIFTHS // among
