"""Sequences of one person's events: what followed what, soon enough, or did not."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from beckon.domain.segments.facts import AsOf, Facts, Finding
from beckon.domain.segments.measuring import fits
from beckon.domain.segments.model import SequenceRule, Step
from beckon.domain.segments.spans import window_span


def look_at_sequence(rule: SequenceRule, facts: Facts, as_of: AsOf) -> Finding:
    """Follow the steps: the moments at which each was reached, given those of the one before."""
    first, *others = rule.steps
    span = window_span(rule.window, as_of.now, as_of.zone)
    reached = [moment for moment in _moments(first, facts, as_of) if span.holds(moment)]
    last = others.pop() if rule.lacks_last else None
    for step in others:
        reached = _follow(reached, _moments(step, facts, as_of), step.within_seconds)
    if last is not None:
        reached = _lack(reached, _moments(last, facts, as_of), last.within_seconds, as_of.now)
    return Finding(rule, bool(reached), max(reached, default=None))


def _moments(step: Step, facts: Facts, as_of: AsOf) -> list[datetime]:
    """List, in time, when a step's event happened up to now."""
    return sorted(
        event.at
        for event in facts.events.get(step.event, ())
        if event.at <= as_of.now and fits(step.where, event, as_of)
    )


def _follow(
    reached: list[datetime], moments: list[datetime], within_seconds: int | None
) -> list[datetime]:
    """Keep the moments that come after a reached one, soon enough after the latest of those."""
    kept = []
    for moment in moments:
        before = bisect_left(reached, moment)
        if before and _is_soon(reached[before - 1], moment, within_seconds):
            kept.append(moment)
    return kept


def _lack(
    reached: list[datetime], moments: list[datetime], within_seconds: int | None, now: datetime
) -> list[datetime]:
    """Keep what was reached and not followed, once it is too late for that."""
    kept = []
    for moment in reached:
        after = bisect_right(moments, moment)
        followed = after < len(moments) and _is_soon(moment, moments[after], within_seconds)
        if not followed and (within_seconds is None or now - moment >= _seconds(within_seconds)):
            kept.append(moment)
    return kept


def _is_soon(earlier: datetime, later: datetime, within_seconds: int | None) -> bool:
    return within_seconds is None or later - earlier <= _seconds(within_seconds)


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)
