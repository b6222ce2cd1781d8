"""Home: how things stand, and the five steps from nothing to a first message."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import State
from beckon.domain.templates import queries as templates
from beckon.domain.workflows import queries as workflows
from beckon.storage.schema import Tx

ON_THE_WAY = (State.QUEUED, State.SUBMITTING, State.DEFERRED)
TO_LOOK_AT = (State.UNKNOWN, State.DEAD, State.FAILED)

# A key is shown once and never again, so the examples have a place to put it.
KEY_PLACE = "sk_live_your_key"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name."""

    label: str
    value: int
    note: str = ""
    href: str | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """When each first thing came about; None while it has not."""

    key_made_at: datetime | None
    first_event_at: datetime | None
    first_template_at: datetime | None
    first_workflow_at: datetime | None
    first_message_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page tells, read in one go."""

    figures: list[Figure]
    progress: Progress
    template_id: str


async def show(visit: Visit) -> Response:
    """Answer GET /."""
    project_id = visit.session.project.id
    standing = await visit.house.state.read(lambda tx: read_standing(tx, project_id))
    return visit.page(
        "home.html",
        figures=standing.figures,
        progress=standing.progress,
        template_id=standing.template_id,
        base_url=visit.house.base_url,
        api_key=KEY_PLACE,
    )


def read_standing(tx: Tx, project_id: ProjectId) -> Standing:
    """Count and look up what Home tells of a project."""
    newest = templates.list_templates(tx, project_id, None, offset=0, limit=1)
    return Standing(
        figures=[
            Figure("People", contacts.count_contacts(tx, project_id)),
            Figure("Events", events.count_events(tx, project_id, EventFilter()), href="/events"),
            *_message_figures(messages.count_by_state(tx, project_id)),
        ],
        progress=Progress(
            key_made_at=accounts.find_first_key_at(tx, project_id),
            first_event_at=events.find_first_event_at(tx, project_id),
            first_template_at=templates.find_first_template_at(tx, project_id),
            first_workflow_at=workflows.find_first_workflow_at(tx, project_id),
            first_message_at=messages.find_first_message_at(tx, project_id),
        ),
        template_id=f"tpl_{newest[0].id if newest else 1}",
    )


def _message_figures(counts: dict[State, int]) -> list[Figure]:
    waiting = sum(counts.get(state, 0) for state in ON_THE_WAY)
    troubled = [state for state in TO_LOOK_AT if counts.get(state, 0)]
    return [
        Figure(
            "Messages accepted",
            counts.get(State.ACCEPTED, 0),
            note=f"{waiting:,} on the way" if waiting else "",
            href="/messages",
        ),
        Figure(
            "To look at",
            sum(counts[state] for state in troubled),
            note="Failed, given up or in doubt",
            href=f"/messages?state={troubled[0]}" if troubled else None,
            tone="danger" if troubled else "",
        ),
    ]


PAGES = (Page(path="/", get=show),)
