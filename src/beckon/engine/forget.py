"""Forgets what is kept for a time: replies, what webhooks were told, dry runs, old projects."""

from functools import partial

from beckon.domain.accounts import rules
from beckon.domain.accounts.queries import list_deleted_projects_any_project
from beckon.domain.webhooks import actions as webhooks
from beckon.domain.workflows import actions as workflows
from beckon.kit.clock import Clock
from beckon.storage import kept_replies
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.tables import TABLES
from beckon.storage.state import State
from beckon.storage.tenants import erase_project


async def forget(state: State, analytics: Analytics, clock: Clock) -> bool:
    """Forget a piece. Returns whether there may be more; a project goes a table at a time."""
    now = clock.now()
    await state.write(partial(kept_replies.forget_old, now=now))
    await state.write(partial(webhooks.forget_old, now=now))
    await state.write(partial(workflows.forget_trials, now=now))
    before = now - rules.DELETED_FOR
    for project_id in await state.read(partial(list_deleted_projects_any_project, before=before)):
        if await state.write(partial(erase_project, project_id=project_id)):
            if analytics.is_located:
                for table in TABLES:
                    await analytics.run(
                        f"DELETE FROM {table.name} WHERE project_id = {{project:UInt64}}",  # noqa: S608 - our own words
                        {"project": project_id},
                    )
            return True
    return False
