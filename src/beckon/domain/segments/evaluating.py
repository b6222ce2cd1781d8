"""The first reading of a rule: one person's facts in, true or false with the reasons out.

This defines what a rule means; `compiling` is held to it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import assert_never

from beckon.domain.segments.comparing import Days, meets
from beckon.domain.segments.facts import AsOf, Facts, Finding
from beckon.domain.segments.following import look_at_sequence
from beckon.domain.segments.measuring import (
    look_at_cell,
    look_at_events,
    look_at_messages,
    look_at_orders,
)
from beckon.domain.segments.model import (
    AllOf,
    AnyOf,
    EventRule,
    FieldRule,
    Leaf,
    MemberRule,
    MessageRule,
    NoneOf,
    OrderRule,
    Property,
    ReachRule,
    RfmRule,
    Rule,
    SequenceRule,
    Standard,
)
from beckon.domain.segments.spans import VISIT_GAP
from beckon.domain.segments.zones import zone_of
from beckon.kit.typed import Typed

UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def evaluate(rule: Rule, facts: Facts, as_of: AsOf) -> bool:
    """Tell whether a rule holds for a person. `facts` have what `needs(rule)` asks."""
    match rule:
        case AllOf(rules):
            return all(evaluate(inner, facts, as_of) for inner in rules)
        case AnyOf(rules):
            return any(evaluate(inner, facts, as_of) for inner in rules)
        case NoneOf(rules):
            return not any(evaluate(inner, facts, as_of) for inner in rules)
        case _:
            return _look(rule, facts, as_of).holds


def explain(rule: Rule, facts: Facts, as_of: AsOf) -> Finding:
    """Tell of every part of a rule whether it holds, and what decided."""
    match rule:
        case AllOf(rules) | AnyOf(rules) | NoneOf(rules):
            parts = tuple(explain(inner, facts, as_of) for inner in rules)
            return Finding(rule, evaluate(rule, facts, as_of), parts=parts)
        case _:
            return _look(rule, facts, as_of)


def _look(rule: Leaf, facts: Facts, as_of: AsOf) -> Finding:
    match rule:
        case FieldRule():
            finding = _look_at_field(rule, facts, as_of)
        case EventRule():
            finding = look_at_events(rule, facts, as_of)
        case SequenceRule():
            finding = look_at_sequence(rule, facts, as_of)
        case MessageRule():
            finding = look_at_messages(rule, facts, as_of)
        case OrderRule():
            finding = look_at_orders(rule, facts, as_of)
        case RfmRule():
            finding = look_at_cell(rule, facts, as_of)
        case MemberRule(segment_id, is_member):
            is_in = segment_id in facts.segments
            finding = Finding(rule, is_in is is_member, is_in)
        case ReachRule(channel, reach):
            reached = channel in facts.reach.get(reach, frozenset())
            finding = Finding(rule, reached, reached)
        case _:
            assert_never(rule)
    return finding


def _look_at_field(rule: FieldRule, facts: Facts, as_of: AsOf) -> Finding:
    own = zone_of(facts.contact.time_zone, as_of.zone)
    if isinstance(rule.field, Property):
        typed, path = facts.properties, rule.field.path
        days = Days(as_of.now, project=as_of.zone, contact=own, read=UTC)
    else:
        typed, path = _standard(rule.field, facts, as_of), rule.field.value
        days = Days(as_of.now, project=as_of.zone, contact=own, read=as_of.zone)
    return Finding(rule, meets(rule.condition, typed, path, days), _shown(typed, path))


def _standard(field: Standard, facts: Facts, as_of: AsOf) -> Typed:
    """Read a built-in field the way properties are read."""
    contact = facts.contact
    texts = {
        Standard.ID: contact.external_id,
        Standard.EMAIL: contact.email and contact.email.translate(UPPER_TO_LOWER),
        Standard.PHONE: contact.phone,
        Standard.FIRST_NAME: contact.first_name,
        Standard.LAST_NAME: contact.last_name,
        Standard.LANGUAGE: contact.language,
        Standard.TIME_ZONE: contact.time_zone,
    }
    moments = {
        Standard.CREATED_AT: contact.created_at,
        Standard.UPDATED_AT: contact.updated_at,
        Standard.LAST_SEEN_AT: contact.last_seen_at,
    }
    if field is Standard.CONTACT_ID:
        return Typed(numbers={field.value: float(contact.id)})
    if field is Standard.SESSION_COUNT:
        return Typed(numbers={field.value: float(_count_visits(facts.visits, as_of.now))})
    if (text := texts.get(field)) is not None:
        return Typed(strings={field.value: text})
    if (moment := moments.get(field)) is not None:
        return Typed(times={field.value: moment})
    return Typed()


def _count_visits(moments: Sequence[datetime], now: datetime) -> int:
    seen = sorted(moment for moment in moments if moment <= now)
    gaps = (later - earlier for earlier, later in pairwise(seen))
    return bool(seen) + sum(gap >= VISIT_GAP for gap in gaps)


def _shown(typed: Typed, path: str) -> object:
    """Give what stands at a path, as far as there is anything."""
    known: dict[str, object] = {**typed.times, **typed.numbers, **typed.lists, **typed.strings}
    return known.get(path)
