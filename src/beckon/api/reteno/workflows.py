"""Workflows in the Reteno vocabulary: to be found by name."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.domain.workflows.queries import list_workflows

LIST_MAX = 500


class WorkflowsAsked(Struct):
    """Query of GET /workflows; `startindex` counts from 1."""

    name: str | None = None
    startindex: int = 1
    maxrows: int = LIST_MAX


class WorkflowObject(Struct, omit_defaults=True):
    """A workflow; without tags the field is left out, as the original's collapse does."""

    id: int
    name: str
    status: str
    tags: list[str] | None = None


def search_workflows(call: Call, query: WorkflowsAsked) -> list[WorkflowObject]:
    """GET /v1/workflows; `name` is a part of the name in any case."""
    part = (query.name or "").casefold()
    found = [one for one in list_workflows(call.tx, call.project_id) if part in one.name.casefold()]
    start = max(query.startindex, 1) - 1
    return [
        WorkflowObject(one.id, one.name, "active" if one.is_active else "inactive")
        for one in found[start : start + max(0, min(query.maxrows, LIST_MAX))]
    ]
