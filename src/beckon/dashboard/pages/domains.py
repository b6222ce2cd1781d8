"""Sending domains: which mail is signed for, and the DNS records that say so."""

from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.rules import selector_of
from beckon.kit.keypairs import Algorithm, new_pair
from beckon.kit.refusals import Conflict, Invalid
from beckon.storage.schema import Tx

DMARC = "v=DMARC1; p=none"


async def show(visit: Visit) -> Response:
    """Answer GET /domains."""
    return await _page(visit, "", "")


async def add(visit: Visit) -> Response:
    """Answer POST /domains: make a key and sign with it from now on."""
    visit.check_admin()
    form = await visit.form("domain", "algorithm")
    project_id, vault = visit.session.project.id, visit.house.vault
    algorithm = next((one for one in Algorithm if one == form["algorithm"]), Algorithm.RSA)
    pair, selector = new_pair(algorithm), selector_of(algorithm, visit.now)

    def store(tx: Tx) -> None:
        actions.add_domain(
            tx,
            project_id,
            domain=form["domain"],
            selector=selector,
            pair=pair,
            vault=vault,
            now=visit.now,
        )
        named = form["domain"].strip().lower()
        visit.note(tx, "domain.added", domain=named, selector=selector, algorithm=algorithm)

    try:
        await visit.house.state.write(store)
    except (Invalid, Conflict) as refused:
        return await _page(visit, form["domain"], refused.message)
    return go_to("/domains")


async def remove(visit: Visit) -> Response:
    """Answer POST /domains/remove: sign no more."""
    visit.check_admin()
    domain = (await visit.form("domain"))["domain"]
    project_id = visit.session.project.id

    def store(tx: Tx) -> None:
        actions.remove_domain(tx, project_id, domain)
        visit.note(tx, "domain.removed", domain=domain.lower())

    await visit.house.state.write(store)
    return go_to("/domains")


async def _page(visit: Visit, typed: str, fault: str) -> Response:
    project_id = visit.session.project.id
    found = await visit.house.state.read(lambda tx: queries.list_domains(tx, project_id))
    return visit.page(
        "domains.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        domains=found,
        algorithms=list(Algorithm),
        dmarc=DMARC,
        typed=typed,
        fault=fault,
        is_admin=visit.may_administer,
    )


PAGES = (
    Page(path="/domains", get=show, post=add),
    Page(path="/domains/remove", post=remove),
)
