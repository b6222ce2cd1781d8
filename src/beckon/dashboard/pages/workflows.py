"""Workflows: the list, and each one with its counts, its versions and the people in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response

from beckon.dashboard.pages.looking import NAMES_MAX, Asked, Listing, pick, read_asked
from beckon.dashboard.pages.workflow_drawing import HEIGHT, WIDTH, Drawing, draw, steps_of
from beckon.dashboard.pages.workflow_outline import ways_of
from beckon.dashboard.pages.workflow_words import Names, icon_of, read_names, summary_of, title_of
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import actions, queries, runs
from beckon.domain.workflows.model import Passing, RunState, Version, Workflow
from beckon.domain.workflows.planning import Plan, lay_out
from beckon.domain.workflows.runs import RunFilter, RunRecord, RunUnknown, StepRecord
from beckon.domain.workflows.stored import to_stored
from beckon.storage.schema import Tx

ROWS = 50
LABEL_CHARACTERS = 26
STATES = {"active": True, "paused": False}


@dataclass(frozen=True, slots=True)
class Row:
    """A workflow in the list."""

    workflow: Workflow
    icon: str
    trigger: str
    inside: int
    entered: int
    converted: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many wait at a step, came past it, and failed there."""

    waiting: int = 0
    passed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of one workflow tells."""

    workflow: Workflow
    definition: Mapping[str, Any]
    drawing: Drawing
    names: Names
    counts: Mapping[str, Count]
    states: Mapping[RunState, int]
    converted: Mapping[bool, tuple[int, int]]
    versions: list[Version]


@dataclass(frozen=True, slots=True)
class Travel:
    """A run with the steps it took."""

    run: RunRecord
    workflow: Workflow
    person: str
    steps: list[StepRecord]
    titles: Mapping[str, str]


async def show_list(visit: Visit) -> Response:
    """Answer GET /workflows, the newest first."""
    project_id = visit.session.project.id
    asked = read_asked(visit, "/workflows", STATES)
    rows, listing = await visit.house.state.read(lambda tx: read_rows(tx, project_id, asked))
    return visit.page("workflows.html", rows=rows, listing=listing)


async def show(visit: Visit) -> Response:
    """Answer GET /workflows/{id}."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    shown = await visit.house.state.read(lambda tx: read_shown(tx, project_id, workflow_id))
    return visit.page(
        "workflow.html",
        shown=shown,
        workflow=shown.workflow,
        width=WIDTH,
        height=HEIGHT,
        words=Words(shown.names),
        is_editor=visit.session.role in EDITORS,
    )


async def switch(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/activate and /pause."""
    visit.check_editor()
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    is_active = visit.request.url.path.endswith("/activate")

    def change(tx: Tx) -> None:
        found = queries.get_workflow(tx, project_id, workflow_id)
        actions.change(
            tx,
            project_id,
            workflow_id,
            name=None,
            is_active=is_active,
            definition=found.definition,
            now=visit.now,
        )

    await visit.house.state.write(change)
    visit.house.after_write()
    return go_to(f"/workflows/{workflow_id}")


async def delete(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/delete: whoever is inside stops there."""
    visit.check_editor()
    deleting = partial(
        actions.delete,
        project_id=visit.session.project.id,
        workflow_id=number_in_path(visit),
        now=visit.now,
    )
    await visit.house.state.write(deleting)
    return go_to("/workflows")


async def show_runs(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/runs: who is in it or was, the newest first."""
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    page = visit.asked_page()
    state = next((one for one in RunState if one == visit.asked("state")), None)
    asked = RunFilter(workflow_id=workflow_id, state=state)

    def read(tx: Tx) -> tuple[Workflow, list[RunRecord]]:
        found = runs.list_runs(tx, project_id, asked, offset=(page - 1) * ROWS, limit=ROWS + 1)
        return queries.get_workflow(tx, project_id, workflow_id), found

    workflow, found = await visit.house.state.read(read)
    return visit.page(
        "workflow_runs.html",
        workflow=workflow,
        runs=found[:ROWS],
        states=list(RunState),
        state=state,
        page=page,
        has_more=len(found) > ROWS,
    )


async def show_run(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/runs/{run}: one journey."""
    project_id, run_id = visit.session.project.id, _run_id(visit)
    travel = await visit.house.state.read(lambda tx: read_travel(tx, project_id, run_id))
    return visit.page("workflow_run.html", travel=travel, run=travel.run, workflow=travel.workflow)


async def stop_run(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/runs/{run}/stop."""
    visit.check_editor()
    run_id = _run_id(visit)
    stopping = partial(
        actions.stop, project_id=visit.session.project.id, run_id=run_id, now=visit.now
    )
    await visit.house.state.write(stopping)
    return go_to(f"/workflows/{number_in_path(visit)}/runs/{run_id}")


@dataclass(frozen=True, slots=True)
class Words:
    """What templates ask of `workflow_words`, with the project's names at hand."""

    names: Names

    def icon(self, node: Mapping[str, Any]) -> str:
        """Choose an icon."""
        return icon_of(node)

    def title(self, node: Mapping[str, Any]) -> str:
        """Say what kind it is."""
        return title_of(node)

    def summary(self, node: Mapping[str, Any]) -> str:
        """Say what it does."""
        return summary_of(node, self.names)

    def ways(self, step: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
        """List the ways behind a step with what stands in them."""
        return [(label, steps_of(step, path)) for label, path in ways_of(step, "")]

    def nodes(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """List the steps of a tree."""
        return _nodes(steps)

    def brief(self, node: Mapping[str, Any]) -> str:
        """Say what it does, in a box of the drawing."""
        return self.short(self.summary(node))

    def short(self, words: str) -> str:
        """Cut words to the width of a box of the drawing."""
        return words if len(words) <= LABEL_CHARACTERS else f"{words[: LABEL_CHARACTERS - 1]}…"


def read_rows(tx: Tx, project_id: ProjectId, asked: Asked) -> tuple[list[Row], Listing]:
    """Read a page of the list, and how many there are in all."""
    is_active = STATES.get(asked.state)
    named = queries.list_names(tx, project_id, is_active=is_active, limit=NAMES_MAX)
    ids, listing = pick(named, asked)
    known = queries.find_workflows(tx, project_id, ids)
    found = [known[number] for number in ids]
    counts = queries.count_runs(tx, project_id, ids)
    names, rows = read_names(tx, project_id), []
    for workflow in found:
        trigger = to_stored(workflow.definition)["trigger"]
        entered = sum(counts.get((workflow.id, state), 0) for state in RunState)
        converted = runs.count_converted(tx, project_id, workflow.id)
        rows.append(
            Row(
                workflow,
                icon_of(trigger),
                f"{title_of(trigger)}: {summary_of(trigger, names)}".removesuffix(": "),
                counts.get((workflow.id, RunState.ACTIVE), 0),
                entered,
                converted.get(False, (0, 0))[1],
            )
        )
    return rows, listing


def read_shown(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId) -> Shown:
    """Read one workflow with its counts. Raises WorkflowUnknown."""
    workflow = queries.get_workflow(tx, project_id, workflow_id)
    definition = to_stored(workflow.definition)
    states = queries.count_runs(tx, project_id, [workflow_id])
    versions = queries.list_versions(tx, project_id, workflow_id)
    return Shown(
        workflow,
        definition,
        draw(definition),
        read_names(tx, project_id),
        count_steps(tx, project_id, workflow_id, versions),
        {state: states.get((workflow_id, state), 0) for state in RunState},
        runs.count_converted(tx, project_id, workflow_id),
        versions,
    )


def read_counts(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId) -> Mapping[str, Count]:
    """Read how many stand at each step, by its id."""
    versions = queries.list_versions(tx, project_id, workflow_id)
    return count_steps(tx, project_id, workflow_id, versions)


def count_steps(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, versions: list[Version]
) -> dict[str, Count]:
    """Count who waits at each step, in whichever version, and who came past it."""
    plans: dict[int, Plan] = {one.id: lay_out(one.definition) for one in versions}
    waiting: dict[str, int] = {}
    for (version, place), people in runs.count_waiting(tx, project_id, workflow_id).items():
        plan = plans.get(version)
        if plan is not None and place < plan.end:
            step = plan.nodes[place].step.id
            waiting[step] = waiting.get(step, 0) + people
    passed = runs.count_steps(tx, project_id, workflow_id)
    return {
        step: Count(
            waiting.get(step, 0),
            sum(passed.get((step, way), 0) for way in (Passing.PASSED, Passing.BRANCHED)),
            passed.get((step, Passing.FAILED), 0),
        )
        for step in {*waiting, *(step for step, _ in passed)}
    }


def read_travel(tx: Tx, project_id: ProjectId, run_id: RunId) -> Travel:
    """Read one run with its journey. Raises RunUnknown, WorkflowUnknown."""
    found = runs.get_run(tx, project_id, run_id)
    names = read_names(tx, project_id)
    steps = runs.list_steps(tx, project_id, run_id)
    version = next(
        one
        for one in queries.list_versions(tx, project_id, found.workflow_id)
        if one.id == found.version_id
    )
    titles = {}
    for node in _nodes(to_stored(version.definition)["steps"]):
        titles[node["id"]] = f"{title_of(node)}: {summary_of(node, names)}".removesuffix(": ")
    person = contacts.get_contact(tx, project_id, found.contact_id)
    return Travel(
        found,
        queries.get_workflow(tx, project_id, found.workflow_id),
        person.name or person.external_id or person.email or f"Contact {person.id}",
        steps,
        titles,
    )


def _nodes(value: object) -> list[dict[str, Any]]:
    """List the steps of a stored tree."""
    if isinstance(value, list):
        return [node for inner in value for node in _nodes(inner)]
    if not isinstance(value, dict):
        return []
    inner = [
        node
        for name in ("then", "otherwise", "branches", "shares", "steps")
        for node in _nodes(value.get(name, []))
    ]
    return [value, *inner] if "do" in value else inner


def number_in_path(visit: Visit) -> WorkflowId:
    """Read the workflow's number. Raises WorkflowUnknown."""
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise queries.WorkflowUnknown("There is no such workflow.")
    return WorkflowId(number)


def _run_id(visit: Visit) -> RunId:
    number = number_of(visit.request.path_params["run"])
    if number is None:
        raise RunUnknown("There is no such run.")
    return RunId(number)


PAGES = (
    Page(path="/workflows", get=show_list),
    Page(path="/workflows/{id}", get=show),
    Page(path="/workflows/{id}/activate", post=switch),
    Page(path="/workflows/{id}/pause", post=switch),
    Page(path="/workflows/{id}/delete", post=delete),
    Page(path="/workflows/{id}/runs", get=show_runs),
    Page(path="/workflows/{id}/runs/{run}", get=show_run),
    Page(path="/workflows/{id}/runs/{run}/stop", post=stop_run),
)
