"""Drafts whose texts speak of recommendations get them before they are written out.

Templates stay pure: what they print is looked up here, for all people of a batch together.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import structlog

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import Draft
from beckon.domain.recommendations.queries import recommend_to
from beckon.domain.recommendations.rules import NAME, describe, reads
from beckon.engine.routes import Wait
from beckon.kit.clock import Clock
from beckon.kit.refusals import Refusal
from beckon.storage.analytics.client import Analytics
from beckon.storage.state import State

RECOMMENDED = 10
AGAIN_AFTER = timedelta(minutes=1)

Completed: TypeAlias = tuple[list[Draft], list[tuple[Draft, Wait]]]
"""Drafts that can be written out, and those that have to wait."""

log = structlog.get_logger()


def asks(draft: Draft) -> bool:
    """Tell whether a draft needs recommendations: its text speaks of them, its data has none."""
    if draft.content is not None or draft.text is None:
        return False
    return NAME not in draft.data and reads(draft.text)


class Recommend:
    """Completes drafts that ask."""

    def __init__(self, state: State, analytics: Analytics, clock: Clock) -> None:
        self._state = state
        self._analytics = analytics
        self._clock = clock

    async def __call__(self, drafts: Sequence[Draft]) -> Completed:
        """Complete drafts; those of a project whose question fails wait for a minute."""
        asking: dict[ProjectId, list[Draft]] = defaultdict(list)
        for draft in drafts:
            asking[draft.project_id].append(draft)
        done: list[Draft] = []
        waiting: list[tuple[Draft, Wait]] = []
        for project_id, mine in asking.items():
            try:
                done += await self._complete(project_id, mine)
            except Refusal as refused:
                log.warning("recommendations.late", project=project_id, reason=refused.message)
                until = self._clock.now() + AGAIN_AFTER
                reason = f"Nothing can be recommended just now: {refused.message}"
                waiting += [(draft, Wait(until, reason)) for draft in mine]
        return done, waiting

    async def _complete(self, project_id: ProjectId, drafts: Sequence[Draft]) -> list[Draft]:
        people = sorted({draft.contact_id for draft in drafts})
        found = await recommend_to(
            self._state,
            self._analytics,
            project_id,
            people,
            self._clock.now(),
            limit=RECOMMENDED,
        )
        return [
            replace(
                draft,
                data={**draft.data, NAME: [describe(one) for one in found[draft.contact_id]]},
            )
            for draft in drafts
        ]
