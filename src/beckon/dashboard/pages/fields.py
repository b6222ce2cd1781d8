"""Additional fields: the catalogue of what else is known of people, with number, label, kind."""

from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import FieldKind
from beckon.kit.refusals import Invalid

FIELDS = ("key", "label", "kind", "allowed")
EMPTY = dict.fromkeys(FIELDS, "")
CHOICE_KINDS = (FieldKind.CHOICE, FieldKind.CHOICES)


async def show(visit: Visit) -> Response:
    """Answer GET /fields."""
    return await _page(visit, EMPTY, "")


async def keep(visit: Visit) -> Response:
    """Answer POST /fields; a known key keeps its number and gets the new label and kind."""
    visit.check_editor()
    form = await visit.form(*FIELDS)
    try:
        await visit.house.state.write(
            partial(
                actions.keep_field,
                project_id=visit.session.project.id,
                key=form["key"],
                label=form["label"],
                kind=_kind(form["kind"]),
                allowed=_choices(form),
                now=visit.now,
            )
        )
    except Invalid as refused:
        return await _page(visit, form, refused.message)
    response = go_to("/fields")
    flashes.leave(response, flashes.FIELD_SAVED)
    return response


async def _page(visit: Visit, form: dict[str, str], fault: str) -> Response:
    project_id = visit.session.project.id
    fields = await visit.house.state.read(lambda tx: queries.list_fields(tx, project_id))
    return visit.page(
        "fields.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        fields=fields,
        kinds=list(FieldKind),
        form=form,
        fault=fault,
        may_edit=visit.session.role in EDITORS,
    )


def _kind(name: str) -> FieldKind:
    try:
        return FieldKind(name)
    except ValueError:
        raise Invalid("Choose a kind.") from None


def _choices(form: dict[str, str]) -> list[str]:
    """Read what a field of choices takes, one to a line. Raises Invalid where there is none."""
    if form["kind"] not in CHOICE_KINDS:
        return []
    choices = [line.strip() for line in form["allowed"].splitlines() if line.strip()]
    if not choices:
        raise Invalid("Give the choices, one to a line.")
    return list(dict.fromkeys(choices))


PAGES = (Page(path="/fields", get=show, post=keep),)
