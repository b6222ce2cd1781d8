"""Who writes copy for a project: the built-in composer, or a language model of its own.

The key of a model is typed in and never shown again; and it goes to no other address than the one
it was typed for, else whoever may change the address could read it.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to
from beckon.domain.ai import actions, queries
from beckon.domain.ai.composer import compose
from beckon.domain.ai.model import Brief, Chosen, Copy
from beckon.domain.contacts.model import Channel
from beckon.kit.refusals import Invalid, Refusal
from beckon.storage.schema import Tx

CONTEXT_CHARACTERS_MAX = 1_000
SUGGESTED = "Spring sale: 20% off shoes with the code SPRING, until Sunday"


async def show(visit: Visit) -> Response:
    """Answer GET /ai-model."""
    return await _page(visit)


async def save(visit: Visit) -> Response:
    """Answer POST /ai-model: the key may stay empty where the address stays as it was."""
    visit.check_admin()
    form = await visit.form("base_url", "model", "api_key")
    project_id = visit.session.project.id

    def choose(tx: Tx) -> Chosen:
        return actions.choose_model(
            tx,
            project_id,
            base_url=form["base_url"],
            name=form["model"],
            key=form["api_key"].strip() or _kept_key(visit, tx, form["base_url"]),
            vault=visit.house.vault,
            actor=visit.session.person.email,
            now=visit.now,
        )

    try:
        await visit.house.outside.check_target(form["base_url"], "The address")
        await visit.house.state.write(choose)
    except Invalid as refused:
        return await _page(visit, typed=form, fault=refused.message)
    return _done(flashes.MODEL_SAVED)


async def forget(visit: Visit) -> Response:
    """Answer POST /ai-model/forget: the built-in composer writes again."""
    visit.check_admin()
    project_id, actor = visit.session.project.id, visit.session.person.email
    await visit.house.state.write(
        lambda tx: actions.forget_model(tx, project_id, actor=actor, now=visit.now)
    )
    return _done(flashes.MODEL_FORGOTTEN)


async def try_out(visit: Visit) -> Response:
    """Answer POST /ai-model/try: one push message about what was typed, by whoever writes."""
    visit.check_editor()
    context = (await visit.form("context"))["context"].strip()
    if not 0 < len(context) <= CONTEXT_CHARACTERS_MAX:
        raise Invalid(f"Say in 1 to {CONTEXT_CHARACTERS_MAX} characters what it is about.")
    project_id = visit.session.project.id
    chosen = await visit.house.state.read(lambda tx: queries.find_model(tx, project_id))
    brief = Brief(Channel.PUSH, context)
    if chosen is None:
        return await _page(visit, context=context, copies=[compose(brief)])
    model = actions.open_model(chosen, visit.house.vault)
    try:
        copies = await visit.house.outside.write_copy(model, brief, 1)
    except Refusal as refused:
        return await _page(visit, context=context, trouble=refused.message)
    return await _page(visit, context=context, copies=copies)


def _kept_key(visit: Visit, tx: Tx, base_url: str) -> str | None:
    """Give the key that is kept for an address; None for any other."""
    known = queries.find_model(tx, visit.session.project.id)
    if known is None or known.base_url != base_url.strip().rstrip("/"):
        return None
    return actions.open_model(known, visit.house.vault).key


async def _page(
    visit: Visit,
    *,
    typed: Mapping[str, str] | None = None,
    fault: str = "",
    context: str = SUGGESTED,
    copies: Sequence[Copy] = (),
    trouble: str = "",
) -> Response:
    project_id = visit.session.project.id
    chosen = await visit.house.state.read(lambda tx: queries.find_model(tx, project_id))
    known = {"base_url": chosen.base_url, "model": chosen.name} if chosen else {}
    return visit.page(
        "ai_model.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        chosen=chosen,
        has_key=chosen is not None and chosen.sealed is not None,
        form={"base_url": "", "model": "", **known, **(typed or {})},
        fault=fault,
        context=context,
        copies=copies,
        trouble=trouble,
        may_edit=visit.may_administer,
        is_editor=visit.session.role in EDITORS,
    )


def _done(flash: str) -> Response:
    response = go_to("/ai-model")
    flashes.leave(response, flash)
    return response


PAGES = (
    Page(path="/ai-model", get=show, post=save),
    Page(path="/ai-model/forget", post=forget),
    Page(path="/ai-model/try", post=try_out),
)
