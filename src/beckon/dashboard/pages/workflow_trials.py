"""Tries workflows out: one person's way at once, and one version beside another."""

import difflib
import json
from datetime import timedelta

from starlette.responses import Response

from beckon.dashboard.pages.workflow_plays import read_days
from beckon.dashboard.pages.workflow_words import Names, read_names
from beckon.dashboard.pages.workflows import Words, number_in_path
from beckon.dashboard.visits import Page, Visit
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact
from beckon.domain.workflows import dry_run, queries
from beckon.domain.workflows.dry_run import Asked, Script
from beckon.domain.workflows.findings import DryRun
from beckon.domain.workflows.model import Version, Workflow
from beckon.domain.workflows.rehearsal import Cast
from beckon.domain.workflows.stored import to_stored
from beckon.storage.schema import Tx


async def show_trial(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/try (?person=): one person's way, as if what they did came now."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    person, days = visit.asked("person"), read_days(visit.asked_number("days"))

    def read(tx: Tx) -> tuple[Workflow, Names, Contact | None, DryRun | None]:
        workflow = queries.get_workflow(tx, project_id, workflow_id)
        names = read_names(tx, project_id)
        found = contacts.find_contact_by_external_id(tx, project_id, person) if person else None
        if found is None:
            return workflow, names, None, None
        asked = Asked(
            visit.now - timedelta(days=days),
            visit.now,
            contact_id=found.id,
            horizon=visit.now + timedelta(days=365),
        )
        cast = Cast(project_id, workflow_id, workflow.version_id)
        result = dry_run.play(tx, Script(cast, workflow.definition), asked)
        return workflow, names, found, result

    workflow, names, found, result = await visit.house.state.read(read)
    return visit.page(
        "workflow_try.html",
        workflow=workflow,
        asked_person=person,
        contact=found,
        result=result,
        titles=_titles(workflow, names),
        days=days,
    )


async def show_versions(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/versions (?from=&to=): all of them, and two beside each other."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    workflow, versions = await visit.house.state.read(
        lambda tx: (
            queries.get_workflow(tx, project_id, workflow_id),
            queries.list_versions(tx, project_id, workflow_id),
        )
    )
    known = {one.number: one for one in versions}
    to = known.get(visit.asked_number("to") or workflow.version)
    before = known.get(visit.asked_number("from") or (to.number - 1 if to else 0))
    return visit.page(
        "workflow_versions.html",
        workflow=workflow,
        versions=versions,
        to=to,
        before=before,
        lines=compare(before, to) if before and to else [],
    )


def compare(before: Version, after: Version) -> list[tuple[str, str]]:
    """List the lines of both versions, as printed: each with " ", "-" or "+"."""
    old, new = (
        json.dumps(to_stored(one.definition), ensure_ascii=False, indent=2).splitlines()
        for one in (before, after)
    )
    return [(line[0], line[2:]) for line in difflib.ndiff(old, new) if not line.startswith("?")]


def _titles(workflow: Workflow, names: Names) -> dict[str, str]:
    words = Words(names)
    return {
        node["id"]: f"{words.title(node)}: {words.summary(node)}".removesuffix(": ")
        for node in words.nodes(to_stored(workflow.definition)["steps"])
    }


PAGES = (
    Page(path="/workflows/{id}/try", get=show_trial),
    Page(path="/workflows/{id}/versions", get=show_versions),
)
