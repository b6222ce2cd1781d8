"""Commands that hold sending and let it go again, for one project or for all of them."""

from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import actions, queries
from beckon.domain.messages.queries import EVERYBODY
from beckon.storage.schema import Tx

BY_HAND = "Held from the command line."


def describe(tx: Tx) -> list[str]:
    """Say what is held and what waits, a line each."""
    holds = [
        f"held since {hold.since:%Y-%m-%d %H:%M} UTC, "
        f"{'all projects' if project_id == EVERYBODY else f'project {project_id}'}: {hold.reason}"
        for project_id, hold in sorted(queries.list_holds_any_project(tx).items())
    ]
    waiting = [f"{count} {state}" for state, count in queries.count_waiting_any_project(tx).items()]
    return [*(holds or ["Sending goes on."]), f"Waiting: {', '.join(sorted(waiting)) or 'none'}."]


def hold(tx: Tx, project_id: ProjectId | None, reason: str | None, now: datetime) -> None:
    """Hold a project's sending; without one, everybody's."""
    if project_id is None:
        actions.hold_everybody(tx, reason or BY_HAND, now)
    else:
        actions.hold(tx, project_id, reason or BY_HAND, now)


def resume(tx: Tx, project_id: ProjectId | None) -> bool:
    """Let a project's sending go on; without one, what held everybody. False: nothing did."""
    return actions.resume_everybody(tx) if project_id is None else actions.resume(tx, project_id)
