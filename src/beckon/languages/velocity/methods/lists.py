"""Methods of lists, ranges, arrays, views of lists, and iterators."""

from collections.abc import Iterable
from functools import cmp_to_key
from typing import Any

from beckon.languages.velocity.comparing import equals
from beckon.languages.velocity.methods.common import COMMON
from beckon.languages.velocity.methods.kinds import (
    MethodFault,
    NoMatch,
    Table,
    anything,
    integer,
    table,
)
from beckon.languages.velocity.numbers import is_number
from beckon.languages.velocity.run import ITEMS_MAX, Run
from beckon.languages.velocity.values import COLLECTIONS, Array, Cursor, SubList, items_of


def position_of(run: Run, items: Iterable[Any], sought: object) -> int:
    """Give the position of the first entry that `equals` the value; -1 if none does."""
    for position, item in enumerate(items):
        if equals(run, item, sought):
            return position
    return -1


def natural_order(run: Run, first: Any, second: Any) -> int:  # noqa: ANN401 - any values
    """Order two values of one kind; mixed kinds and what has no order are refused."""
    run.spend(1)
    kinds = {first.__class__, second.__class__}
    comparable = len(kinds) == 1 and (is_number(first) or kinds <= {str, bool})
    if not comparable:
        message = "values of these kinds have no order"
        raise MethodFault(message)
    return int(first > second) - int(first < second)


def collection(_run: Run, value: Any) -> list[Any]:  # noqa: ANN401 - any value
    """Take the entries of a collection, in a list of their own."""
    if value is None:
        message = "needs a list, and this is nothing"
        raise MethodFault(message)
    if value.__class__ not in COLLECTIONS:
        raise NoMatch
    return list(items_of(value))


def _get(_run: Run, value: Any, at: int) -> object:  # noqa: ANN401 - one of SEQUENCES
    _check(at, len(value) - 1)
    return items_of(value)[at]


def _check(at: int, last: int) -> None:
    if not 0 <= at <= last:
        message = f"{at} is outside a list of {last + 1}"
        raise MethodFault(message)


def _last_position(run: Run, value: Any, sought: object) -> int:  # noqa: ANN401 - one of SEQUENCES
    items = items_of(value)
    found = position_of(run, reversed(items), sought)
    return len(items) - 1 - found if found >= 0 else -1


def _contains_all(run: Run, value: Any, others: list[Any]) -> bool:  # noqa: ANN401 - one of SEQUENCES
    return all(position_of(run, items_of(value), other) >= 0 for other in others)


def _sub_list(run: Run, value: Any, start: int, stop: int) -> object:  # noqa: ANN401 - one of SEQUENCES
    if not 0 <= start <= stop <= len(value):
        message = f"{start} to {stop} is outside a list of {len(value)}"
        raise MethodFault(message)
    if value.__class__ in {list, SubList}:
        return SubList(value, start, stop)
    run.grow_items(stop - start)
    return Array(list(items_of(value)[start:stop]))


def _copied(run: Run, value: Any) -> list[Any]:  # noqa: ANN401 - one of COLLECTIONS
    run.grow_items(len(value))
    return list(items_of(value))


def _cursor(run: Run, value: Any) -> Cursor:  # noqa: ANN401 - one of COLLECTIONS
    return Cursor(value, _copied(run, value))


READING: Table = {
    **COMMON,
    **table(
        ("size", lambda _, value: len(value)),
        ("isEmpty", lambda _, value: not len(value)),
        ("contains", anything, lambda run, v, sought: position_of(run, items_of(v), sought) >= 0),
        ("containsAll", collection, _contains_all),
        ("iterator", _cursor),
        ("toArray", lambda run, value: Array(_copied(run, value))),
    ),
}

FIXED: Table = {
    **READING,
    **table(
        ("get", integer, _get),
        ("indexOf", anything, lambda run, v, sought: position_of(run, items_of(v), sought)),
        ("lastIndexOf", anything, _last_position),
        ("subList", integer, integer, _sub_list),
        ("listIterator", _cursor),
        ("clone", _copied),
    ),
}


def _owner(value: Any) -> list[Any]:  # noqa: ANN401 - list or SubList
    """Give the list that holds the entries of a view."""
    while value.__class__ is SubList:
        value = value.parent
    return value  # type: ignore[no-any-return] # views are views of lists


def _first(value: Any) -> int:  # noqa: ANN401 - list or SubList
    """Give the position in the owner where a view begins."""
    first = 0
    while value.__class__ is SubList:
        first, value = first + value.start, value.parent
    return first


def _resized(value: Any, by: int) -> None:  # noqa: ANN401 - list or SubList
    """Let a view and those it is a view of grow or shrink."""
    while value.__class__ is SubList:
        value.stop += by
        value = value.parent


def _insert(run: Run, value: Any, at: int, new: list[Any]) -> None:  # noqa: ANN401 - list or SubList
    _check(at, len(value))
    owner, first = _owner(value), _first(value)
    run.grow_items(len(owner) + len(new)) if len(new) > 1 else _grow_one(run, owner)
    owner[first + at : first + at] = new
    _resized(value, len(new))


def _grow_one(run: Run, owner: list[Any]) -> None:
    run.grow(16)
    if len(owner) >= ITEMS_MAX:
        run.grow_items(len(owner) + 1)


def _add(run: Run, value: Any, new: object) -> bool:  # noqa: ANN401 - list or SubList
    _insert(run, value, len(value), [new])
    return True


def _add_at(run: Run, value: Any, at: int, new: object) -> str:  # noqa: ANN401 - list or SubList
    _insert(run, value, at, [new])
    return ""


def _add_all(run: Run, value: Any, new: list[Any]) -> bool:  # noqa: ANN401 - list or SubList
    _insert(run, value, len(value), new)
    return bool(new)


def _add_all_at(run: Run, value: Any, at: int, new: list[Any]) -> bool:  # noqa: ANN401 - list or SubList
    _insert(run, value, at, new)
    return bool(new)


def _set(_run: Run, value: Any, at: int, new: object) -> object:  # noqa: ANN401 - not a range
    _check(at, len(value) - 1)
    if value.__class__ is Array:
        owner = value.items
    else:
        owner, at = _owner(value), _first(value) + at
    old, owner[at] = owner[at], new
    return old


def _remove_at(value: Any, at: int) -> object:  # noqa: ANN401 - list or SubList
    removed = _owner(value).pop(_first(value) + at)
    _resized(value, -1)
    return removed


def _remove(run: Run, value: Any, what: object) -> object:  # noqa: ANN401 - list or SubList
    if what.__class__ is int:
        at = integer(run, what)
        _check(at, len(value) - 1)
        return _remove_at(value, at)
    at = position_of(run, items_of(value), what)
    if at >= 0:
        _remove_at(value, at)
    return at >= 0


def _keep(run: Run, value: Any, others: list[Any], *, is_kept: bool) -> bool:  # noqa: ANN401 - list or SubList
    kept = [item for item in items_of(value) if (position_of(run, others, item) >= 0) == is_kept]
    removed = len(value) - len(kept)
    first = _first(value)
    _owner(value)[first : first + len(value)] = kept
    _resized(value, -removed)
    return removed > 0


def _clear(_run: Run, value: Any) -> str:  # noqa: ANN401 - list or SubList
    first, size = _first(value), len(value)
    del _owner(value)[first : first + size]
    _resized(value, -size)
    return ""


def _sort(run: Run, value: Any, order: object) -> str:  # noqa: ANN401 - not a range
    if order is not None:
        raise NoMatch
    ordered = sorted(items_of(value), key=cmp_to_key(lambda a, b: natural_order(run, a, b)))
    if value.__class__ is Array:
        value.items[:] = ordered
    else:
        first = _first(value)
        _owner(value)[first : first + len(ordered)] = ordered
    return ""


def _refused(_run: Run, _value: object, *_given: object) -> object:
    message = "this list cannot be changed"
    raise MethodFault(message)


_CHANGING: Table = table(
    ("add", anything, _add),
    ("add", integer, anything, _add_at),
    ("addAll", collection, _add_all),
    ("addAll", integer, collection, _add_all_at),
    ("remove", anything, _remove),
    ("removeAll", collection, lambda run, v, others: _keep(run, v, others, is_kept=False)),
    ("retainAll", collection, lambda run, v, others: _keep(run, v, others, is_kept=True)),
    ("clear", _clear),
)
_REPLACING: Table = table(("set", integer, anything, _set), ("sort", anything, _sort))

LISTS: Table = {**FIXED, **_CHANGING, **_REPLACING}
ARRAYS: Table = {**FIXED, **dict.fromkeys(_CHANGING, _refused), **_REPLACING}
RANGES: Table = {**FIXED, **dict.fromkeys([*_CHANGING, *_REPLACING], _refused)}


def _next(_run: Run, cursor: Cursor) -> object:
    if cursor.at >= len(cursor.items):
        message = "nothing comes next"
        raise MethodFault(message)
    cursor.at += 1
    return cursor.items[cursor.at - 1]


def _remove_last(run: Run, cursor: Cursor) -> str:
    if cursor.owner.__class__ is not list or not 0 < cursor.at <= len(cursor.items):
        message = "nothing to remove here"
        raise MethodFault(message)
    cursor.at -= 1
    removed = cursor.items.pop(cursor.at)
    at = position_of(run, cursor.owner, removed)
    if at >= 0:
        del cursor.owner[at]
    return ""


CURSORS: Table = table(
    ("hasNext", lambda _, cursor: cursor.at < len(cursor.items)),
    ("next", _next),
    ("remove", _remove_last),
)
