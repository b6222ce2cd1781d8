"""Sequences in SQL: a test on arrays of the moments at which the event of each step happened.

windowFunnel is not used: its chains begin with the first event that fits, ours with any
(docs/segments.md).
"""

from datetime import datetime

from beckon.domain.segments.model import SequenceRule
from beckon.domain.segments.questions import Values


def column(place: int) -> str:
    """Name the array with the moments of a step, in any order."""
    return f"moments{place}"


def chain(rule: SequenceRule, now: datetime, values: Values) -> str:
    """Write whether the last step was reached, or was lacking, from the columns of the steps."""
    reached = _milliseconds(0)
    last = len(rule.steps) - 1
    for place, step in enumerate(rule.steps[1:], 1):
        within = step.within_seconds
        soon = None if within is None else values.add(within * 1000, "Int64")
        if place < last:
            reached = f"arrayMap(pair -> pair.1, arrayFilter({_follow(reached, soon, place)}))"
        elif not rule.lacks_last:
            return f"arrayExists({_follow(reached, soon, place)})"
        else:
            return f"arrayExists({_lack(reached, soon, values.milliseconds(now), place)})"
    raise AssertionError("parsing lets no sequence have fewer than two steps")


def _milliseconds(place: int) -> str:
    return f"arrayMap(at -> toUnixTimestamp64Milli(at), {column(place)})"


def _merged(reached: str, place: int) -> str:
    """Write both in order, the later step first where they happened at once: it did not follow."""
    return (
        f"(arraySort(arrayConcat(arrayMap(at -> (at, 1), {reached}), "
        f"arrayMap(at -> (at, 0), {_milliseconds(place)}))) AS merged{place})"
    )


def _follow(reached: str, soon: str | None, place: int) -> str:
    """Write what keeps the moments with a reached one before them, the latest soon enough."""
    merged = _merged(reached, place)
    latest = f"arrayFill(pair -> pair.2 = 1, {merged})"
    follows = "one.2 = 0 AND other.2 = 1"
    if soon is not None:
        follows += f" AND one.1 - other.1 <= {soon}"
    return f"(one, other) -> {follows}, {merged}, {latest}"


def _lack(reached: str, soon: str | None, now: str, place: int) -> str:
    """Write what keeps the reached moments with none after them in time, once that is over."""
    merged = _merged(reached, place)
    following = f"arrayReverseFill(pair -> pair.2 = 0, {merged})"
    followed, late = "other.2 = 0", ""
    if soon is not None:
        followed += f" AND other.1 - one.1 <= {soon}"
        late = f" AND one.1 + {soon} <= {now}"
    return f"(one, other) -> one.2 = 1 AND NOT ({followed}){late}, {merged}, {following}"
