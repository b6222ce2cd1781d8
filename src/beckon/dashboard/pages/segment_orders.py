"""The row of a rule that asks what people ordered: its fields to JSON and back, and its words.

People type amounts as they read prices; rules hold them in minor units.
"""

from collections.abc import Mapping
from typing import Any

from beckon.domain.orders.model import Status
from beckon.domain.orders.rules import to_major, to_minor
from beckon.kit.refusals import Invalid

COUNT = "count"
MEASURES = {
    COUNT: "has orders",
    "sum": "spent in all",
    "avg": "spent on average",
    "max": "spent at once",
}
OPERATORS = {
    "gte": "at least",
    "gt": "more than",
    "eq": "exactly",
    "lte": "at most",
    "lt": "less than",
}
STATUSES = {one.value: one.replace("_", " ").lower() for one in Status}


def write(typed: Mapping[str, str]) -> dict[str, Any]:
    """Write what was typed as a rule, but for its window. Raises Invalid."""
    measure, value = typed.get("measure", COUNT), typed.get("value", "")
    rule: dict[str, Any] = {"orders": measure, "operator": typed.get("operator", "gte")}
    if measure == COUNT:
        if not value.isdecimal():
            raise Invalid(f"'{value}' is no number of orders.")
        rule["value"] = int(value)
    else:
        currency = typed.get("currency", "").upper()
        rule["value"] = to_minor(value, currency, "The amount")
        rule |= {"currency": currency} if currency else {}
    rule |= {name: typed[name] for name in ("product", "category") if typed.get(name)}
    return rule | ({"status": [typed["status"]]} if typed.get("status") else {})


def read(rule: Mapping[str, Any]) -> dict[str, str]:
    """Write a rule back into the fields of its row; what has no field there is left out."""
    typed = {name: str(rule[name]) for name in ("operator", "product", "category") if name in rule}
    value, currency = rule.get("value"), str(rule.get("currency", ""))
    if isinstance(value, int | float):
        is_count = rule["orders"] == COUNT
        typed["value"] = f"{value:g}" if is_count else str(to_major(int(value), currency))
    statuses = rule.get("status", [])
    within = str(rule.get("within", ""))
    return {
        **typed,
        "measure": str(rule["orders"]),
        "currency": currency,
        "status": str(statuses[0]) if statuses else "",
        "within": within,
    }


def in_words(rule: Mapping[str, Any]) -> str | None:
    """Say what is asked of orders, but for its window; None for what only JSON can say."""
    measure, value = rule["orders"], rule.get("value")
    how = OPERATORS.get(rule["operator"])
    if how is None or measure not in MEASURES or not isinstance(value, int | float):
        return None
    if measure == COUNT:
        asked = f"has {how} {value:g} {'order' if value == 1 else 'orders'}"
    else:
        currency = rule["currency"]
        asked = f"{MEASURES[measure]} {how} {to_major(int(value), currency)} {currency}"
    of = [f"{name} “{rule[name]}”" for name in ("product", "category") if name in rule]
    states = [STATUSES.get(one, one) for one in rule.get("status", ())]
    told = asked + (f" of {' and '.join(of)}" if of else "")
    return told + (f" that are {' or '.join(states)}" if states else "")
