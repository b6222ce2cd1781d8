"""Java's SimpleDateFormat patterns, for printing and, strictly, for reading."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PATTERN_CHARACTERS_MAX = 200

_PIECES = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)")
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def zone_named(name: str) -> tzinfo:
    """Give a zone by its name, `GMT+3` or `+03:00`. Unknown names are GMT, as in Java."""
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        minutes = 60 * int(offset[2]) + int(offset[3] or 0)
        if minutes >= 24 * 60:
            return UTC
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def format_date(pattern: str, moment: datetime) -> str | None:
    """Print an aware moment in a pattern; None for a pattern with letters that mean nothing."""
    printed: list[str] = []
    for literal, letters in _pieces(pattern):
        if letters:
            field = _FIELDS.get(letters[0])
            if field is None:
                return None
            printed.append(field(moment, len(letters)))
        else:
            printed.append(literal)
    return None if _is_broken(pattern) else "".join(printed)


def parse_date(pattern: str, text: str) -> datetime | None:
    """Read a text that follows a pattern, whole and strictly. None if it does not.

    The answer is naive, unless the pattern reads an offset. Fewer digits than letters will do.
    """
    if _is_broken(pattern) or len(text) > PATTERN_CHARACTERS_MAX:
        return None
    expression = ""
    letters_read: list[str] = []
    for literal, letters in _pieces(pattern):
        if not letters:
            expression += re.escape(literal)
        elif letters[0] in _READ:
            expression += f"({_expected(letters)})"
            letters_read.append(letters)
        else:
            return None
    found = re.fullmatch(expression, text)
    return None if found is None else _assembled(letters_read, found.groups())


def _is_broken(pattern: str) -> bool:
    return len(pattern) > PATTERN_CHARACTERS_MAX or pattern.count("'") % 2 == 1


def _pieces(pattern: str) -> Iterator[tuple[str, str]]:
    """Cut a pattern into literal texts and runs of one letter."""
    for found in _PIECES.finditer(pattern):
        if found[2]:
            yield "", found[2]
        elif found[4]:
            yield found[4], ""
        else:
            yield found[1].replace("''", "'") or "'", ""


def _number(value: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda moment, width: str(value(moment)).rjust(width, "0")


def _year(year: int, width: int) -> str:
    return f"{year % 100:02d}" if width == 2 else str(year).rjust(width, "0")


def _month(moment: datetime, width: int) -> str:
    name = _MONTHS[moment.month - 1]
    return f"{moment.month:0{width}d}" if width < 3 else name[:3] if width == 3 else name


def _week_year(moment: datetime, width: int) -> str:
    year = moment.year
    if moment.month == 12 and _week_of_year(moment) == 1:
        year += 1
    return _year(year, width)


def _week_of_year(moment: datetime) -> int:
    """Count weeks as in the United States: from Sunday, the first holds the first of January."""
    first = moment.replace(month=1, day=1)
    week = (moment.timetuple().tm_yday + first.isoweekday() % 7 - 1) // 7 + 1
    next_first = moment.replace(year=min(moment.year + 1, 9999), month=1, day=1)
    days_left = 31 - moment.day
    is_next = moment.month == 12 and days_left < next_first.isoweekday() % 7
    return 1 if is_next else week


def _week_of_month(moment: datetime) -> int:
    first = moment.replace(day=1)
    return (moment.day + first.isoweekday() % 7 - 1) // 7 + 1


def _offset_minutes(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def _offset(moment: datetime, separator: str, *, has_minutes: bool = True) -> str:
    minutes = _offset_minutes(moment)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02d}{separator}{rest:02d}" if has_minutes else f"{sign}{hours:02d}"


def _iso_offset(moment: datetime, width: int) -> str:
    if _offset_minutes(moment) == 0:
        return "Z"
    return _offset(moment, ":" if width == 3 else "", has_minutes=width > 1)


def _zone_name(moment: datetime, width: int) -> str:
    name = moment.tzname() or "GMT"
    if _offset_minutes(moment) == 0 and name == "UTC" and width > 3:
        return "Coordinated Universal Time"
    if not name[:1].isalpha() or name.startswith(("UTC+", "UTC-")):
        return f"GMT{_offset(moment, ':')}"
    return name


_FIELDS: dict[str, Callable[[datetime, int], str]] = {
    "y": lambda moment, width: _year(moment.year, width),
    "Y": _week_year,
    "M": _month,
    "L": _month,
    "d": _number(lambda moment: moment.day),
    "D": _number(lambda moment: moment.timetuple().tm_yday),
    "F": _number(lambda moment: (moment.day - 1) // 7 + 1),
    "w": _number(_week_of_year),
    "W": _number(_week_of_month),
    "u": _number(lambda moment: moment.isoweekday()),
    "E": lambda moment, width: _DAYS[moment.weekday()][: None if width > 3 else 3],
    "a": lambda moment, _: "AM" if moment.hour < 12 else "PM",
    "H": _number(lambda moment: moment.hour),
    "k": _number(lambda moment: moment.hour or 24),
    "K": _number(lambda moment: moment.hour % 12),
    "h": _number(lambda moment: moment.hour % 12 or 12),
    "m": _number(lambda moment: moment.minute),
    "s": _number(lambda moment: moment.second),
    "S": _number(lambda moment: moment.microsecond // 1000),
    "z": _zone_name,
    "Z": lambda moment, _: _offset(moment, ""),
    "X": _iso_offset,
    "G": lambda _moment, _width: "AD",
}

_READ = frozenset("yMLdHhkKmsSaEXZz")


def _expected(letters: str) -> str:  # noqa: PLR0911 - a table by letter
    match letters[0]:
        case "M" | "L" if len(letters) > 2:
            return "|".join(_MONTHS) + "|" + "|".join(month[:3] for month in _MONTHS)
        case "E":
            return "|".join(_DAYS) + "|" + "|".join(day[:3] for day in _DAYS)
        case "a":
            return "AM|PM|am|pm"
        case "X" | "Z" | "z":
            return r"Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?"
        case "y":
            return "[0-9]{1,4}"
        case "S":
            return "[0-9]{1,3}"
        case _:
            return "[0-9]{1,2}"


def _assembled(letters_read: list[str], texts: tuple[str, ...]) -> datetime | None:
    parts = {"year": 1970, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
    is_afternoon: bool | None = None
    zone: tzinfo | None = None
    milliseconds = 0
    for letters, text in zip(letters_read, texts, strict=True):
        match letters[0]:
            case "y":
                parts["year"] = _full_year(letters, text)
            case "M" | "L":
                parts["month"] = int(text) if text.isdigit() else _month_named(text)
            case "a":
                is_afternoon = text.upper() == "PM"
            case "X" | "Z" | "z":
                zone = zone_named(text)
            case "S":
                milliseconds = int(text)
            case "E":
                pass
            case letter:
                parts[_PARTS[letter]] = _clock(letter, int(text))
    if is_afternoon is not None:
        parts["hour"] = parts["hour"] % 12 + 12 * is_afternoon
    try:
        return datetime(**parts, microsecond=1000 * milliseconds, tzinfo=zone)
    except ValueError:
        return None


_PARTS = {
    "d": "day",
    "H": "hour",
    "h": "hour",
    "k": "hour",
    "K": "hour",
    "m": "minute",
    "s": "second",
}


def _clock(letter: str, value: int) -> int:
    return value % 24 if letter == "k" and value == 24 else value


def _full_year(letters: str, text: str) -> int:
    year = int(text)
    return 2000 + year if len(letters) == 2 and len(text) == 2 else year


def _month_named(text: str) -> int:
    return next(at for at, month in enumerate(_MONTHS, 1) if month.startswith(text[:3]))
