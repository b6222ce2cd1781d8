"""Sequences in SQL: a test on arrays of the moments at which the event of each step happened.

windowFunnel is not used: its chains begin with the first event that fits, ours with any
(docs/segments.md).

A step's moments and those reached before it are merged into one sorted array of numbers: twice the
milliseconds, and one more where the moment was reached. So of two moments that are the same the
later step stands first, which says that it did not follow.
"""

from datetime import datetime

from beckon.domain.segments.model import SequenceRule
from beckon.domain.segments.questions import Values
from beckon.kit.clock import to_ms


def column(place: int) -> str:
    """Name the array with the moments of a step, in any order."""
    return f"moments{place}"


def chain(rule: SequenceRule, now: datetime, values: Values) -> str:
    """Write whether the last step was reached, or was lacking, from the columns of the steps."""
    reached = _milliseconds(0)
    last = len(rule.steps) - 1
    for place, step in enumerate(rule.steps[1:], 1):
        merged = _merged(reached, place)
        within = None if step.within_seconds is None else 2000 * step.within_seconds
        soon = None if within is None else values.add(within, "Int64")
        if place < last:
            reached = f"arrayMap(one -> intDiv(one, 2), arrayFilter({_follow(merged, soon)}))"
        elif rule.lacks_last:
            return f"arrayExists({_lack(merged, soon, values.add(2 * to_ms(now), 'Int64'))})"
        else:
            return f"arrayExists({_follow(merged, soon)})"
    raise AssertionError("parsing lets no sequence have fewer than two steps")


def _milliseconds(place: int) -> str:
    return f"arrayMap(at -> toUnixTimestamp64Milli(at), {column(place)})"


def _merged(reached: str, place: int) -> str:
    return (
        f"(arraySort(arrayConcat(arrayMap(at -> 2 * at + 1, {reached}), "
        f"arrayMap(at -> 2 * at, {_milliseconds(place)}))) AS merged{place})"
    )


def _follow(merged: str, soon: str | None) -> str:
    """Write what keeps the moments with a reached one before them, the latest soon enough."""
    latest = f"arrayFill(one -> bitAnd(one, 1) = 1, {merged})"
    follows = "bitAnd(one, 1) = 0 AND bitAnd(before, 1) = 1"
    if soon is not None:
        follows += f" AND one - before < {soon}"
    return f"(one, before) -> {follows}, {merged}, {latest}"


def _lack(merged: str, soon: str | None, now: str) -> str:
    """Write what keeps the reached moments with none after them in time, once that is over."""
    following = f"arrayReverseFill(one -> bitAnd(one, 1) = 0, {merged})"
    followed, late = "bitAnd(after, 1) = 0", ""
    if soon is not None:
        followed += f" AND after - one < {soon}"
        late = f" AND one + {soon} <= {now} + 1"
    return f"(one, after) -> bitAnd(one, 1) = 1 AND NOT ({followed}){late}, {merged}, {following}"
