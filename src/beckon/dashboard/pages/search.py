"""Search across everything that has a name: pages, people, templates, segments and the rest."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from beckon.dashboard.visits import EDITORS, Page, Visit, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import queries as campaigns
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactFilter, ContactId
from beckon.domain.segments import queries as segments
from beckon.domain.templates import queries as templates
from beckon.domain.workflows import queries as workflows
from beckon.storage.schema import Tx

EACH_MAX = 6
NAMES_MAX = 1_000
SEARCH_CHARACTERS_MAX = 100

# Only pages that exist stand here; the test of dead links walks through them.
PLACES = (
    ("Home", "/", "home"),
    ("All contacts", "/contacts", "users"),
    ("New contact", "/contacts/new", "user-plus"),
    ("Import contacts", "/contacts/import", "upload"),
    ("Segments", "/segments", "users-group"),
    ("New segment", "/segments/new", "plus"),
    ("Additional fields", "/fields", "forms"),
    ("Templates", "/templates", "template"),
    ("New template", "/templates/new", "plus"),
    ("Campaigns", "/campaigns", "send"),
    ("New campaign", "/campaigns/new", "plus"),
    ("Messages", "/messages", "mail"),
    ("Event history", "/events", "history"),
    ("Workflows", "/workflows", "route"),
    ("Event types", "/event-types", "bolt"),
    ("Orders", "/orders", "shopping-cart"),
    ("Channels", "/channels", "plug"),
    ("Single reports", "/single-reports", "clipboard-list"),
    ("RFM analysis", "/rfm", "layout-grid"),
    ("Suppressions", "/suppressions", "ban"),
    ("News feed", "/news", "news"),
    ("Reports", "/reports", "chart-line"),
    ("Sending domains", "/domains", "shield-lock"),
    ("Sending policy", "/settings", "adjustments"),
    ("AI model", "/ai-model", "sparkles"),
    ("Projects", "/projects", "building"),
    ("Team", "/team", "users"),
    ("Security", "/security", "lock"),
    ("Webhooks", "/webhooks", "webhook"),
    ("API keys", "/api-keys", "key"),
    ("API reference", "/docs", "book-2"),
)

EDITED = {href for _, href, _ in PLACES if href.endswith(("/new", "/import"))}
"""Where those may go who change things."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: where it is, what it is called, what kind of thing it is."""

    label: str
    href: str
    icon: str
    kind: str
    note: str = ""


async def show(visit: Visit) -> Response:
    """Answer GET /search; asked for by htmx it is the list alone, for the dialog of every page."""
    project_id, asked = visit.session.project.id, visit.asked("q")[:SEARCH_CHARACTERS_MAX]
    may_edit = visit.session.role in EDITORS
    hits = await visit.house.state.read(lambda tx: find(tx, project_id, asked, may_edit=may_edit))
    if "hx-request" in visit.request.headers:
        return visit.bare_page("search_hits.html", hits=hits, asked=asked)
    return visit.page("search.html", hits=hits, asked=asked)


def find(tx: Tx, project_id: ProjectId, asked: str, *, may_edit: bool) -> list[Hit]:
    """Find what has the words in its name, in any case; without words, the pages alone."""
    part = asked.casefold()
    places = [
        Hit(label, href, icon, "Page")
        for label, href, icon in PLACES
        if part in label.casefold() and (may_edit or href not in EDITED)
    ]
    if not asked:
        return places
    return [*places[:EACH_MAX], *_people(tx, project_id, asked), *_named(tx, project_id, part)]


def _people(tx: Tx, project_id: ProjectId, asked: str) -> list[Hit]:
    found = contacts.list_page(tx, project_id, ContactFilter(search=asked), limit=EACH_MAX)
    number = number_of(asked.removeprefix("contact_"))
    if number is not None:
        found += contacts.list_contacts(tx, project_id, [ContactId(number)])
    return [
        Hit(
            one.name or one.email or one.external_id or f"Contact {one.id}",
            f"/contacts/{one.id}",
            "user",
            "Contact",
            one.email or one.external_id or "",
        )
        for one in {person.id: person for person in found}.values()
    ]


def _named(tx: Tx, project_id: ProjectId, part: str) -> list[Hit]:
    texts = templates.list_names(tx, project_id, limit=NAMES_MAX)
    plans = campaigns.list_campaigns(tx, project_id, offset=0, limit=NAMES_MAX)
    crowds = segments.list_segments(tx, project_id, offset=0, limit=NAMES_MAX)
    flows = workflows.list_workflows(tx, project_id, offset=0, limit=NAMES_MAX)
    return [
        *_hits(part, texts, "/templates/{}", "template", "Template"),
        *_hits(part, ((one.id, one.name) for one in crowds), "/segments/{}", "target", "Segment"),
        *_hits(part, ((one.id, one.name) for one in flows), "/workflows/{}", "route", "Workflow"),
        *_hits(part, ((one.id, one.name) for one in plans), "/campaigns/{}", "send", "Campaign"),
    ]


def _hits(
    part: str, named: Iterable[tuple[int, str]], href: str, icon: str, kind: str
) -> list[Hit]:
    found = [
        Hit(name, href.format(number), icon, kind)
        for number, name in named
        if part in name.casefold()
    ]
    return found[:EACH_MAX]


PAGES = (Page(path="/search", get=show),)
