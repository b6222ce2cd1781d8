"""The tools a template may use, by the names they are bound to."""

from typing import Any

from beckon.languages.velocity.methods import METHODS
from beckon.languages.velocity.printing import PRINTERS, TOOL_KINDS
from beckon.languages.velocity.tools import display, escaping, generic_dates, generic_numbers, own
from beckon.languages.velocity.values import Measure, Moment

BOUND_TOOLS: dict[str, Any] = {}


def _bind(name: str, kind: type, methods: dict[Any, Any]) -> None:
    METHODS[kind] = methods
    TOOL_KINDS.add(kind)
    BOUND_TOOLS[name] = kind()


_bind("mathTool", own.MathTool, own.MATH)
_bind("numberTool", own.NumberTool, own.NUMBER)
_bind("dateTool", own.DateTool, own.DATE)
_bind("date", generic_dates.Date, generic_dates.DATE)
_bind("display", display.Display, display.DISPLAY)
_bind("esc", escaping.Escape, escaping.ESCAPE)
_bind("math", generic_numbers.Math, generic_numbers.MATH)
_bind("number", generic_numbers.Number, generic_numbers.NUMBER)
_bind("sorter", generic_numbers.Sorter, generic_numbers.SORTER)

METHODS[Moment] = generic_dates.MOMENT
METHODS[Measure] = display.MEASURE
METHODS[generic_dates.Gap] = generic_dates.GAP

PRINTERS[Moment] = generic_dates.MOMENT["toString", 0]
PRINTERS[generic_dates.Gap] = generic_dates.GAP["toString", 0]
TOOL_KINDS.add(Measure)
