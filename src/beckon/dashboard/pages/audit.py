"""The audit log: who did what in this project, newest first. For administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts import queries
from beckon.domain.accounts.model import AuditEntry, AuditFilter
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

AT_ONCE = 50
CHARACTERS_MAX = 255

ICONS = {
    "ai_model": "sparkles",
    "contact": "user",
    "contacts": "user",
    "domain": "shield-check",
    "event_type": "bolt",
    "import": "upload",
    "invite": "users",
    "key": "key",
    "member": "users",
    "message": "send",
    "project": "building",
    "provider": "plug",
    "sending": "adjustments",
    "webhook": "webhook",
}
"""By the thing an act is about; all else is somebody's own way in."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as people read it; `details` are names and values."""

    what: str
    icon: str
    actor: str
    at: datetime
    details: Sequence[tuple[str, str]]


async def show(visit: Visit) -> Response:
    """Answer GET /audit, of one person or of one act where that is asked for."""
    visit.check_admin()
    page, actor, act = visit.asked_page(), visit.asked("who"), visit.asked("what")
    if max(len(actor), len(act)) > CHARACTERS_MAX:
        raise Invalid(f"who and what must have at most {CHARACTERS_MAX} characters.")
    asked = AuditFilter(act=act or None, actor=actor or None)
    project_id = visit.session.project.id

    def read(tx: Tx) -> tuple[list[AuditEntry], list[str]]:
        offset = (page - 1) * AT_ONCE
        found = queries.list_audit(tx, project_id, asked, offset=offset, limit=AT_ONCE + 1)
        return found, queries.list_acts(tx, project_id)

    found, acts = await visit.house.state.read(read)
    words = {key: value for key, value in (("who", actor), ("what", act)) if value}
    return visit.page(
        "audit.html",
        entries=[_line(one) for one in found[:AT_ONCE]],
        acts=[(one, _words(one)) for one in acts],
        who=actor,
        what=act,
        newer=_address(words, page - 1) if page > 1 else None,
        older=_address(words, page + 1) if len(found) > AT_ONCE else None,
    )


def _line(entry: AuditEntry) -> Line:
    thing = entry.act.partition(".")[0]
    details = [
        (_words(name), _shown(value)) for name, value in entry.details.items() if value is not None
    ]
    return Line(_words(entry.act), ICONS.get(thing, "lock"), entry.actor, entry.at, details)


def _words(name: str) -> str:
    return name.replace(".", " ").replace("_", " ").capitalize()


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.text(value)


def _address(words: dict[str, str], page: int) -> str:
    return f"/audit?{urlencode({**words, 'page': page})}"


PAGES = (Page(path="/audit", get=show),)
