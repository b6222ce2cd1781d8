"""Methods of maps, their views and entries, and of `$foreach`."""

from typing import Any

from beckon.languages.velocity.comparing import equals, key_of
from beckon.languages.velocity.methods.common import COMMON
from beckon.languages.velocity.methods.kinds import (
    MethodFault,
    NoMatch,
    Table,
    anything,
    table,
)
from beckon.languages.velocity.methods.lists import READING, position_of
from beckon.languages.velocity.run import ITEMS_MAX, Run
from beckon.languages.velocity.values import (
    Entries,
    Entry,
    Keys,
    Loop,
    Map,
    Values,
    items_of,
    unwrapped,
)


def _mapping(_run: Run, value: Any) -> Map:  # noqa: ANN401 - any value
    if value.__class__ is not dict:
        raise NoMatch
    return value


def _get(run: Run, value: Map, key: object) -> object:
    return value.get(key_of(run, key))


def _get_or(run: Run, value: Map, key: object, default: object) -> object:
    return value.get(key_of(run, key), default)


def _put(run: Run, value: Map, key: object, new: object) -> object:
    run.grow(80)
    if len(value) >= ITEMS_MAX:
        run.grow_items(len(value) + 1)
    inner = key_of(run, key)
    old = value.get(inner)
    value[inner] = new
    return old


def _put_if_absent(run: Run, value: Map, key: object, new: object) -> object:
    old = _get(run, value, key)
    if old is None:
        _put(run, value, key, new)
    return old


def _put_all(run: Run, value: Map, other: Map) -> str:
    run.grow_items(len(value) + len(other))
    value.update(other)
    return ""


def _remove(run: Run, value: Map, key: object) -> object:
    return value.pop(key_of(run, key), None)


def _remove_pair(run: Run, value: Map, key: object, item: object) -> bool:
    inner = key_of(run, key)
    is_there = inner in value and equals(run, value[inner], item)
    if is_there:
        del value[inner]
    return is_there


def _replace(run: Run, value: Map, key: object, new: object) -> object:
    inner = key_of(run, key)
    if inner not in value:
        return None
    old, value[inner] = value[inner], new
    return old


def _clear(_run: Run, value: Map) -> str:
    value.clear()
    return ""


def _copied(run: Run, value: Map) -> Map:
    run.grow_items(len(value))
    return dict(value)


MAPS: Table = {
    **COMMON,
    **table(
        ("get", anything, _get),
        ("getOrDefault", anything, anything, _get_or),
        ("containsKey", anything, lambda run, v, key: key_of(run, key) in v),
        (
            "containsValue",
            anything,
            lambda run, v, item: position_of(run, v.values(), item) >= 0,
        ),
        ("size", lambda _, value: len(value)),
        ("isEmpty", lambda _, value: not value),
        ("keySet", lambda _, value: Keys(value)),
        ("values", lambda _, value: Values(value)),
        ("entrySet", lambda _, value: Entries(value)),
        ("put", anything, anything, _put),
        ("putIfAbsent", anything, anything, _put_if_absent),
        ("putAll", _mapping, _put_all),
        ("remove", anything, _remove),
        ("remove", anything, anything, _remove_pair),
        ("replace", anything, anything, _replace),
        ("clear", _clear),
        ("clone", _copied),
    ),
}


def _remove_from_view(run: Run, view: Any, what: object) -> bool:  # noqa: ANN401 - a view of a map
    at = position_of(run, items_of(view), what)
    if at >= 0:
        del view.map[list(view.map)[at]]
    return at >= 0


def _clear_view(_run: Run, view: Any) -> str:  # noqa: ANN401 - a view of a map
    view.map.clear()
    return ""


VIEWS: Table = {
    **READING,
    **table(("remove", anything, _remove_from_view), ("clear", _clear_view)),
}


def _set_value(_run: Run, entry: Entry, new: object) -> object:
    if entry.key not in entry.map:
        message = "the entry is gone from its map"
        raise MethodFault(message)
    old, entry.map[entry.key] = entry.map[entry.key], new
    return old


ENTRIES: Table = {
    **COMMON,
    **table(
        ("getKey", lambda _, entry: unwrapped(entry.key)),
        ("getValue", lambda _, entry: entry.value),
        ("setValue", anything, _set_value),
    ),
}


def _topmost(_run: Run, loop: Loop) -> Loop:
    while isinstance(loop.parent, Loop):
        loop = loop.parent
    return loop


LOOPS: Table = table(
    ("getCount", lambda _, loop: loop.count),
    ("getIndex", lambda _, loop: loop.count - 1),
    ("hasNext", lambda _, loop: loop.count < loop.size),
    ("getHasNext", lambda _, loop: loop.count < loop.size),
    ("isFirst", lambda _, loop: loop.count == 1),
    ("isLast", lambda _, loop: loop.count == loop.size),
    ("getParent", lambda _, loop: loop.parent if isinstance(loop.parent, Loop) else None),
    ("getTopmost", _topmost),
)
