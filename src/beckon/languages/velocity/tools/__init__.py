"""The tools a template may use, by the names they are bound to."""

from typing import Any

from beckon.languages.velocity.methods import METHODS
from beckon.languages.velocity.printing import TOOL_KINDS
from beckon.languages.velocity.tools import display, generic, own
from beckon.languages.velocity.values import Measure, Moment

BOUND_TOOLS: dict[str, Any] = {}


def _bind(name: str, kind: type, methods: dict[Any, Any]) -> None:
    METHODS[kind] = methods
    TOOL_KINDS.add(kind)
    BOUND_TOOLS[name] = kind()


_bind("mathTool", own.MathTool, own.MATH)
_bind("numberTool", own.NumberTool, own.NUMBER)
_bind("dateTool", own.DateTool, own.DATE)
_bind("date", generic.Date, generic.DATE)
_bind("display", display.Display, display.DISPLAY)
_bind("esc", generic.Escape, generic.ESCAPE)
_bind("math", generic.Math, generic.MATH)
_bind("number", generic.Number, generic.NUMBER)
_bind("sorter", generic.Sorter, generic.SORTER)

METHODS[Moment] = generic.MOMENT
METHODS[Measure] = display.MEASURE
METHODS[generic.Gap] = generic.GAP
