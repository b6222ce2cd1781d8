"""Edits a workflow as an outline: one form that holds the draft and comes back after every act.

The draft travels with the form, sealed, so nobody can send us one that we did not write; nothing
is kept before it is published. Faults stand at their steps.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from beckon.dashboard.pages import workflow_fields as fields
from beckon.dashboard.pages import workflow_outline as outline
from beckon.dashboard.pages import workflow_rules as around
from beckon.dashboard.pages.workflow_words import STEPS, TRIGGERS, Names, read_names
from beckon.dashboard.pages.workflows import Words, number_in_path
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import actions, queries
from beckon.domain.workflows.model import Definition, People, Workflow
from beckon.domain.workflows.stored import from_stored, to_stored
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.kit.secrets import SecretKeyInvalid
from beckon.storage.schema import Tx

PURPOSE = "workflow draft"
TRIGGER, RULES = "trigger", "rules"


@dataclass(slots=True)
class Draft:
    """What is being edited. `open` is the path of the step whose fields are shown."""

    name: str
    definition: dict[str, Any]
    open: str = ""
    gap: str = ""
    people: People = People.STAY
    typed: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


async def show_new(visit: Visit) -> Response:
    """Answer GET /workflows/new."""
    visit.check_editor()
    return await _page(visit, None, Draft("", _empty(), open=TRIGGER))


async def show_edit(visit: Visit) -> Response:
    """Answer GET /workflows/{id}/edit: the present version as a draft."""
    visit.check_editor()
    project_id, workflow_id = visit.session.project.id, number_in_path(visit)
    found = await visit.house.state.read(
        lambda tx: queries.get_workflow(tx, project_id, workflow_id)
    )
    return await _page(visit, workflow_id, Draft(found.name, to_stored(found.definition)))


async def edit_new(visit: Visit) -> Response:
    """Answer POST /workflows/new: one act on the draft, or its first version."""
    return await _act(visit, None)


async def edit(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/edit: one act on the draft, or the next version."""
    return await _act(visit, number_in_path(visit))


async def _act(visit: Visit, workflow_id: WorkflowId | None) -> Response:
    visit.check_editor()
    form = dict(await visit.pairs())
    draft = Draft(
        form.get("name", ""),
        _unseal(visit, form.get("draft", "")),
        open=form.get("open", ""),
        people=next((one for one in People if one == form.get("people")), People.STAY),
    )
    try:
        _take_fields(draft, form)
    except Invalid as refused:
        draft.fault, draft.typed = refused.message, form
        return await _page(visit, workflow_id, draft)
    act, _, rest = form.get("op", "").partition(":")
    if act == "publish":
        return await _publish(visit, workflow_id, draft)
    _change(draft, act, rest)
    return await _page(visit, workflow_id, draft)


def _take_fields(draft: Draft, form: Mapping[str, str]) -> None:
    """Put what was typed into the open step. Raises Invalid naming the field."""
    definition = draft.definition
    if draft.open == RULES:
        definition["manners"] = around.read(form)
    elif draft.open == TRIGGER:
        trigger = definition["trigger"]
        trigger |= fields.read_fields(fields.TRIGGERS[trigger["on"]], form)
    elif draft.open:
        step = outline.step_at(definition, draft.open)
        step |= around.read_step(step, form)


def _change(draft: Draft, act: str, rest: str) -> None:
    """Do one act: what is open, what is where."""
    definition = draft.definition
    match act:
        case "open":
            draft.open = rest
            if rest not in ("", TRIGGER, RULES):
                outline.step_at(definition, rest)
        case "gap":
            draft.open, draft.gap = "", rest
        case "add":
            gap, _, kind = rest.rpartition(":")
            path, _, place = gap.rpartition(":")
            if not place.isdecimal():
                raise outline.PathUnknown("There is no such place; reload the page.")
            draft.open = outline.add(definition, path, int(place), kind)
        case "remove":
            outline.remove(definition, rest)
            draft.open = ""
        case "up" | "down":
            outline.move(definition, rest, -1 if act == "up" else 1)
            draft.open = ""
        case "start":
            outline.start_by(definition, rest)
            draft.open = TRIGGER
        case _:
            draft.open = ""


async def _publish(visit: Visit, workflow_id: WorkflowId | None, draft: Draft) -> Response:
    definition = _read_definition(draft.definition)
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
    definition = _read_definition(draft.definition)

    def read(tx: Tx) -> tuple[Names, list[tuple[str, str]]]:
        found = actions.find_faults(tx, project_id, definition)
        return read_names(tx, project_id), [(one.place, one.rule) for one in found]

    names, faults = await visit.house.state.read(read)
    is_piece = "hx-request" in visit.request.headers  # htmx shows no piece of an error
    return visit.page(
        "workflow_edit.html",
        status=HTTPStatus.BAD_REQUEST if draft.fault and not is_piece else HTTPStatus.OK,
        workflow_id=workflow_id,
        draft=draft,
        definition=draft.definition,
        sealed=_seal(visit, draft.definition),
        names=names,
        words=Words(names),
        faults=_placed(draft.definition, faults),
        editor=Editor(draft),
        step_kinds=STEPS,
        trigger_kinds=TRIGGERS,
        weekdays=fields.WEEKDAYS,
        people_choices=list(People),
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

    def rules(self) -> dict[str, Any]:
        """Show the rules around a run."""
        return around.show_rules(self.draft.definition.get("manners", {}))


def _placed(definition: dict[str, Any], faults: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Sort faults by the path of the step they stand at; "" is for those of no step."""
    places = {outline.place_of(path): path for path in _paths(definition["steps"], "")}
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


def _paths(steps: list[dict[str, Any]], path: str) -> list[str]:
    found = []
    for number, step in enumerate(steps):
        here = f"{path}.{number}" if path else str(number)
        found.append(here)
        for _, way in outline.ways_of(step, here):
            inner = step.get(way.rpartition(".")[2], [])
            if way.endswith(".steps"):
                _, group, at, _ = way.rsplit(".", 3)
                inner = step[group][int(at)].get("steps", [])
            found += _paths(inner, way)
    return found


def _empty() -> dict[str, Any]:
    return {"trigger": {"on": "event", "event_name": ""}, "steps": []}


def _read_definition(stored: Mapping[str, Any]) -> Definition:
    return from_stored(stored)


def _seal(visit: Visit, definition: Mapping[str, Any]) -> str:
    content = json.write({"project": visit.session.project.id, "definition": definition})
    return urlsafe_b64encode(visit.house.vault.seal(content, PURPOSE)).decode()


def _unseal(visit: Visit, sealed: str) -> dict[str, Any]:
    """Open the draft that came with the form. Raises Invalid for one we did not write."""
    try:
        opened = json.stored(visit.house.vault.open(urlsafe_b64decode(sealed), PURPOSE))
    except (Base64Error, SecretKeyInvalid, ValueError):
        raise Invalid("The draft cannot be read; open the editor anew.") from None
    if opened["project"] != visit.session.project.id:
        raise Invalid("The draft is of another project; open the editor anew.")
    found: dict[str, Any] = opened["definition"]
    return found


PAGES = (
    Page(path="/workflows/new", get=show_new, post=edit_new),
    Page(path="/workflows/{id}/edit", get=show_edit, post=edit),
)
