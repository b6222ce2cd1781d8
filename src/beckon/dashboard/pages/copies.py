"""Copies a template, a workflow or a segment whole; the copy is a thing of its own from then on."""

from collections.abc import Callable

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.segments import actions as segments
from beckon.domain.segments import queries as segment_queries
from beckon.domain.segments.model import Segment, SegmentId, SegmentKind
from beckon.domain.templates import actions as templates
from beckon.domain.templates import queries as template_queries
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows import queries as workflow_queries
from beckon.kit.refusals import Invalid, Unknown
from beckon.storage.schema import Tx

AGAIN = ", again"
NAME_CHARACTERS_MAX = 200
LIST_PEOPLE_MAX = 10_000
PEOPLE_AT_ONCE = 1_000


def name_again(name: str) -> str:
    """Name a copy of something; a name that is too long with its mark is cut."""
    return name[: NAME_CHARACTERS_MAX - len(AGAIN)] + AGAIN


async def copy_template(visit: Visit) -> Response:
    """Answer POST /templates/{id}/copy: its present words in all languages."""

    def copy(tx: Tx, project_id: ProjectId, number: int) -> str:
        old = template_queries.get_template(tx, project_id, TemplateId(number))
        made = templates.create(
            tx,
            project_id,
            name=name_again(old.name),
            channel=old.channel,
            tags=tuple(old.tags),
            text=old.text,
            is_ai=old.is_ai,
            now=visit.now,
        )
        return f"/templates/{made.id}"

    return await _copy(visit, copy)


async def copy_workflow(visit: Visit) -> Response:
    """Answer POST /workflows/{id}/copy: its present version, paused, with nobody inside."""

    def copy(tx: Tx, project_id: ProjectId, number: int) -> str:
        old = workflow_queries.get_workflow(tx, project_id, WorkflowId(number))
        made = workflows.create(
            tx,
            project_id,
            name=name_again(old.name),
            is_active=False,
            definition=old.definition,
            now=visit.now,
        )
        return f"/workflows/{made.id}"

    return await _copy(visit, copy)


async def copy_segment(visit: Visit) -> Response:
    """Answer POST /segments/{id}/copy: its rule, or who is on the list; at most 10,000 people."""

    def copy(tx: Tx, project_id: ProjectId, number: int) -> str:
        old = segment_queries.get_segment(tx, project_id, SegmentId(number))
        made = segments.create(
            tx,
            project_id,
            name=name_again(old.name),
            rule=old.rule,
            description=old.description,
            now=visit.now,
        )
        if old.kind is SegmentKind.STATIC:
            _copy_people(tx, project_id, old, made, visit)
        return f"/segments/{made.id}"

    return await _copy(visit, copy)


async def _copy(visit: Visit, copy: Callable[[Tx, ProjectId, int], str]) -> Response:
    visit.check_editor()
    project_id, number = visit.session.project.id, number_of(visit.request.path_params["id"])
    if number is None:
        raise Unknown("There is nothing here to copy.")
    place = await visit.house.state.write(lambda tx: copy(tx, project_id, number))
    visit.house.after_write()
    response = go_to(place)
    flashes.leave(response, flashes.COPIED)
    return response


def _copy_people(tx: Tx, project_id: ProjectId, old: Segment, made: Segment, visit: Visit) -> None:
    if old.members > LIST_PEOPLE_MAX:
        raise Invalid(
            f"A list of more than {LIST_PEOPLE_MAX:,} people is not copied. Make a segment of "
            "those who are in this one: it follows by itself."
        )
    after = ContactId(0)
    while some := segment_queries.list_members_after(
        tx, project_id, old.id, after=after, limit=PEOPLE_AT_ONCE
    ):
        segments.add_members(tx, project_id, made.id, [one.contact_id for one in some], visit.now)
        after = some[-1].contact_id


PAGES = (
    Page(path="/templates/{id}/copy", post=copy_template),
    Page(path="/workflows/{id}/copy", post=copy_workflow),
    Page(path="/segments/{id}/copy", post=copy_segment),
)
