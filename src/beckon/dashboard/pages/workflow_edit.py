"""Edits a workflow: one form that holds the draft and comes back after every act.

Its steps are shown as a picture, with what one of them is told beside it, or as an outline. Faults
stand at their steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from beckon.dashboard.pages import workflow_fields as fields
from beckon.dashboard.pages import workflow_outline as outline
from beckon.dashboard.pages import workflow_rules as around
from beckon.dashboard.pages.workflow_draft import (
    RULES,
    TRIGGER,
    Draft,
    View,
    change,
    empty,
    read_draft,
    read_view,
    seal,
    take_fields,
)
from beckon.dashboard.pages.workflow_drawing import HEIGHT, WIDTH, Box, Drawing, Gap, draw_with_gaps
from beckon.dashboard.pages.workflow_words import STEPS, TRIGGERS, Names, read_names, title_of
from beckon.dashboard.pages.workflows import Count, Words, number_in_path, read_counts
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import actions, queries
from beckon.domain.workflows.model import Definition, Workflow
from beckon.domain.workflows.stored import from_stored, to_stored
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

NO_STEP = "There is no step yet, so nothing would happen. Add the first one."


async def show_new(visit: Visit) -> Response:
    """Answer GET /workflows/new."""
    visit.check_editor()
    return await _page(
        visit, None, Draft("", empty(), open=TRIGGER, view=read_view(visit.asked("view")))
    )


async def show_edit(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/edit: the present version as a draft."""
    visit.check_editor()
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    found = await visit.house.state.read(
        lambda tx: queries.get_workflow(tx, project_id, workflow_id)
    )
    return await _page(
        visit,
        workflow_id,
        Draft(found.name, to_stored(found.definition), view=read_view(visit.asked("view"))),
    )


async def edit_new(visit: Visit) -> Response:
    """Answer POST /workflows/new: one act on the draft, or its first version."""
    return await _act(visit, None)


async def edit(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/edit: one act on the draft, or the next version."""
    return await _act(visit, number_in_path(visit))


async def _act(visit: Visit, workflow_id: WorkflowId | None) -> Response:
    visit.check_editor()
    form = dict(await visit.pairs())
    draft = read_draft(form, visit.session.project.id, visit.house.vault)
    try:
        take_fields(draft, form)
    except Invalid as refused:
        draft.fault, draft.typed = refused.message, form
        return await _page(visit, workflow_id, draft)
    act, _, rest = form.get("op", "").partition(":")
    if act == "publish":
        return await _publish(visit, workflow_id, draft)
    change(draft, act, rest)
    return await _page(visit, workflow_id, draft)


async def _publish(visit: Visit, workflow_id: WorkflowId | None, draft: Draft) -> Response:
    if not draft.definition["steps"]:
        draft.fault, draft.open = NO_STEP, ""
        return await _page(visit, workflow_id, draft)
    definition = from_stored(draft.definition)
    storing = partial(
        _store,
        project_id=visit.session.project.id,
        workflow_id=workflow_id,
        draft=draft,
        definition=definition,
        visit=visit,
    )
    try:
        kept = await visit.house.state.write(storing)
    except Invalid as refused:
        draft.fault, draft.open = refused.message, ""
        return await _page(visit, workflow_id, draft)
    visit.house.after_write()
    if "hx-request" in visit.request.headers:  # the whole page has to go, not a piece of it
        there = {"hx-redirect": f"/workflows/{kept.id}"}
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=there)
    return go_to(f"/workflows/{kept.id}")


def _store(
    tx: Tx,
    project_id: ProjectId,
    *,
    workflow_id: WorkflowId | None,
    draft: Draft,
    definition: Definition,
    visit: Visit,
) -> Workflow:
    if workflow_id is None:
        # It starts when somebody switches it on, not when it is first kept.
        return actions.create(
            tx,
            project_id,
            name=draft.name,
            is_active=False,
            definition=definition,
            now=visit.now,
        )
    return actions.change(
        tx,
        project_id,
        workflow_id,
        name=draft.name,
        is_active=None,
        definition=definition,
        now=visit.now,
        people=draft.people,
    )


async def _page(visit: Visit, workflow_id: WorkflowId | None, draft: Draft) -> Response:
    project_id = visit.session.project.id
    definition = from_stored(draft.definition)

    def read(tx: Tx) -> tuple[Names, list[tuple[str, str]], Mapping[str, Count]]:
        # What nobody has begun is not wrong yet: the page says what comes next.
        found = actions.find_faults(tx, project_id, definition) if definition.steps else []
        return (
            read_names(tx, project_id),
            [(one.place, one.rule) for one in found],
            {} if workflow_id is None else read_counts(tx, project_id, workflow_id),
        )

    names, faults, counts = await visit.house.state.read(read)
    is_piece = "hx-request" in visit.request.headers  # htmx shows no piece of an error
    return visit.page(
        "workflow_edit.html",
        status=HTTPStatus.BAD_REQUEST if draft.fault and not is_piece else HTTPStatus.OK,
        workflow_id=workflow_id,
        draft=draft,
        definition=draft.definition,
        sealed=seal(draft.definition, project_id, visit.house.vault),
        names=names,
        words=Words(names),
        faults=_placed(draft.definition, faults),
        editor=Editor(draft),
        counts=counts,
        step_kinds=STEPS,
        trigger_kinds=TRIGGERS,
        weekdays=fields.WEEKDAYS,
        width=WIDTH,
        height=HEIGHT,
    )


@dataclass(frozen=True, slots=True)
class Editor:
    """What the template asks about the draft."""

    draft: Draft

    def fields(self, node: Mapping[str, Any]) -> list[tuple[fields.Field, Any]]:
        """Pair the fields of a step or trigger with what they show: what was typed, if wrong."""
        kinds = fields.TRIGGERS[node["on"]] if "on" in node else fields.STEPS[node["do"]]
        shown = around.show(kinds, node)
        typed = self.draft.typed
        return [(one, typed.get(one.name, shown[one.name])) for one in kinds]

    def ways(self, step: Mapping[str, Any], path: str) -> list[tuple[str, str, list[Any]]]:
        """List the ways behind a step: label, path of the list, steps in it."""
        return [
            (label, way, outline.list_at(self.draft.definition, way))
            for label, way in outline.ways_of(step, path)
        ]

    def is_picture(self) -> bool:
        """Tell whether the steps are shown as a picture."""
        return self.draft.view is View.PICTURE

    def picture(self) -> Drawing:
        """Draw the draft with its gaps."""
        return draw_with_gaps(self.draft.definition)

    def in_order(self, picture: Drawing) -> list[Box | Gap]:
        """List what can be pressed from top to bottom, and from left to right."""
        pressed: list[Box | Gap] = [*picture.boxes, *picture.gaps]
        return sorted(pressed, key=lambda one: (one.y, one.x))

    def gap_label(self, gap: Gap) -> str:
        """Say for who cannot see it where a step would come."""
        if gap.place == 0:
            return f"Add a step in front, {self._way_of(gap.path)}"
        before = f"{gap.path}.{gap.place - 1}" if gap.path else str(gap.place - 1)
        step = outline.step_at(self.draft.definition, before)
        return f"Add a step after: {title_of(step)}"

    def count(self) -> int:
        """Count the steps."""
        return len(self._all())

    def step(self) -> Mapping[str, Any] | None:
        """Give the step whose fields are shown, if one is open."""
        path = self.draft.open
        is_step = path not in ("", TRIGGER, RULES)
        return outline.step_at(self.draft.definition, path) if is_step else None

    def lifted(self) -> Mapping[str, Any] | None:
        """Give the step that is on its way to another place."""
        path = self.draft.lifted
        return outline.step_at(self.draft.definition, path) if path else None

    def takes(self, path: str) -> bool:
        """Tell whether the step on its way may be put into the list at a path."""
        return not path.startswith(f"{self.draft.lifted}.")

    def _way_of(self, path: str) -> str:
        if not path:
            return "right after the start"
        steps = {one: outline.step_at(self.draft.definition, one) for one in self._all()}
        return next(
            f"{title_of(step)}, {label}"
            for at, step in steps.items()
            for label, way in outline.ways_of(step, at)
            if way == path
        )

    def _all(self) -> list[str]:
        return list(outline.paths(self.draft.definition))

    def rules(self) -> dict[str, Any]:
        """Show the rules around a run."""
        return around.show_rules(self.draft.definition.get("manners", {}))


def _placed(definition: dict[str, Any], faults: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Sort faults by the path of the step they stand at; "" is for those of no step."""
    places = {outline.place_of(path): path for path in outline.paths(definition)}
    sorted_by: dict[str, list[str]] = {}
    for place, rule in faults:
        inner = [known for known in places if place == known or place.startswith(f"{known}.")]
        path = places[max(inner, key=len)] if inner else _head(place)
        part = place.removeprefix(max(inner, key=len)).lstrip(".") if inner else place
        sorted_by.setdefault(path, []).append(f"{part} {rule}.".strip())
    return sorted_by


def _head(place: str) -> str:
    if place.startswith("rules"):
        return RULES
    return "" if place == "steps" else TRIGGER


PAGES = (
    Page(path="/workflows/new", get=show_new, post=edit_new),
    Page(path="/workflows/{id}/edit", get=show_edit, post=edit),
)
