"""Tries workflows out: one person at once, everybody over the past, one version beside another."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from beckon.dashboard.pages.workflow_words import Names, read_names
from beckon.dashboard.pages.workflows import Words, number_in_path
from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import dry_run, queries
from beckon.domain.workflows.dry_run import Asked, Script
from beckon.domain.workflows.findings import DryRun
from beckon.domain.workflows.model import Version, Workflow
from beckon.domain.workflows.rehearsal import Cast
from beckon.domain.workflows.stored import to_stored
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

DAYS_MAX = 90
DAYS = (1, 7, 30, 90)
LINES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a dry run, with who is who; `gone` and `come` against the other version."""

    result: DryRun
    people: Mapping[ContactId, Contact]
    names: Names
    gone: list[str]
    come: list[str]


async def show_dry_run(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/dry-run: what to play. The play itself is fetched by the page."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    workflow, versions = await visit.house.state.read(
        lambda tx: (
            queries.get_workflow(tx, project_id, workflow_id),
            queries.list_versions(tx, project_id, workflow_id),
        )
    )
    return visit.page(
        "workflow_dry_run.html",
        workflow=workflow,
        versions=versions,
        days_choices=DAYS,
        days=_days(visit),
        version=visit.asked_number("version") or workflow.version,
        against=visit.asked_number("against"),
        is_asked="days" in visit.request.query_params,
        query=visit.request.url.query,
    )


async def show_played(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/dry-run/result: play, in one reading transaction."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    asked = Asked(visit.now - timedelta(days=_days(visit)), visit.now)
    version, against = visit.asked_number("version"), visit.asked_number("against")
    played = await visit.house.state.read(
        lambda tx: play(tx, project_id, workflow_id, asked, version=version, against=against)
    )
    return visit.bare_page(
        "workflow_played.html",
        played=played,
        result=played.result,
        words=Words(played.names),
        lines=LINES_SHOWN,
        against=against,
        zone=visit.session.project.time_zone,
    )


def play(
    tx: Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    asked: Asked,
    *,
    version: int | None,
    against: int | None,
) -> Played:
    """Play one version, and another to compare where it is given. Raises WorkflowUnknown."""
    workflow = queries.get_workflow(tx, project_id, workflow_id)
    here = _script(tx, project_id, workflow_id, version or workflow.version)
    gone: list[str] = []
    come: list[str] = []
    if against is None:
        result = dry_run.play(tx, here, asked)
    else:
        there = _script(tx, project_id, workflow_id, against)
        compared = dry_run.compare(tx, here, there, asked)
        result = compared.one
        come = [str(mark) for mark in compared.only_one.first]
        gone = [str(mark) for mark in compared.only_other.first]
    ids = {one.contact_id for one in result.first_sends[:LINES_SHOWN]}
    ids |= {one.send.contact_id for one in result.samples}
    people = contacts.list_contacts(tx, project_id, sorted(ids))
    return Played(result, {one.id: one for one in people}, read_names(tx, project_id), gone, come)


def _script(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, number: int) -> Script:
    found = queries.get_version(tx, project_id, workflow_id, number)
    return Script(Cast(project_id, workflow_id, found.id), found.definition)


async def show_trial(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/try (?person=): one person's way, as if what they did came now."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    person, days = visit.asked("person"), _days(visit)

    def read(tx: Tx) -> tuple[Workflow, Contact | None, Played | None]:
        workflow = queries.get_workflow(tx, project_id, workflow_id)
        if not person:
            return workflow, None, None
        found = contacts.find_contact_by_external_id(tx, project_id, person)
        if found is None:
            return workflow, None, None
        asked = Asked(
            visit.now - timedelta(days=days),
            visit.now,
            contact_id=found.id,
            horizon=visit.now + timedelta(days=365),
        )
        script = _script(tx, project_id, workflow_id, workflow.version)
        result = dry_run.play(tx, script, asked)
        return (
            workflow,
            found,
            Played(result, {found.id: found}, read_names(tx, project_id), [], []),
        )

    workflow, found, played = await visit.house.state.read(read)
    return visit.page(
        "workflow_try.html",
        workflow=workflow,
        asked_person=person,
        contact=found,
        played=played,
        titles=_titles(workflow, played),
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


def _titles(workflow: Workflow, played: Played | None) -> dict[str, str]:
    if played is None:
        return {}
    words = Words(played.names)
    return {
        node["id"]: f"{words.title(node)}: {words.summary(node)}".removesuffix(": ")
        for node in words.nodes(to_stored(workflow.definition)["steps"])
    }


def _days(visit: Visit) -> int:
    days = visit.asked_number("days")
    if days is None:
        return 30
    if not 1 <= days <= DAYS_MAX:
        raise Invalid(f"days must be from 1 to {DAYS_MAX}.")
    return days


PAGES = (
    Page(path="/workflows/{id}/dry-run", get=show_dry_run),
    Page(path="/workflows/{id}/dry-run/result", get=show_played),
    Page(path="/workflows/{id}/try", get=show_trial),
    Page(path="/workflows/{id}/versions", get=show_versions),
)
