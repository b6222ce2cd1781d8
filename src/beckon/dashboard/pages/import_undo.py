"""What was imported: the list, each import's page, and its undo."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.accounts.model import ProjectId
from beckon.domain.imports import actions, footprints, queries
from beckon.domain.imports.model import Import, ImportId, Outlook, Undo
from beckon.domain.imports.queries import ImportUnknown
from beckon.storage.schema import Tx

ROWS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """An import and its undo; `percent` of the list is taken back, `reason` why none is to be."""

    record: Import
    undo: Undo | None
    percent: int
    reason: str | None


async def show_list(visit: Visit) -> Response:
    """Answer GET /contacts/imports (?before=), the newest first."""
    visit.check_editor()
    project_id, asked = visit.session.project.id, visit.asked("before")
    before = _read_id(asked) if asked else None

    def read(tx: Tx) -> list[tuple[Import, Undo | None]]:
        found = queries.list_imports(tx, project_id, before=before, limit=ROWS + 1)
        undos = footprints.find_undos(tx, project_id, [one.id for one in found])
        return [(one, undos.get(one.id)) for one in found]

    found = await visit.house.state.read(read)
    last = found[ROWS - 1][0].id if len(found) > ROWS else None
    return visit.page(
        "imports.html",
        rows=found[:ROWS],
        newer="/contacts/imports" if before else None,
        older=f"/contacts/imports?before={last}" if last else None,
    )


async def show(visit: Visit) -> Response:
    """Answer GET /contacts/imports/{uuid}."""
    visit.check_editor()
    project_id, import_id = visit.session.project.id, _import_id(visit)
    shown = await visit.house.state.read(
        lambda tx: read_shown(tx, project_id, import_id, visit.now)
    )
    return visit.page("import.html", shown=shown, may_undo=visit.may_administer)


async def look_ahead(visit: Visit) -> Response:
    """Answer GET /contacts/imports/{uuid}/ahead: a piece that counts what an undo would do."""
    visit.check_editor()
    project_id, import_id = visit.session.project.id, _import_id(visit)

    def read(tx: Tx) -> tuple[Shown, Outlook]:
        shown = read_shown(tx, project_id, import_id, visit.now)
        return shown, footprints.look_ahead(tx, project_id, import_id)

    shown, ahead = await visit.house.state.read(read)
    return visit.bare_page(
        "import_ahead.html", shown=shown, ahead=ahead, may_undo=visit.may_administer
    )


async def undo(visit: Visit) -> Response:
    """Answer POST /contacts/imports/{uuid}/undo; the engine does it, and the page tells how far."""
    visit.check_admin()
    project_id, import_id = visit.session.project.id, _import_id(visit)
    actor = visit.session.person.email
    await visit.house.state.write(
        lambda tx: actions.ask_undo(tx, project_id, import_id, actor, visit.now)
    )
    response = go_to(f"/contacts/imports/{import_id}")
    flashes.leave(response, flashes.IMPORT_UNDONE)
    return response


def read_shown(tx: Tx, project_id: ProjectId, import_id: ImportId, now: datetime) -> Shown:
    """Read an import and how far its undo is. Raises ImportUnknown."""
    record = queries.get_record(tx, project_id, import_id)
    undo = footprints.find_undo(tx, project_id, import_id)
    percent = 0
    if undo is not None:
        places = footprints.count_places(tx, project_id, import_id)
        percent = 100 if undo.ended_at else undo.place * 100 // max(1, places)
    return Shown(record, undo, percent, actions.why_not(record, undo, now))


def _import_id(visit: Visit) -> ImportId:
    return _read_id(visit.request.path_params["uuid"])


def _read_id(text: str) -> ImportId:
    try:
        return ImportId(UUID(text))
    except ValueError:
        raise ImportUnknown("There is no such import.") from None


PAGES = (
    Page(path="/contacts/imports", get=show_list),
    Page(path="/contacts/imports/{uuid}", get=show),
    Page(path="/contacts/imports/{uuid}/ahead", get=look_ahead),
    Page(path="/contacts/imports/{uuid}/undo", post=undo),
)
