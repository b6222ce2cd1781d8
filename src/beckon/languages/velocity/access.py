"""How values are reached: properties, indexes, methods; how they are set; how literals are made.

Invariant: a name from a template is looked up in the tables of `methods` and in maps, nowhere else.
"""

from typing import Any

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.comparing import key_of
from beckon.languages.velocity.methods import METHODS
from beckon.languages.velocity.methods.kinds import MethodFault, NoMatch, whole
from beckon.languages.velocity.numbers import is_number
from beckon.languages.velocity.run import Run, limit
from beckon.languages.velocity.source import Place
from beckon.languages.velocity.values import (
    COLLECTIONS,
    SEQUENCES,
    Array,
    Entry,
    Loop,
    Map,
    Range,
    SubList,
    items_of,
)

_RANGE_MAX = 1 << 31
_SIZED = COLLECTIONS | {str, dict}


def call(run: Run, value: Any, name: str, place: Place, *arguments: object) -> object:  # noqa: ANN401 - any value
    """Call a listed method. None for a name, a number of arguments or a null that fits none.

    Raises TemplateError of kind method, at the method's name, for what the method refuses.
    """
    kind = value.__class__
    table = METHODS.get(kind)
    if table is None:
        return None
    method = table.get((name, len(arguments))) or table.get((name, -1))
    if method is None:
        return None
    # Searching, copying and comparing take longer the more there is to go through.
    run.spend(5 + (len(value) >> 6 if kind in _SIZED else 0))
    try:
        result = method(run, value, *arguments)
        if result.__class__ is str:
            run.grow_text(len(result))
    except NoMatch:
        return None
    except MethodFault as fault:
        raise TemplateError(f"`{name}`: {fault}", *place, kind="method", phase="render") from None
    except TemplateError as error:
        raise error.at(place) from None
    return result


def get_property(run: Run, value: Any, name: str) -> object:  # noqa: ANN401 - any value
    """Give `$value.name`: a map's entry; else a getter or a method without arguments."""
    kind = value.__class__
    if kind is dict and name != "class":
        return value.get(name)
    if kind is Loop and name in value.stored:
        return value.stored[name]
    table = METHODS.get(kind)
    if table is None:
        return None
    capital = name[0].upper() + name[1:]
    for candidate in (f"get{capital}", f"is{capital}", name):
        method = table.get((candidate, 0))
        if method is not None:
            return method(run, value)
    return None


def get_index(run: Run, value: Any, at: object, place: Place) -> object:  # noqa: ANN401 - any value
    """Give `$value[at]`: a map's entry, or a list's, counted from the end if negative."""
    kind = value.__class__
    if kind is dict:
        return None if at is None else value.get(key_of(run, at))
    if kind not in SEQUENCES or at is None:
        return None
    run.spend(1 + (len(value) >> 6))
    return items_of(value)[_position(value, at, place)]


def set_property(_run: Run, value: Any, name: str, new: object) -> None:  # noqa: ANN401 - any value
    """Set `$value.name`; nothing happens where it cannot be set."""
    if value.__class__ is dict:
        value[name] = new
    elif value.__class__ is Loop:
        value.stored[name] = new
    elif value.__class__ is Entry and name == "value":
        value.map[value.key] = new


def set_index(run: Run, value: Any, at: object, new: object, place: Place) -> None:  # noqa: ANN401 - any value
    """Set `$value[at]`; nothing happens where it cannot be set. Outside a list is an error."""
    if value.__class__ is dict:
        value[key_of(run, at)] = new
    elif value.__class__ in {list, Array, SubList} and at is not None:
        position = _position(value, at, place)
        while value.__class__ is SubList:
            value, position = value.parent, position + value.start
        items_of(value)[position] = new  # type: ignore[index] # a list: ranges were left out


def make_list(run: Run, items: list[object]) -> list[object]:
    """Make the value of a list literal."""
    run.grow_items(len(items))
    return items


def make_map(run: Run, pairs: list[tuple[object, object]]) -> Map:
    """Make the value of a map literal; the last of equal keys wins."""
    run.grow_items(2 * len(pairs))
    return {key_of(run, key): value for key, value in pairs}


def make_range(run: Run, first: object, last: object) -> Range | None:
    """Make the value of `[first..last]`, up or down; None unless both are numbers."""
    if not (is_number(first) and is_number(last)):
        return None
    run.grow(64)
    start, stop = whole(first), whole(last)
    if abs(start) > _RANGE_MAX or abs(stop) > _RANGE_MAX:
        raise limit("a range reaches beyond 32 bits")
    step = 1 if stop >= start else -1
    return Range(range(start, stop + step, step))


def _position(value: Any, at: object, place: Place) -> int:  # noqa: ANN401 - one of SEQUENCES
    size = len(value)
    try:
        position = whole(at)
    except MethodFault as fault:
        raise TemplateError(f"this index {fault}", *place, kind="index", phase="render") from None
    if not -size <= position < size:
        message = f"index {position} is outside a list of {size}"
        raise TemplateError(message, *place, kind="index", phase="render")
    return position % size
