"""Drops what a project no longer keeps, from both stores, a piece at a time.

Also wipes from the disk what was erased from analytics: until then a deleted row is hidden only.
"""

from datetime import date, datetime, timedelta
from functools import partial

from beckon.domain.accounts.model import ProjectId
from beckon.domain.accounts.queries import find_retentions_any_project
from beckon.domain.events import actions as events
from beckon.domain.events.queries import find_first_kept
from beckon.kit.clock import Clock
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.tables import EVENT, TABLES
from beckon.storage.state import State

LINES_AT_ONCE = 5000


class Prune:
    """Called as a step. One call drops at most five thousand events of each project."""

    def __init__(self, state: State, analytics: Analytics, clock: Clock) -> None:
        self._state = state
        self._analytics = analytics
        self._clock = clock
        self._wiped_on: date | None = None

    async def __call__(self) -> bool:
        """Drop a piece. Returns whether there may be more."""
        now = self._clock.now()
        has_more = False
        for project_id, days in (await self._state.read(find_retentions_any_project)).items():
            before = now - timedelta(days=days)
            has_more |= await self._state.write(
                partial(events.prune, project_id=project_id, before=before, limit=LINES_AT_ONCE)
            )
        if not has_more and self._wiped_on != now.date() and self._analytics.is_located:
            await self._wipe()
            self._wiped_on = now.date()
        return has_more

    async def _wipe(self) -> None:
        """Once a day: the old events go there too, and what was deleted leaves the disk."""
        retentions = await self._state.read(find_retentions_any_project)
        for project_id, days in retentions.items():
            await self._drop_there(project_id, self._clock.now() - timedelta(days=days))
        for table in TABLES:
            await self._analytics.run(f"ALTER TABLE {table.name} APPLY DELETED MASK")

    async def _drop_there(self, project_id: ProjectId, before: datetime) -> None:
        first = await self._state.read(partial(find_first_kept, project_id=project_id))
        # By what the truth still has; by time only where it has nothing.
        dropped = (
            "at < {before:DateTime64(3, 'UTC')}" if first is None else "position < {first:UInt64}"
        )
        await self._analytics.run(
            f"DELETE FROM {EVENT.name} WHERE project_id = {{project:UInt64}} AND {dropped}",  # noqa: S608 - our own words
            {"project": project_id, "first": first or 0, "before": before},
        )
