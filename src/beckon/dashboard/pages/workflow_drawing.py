"""Draws a workflow: boxes and lines for its tree, as places on a plane. Pure.

Lengths are in units of the drawing. A branch's ways stand side by side and come together again.
Where it is edited, every line has a gap: a place where a step can be put.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from beckon.dashboard.pages.workflow_outline import ways_of

WIDTH, HEIGHT = 208, 56
GAP_X, GAP_Y = 28, 40
LABEL_Y = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A step in its place, the middle of its upper edge."""

    x: float
    y: float
    path: str
    step: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line from above to below; `label` says which way it is, at its beginning below."""

    path: str
    label: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a step can be put: the middle of it, the path of the list, in front of which step."""

    x: float
    y: float
    path: str
    place: int

    @property
    def key(self) -> str:
        """Name the gap as the editor does."""
        return f"{self.path}:{self.place}"


@dataclass(slots=True)
class Drawing:
    """All boxes and lines, and how large the whole is."""

    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def draw(definition: Mapping[str, Any]) -> Drawing:
    """Draw a definition's steps; what starts them is a box with the path "trigger"."""
    return _drawn(Drawing(), definition, _draw)


def draw_with_gaps(definition: Mapping[str, Any]) -> Drawing:
    """Draw a definition that is being edited: each list of steps ends in a gap as well."""
    return _drawn(Drawing(), definition, _draw_open)


def _drawn(drawing: Drawing, definition: Mapping[str, Any], draw_list: "DrawList") -> Drawing:
    steps = definition["steps"]
    width = max(_width(steps, ""), WIDTH)
    x = width / 2
    drawing.boxes.append(Box(x, 0, "trigger", definition["trigger"]))
    bottom = draw_list(drawing, steps, "", x, HEIGHT)
    drawing.width, drawing.height = width, bottom
    return drawing


def _draw(drawing: Drawing, steps: list[dict[str, Any]], path: str, x: float, y: float) -> float:
    """Draw a list of steps below a point; give where its last line ends."""
    for number, step in enumerate(steps):
        y = _draw_line(drawing, x, y)
        y = _draw_step(drawing, step, f"{path}.{number}" if path else str(number), x, y, _draw)
    return y


def _draw_open(
    drawing: Drawing, steps: list[dict[str, Any]], path: str, x: float, y: float
) -> float:
    """Draw a list of steps with a gap before each and one at the end."""
    for number in range(len(steps) + 1):
        drawing.gaps.append(Gap(x, y + GAP_Y / 2, path, number))
        y = _draw_line(drawing, x, y)
        if number < len(steps):
            here = f"{path}.{number}" if path else str(number)
            y = _draw_step(drawing, steps[number], here, x, y, _draw_open)
    return y


DrawList: TypeAlias = Callable[[Drawing, list[dict[str, Any]], str, float, float], float]


def _draw_line(drawing: Drawing, x: float, y: float) -> float:
    drawing.lines.append(Line(f"M{x} {y}V{y + GAP_Y}"))
    return y + GAP_Y


def _draw_step(
    drawing: Drawing, step: dict[str, Any], path: str, x: float, y: float, draw_list: DrawList
) -> float:
    drawing.boxes.append(Box(x, y, path, step))
    ways = list(ways_of(step, path))
    if not ways:
        return y + HEIGHT
    return _draw_ways(drawing, step, ways, x, y + HEIGHT, draw_list)


def _draw_ways(
    drawing: Drawing,
    step: dict[str, Any],
    ways: list[tuple[str, str]],
    x: float,
    y: float,
    draw_list: DrawList,
) -> float:
    inner = [(label, path, steps_of(step, path)) for label, path in ways]
    widths = [max(_width(steps, path), WIDTH) for _, path, steps in inner]
    left = x - (sum(widths) + GAP_X * (len(widths) - 1)) / 2
    top = y + GAP_Y / 2
    ends = []
    for (label, path, steps), width in zip(inner, widths, strict=True):
        middle = left + width / 2
        drawing.lines.append(
            Line(f"M{x} {y}V{top}H{middle}V{top + LABEL_Y}", label, middle, top + LABEL_Y / 2)
        )
        ends.append((middle, draw_list(drawing, steps, path, middle, top + LABEL_Y)))
        left += width + GAP_X
    bottom = max(end for _, end in ends) + GAP_Y / 2
    drawing.lines += [Line(f"M{middle} {end}V{bottom}H{x}") for middle, end in ends]
    return bottom


def _width(steps: list[dict[str, Any]], path: str) -> float:
    widest = 0.0
    for number, step in enumerate(steps):
        here = f"{path}.{number}" if path else str(number)
        ways = list(ways_of(step, here))
        inner = [max(_width(steps_of(step, way), way), WIDTH) for _, way in ways]
        widest = max(widest, WIDTH, sum(inner) + GAP_X * max(0, len(inner) - 1))
    return widest


def steps_of(step: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Give the steps of one way of a step, by the path of the way."""
    parts = path.split(".")
    if parts[-1] == "steps":
        ways: list[dict[str, Any]] = step[parts[-3]]
        found: list[dict[str, Any]] = ways[int(parts[-2])].get("steps", [])
        return found
    steps: list[dict[str, Any]] = step.get(parts[-1], [])
    return steps
