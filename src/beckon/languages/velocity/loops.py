"""What `#foreach`, `#break` and `#stop` come down to at run time."""

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.run import UNITS_BETWEEN_LOOKS, Names, Out, Run
from beckon.languages.velocity.source import Place
from beckon.languages.velocity.values import COLLECTIONS, Cursor, Loop, items_of


class Stopped(Exception):  # noqa: N818 - not an error: the template asked for it
    """Ends the rendering; what was printed stays."""


class LoopBroken(Exception):  # noqa: N818 - not an error: the template asked for it
    """Ends the loop given, wherever it is raised inside of it."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self.loop = loop


def enter(run: Run, value: Any, weight: int, place: Place) -> Sequence[Any]:  # noqa: ANN401 - any value
    """Give what a loop walks over: entries, a map's values; nothing for anything else.

    All its steps are counted before the first; `weight` is what one costs in units.
    """
    items: Sequence[Any] = value if value.__class__ is list else _walked(value)
    run.steps += len(items)
    run.units += weight
    if run.steps > run.setting.limits.loop_steps or run.units > UNITS_BETWEEN_LOOKS:
        try:
            run.check_steps()
        except TemplateError as error:
            raise error.at(place) from None
    return items


def _walked(value: Any) -> Sequence[Any]:  # noqa: ANN401 - any value
    kind = value.__class__
    if kind is dict:
        return list(value.values())
    if kind in COLLECTIONS:
        return items_of(value)
    if kind is Cursor:
        rest: list[Any] = value.items[value.at :]
        value.at = len(value.items)
        return rest
    return ()


def paced(run: Run, out: Out, items: Sequence[Any], few: int) -> Iterator[Any]:
    """Walk over many entries and look at the clock and the output every `few` of them."""
    for count, item in enumerate(items):
        if count % few == 0:
            run.look_at(out)
        yield item


def watched(run: Run, out: Out, items: Sequence[Any], weight: int, place: Place) -> Iterator[Any]:
    """Walk over entries that the loop itself might change, which is an error, as in Java."""
    size, at = len(items), 0
    while at != len(items):
        if len(items) != size:
            message = "the list changed while a loop walked over it; change a copy"
            raise TemplateError(message, *place, kind="method", phase="render")
        run.units += weight
        if run.units > 2_000 or len(out) > 10_000:
            run.look_at(out)
        yield items[at]
        at += 1


def open_loop(names: Names, size: int) -> Loop:
    """Put a new `$foreach` in place; the one around it becomes its parent."""
    loop = Loop(size, names.get("foreach"))
    names["foreach"] = loop
    return loop


def close_loop(names: Names, loop: Loop, name: str, kept: object) -> None:
    """Give `$foreach` and the loop's variable back what they were before."""
    _restore(names, "foreach", loop.parent)
    _restore(names, name, kept)


def _restore(names: Names, name: str, value: object) -> None:
    if value is None:
        names.pop(name, None)
    else:
        names[name] = value


def old_counter(names: Names, name: str) -> object:
    """Give `$velocityCount` or `$velocityHasNext`, unless the template set such a name itself."""
    value = names.get(name)
    loop = names.get("foreach")
    if value is not None or not isinstance(loop, Loop):
        return value
    return loop.count if name == "velocityCount" else loop.count < loop.size


def break_loop(value: object, place: Place) -> NoReturn:
    """Break the loop named by `#break($foreach)`, `#break($foreach.parent)` and the like."""
    if not isinstance(value, Loop):
        message = "`#break` takes a loop, as in `#break($foreach)`"
        raise TemplateError(message, *place, kind="value", phase="render")
    raise LoopBroken(value)
