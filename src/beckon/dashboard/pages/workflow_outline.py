"""A stored definition while it is edited: steps found, put in, taken out and moved by their paths.

A path is numbers and names with dots between: `2.then.0`, `3.branches.1.steps.0`. The same path
without its last number names the list a step stands in; the first list has none.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from beckon.dashboard.pages.workflow_fields import NEW
from beckon.domain.workflows.stored import STEPS, TRIGGERS
from beckon.kit.refusals import Invalid

Node = dict[str, Any]
WAYS = {"condition": ("then", "otherwise"), "wait_for_event": ("then", "otherwise")}


class PathUnknown(Invalid):
    """The outline has no such place; it was changed meanwhile."""

    code = "path_unknown"


def ways_of(step: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """List the ways behind a step: what each is called, and the path of its list."""
    match step["do"]:
        case "condition":
            yield "Yes", f"{path}.then"
            yield "No", f"{path}.otherwise"
        case "wait_for_event":
            yield "It came", f"{path}.then"
            yield "It did not", f"{path}.otherwise"
        case "switch":
            for number, way in enumerate(step["branches"]):
                yield way["name"] or f"Way {number + 1}", f"{path}.branches.{number}.steps"
            yield "Else", f"{path}.otherwise"
        case "split":
            for number, share in enumerate(step["shares"]):
                yield f"{share['name']}: {share['percent']} %", f"{path}.shares.{number}.steps"
        case "call_webhook":
            yield "If it failed", f"{path}.otherwise"


def list_at(definition: Node, path: str) -> list[Node]:
    """Find the list of steps at a path; an empty one is made. Raises PathUnknown."""
    if not path:
        found = definition["steps"]
    else:
        owner, _, name = path.rpartition(".")
        if name not in ("then", "otherwise", "steps"):
            raise PathUnknown("There is no such place; reload the page.")
        found = _at(definition, owner).setdefault(name, [])
    assert isinstance(found, list)
    return found


def step_at(definition: Node, path: str) -> Node:
    """Find the step at a path. Raises PathUnknown."""
    found = _at(definition, path)
    if "do" not in found:
        raise PathUnknown("There is no such step; reload the page.")
    return found


def add(definition: Node, path: str, place: int, kind: str) -> str:
    """Put a new step of a kind in front of a place of a list; give its path."""
    if kind not in STEPS:
        raise PathUnknown("There is no such kind of step.")
    steps = list_at(definition, path)
    place = min(place, len(steps))
    steps.insert(place, {"do": kind, "id": _free_id(definition), **NEW.get(kind, {})})
    return f"{path}.{place}" if path else str(place)


def remove(definition: Node, path: str) -> None:
    """Take a step out, and what stands in its ways."""
    owner, place = _split(path)
    step_at(definition, path)
    del list_at(definition, owner)[place]


def move(definition: Node, path: str, by: int) -> str:
    """Move a step up (-1) or down (1) in its list; give its new path."""
    owner, place = _split(path)
    step_at(definition, path)
    steps = list_at(definition, owner)
    there = min(max(place + by, 0), len(steps) - 1)
    steps.insert(there, steps.pop(place))
    return f"{owner}.{there}" if owner else str(there)


def put(definition: Node, path: str, where: str, place: int) -> str:
    """Move a step, with all that stands in its ways, to a place of any list; give its new path.

    Raises PathUnknown for places that are not there, and for those in its own ways.
    """
    owner, at = _split(path)
    step = step_at(definition, path)
    if where.startswith(f"{path}."):
        raise PathUnknown("A step cannot stand in its own ways.")
    source, target = list_at(definition, owner), list_at(definition, where)
    place = min(place, len(target))
    del source[at]
    target.insert(place - 1 if target is source and place > at else place, step)
    return next(one for one in paths(definition) if step_at(definition, one) is step)


def duplicate(definition: Node, path: str) -> str:
    """Put a copy of a step behind it, with all that stands in its ways; give its path."""
    owner, place = _split(path)
    copied = deepcopy(step_at(definition, path))
    list_at(definition, owner).insert(place + 1, copied)
    for step in _steps([copied]):
        step["id"] = ""
    for step in _steps([copied]):
        step["id"] = _free_id(definition)
    return f"{owner}.{place + 1}" if owner else str(place + 1)


def paths(definition: Node) -> Iterator[str]:
    """List the paths of all steps, from top to bottom."""
    yield from _paths(definition, definition["steps"], "")


def start_by(definition: Node, kind: str) -> None:
    """Choose another trigger, with nothing told of it yet."""
    if kind not in TRIGGERS:
        raise PathUnknown("There is no such trigger.")
    if definition["trigger"]["on"] != kind:
        definition["trigger"] = {"on": kind, **NEW.get(kind, {})}


def place_of(path: str) -> str:
    """Spell a path as faults do: `2.then.0` is `steps[2].then[0]`."""
    spelled = "steps"
    for part in path.split("."):
        if part.isdecimal():
            spelled += f"[{part}]"
        else:
            spelled += f".{'else' if part == 'otherwise' else part}"
    return spelled


def _at(definition: Node, path: str) -> Node:
    found: Any = definition["steps"]
    for part in path.split("."):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (LookupError, ValueError):
            raise PathUnknown("There is no such place; reload the page.") from None
    if not isinstance(found, dict):
        raise PathUnknown("There is no such place; reload the page.")
    return found


def _split(path: str) -> tuple[str, int]:
    owner, _, place = path.rpartition(".")
    if not place.isdecimal():
        raise PathUnknown("There is no such place; reload the page.")
    return owner, int(place)


def _free_id(definition: Node) -> str:
    taken = set(_ids(definition["steps"]))
    return next(name for number in range(1, 100_000) if (name := f"s{number}") not in taken)


def _ids(value: object) -> Iterator[str]:
    for step in _steps(value):
        yield step["id"]


def _steps(value: object) -> Iterator[Node]:
    if isinstance(value, list):
        for inner in value:
            yield from _steps(inner)
    elif isinstance(value, dict):
        if "do" in value and "id" in value:
            yield value
        for name in ("then", "otherwise", "branches", "shares", "steps"):
            yield from _steps(value.get(name, []))


def _paths(definition: Node, steps: list[Node], path: str) -> Iterator[str]:
    for number, step in enumerate(steps):
        here = f"{path}.{number}" if path else str(number)
        yield here
        for _, way in ways_of(step, here):
            yield from _paths(definition, list_at(definition, way), way)
