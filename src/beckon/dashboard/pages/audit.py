"""The audit log: who did what in this project, newest first. For administrators."""

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts import queries
from beckon.domain.accounts.model import AuditEntry, AuditFilter
from beckon.kit import json
from beckon.storage.schema import Tx

AT_ONCE = 50


async def show(visit: Visit) -> Response:
    """Answer GET /audit."""
    visit.check_admin()
    page = visit.asked_page()
    project_id = visit.session.project.id

    def read(tx: Tx) -> list[AuditEntry]:
        offset = (page - 1) * AT_ONCE
        return queries.list_audit(tx, project_id, AuditFilter(), offset=offset, limit=AT_ONCE + 1)

    found = await visit.house.state.read(read)
    return visit.page(
        "audit.html",
        entries=[(one, json.text(dict(one.details))) for one in found[:AT_ONCE]],
        newer=f"/audit?page={page - 1}" if page > 1 else None,
        older=f"/audit?page={page + 1}" if len(found) > AT_ONCE else None,
    )


PAGES = (Page(path="/audit", get=show),)
