"""Plays workflows over what happened to everybody: asked for, followed, given up, and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from starlette.responses import Response

from beckon.dashboard.pages.workflow_words import Names, read_names
from beckon.dashboard.pages.workflows import Words, number_in_path
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.workflows import actions, queries, trials
from beckon.domain.workflows.dry_run import Asked
from beckon.domain.workflows.trials import Found, Trial, TrialId, TrialUnknown, Wanted
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

DAYS_MAX = 366
DAYS = (1, 7, 30, 90, 366)
LINES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Played:
    """A dry run with what came of it, None while it is not done, and who is who in it."""

    trial: Trial
    found: Found | None
    people: Mapping[ContactId, Contact]
    names: Names


async def show_dry_run(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/dry-run (?days=&trial=): what to play, and what came of one."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    workflow, versions, asked_before = await visit.house.state.read(
        lambda tx: (
            queries.get_workflow(tx, project_id, workflow_id),
            queries.list_versions(tx, project_id, workflow_id),
            trials.list_trials(tx, project_id, workflow_id),
        )
    )
    return visit.page(
        "workflow_dry_run.html",
        workflow=workflow,
        versions=versions,
        days_choices=DAYS,
        days=read_days(visit.asked_number("days")),
        trial=visit.asked_number("trial"),
        asked_before=asked_before,
    )


async def ask_dry_run(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/dry-run: have it played, and show how far it is."""
    visit.check_editor()
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    form = await visit.form("days", "version", "against")
    days = read_days(number_of(form["days"]))
    version, against = number_of(form["version"]), number_of(form["against"])

    def ask(tx: Tx) -> Trial:
        workflow = queries.get_workflow(tx, project_id, workflow_id)
        asked = Asked(visit.now - timedelta(days=days), visit.now)
        wanted = Wanted(asked, version or workflow.version, against)
        return actions.ask_trial(tx, project_id, workflow_id, wanted, visit.now)

    trial = await visit.house.state.write(ask)
    return go_to(f"/workflows/{workflow_id}/dry-run?trial={trial.id}")


async def show_played(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/dry-run/{trial}: how far one is, or what came of it."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    trial_id = _trial_in_path(visit)

    def read(tx: Tx) -> Played:
        trial = trials.get_trial(tx, project_id, workflow_id, trial_id)
        found = trials.find_found(tx, trial)
        ids: set[ContactId] = set()
        if found is not None:
            ids = {one.contact_id for one in found.run.first_sends[:LINES_SHOWN]}
            ids |= {one.send.contact_id for one in found.run.samples}
        people = contacts.list_contacts(tx, project_id, sorted(ids))
        names = read_names(tx, project_id)
        return Played(trial, found, {one.id: one for one in people}, names)

    played = await visit.house.state.read(read)
    return visit.bare_page(
        "workflow_played.html",
        played=played,
        trial=played.trial,
        found=played.found,
        words=Words(played.names),
        lines=LINES_SHOWN,
        zone=visit.session.project.time_zone,
    )


async def cancel(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/dry-run/{trial}/cancel."""
    visit.check_editor()
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    trial_id = _trial_in_path(visit)
    await visit.house.state.write(
        partial(
            actions.cancel_trial,
            project_id=project_id,
            workflow_id=workflow_id,
            trial_id=trial_id,
            now=visit.now,
        )
    )
    return go_to(f"/workflows/{workflow_id}/dry-run")


def read_days(days: int | None) -> int:
    """Read over how many days to play. Raises Invalid."""
    if days is None:
        return 30
    if not 1 <= days <= DAYS_MAX:
        raise Invalid(f"days must be from 1 to {DAYS_MAX}.")
    return days


def _trial_in_path(visit: Visit) -> TrialId:
    number = number_of(visit.request.path_params["trial"])
    if number is None:
        raise TrialUnknown("There is no such dry run.")
    return TrialId(number)


PAGES = (
    Page(path="/workflows/{id}/dry-run", get=show_dry_run, post=ask_dry_run),
    Page(path="/workflows/{id}/dry-run/{trial}", get=show_played),
    Page(path="/workflows/{id}/dry-run/{trial}/cancel", post=cancel),
)
