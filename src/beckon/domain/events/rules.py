"""What an event must look like, and which events may still start something."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

NAME_BYTES_MAX = 255
AHEAD_MAX = timedelta(minutes=5)
LIVE_FOR = timedelta(days=1)
REQUIRED_MAX = 50
PARAMETER_CHARACTERS_MAX = 100


def check_name(name: str, field: str) -> str:
    """Trim an event's name. Raises Invalid unless 1 to 255 printable bytes of UTF-8 are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed.encode()) <= NAME_BYTES_MAX or not is_line(trimmed):
        raise Invalid(f"{field} must have 1 to {NAME_BYTES_MAX} bytes and no control characters.")
    return trimmed


def name_key(name: str) -> str:
    """Give the form in which names are compared: without regard to case."""
    return name.strip().casefold()


def check_required(names: Sequence[str], field: str) -> list[str]:
    """Trim names of parameters and drop blank and repeated ones, in their order. Raises Invalid.

    At most 50, of 1 to 100 characters each. Source: Reteno, limits of event parameters.
    """
    trimmed = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(trimmed) > REQUIRED_MAX:
        raise Invalid(f"{field} must hold at most {REQUIRED_MAX} names.")
    for name in trimmed:
        if len(name) > PARAMETER_CHARACTERS_MAX or not is_line(name):
            raise Invalid(
                f"{field}: a name has 1 to {PARAMETER_CHARACTERS_MAX} characters and no control "
                "characters."
            )
    return trimmed


def tells_all(properties: Mapping[str, object], required: Iterable[str]) -> bool:
    """Tell whether an event tells all it must; null counts as told."""
    return all(name in properties for name in required)


def check_moment(moment: datetime, now: datetime, field: str) -> datetime:
    """Let past moments pass. Raises Invalid for one more than five minutes ahead."""
    if moment > now + AHEAD_MAX:
        raise Invalid(f"{field} lies more than five minutes in the future.")
    return moment


def is_live(occurred_at: datetime, received_at: datetime) -> bool:
    """Tell whether an event may start workflows: one told over a day late is only history."""
    return received_at - occurred_at <= LIVE_FOR
