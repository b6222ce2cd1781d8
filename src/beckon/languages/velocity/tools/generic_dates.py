"""`$date`: the date tool of other Velocity systems, as in Velocity Tools 2.0."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from beckon.languages.velocity.methods.kinds import Table, table
from beckon.languages.velocity.numbers import cut_quotient
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.tools.date_format import format_date, parse_date
from beckon.languages.velocity.tools.own import moment_of
from beckon.languages.velocity.values import Moment


class Date:
    """`$date`."""


_DATE_STYLES = {
    "short": ("M/d/yy", "h:mm a"),
    "medium": ("MMM d, yyyy", "h:mm:ss a"),
    "long": ("MMMM d, yyyy", "h:mm:ss a z"),
    "full": ("EEEE, MMMM d, yyyy", "h:mm:ss a zzzz"),
    "default": ("MMM d, yyyy", "h:mm:ss a"),
}
_SPANS = (
    ("milliseconds", 1),
    ("seconds", 1_000),
    ("minutes", 60_000),
    ("hours", 3_600_000),
    ("days", 86_400_000),
    ("weeks", 604_800_000),
    ("months", 2_592_000_000),
    ("years", 31_536_000_000),
)


def _pattern_of(name: str) -> str:
    style, _, part = name.partition("_")
    if style not in _DATE_STYLES or part not in {"", "date", "time"}:
        return name
    day, time = _DATE_STYLES[style]
    return {"date": day, "time": time, "": f"{day}, {time}"}[part]


def _moment(run: Run, value: Any) -> datetime | None:  # noqa: ANN401 - any value
    if value.__class__ is Moment:
        return moment_of(value.milliseconds, run.setting.zone)
    return None if value.__class__ is str else moment_of(value, run.setting.zone)


def _format_date(run: Run, _tool: object, pattern: object, value: object) -> object:
    moment = _moment(run, value)
    if moment is None or pattern.__class__ is not str:
        return None
    return format_date(_pattern_of(str(pattern)), moment)


def _to_date(run: Run, _tool: object, pattern: object, value: object) -> object:
    if pattern.__class__ is not str or value.__class__ is not str:
        return None
    moment = parse_date(_pattern_of(str(pattern)), str(value))
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=run.setting.zone)
    return Moment(round(aware.timestamp() * 1000))


def _part(read: Callable[[datetime], int]) -> Callable[..., object]:
    def called(run: Run, _tool: object, value: object) -> object:
        moment = _moment(run, value)
        return None if moment is None else read(moment)

    return called


def _gap(run: Run, _tool: object, first: object, second: object) -> object:
    a, b = _moment(run, first), _moment(run, second)
    return None if a is None or b is None else Gap(round((b - a).total_seconds() * 1000))


class Gap:
    """What `$date.difference` gives; prints its largest unit."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds


def _gap_text(_run: Run, gap: Gap) -> str:
    name, size = next(
        (span for span in reversed(_SPANS) if abs(gap.milliseconds) >= span[1]), _SPANS[0]
    )
    count = cut_quotient(gap.milliseconds, size)
    return f"{count} {name.removesuffix('s') if abs(count) == 1 else name}"


def _when_is(run: Run, tool: object, value: object) -> object:
    if run.setting.now is None:
        return None
    gap = _gap(run, tool, Moment(round(run.setting.now.timestamp() * 1000)), value)
    if not isinstance(gap, Gap):
        return None
    text = _gap_text(run, Gap(abs(gap.milliseconds)))
    return (
        "now" if gap.milliseconds == 0 else f"{text} {'later' if gap.milliseconds > 0 else 'ago'}"
    )


def _in_span(size: int) -> Callable[..., int]:
    return lambda _run, gap: cut_quotient(gap.milliseconds, size)


DATE: Table = {
    ("format", 2): _format_date,
    ("toDate", 2): _to_date,
    ("getYear", 1): _part(lambda moment: moment.year),
    ("getMonth", 1): _part(lambda moment: moment.month - 1),
    ("getDay", 1): _part(lambda moment: moment.day),
    ("difference", 2): _gap,
    ("whenIs", 1): _when_is,
}
GAP: Table = {
    **{(f"get{name.capitalize()}", 0): _in_span(size) for name, size in _SPANS},
    ("toString", 0): _gap_text,
}
MOMENT: Table = table(
    ("getTime", lambda _, moment: moment.milliseconds),
    ("toString", lambda run, moment: _format_date(run, None, "EEE MMM dd HH:mm:ss z yyyy", moment)),
)
