"""How a run moves. Pure: a run, its steps and the time in; the moved run and its orders out.

Invariant: moving the same run twice gives the same orders with the same keys, so a crash between
deciding and storing costs nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from beckon.domain.workflows.model import Definition, Order, Run, Send, Step, Wait
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

NAME_CHARACTERS_MAX = 200
STEPS_MAX = 100
DELAY_SECONDS_MAX = 31_536_000


def check_name(name: str) -> str:
    """Trim a workflow's name. Raises Invalid unless 1 to 200 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"name must have 1 to {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def check_definition(definition: Definition) -> Definition:
    """Take a definition. Raises Invalid for no step, too many, or a delay beyond a year."""
    if not 0 < len(definition.steps) <= STEPS_MAX:
        raise Invalid(f"steps: a workflow has 1 to {STEPS_MAX} steps.")
    for place, step in enumerate(definition.steps):
        if not 0 <= step.delay_seconds <= DELAY_SECONDS_MAX:
            raise Invalid(
                f"steps[{place}].delay must be a whole number of seconds "
                f"from 0 to {DELAY_SECONDS_MAX} (a year)."
            )
    return definition


def first_due(steps: Sequence[Step], start: datetime) -> datetime:
    """Tell when the first step of a run that starts now is due."""
    return start + _delay(steps[0])


def advance(run: Run, steps: Sequence[Step], now: datetime) -> tuple[Run, list[Order]]:
    """Walk until a step that still lies ahead, or the end.

    `now` is aware UTC. The orders come in step order, one per Send passed, keyed
    "run:<run>:<position>". A run woken early comes back unchanged with no orders.
    """
    orders: list[Order] = []
    while not is_over(run, steps) and run.wake_at <= now:
        step = steps[run.position]
        match step:
            case Send(channel, template_id):
                orders.append(Order(f"run:{run.id}:{run.position}", channel, template_id))
            case Wait():
                pass
            case _:
                assert_never(step)
        position = run.position + 1
        # Count from the planned moment, not from now: a late worker delays nobody else.
        delay = _delay(steps[position]) if position < len(steps) else timedelta(0)
        run = replace(run, position=position, wake_at=run.wake_at + delay)
    return run, orders


def is_over(run: Run, steps: Sequence[Step]) -> bool:
    """Tell whether a run has passed its last step."""
    return run.position >= len(steps)


def _delay(step: Step) -> timedelta:
    return timedelta(seconds=step.delay_seconds)
