"""Projects: those of the organisation, made and renamed by administrators; and going into one."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import HOME, Page, Visit, go_to, number_of
from beckon.domain.accounts import queries, team
from beckon.domain.accounts.model import Project, ProjectId
from beckon.domain.accounts.queries import ProjectUnknown
from beckon.domain.messages import actions as messages
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.time_zones import list_time_zones
from beckon.storage.schema import Tx

DELETED = "The project was deleted."
MENU_MAX = 12


async def show(visit: Visit) -> Response:
    """Answer GET /projects: those one may go into."""
    return await _page(visit)


async def show_menu(visit: Visit) -> Response:
    """Answer GET /projects/menu: the first of them, for the top bar of every page."""
    person_id = visit.session.person.id
    found = await visit.house.state.read(
        lambda tx: queries.list_projects_of_person_any_project(tx, person_id)
    )
    return visit.bare_page(
        "projects_menu.html",
        projects=found[:MENU_MAX],
        current=visit.session.project.id,
        has_more=len(found) > MENU_MAX,
        zone=visit.session.project.time_zone,
    )


async def create(visit: Visit) -> Response:
    """Answer POST /projects: make one, and go into it."""
    visit.check_admin()
    form = await visit.form("name", "time_zone")

    def make(tx: Tx) -> Project:
        made = team.found_project(
            tx, visit.session, name=form["name"], time_zone=form["time_zone"], now=visit.now
        )
        return team.enter(tx, visit.session, visit.token, made.id)

    try:
        await visit.house.state.write(make)
    except Invalid as refused:
        return await _page(visit, typed=form, fault=refused.message)
    return go_to(HOME)


async def change(visit: Visit) -> Response:
    """Answer POST /projects/{id}: another name or time zone."""
    visit.check_admin()
    project_id = _id(visit)
    form = await visit.form("name", "time_zone")

    def store(tx: Tx) -> Project:
        return team.change_project(
            tx,
            visit.session,
            project_id,
            name=form["name"],
            time_zone=form["time_zone"],
            now=visit.now,
        )

    try:
        await visit.house.state.write(store)
    except Invalid as refused:
        return await _page(visit, fault=refused.message)
    response = go_to("/projects")
    flashes.leave(response, flashes.PROJECT_SAVED)
    return response


async def enter(visit: Visit) -> Response:
    """Answer POST /projects/{id}/enter: go on in that project."""
    project_id = _id(visit)
    await visit.house.state.write(lambda tx: team.enter(tx, visit.session, visit.token, project_id))
    return go_to(HOME)


async def delete(visit: Visit) -> Response:
    """Answer POST /projects/{id}/delete; its name has to be typed. Nothing leaves it any more."""
    visit.check_admin()
    project_id = _id(visit)
    typed = (await visit.form("name"))["name"].strip()

    def remove(tx: Tx) -> None:
        if typed != team.get_own_project(tx, visit.session, project_id).name:
            raise Invalid("Type the name of the project to delete it; nothing was done.")
        team.delete_project(tx, visit.session, project_id, visit.now)
        messages.hold(tx, project_id, DELETED, visit.now)

    try:
        await visit.house.state.write(remove)
    except (Invalid, Conflict) as refused:
        return await _page(visit, fault=refused.message)
    return go_to("/projects")


async def _page(
    visit: Visit, *, typed: Mapping[str, str] | None = None, fault: str = ""
) -> Response:
    person_id = visit.session.person.id
    found = await visit.house.state.read(
        lambda tx: queries.list_projects_of_person_any_project(tx, person_id)
    )
    form = {"name": "", "time_zone": visit.session.project.time_zone, **(typed or {})}
    own = visit.session.project.organisation_id
    return visit.page(
        "projects.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        projects=found,
        current=visit.session.project.id,
        ours={one.id for one in found if one.organisation_id == own},
        zones=list_time_zones(),
        form=form,
        is_new=typed is not None,
        fault=fault,
        may_edit=visit.may_administer,
    )


def _id(visit: Visit) -> ProjectId:
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise ProjectUnknown("There is no such project.")
    return ProjectId(number)


PAGES = (
    Page(path="/projects", get=show, post=create),
    Page(path="/projects/menu", get=show_menu),
    Page(path="/projects/{id}", post=change),
    Page(path="/projects/{id}/enter", post=enter),
    Page(path="/projects/{id}/delete", post=delete),
)
