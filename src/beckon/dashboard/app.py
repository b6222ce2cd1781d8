"""The dashboard's application: its pages, and what every page needs."""

from collections.abc import Callable

from starlette.applications import Starlette

from beckon.kit.clock import Clock
from beckon.storage.state import State


def create_dashboard(
    state: State, clock: Clock, *, base_url: str, new_token: Callable[[], str]
) -> Starlette:
    """Make the application."""
    del state, clock, base_url, new_token
    return Starlette()
