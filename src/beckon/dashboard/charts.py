"""Charts, drawn by the server: values in, SVG out. Colours and fonts are the stylesheets' affair.

Every chart is one image to a screen reader, whose label says what it shows; every mark says its
value when pointed at. See docs/decisions for why there is no charting library.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, NARROW, HEIGHT = 720, 360, 200
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 24, 26
"""What is left free around what is drawn; at the left stands what the lines mean."""

STEPS = (1, 2, 2.5, 3, 4, 5, 10)
HALF_FULL = 0.5
"""From here on the words on a cell are in the colour of the page."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One value with its name; `note` stands beside it where it is pointed at, `short` on it."""

    name: str
    value: float
    note: str = ""
    short: str = ""


def area(marks: Sequence[Mark], label: str) -> Markup:
    """Draw values in the order of time as a line over a filled ground."""
    if not marks:
        return _svg(label, "")
    top = ceiling(max(mark.value for mark in marks))
    places = [(_x(place, len(marks)), _y(mark.value, top)) for place, mark in enumerate(marks)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    ground = f"{places[0][0]:.1f},{_y(0, top):.1f} {line} {places[-1][0]:.1f},{_y(0, top):.1f}"
    width = (WIDTH - LEFT - RIGHT) / max(1, len(marks) - 1)
    spots = Markup("").join(
        Markup(
            '<g class="chart-spot"><rect x="{:.1f}" y="0" width="{:.1f}" height="{}"/>'
            '<circle cx="{:.1f}" cy="{:.1f}" r="4"/>{}</g>'
        ).format(x - width / 2, width, HEIGHT - BOTTOM, x, y, _title(mark))
        for mark, (x, y) in zip(marks, places, strict=True)
    )
    drawn = Markup(
        '<polygon class="chart-ground" points="{}"/><polyline class="chart-line" points="{}"/>{}'
    ).format(ground, line, spots)
    around = _grid(top, WIDTH) + drawn + _ends(marks, WIDTH) + _nothing(marks, WIDTH)
    return _svg(label, around)


def bars(marks: Sequence[Mark], label: str) -> Markup:
    """Draw values as columns, in the order given; half as wide, for several stand side by side."""
    if not marks:
        return _svg(label, "", width=NARROW)
    top = ceiling(max(mark.value for mark in marks))
    room = (NARROW - LEFT - RIGHT) / len(marks)
    drawn = Markup("").join(
        Markup(
            '<rect class="chart-bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2">'
            "{}</rect>"
        ).format(
            LEFT + place * room + room * 0.15,
            _y(mark.value, top),
            room * 0.7,
            _y(0, top) - _y(mark.value, top),
            _title(mark),
        )
        for place, mark in enumerate(marks)
    )
    around = _grid(top, NARROW) + drawn + _ends(marks, NARROW) + _nothing(marks, NARROW)
    return _svg(label, around, width=NARROW)


def funnel(marks: Sequence[Mark], label: str) -> Markup:
    """Draw steps from top to bottom, each as wide as its share of the first."""
    whole, row = max([mark.value for mark in marks[:1]] + [1]), 44
    drawn = Markup("").join(
        Markup(
            '<g>{}<rect class="chart-track" x="0" y="{}" width="{}" height="22" rx="4"/>'
            '<rect class="chart-bar" x="0" y="{}" width="{:.1f}" height="22" rx="4"/>'
            '<text class="chart-name" x="0" y="{}">{}</text>'
            '<text class="chart-name is-end" x="{}" y="{}">{:,.0f} · {:.1%}</text></g>'
        ).format(
            _title(mark),
            place * row + 18,
            WIDTH,
            place * row + 18,
            max(0.0, min(1.0, mark.value / whole)) * WIDTH,
            place * row + 12,
            mark.name,
            WIDTH,
            place * row + 12,
            mark.value,
            mark.value / whole,
        )
        for place, mark in enumerate(marks)
    )
    return _svg(label, drawn, height=max(1, len(marks)) * row)


def heat(
    rows: Sequence[Sequence[Mark]], names: Sequence[str], columns: Sequence[str], label: str
) -> Markup:
    """Draw a grid whose cells are the fuller the larger their value is beside the largest."""
    most = max((mark.value for row in rows for mark in row), default=0) or 1
    left, cell = 110, 30
    width = (WIDTH - left) / max(1, len(columns))
    heads = Markup("").join(
        Markup('<text class="chart-name is-middle" x="{:.1f}" y="14">{}</text>').format(
            left + (place + 0.5) * width, name
        )
        for place, name in enumerate(columns)
    )
    drawn = Markup("").join(
        Markup('<text class="chart-name" x="0" y="{}">{}</text>{}').format(
            line * cell + 41, names[line], _cells(row, line, most, left, width, cell)
        )
        for line, row in enumerate(rows)
    )
    return _svg(label, heads + drawn, height=len(rows) * cell + 24)


def spark(values: Sequence[float], label: str) -> Markup:
    """Draw a line as small as a word."""
    if not values:
        return Markup("")
    low, high = min(values), max(values)
    span = high - low or 1
    points = " ".join(
        f"{2 + place * 96 / max(1, len(values) - 1):.1f},{26 - (value - low) / span * 22:.1f}"
        for place, value in enumerate(values)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 100 28" role="img" aria-label="{}">'
        '<polyline class="chart-line" points="{}"/></svg>'
    ).format(label, points)


def ceiling(value: float) -> float:
    """Give the round number at which an axis ends: 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 0:
        return 1
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 1.0
    return next(step * power for step in STEPS if step * power >= value)


def _cells(
    row: Sequence[Mark], line: int, most: float, left: int, width: float, cell: int
) -> Markup:
    return Markup("").join(
        Markup(
            '<rect class="chart-cell" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="3" '
            'fill-opacity="{:.2f}">{}</rect>'
            '<text class="chart-in-cell{}" x="{:.1f}" y="{}">{}</text>'
        ).format(
            left + place * width + 1,
            line * cell + 22,
            max(1.0, width - 2),
            cell - 2,
            0.06 + 0.94 * mark.value / most,
            _title(mark),
            " is-full" if mark.value / most > HALF_FULL else "",
            left + (place + 0.5) * width,
            line * cell + 40,
            mark.short,
        )
        for place, mark in enumerate(row)
    )


def _grid(top: float, width: int) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="chart-grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text class="chart-name is-level" x="0" y="{:.1f}">{}</text>'
        ).format(LEFT, width - RIGHT, y, y, y, _short(value))
        for value in ((top, top / 2) if top > 1 else (top,))
        for y in [_y(value, top)]
    )


def _short(value: float) -> str:
    """Write a round number so that it has room beside the chart."""
    for unit, word in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:,.10g}{word}"
    return f"{value:.10g}"


def _nothing(marks: Sequence[Mark], width: int) -> Markup:
    """Say in words that all values are zero; a chart without marks looks broken."""
    if any(mark.value for mark in marks):
        return Markup("")
    return Markup(
        '<text class="chart-name is-middle" x="{}" y="{}">Nothing in this time</text>'
    ).format((LEFT + width - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2 + 20)


def _ends(marks: Sequence[Mark], width: int) -> Markup:
    return Markup(
        '<text class="chart-name" x="{}" y="{}">{}</text>'
        '<text class="chart-name is-end" x="{}" y="{}">{}</text>'
    ).format(LEFT, HEIGHT - 5, marks[0].name, width - RIGHT, HEIGHT - 5, marks[-1].name)


def _title(mark: Mark) -> Markup:
    said = mark.note or f"{mark.value:,.0f}"
    return Markup("<title>{}: {}</title>").format(mark.name, said)


def _svg(label: str, drawn: Markup | str, *, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(width, height, label, escape(drawn))


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (place / (count - 1) if count > 1 else 0.5)


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)
