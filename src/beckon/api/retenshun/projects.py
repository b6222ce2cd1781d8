"""Projects in the Retenshun vocabulary: those of the organisation one is signed in for."""

from msgspec import Struct

from beckon.api.call import DeskCall
from beckon.api.retenshun.objects import Deleted, Listing, read_number
from beckon.api.times import write_moment
from beckon.domain.accounts import actions, queries, team
from beckon.domain.accounts.model import Project, ProjectId
from beckon.domain.messages import actions as messages


class ProjectObject(Struct, rename="camel"):
    """A project; `current` is the one this session works in."""

    id: str
    name: str
    time_zone: str
    current: bool
    created_at: str
    keys_delete_events: bool
    refuse_repeats: bool


class ProjectList(Struct):
    """Reply to GET /projects."""

    projects: list[ProjectObject]
    total: int


class CreateProject(Struct, rename="camel"):
    """Body of POST /projects."""

    name: str
    time_zone: str = "UTC"


class ChangeProject(Struct, rename="camel"):
    """Body of PUT /projects/:id; what is not given stays.

    `keys_delete_events`: whether keys may delete the events of a period. `refuse_repeats`: whether
    the Reteno API answers 409 to an identical request about a contact within a minute.
    """

    name: str | None = None
    time_zone: str | None = None
    keys_delete_events: bool | None = None
    refuse_repeats: bool | None = None


def list_projects(call: DeskCall, query: Listing) -> ProjectList:
    """GET /projects, oldest first."""
    organisation_id = call.session.project.organisation_id
    found = queries.list_projects_of_organisation_any_project(call.tx, organisation_id)
    return ProjectList([_project(one, call) for one in query.cut(found)], len(found))


def get_project(call: DeskCall, project_id: str) -> ProjectObject:
    """GET /projects/:id."""
    return _project(team.get_own_project(call.tx, call.session, _number(project_id)), call)


def create_project(call: DeskCall, body: CreateProject) -> ProjectObject:
    """POST /projects."""
    made = team.found_project(
        call.tx, call.session, name=body.name, time_zone=body.time_zone, now=call.now
    )
    return _project(made, call)


def change_project(call: DeskCall, project_id: str, body: ChangeProject) -> ProjectObject:
    """PUT and PATCH /projects/:id."""
    changed = team.change_project(
        call.tx,
        call.session,
        _number(project_id),
        name=body.name,
        time_zone=body.time_zone,
        now=call.now,
    )
    if body.keys_delete_events is not None:
        actions.allow_past_deletion(
            call.tx,
            changed.id,
            is_allowed=body.keys_delete_events,
            actor=call.actor,
            now=call.now,
        )
    if body.refuse_repeats is not None:
        actions.choose_repeats(
            call.tx, changed.id, are_refused=body.refuse_repeats, actor=call.actor, now=call.now
        )
    return _project(changed, call)


def delete_project(call: DeskCall, project_id: str) -> Deleted:
    """DELETE /projects/:id: nothing leaves any more; all it holds is erased 30 days later."""
    number = _number(project_id)
    team.delete_project(call.tx, call.session, number, call.now)
    messages.hold(call.tx, number, "The project was deleted.", call.now)
    return Deleted()


def enter_project(call: DeskCall, project_id: str) -> ProjectObject:
    """POST /projects/:id/enter: this session goes on in that project."""
    entered = team.enter(call.tx, call.session, call.token, _number(project_id))
    shown = _project(entered, call)
    shown.current = True
    return shown


def _project(one: Project, call: DeskCall) -> ProjectObject:
    return ProjectObject(
        f"prj_{one.id}",
        one.name,
        one.time_zone,
        one.id == call.project_id,
        write_moment(one.created_at),
        queries.may_delete_past(call.tx, one.id),
        queries.refuses_repeats(call.tx, one.id),
    )


def _number(project_id: str) -> ProjectId:
    return ProjectId(read_number("prj", project_id, "project"))
