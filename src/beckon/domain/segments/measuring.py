"""What one person did, got and bought, measured."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from beckon.domain.segments.comparing import (
    SCALE,
    SUMMED_BELOW,
    Days,
    measures,
    meets,
    scaled,
)
from beckon.domain.segments.facts import (
    DELIVERED_ORDER,
    RECORDED,
    AsOf,
    Facts,
    Finding,
    Happened,
    Purchase,
    Recorded,
)
from beckon.domain.segments.model import (
    Cell,
    Condition,
    EventRule,
    Grid,
    Measure,
    MessageRule,
    OrderRule,
    Outcome,
    PropertyRule,
    RfmRule,
)
from beckon.domain.segments.spans import RFM_FREQUENCIES, RFM_RECENCY_DAYS, Span, window_span
from beckon.kit.typed import Typed


def look_at_events(rule: EventRule, facts: Facts, as_of: AsOf) -> Finding:
    """Measure the events that count; what measures nothing is missing."""
    span = window_span(rule.window, as_of.now, as_of.zone)
    events = [
        event
        for event in facts.events.get(rule.event, ())
        if span.holds(event.at) and fits(rule.where, event, as_of)
    ]
    if rule.measure is Measure.COUNT:
        return Finding(rule, measures(rule.condition, len(events) * SCALE), len(events))
    if rule.measure in {Measure.FIRST, Measure.LATEST}:
        return _look_at_time(rule, rule.condition, [event.at for event in events], as_of)
    path = rule.property or ""
    numbers = [
        event.properties.numbers[path] for event in events if path in event.properties.numbers
    ]
    if rule.measure in {Measure.SMALLEST, Measure.LARGEST}:
        extreme = min if rule.measure is Measure.SMALLEST else max
        found = extreme(numbers, default=None)
        typed = Typed() if found is None else Typed(numbers={"": found})
        return Finding(rule, meets(rule.condition, typed, "", _days(as_of, UTC)), found)
    counted = [scaled(number) for number in numbers if abs(number) < SUMMED_BELOW]
    return _look_at_total(rule, rule.condition, rule.measure, counted)


def _look_at_total(
    rule: EventRule | OrderRule, condition: Condition, measure: Measure, parts: Sequence[int]
) -> Finding:
    """Compare the sum or the average of ten-thousandths."""
    total, count = sum(parts), len(parts)
    if measure is Measure.SUM:
        return Finding(rule, measures(condition, total), total / SCALE)
    if not count:
        return Finding(rule, measures(condition, None))
    return Finding(rule, measures(condition, total, count), total / count / SCALE)


def _look_at_time(
    rule: EventRule | OrderRule, condition: Condition, moments: Sequence[datetime], as_of: AsOf
) -> Finding:
    extreme = min if rule.measure is Measure.FIRST else max
    found = extreme(moments, default=None)
    typed = Typed() if found is None else Typed(times={"": found})
    return Finding(rule, meets(condition, typed, "", _days(as_of, as_of.zone)), found)


def look_at_messages(rule: MessageRule, facts: Facts, as_of: AsOf) -> Finding:
    """Count messages, each once."""
    span = window_span(rule.window, as_of.now, as_of.zone)
    messages = {
        one.message_id
        for one in facts.outcomes
        if _counts(one, rule.outcome, span) and _is_asked(one, rule)
    }
    return Finding(rule, measures(rule.condition, len(messages) * SCALE), len(messages))


def _counts(one: Recorded, outcome: Outcome, span: Span) -> bool:
    return one.kind in RECORDED[outcome] and span.holds(one.at) and not one.is_machine


def _is_asked(one: Recorded, rule: MessageRule) -> bool:
    return (
        rule.channel in {None, one.channel}
        and rule.template_id in {None, one.template_id}
        and rule.campaign_id in {None, one.campaign_id}
        and rule.workflow_id in {None, one.workflow_id}
        and rule.link in {None, one.link}
    )


def look_at_orders(rule: OrderRule, facts: Facts, as_of: AsOf) -> Finding:
    """Measure the orders that count, in minor units."""
    span = window_span(rule.window, as_of.now, as_of.zone)
    orders = [one for one in facts.purchases if span.holds(one.placed_at) and _is_meant(one, rule)]
    totals = [order.total * SCALE for order in orders]
    match rule.measure:
        case Measure.COUNT:
            return Finding(rule, measures(rule.condition, len(orders) * SCALE), len(orders))
        case Measure.FIRST | Measure.LATEST:
            return _look_at_time(rule, rule.condition, [one.placed_at for one in orders], as_of)
        case Measure.SMALLEST | Measure.LARGEST:
            extreme = min if rule.measure is Measure.SMALLEST else max
            found = extreme(totals, default=None)
            return Finding(rule, measures(rule.condition, found), found and found // SCALE)
        case _:
            return _look_at_total(rule, rule.condition, rule.measure, totals)


def _is_meant(order: Purchase, rule: OrderRule) -> bool:
    return (
        (not rule.statuses or order.status in rule.statuses)
        and rule.currency in {None, order.currency}
        and (rule.product is None or rule.product in order.products)
        and (rule.category is None or rule.category in order.categories)
    )


def look_at_cell(rule: RfmRule, facts: Facts, as_of: AsOf) -> Finding:
    """Find the cell of a grid by the latest time and the number of times."""
    if rule.grid is Grid.SALES:
        moments = [
            order.placed_at
            for order in facts.purchases
            if order.status == DELIVERED_ORDER and order.placed_at <= as_of.now
        ]
        count = len(moments)
    else:
        ever = Span(None, window_span(None, as_of.now, as_of.zone).end)
        opened = [one for one in facts.outcomes if _counts(one, Outcome.OPENED, ever)]
        moments, count = [one.at for one in opened], len({one.message_id for one in opened})
    if not moments:
        return Finding(rule, holds=False)
    cell = cell_of(max(moments), count, as_of.now)
    return Finding(rule, cell in rule.cells, f"R{cell.recency}F{cell.frequency}")


def cell_of(last_at: datetime, count: int, now: datetime) -> Cell:
    """Tell the cell of somebody who did it so many times, the last time then."""
    age = now - last_at
    recency = 1 + sum(age > timedelta(days=days) for days in RFM_RECENCY_DAYS)
    return Cell(recency, sum(count >= least for least in RFM_FREQUENCIES))


def fits(where: Sequence[PropertyRule], event: Happened, as_of: AsOf) -> bool:
    """Tell whether an event's properties meet every condition."""
    days = _days(as_of, UTC)
    return all(meets(rule.condition, event.properties, rule.field.path, days) for rule in where)


def _days(as_of: AsOf, read: tzinfo) -> Days:
    return Days(as_of.now, project=as_of.zone, contact=as_of.zone, read=read)
