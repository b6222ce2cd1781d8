"""A workflow while it is edited: the draft, what buttons do to it, and how it travels sealed.

The draft travels with the form, so nothing is kept before it is published; sealed, so that nobody
can send us one that we did not write.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from beckon.dashboard.pages import workflow_fields as fields
from beckon.dashboard.pages import workflow_outline as outline
from beckon.dashboard.pages import workflow_rules as around
from beckon.domain.accounts.model import ProjectId
from beckon.domain.workflows.model import People
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.kit.secrets import SecretKeyInvalid, Vault

PURPOSE = "workflow draft"
TRIGGER, RULES = "trigger", "rules"


class View(StrEnum):
    """How the steps are shown while they are edited."""

    PICTURE = "picture"
    OUTLINE = "outline"


@dataclass(slots=True)
class Draft:
    """What is being edited.

    `open` is the path of the step whose fields are shown, `gap` the place where one is to come,
    `lifted` the path of the step that is on its way to another place.
    """

    name: str
    definition: dict[str, Any]
    open: str = ""
    gap: str = ""
    lifted: str = ""
    view: View = View.PICTURE
    people: People = People.STAY
    typed: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


def read_view(word: str) -> View:
    """Read how the steps are to be shown; as a picture unless something else is said."""
    return next((one for one in View if one == word), View.PICTURE)


def read_draft(form: Mapping[str, str], project_id: ProjectId, vault: Vault) -> Draft:
    """Read the draft that came with a form. Raises Invalid for one we did not write."""
    return Draft(
        form.get("name", ""),
        _unseal(form.get("draft", ""), project_id, vault),
        open=form.get("open", ""),
        lifted=form.get("lifted", ""),
        view=read_view(form.get("view", "")),
        people=next((one for one in People if one == form.get("people")), People.STAY),
    )


def take_fields(draft: Draft, form: Mapping[str, str]) -> None:
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


def change(draft: Draft, act: str, rest: str) -> None:
    """Do what a button says. Raises PathUnknown for places that are not there."""
    lifted, draft.lifted = draft.lifted, ""
    match act:
        case "open":
            draft.open = rest
            if rest not in ("", TRIGGER, RULES):
                outline.step_at(draft.definition, rest)
        case "gap":
            draft.open, draft.gap = "", rest
        case "lift":
            outline.step_at(draft.definition, rest)
            draft.open, draft.lifted = "", rest
        case "put":
            draft.open = outline.put(draft.definition, lifted, *_gap(rest))
        case "start":
            outline.start_by(draft.definition, rest)
            draft.open = TRIGGER
        case "view":
            draft.view = read_view(rest)
        case _:
            draft.open = _rearrange(draft, act, rest)


def _rearrange(draft: Draft, act: str, rest: str) -> str:
    """Add, copy, move or take out a step; give what is open then."""
    match act:
        case "add":
            gap, _, kind = rest.rpartition(":")
            return outline.add(draft.definition, *_gap(gap), kind)
        case "copy":
            return outline.duplicate(draft.definition, rest)
        case "up" | "down":
            moved = outline.move(draft.definition, rest, -1 if act == "up" else 1)
            return moved if draft.view is View.PICTURE else ""
        case "remove":
            outline.remove(draft.definition, rest)
            return ""
        case _:
            return ""


def empty() -> dict[str, Any]:
    """Make a definition that nobody has told anything yet."""
    return {"trigger": {"on": "event", "event_name": ""}, "steps": []}


def seal(definition: Mapping[str, Any], project_id: ProjectId, vault: Vault) -> str:
    """Write a draft so that only we can have written it."""
    content = json.write({"project": project_id, "definition": definition})
    return urlsafe_b64encode(vault.seal(content, PURPOSE)).decode()


def _unseal(sealed: str, project_id: ProjectId, vault: Vault) -> dict[str, Any]:
    try:
        opened = json.stored(vault.open(urlsafe_b64decode(sealed), PURPOSE))
    except (Base64Error, SecretKeyInvalid, ValueError):
        raise Invalid("The draft cannot be read; open the editor anew.") from None
    if opened["project"] != project_id:
        raise Invalid("The draft is of another project; open the editor anew.")
    found: dict[str, Any] = opened["definition"]
    return found


def _gap(key: str) -> tuple[str, int]:
    path, _, place = key.rpartition(":")
    if not place.isdecimal():
        raise outline.PathUnknown("There is no such place; reload the page.")
    return path, int(place)
