"""A stored definition while it is edited: steps found, put in, taken out and moved by their paths.

A path is numbers and names with dots between: `2.then.0`, `3.branches.1.steps.0`. The same path
without its last number names the list a step stands in; the first list has none.
"""

from collections.abc import Iterator, Mapping
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
    if isinstance(value, list):
        for inner in value:
            yield from _ids(inner)
    elif isinstance(value, dict):
        if "do" in value and "id" in value:
            yield value["id"]
        for name in ("then", "otherwise", "branches", "shares", "steps"):
            yield from _ids(value.get(name, []))
