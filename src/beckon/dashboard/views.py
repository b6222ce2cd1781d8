"""Turns templates and values into HTML; whatever a value holds, it is shown as text."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from beckon.dashboard.assets import Assets

FOLDER = Path(__file__).parent


class Views:
    """The templates, with what docs/front-end.md promises them."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["static"] = assets.address
        self._environment.filters["exact"] = exact

    def render(self, template: str, **values: object) -> str:
        """Fill a template; a value it expects and does not get is a bug."""
        return self._environment.get_template(template).render(values)


def exact(moment: datetime, zone: str) -> str:
    """Write an aware moment in words of a time zone, as in "21 Nov 2026, 11:57:03 EET"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M:%S %Z}"
