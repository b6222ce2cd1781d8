"""Random rules as JSON: every kind, operator and window, over the words of `worlds`."""

from datetime import timedelta

from domain.segments.worlds import (
    DATES,
    EVENTS,
    NUMBERS,
    PATHS,
    SCORES,
    SECONDS,
    SPANS,
    STATUSES,
    TEXTS,
    TICK,
)

ORDERINGS = ("gt", "gte", "lt", "lte")
PERIODS = [
    f"{side}_{unit}" for side in ("last", "this", "next") for unit in ("week", "month", "year")
]
PERIODS += ["today", "yesterday", "tomorrow"]
OUTCOMES = ("queued", "sent", "received", "opened", "opened", "clicked", "failed", "failed")
BUILT_IN_TEXTS = ("id", "email", "phone", "firstName", "lastName", "language", "timezone")
BUILT_IN_MOMENTS = ("createdAt", "updatedAt", "lastSeenAt")


def a_rule(random, as_of, depth=0):
    """Make a rule or a group of rules."""
    if depth < 3 and random.random() < 0.3:
        return {
            "combinator": random.choice(("and", "or")),
            "not": random.random() < 0.3,
            "rules": [a_rule(random, as_of, depth + 1) for _ in range(random.choice((1, 2, 2, 3)))],
        }
    return random.choice(KINDS)(random, as_of)


def a_field_rule(random, as_of):
    kind = random.random()
    if kind < 0.15:
        field = random.choice(BUILT_IN_TEXTS)
        return {"field": field, **_text(random, words=("ann", "Ann", "ann@example.com", *TEXTS))}
    if kind < 0.3:
        field = random.choice(BUILT_IN_MOMENTS)
        return {"field": field, **_date(random, as_of, zone=False)}
    if kind < 0.4:
        field = random.choice(("contactId", "sessionCount"))
        return {"field": field, **_number(random, range(5))}
    if kind < 0.6:
        match = {"type": "date", "operator": "matches", "value": _match(random, zone=True)}
        return {"field": "birthday", **match}
    field = random.choice((*PATHS[:-1], "properties.email", "nobody.has"))
    return {"field": field, **_condition(random, as_of, zone=True)}


def _condition(random, as_of, *, zone):
    kind = random.choice(("text", "text", "number", "boolean", "date", "exists", "list"))
    if kind == "text":
        return _text(random, TEXTS)
    if kind == "number":
        return _number(random, NUMBERS)
    if kind == "boolean":
        return {"operator": random.choice(("eq", "neq")), "value": random.choice((True, False))}
    if kind == "date":
        return _date(random, as_of, zone=zone)
    if kind == "list":
        return {"type": "list", **_text(random, TEXTS)}
    types = random.choice(({}, {"type": random.choice(("string", "number", "date", "list"))}))
    return {"operator": random.choice(("exists", "not_exists")), **types}


def _text(random, words):
    operator = random.choice(
        ("eq", "neq", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with")
    )
    if operator in {"in", "not_in"}:
        return {"operator": operator, "value": random.choices(words, k=random.choice((1, 2, 3)))}
    usable = [word for word in words if word] if operator not in {"eq", "neq"} else words
    value = random.choice(usable)
    if operator not in {"eq", "neq"} and random.random() < 0.5:
        value = value[: random.choice((1, 2))]
    return {"operator": operator, "value": value}


def _number(random, numbers, *, has_lists=True):
    operator = random.choice(("eq", "neq", *ORDERINGS, "between", "in", "not_in"))
    if operator == "between":
        return {"operator": operator, "value": sorted(random.choices(numbers, k=2))}
    if operator in {"in", "not_in"}:
        if has_lists:
            return {"operator": operator, "value": random.choices(numbers, k=2)}
        operator = "eq"
    return {"operator": operator, "value": random.choice(numbers)}


def _date(random, as_of, *, zone):
    operator = random.choice(("eq", "neq", *ORDERINGS, "between", "matches", "matches", "matches"))
    if operator == "matches":
        return {"type": "date", "operator": operator, "value": _match(random, zone=zone)}
    if operator == "between":
        value = [_instant(random, as_of), _instant(random, as_of)]
    else:
        value = _instant(random, as_of)
    return {"type": "date", "operator": operator, "value": value}


def _match(random, *, zone):
    kind = random.choice(("last", "next", "during", "in_days", "anniversary", "anniversary"))
    if kind in {"last", "next"}:
        return {kind: random.choice(SPANS)}
    value = {
        "during": lambda: random.choice(PERIODS),
        "in_days": lambda: random.choice((-31, -7, -1, 0, 1, 7)),
        "anniversary": lambda: random.choice((0, 0, 1, 3, 365)),
    }[kind]()
    return {kind: value, "zone": random.choice(("project", "contact"))} if zone else {kind: value}


def _instant(random, as_of):
    kind = random.random()
    if kind < 0.3:
        return {random.choice(("ago", "ahead")): random.choice(SPANS)}
    if kind < 0.6:
        return random.choice((*DATES, str(as_of.now.astimezone(as_of.zone).date())))
    return _edge(random, as_of)


def _edge(random, as_of):
    moment = as_of.now - timedelta(seconds=SECONDS[random.choice(SPANS)])
    return (moment + random.choice((-1, 0, 1)) * TICK).isoformat()


def _window(random, as_of):
    kind = random.random()
    if kind < 0.25:
        return {}
    if kind < 0.55:
        return {"within": random.choice(SPANS)}
    if kind < 0.75:
        return {"during": random.choice(PERIODS)}
    edges = sorted((_edge(random, as_of), as_of.now.isoformat()))
    if kind < 0.85:
        today = str(as_of.now.astimezone(as_of.zone).date())
        return {"from": min(edges[0][:10], today), "to": today}
    return random.choice(({"from": edges[0]}, {"to": edges[0]}))


def _where(random, as_of):
    if random.random() < 0.5:
        return {}
    return {
        "where": [
            {"field": random.choice(PATHS), **_condition(random, as_of, zone=False)}
            for _ in range(random.choice((1, 1, 2)))
        ]
    }


def an_event_rule(random, as_of):
    rule = {
        "event": random.choice((*EVENTS, "VIEW", "never")),
        **_where(random, as_of),
        **_window(random, as_of),
    }
    measure = random.choice(("did", "count", "sum", "avg", "min", "max", "first", "last"))
    if measure == "did":
        return rule | random.choice(({}, {"operator": "exists"}, {"operator": "not_exists"}))
    if measure == "count":
        return rule | _number(random, range(4), has_lists=False)
    rule["measure"] = measure
    if measure in {"first", "last"}:
        return rule | {
            key: value for key, value in _date(random, as_of, zone=False).items() if key != "type"
        }
    path = random.choice(("score", random.choice(PATHS)))
    usable = (*NUMBERS, *SCORES * 4) if path == "score" else NUMBERS
    numbers = [number for number in usable if abs(number) < 1e15]
    return rule | {"property": path} | _number(random, numbers, has_lists=False)


def a_sequence(random, as_of):
    steps = [
        {"event": random.choice(EVENTS), **_where(random, as_of)}
        for _ in range(random.choice((2, 2, 3, 4)))
    ]
    for step in steps[1:]:
        if random.random() < 0.7:
            step["within"] = random.choice(SPANS)
    if random.random() < 0.4:
        steps[-1]["not"] = True
    return {"sequence": steps, **_window(random, as_of)}


def a_message_rule(random, as_of):
    narrowed = {
        "channel": random.choice(("EMAIL", "SMS")),
        "template": 1,
        "campaign": 2,
        "workflow": 1,
        "link": "https://shop.example/a?b=c",
    }
    kept = {key: value for key, value in narrowed.items() if random.random() < 0.15}
    asked = random.choice(
        ({}, {"operator": "not_exists"}, _number(random, range(4), has_lists=False))
    )
    return {"message": random.choice(OUTCOMES), **asked, **kept, **_window(random, as_of)}


def a_reach_rule(random, _as_of):
    return {
        "channel": random.choice(("EMAIL", "SMS", "push")),
        "state": random.choice(("addressed", "confirmed", "subscribed")),
    }


def a_member_rule(random, _as_of):
    return {"segment": random.randrange(1, 5), "operator": random.choice(("in", "not_in"))}


def an_order_rule(random, as_of):
    measure = random.choice(("count", "sum", "avg", "min", "max", "first", "last"))
    narrowed = {"status": random.choices(STATUSES, k=2), "product": "a", "category": "чай"}
    rule = {"orders": measure, **_window(random, as_of)}
    rule |= {key: value for key, value in narrowed.items() if random.random() < 0.3}
    if measure in {"first", "last"}:
        found = _date(random, as_of, zone=False)
        return rule | {key: value for key, value in found.items() if key != "type"}
    if measure != "count":
        rule["currency"] = random.choice(("UAH", "EUR"))
    return rule | _number(random, (0, 1, 2, 100, 150.5, 12_345), has_lists=False)


def a_cell_rule(random, _as_of):
    cells = [f"R{one}F{two}" for one in range(1, 7) for two in range(1, 6)]
    return {
        "rfm": random.choice(("sales", "campaigns")),
        "cells": random.sample(cells, random.choice((1, 5, 12))),
    }


KINDS = (
    *(a_field_rule, a_field_rule, a_field_rule, a_field_rule),
    *(an_event_rule, an_event_rule, an_event_rule, a_sequence, a_sequence),
    *(an_order_rule, an_order_rule, a_message_rule, a_reach_rule, a_member_rule, a_cell_rule),
)
