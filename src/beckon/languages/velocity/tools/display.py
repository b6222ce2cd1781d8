"""`$display`: lists, truncation, plurals and other small things about showing values."""

import re
from typing import Any

from beckon.languages.velocity.methods.formats import format_text
from beckon.languages.velocity.methods.kinds import (
    ANY_NUMBER,
    NoMatch,
    Table,
    table,
    whole,
)
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.values import COLLECTIONS, Measure, items_of

_CELL_WIDTH = 30
_TAG = re.compile(r"</?\s*([A-Za-z][A-Za-z0-9]*+)[^<>]*>|<!--[^<>]*-->")
_SLOT = re.compile(r"\{([0-9]{1,3})\}|'([^']*)'")


class Display:
    """`$display`."""


def _list(run: Run, _tool: object, value: Any, *separators: object) -> object:  # noqa: ANN401 - any value
    if value is None:
        return None
    if value.__class__ not in COLLECTIONS:
        return plain(run, value)
    texts = [plain(run, item) for item in items_of(value)]
    first = plain(run, separators[0]) if separators else ", "
    last = plain(run, separators[1]) if len(separators) > 1 else first if separators else " and "
    run.grow_text(sum(map(len, texts)) + len(texts) * len(first) + len(last))
    if len(texts) < 2:
        return "".join(texts)
    return first.join(texts[:-1]) + last + texts[-1]


def _truncate(run: Run, _tool: object, value: object, *given: object) -> object:
    if value is None:
        return None
    text = plain(run, value)
    length = _CELL_WIDTH if not given else whole(given[0])
    suffix = plain(run, given[1]) if len(given) > 1 else "..."
    if len(text) <= length:
        return text
    kept = max(0, length - len(suffix))
    if len(given) > 2 and given[2] is True and " " in text[: kept + 1]:
        kept = text.rindex(" ", 0, kept + 1)
    return (text[:kept] + suffix)[: max(0, length)]


def _cell(run: Run, tool: object, value: object, *given: object) -> object:
    length = _CELL_WIDTH if not given else whole(given[0])
    run.grow_text(max(0, length))
    shown = _truncate(run, tool, "" if value is None else value, length, *given[1:])
    return str(shown).ljust(length)


def _changed_first(run: Run, value: object, *, is_upper: bool) -> object:
    if value is None:
        return None
    text = plain(run, value)
    first = text[:1].upper() if is_upper else text[:1].lower()
    return first + text[1:]


def _plural(run: Run, _tool: object, count: object, word: object, plural: object = None) -> object:
    if count is None or word is None:
        return None
    singular = plain(run, word)
    if abs(whole(count)) == 1:
        return singular
    return plain(run, plural) if plural is not None else _english_plural(singular)


def _english_plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def _strip_tags(run: Run, _tool: object, value: object, *kept: object) -> object:
    if value is None:
        return None
    names = {plain(run, name).lower() for name in kept}
    return _TAG.sub(
        lambda tag: tag.group() if (tag[1] or "").lower() in names else "", plain(run, value)
    )


def _line_breaks(run: Run, _tool: object, value: object) -> object:
    if value is None:
        return None
    text = plain(run, value)
    run.grow_text(len(text) + 6 * text.count("\n"))
    return text.replace("\n", "<br />\n")


def _measure(run: Run, _tool: object, value: object) -> object:
    if value is None:
        return None
    lines = plain(run, value).split("\n")
    return Measure(max(map(len, lines)), len(lines))


def _space(run: Run, _tool: object, count: object) -> object:
    length = max(0, whole(count))
    run.grow_text(length)
    return " " * length


def _printf(run: Run, _tool: object, *given: Any) -> object:  # noqa: ANN401 - any values
    if not given or given[0].__class__ is not str:
        raise NoMatch
    values = (
        items_of(given[1]) if len(given) == 2 and given[1].__class__ in COLLECTIONS else given[1:]
    )
    return format_text(run, given[0], values)


def _message(run: Run, _tool: object, *given: Any) -> object:  # noqa: ANN401 - any values
    if not given or given[0].__class__ is not str:
        raise NoMatch
    pieces, end = [], 0
    for slot in _SLOT.finditer(given[0]):
        pieces.append(given[0][end : slot.start()])
        end = slot.end()
        if slot[1] is None:
            pieces.append(slot[2] or "'")
        elif int(slot[1]) + 1 < len(given):
            pieces.append(plain(run, given[int(slot[1]) + 1]))
        else:
            pieces.append(slot.group())
        run.grow_text(len(pieces[-1]))
    return run.text([*pieces, given[0][end:]])


def _alternative(_run: Run, _tool: object, value: object, default: object = None) -> object:
    return default if value is None else value


DISPLAY: Table = {
    **{("list", count): _list for count in (1, 2, 3)},
    **{("truncate", count): _truncate for count in (1, 2, 3, 4)},
    **{("cell", count): _cell for count in (1, 2, 3)},
    ("capitalize", 1): lambda run, _, value: _changed_first(run, value, is_upper=True),
    ("uncapitalize", 1): lambda run, _, value: _changed_first(run, value, is_upper=False),
    ("plural", 2): _plural,
    ("plural", 3): _plural,
    **{("stripTags", count): _strip_tags for count in range(1, 9)},
    ("br", 1): _line_breaks,
    ("measure", 1): _measure,
    ("space", 1): _space,
    ("printf", ANY_NUMBER): _printf,
    ("message", ANY_NUMBER): _message,
    ("alt", 1): _alternative,
    ("alt", 2): _alternative,
}
MEASURE: Table = table(
    ("getWidth", lambda _, measure: measure.width),
    ("getHeight", lambda _, measure: measure.height),
)
