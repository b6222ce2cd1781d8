"""The audit log in the Retenshun vocabulary: who did what. It can be read and nothing else."""

from typing import Any

from msgspec import Struct

from beckon.api.call import DeskCall
from beckon.api.retenshun.objects import Page
from beckon.api.times import read_bound, write_moment
from beckon.domain.accounts import queries
from beckon.domain.accounts.model import AuditEntry, AuditFilter


class AuditAsked(Page, rename={"since": "from", "until": "to"}):
    """Query of GET /audit."""

    act: str | None = None
    actor: str | None = None
    since: str | None = None
    until: str | None = None


class AuditObject(Struct):
    """One thing somebody did."""

    id: str
    at: str
    actor: str
    act: str
    details: dict[str, Any]


class AuditList(Struct):
    """Reply to GET /audit."""

    entries: list[AuditObject]
    total: int
    page: int
    limit: int


def list_audit(call: DeskCall, query: AuditAsked) -> AuditList:
    """GET /audit, newest first."""
    query.check()
    asked = AuditFilter(
        query.act,
        query.actor,
        read_bound(query.since, "from", is_end=False) if query.since else None,
        read_bound(query.until, "to", is_end=True) if query.until else None,
    )
    found = queries.list_audit(
        call.tx, call.project_id, asked, offset=query.offset, limit=query.limit
    )
    total = queries.count_audit(call.tx, call.project_id, asked)
    return AuditList([_entry(one) for one in found], total, query.page, query.limit)


def _entry(one: AuditEntry) -> AuditObject:
    return AuditObject(f"aud_{one.id}", write_moment(one.at), one.actor, one.act, dict(one.details))
