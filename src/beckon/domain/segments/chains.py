"""Sequences in SQL: arrays of the moments at which each step was reached, in one aggregation.

windowFunnel is not used: its chains begin with the first event that fits, ours with any
(docs/segments.md).
"""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.segments.model import SequenceRule
from beckon.domain.segments.questions import Values


def chain(
    rule: SequenceRule, steps: Sequence[str], window: Sequence[str], now: datetime, values: Values
) -> str:
    """Write the array of moments, in milliseconds, at which the last step was reached.

    `steps` are the conditions on the events of each, `window` what is asked of the first besides.
    """
    reached = _moments(" AND ".join([steps[0], *window]))
    for place, (step, condition) in enumerate(zip(rule.steps[1:], steps[1:], strict=True), 1):
        within = step.within_seconds
        soon = None if within is None else values.add(within * 1000, "Int64")
        is_lacking = rule.lacks_last and place == len(steps) - 1
        if is_lacking:
            reached = _lack(reached, _moments(condition), soon, values.milliseconds(now), place)
        else:
            reached = _follow(reached, _moments(condition), soon, place)
    return reached


def _moments(condition: str) -> str:
    return f"groupArrayIf(toUnixTimestamp64Milli(at), {condition})"


def _merged(reached: str, moments: str, place: int) -> str:
    """Write both in order, the later step first where they happened at once: it did not follow."""
    return (
        f"(arraySort(arrayConcat(arrayMap(at -> (at, 1), {reached}), "
        f"arrayMap(at -> (at, 0), {moments}))) AS merged{place})"
    )


def _follow(reached: str, moments: str, soon: str | None, place: int) -> str:
    """Write the moments with a reached one before them, the latest of which is soon enough."""
    merged = _merged(reached, moments, place)
    latest = f"arrayFill(pair -> pair.2 = 1, {merged})"
    follows = "one.2 = 0 AND other.2 = 1"
    if soon is not None:
        follows += f" AND one.1 - other.1 <= {soon}"
    kept = f"arrayFilter((one, other) -> {follows}, {merged}, {latest})"
    return f"arrayMap(pair -> pair.1, {kept})"


def _lack(reached: str, moments: str, soon: str | None, now: str, place: int) -> str:
    """Write the reached moments with none after them soon enough, once it is too late for one."""
    merged = _merged(reached, moments, place)
    following = f"arrayReverseFill(pair -> pair.2 = 0, {merged})"
    followed, late = "other.2 = 0", ""
    if soon is not None:
        followed += f" AND other.1 - one.1 <= {soon}"
        late = f" AND one.1 + {soon} <= {now}"
    kept = (
        f"arrayFilter((one, other) -> one.2 = 1 AND NOT ({followed}){late}, {merged}, {following})"
    )
    return f"arrayMap(pair -> pair.1, {kept})"
