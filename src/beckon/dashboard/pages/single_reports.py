"""Single reports: each message that no campaign sent, found by person or id, and what became of it.

A message of a workflow, of a call of the API, or of a test; campaigns have reports of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from beckon.dashboard.pages.messages import find_recipients, find_workflow_names
from beckon.dashboard.pages.template_preview import find_person
from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import queries
from beckon.domain.messages.model import Message, MessageId, State
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.subscriptions.model import ActivityKind
from beckon.domain.subscriptions.queries import find_done
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, as it was typed; `find` is a person or the id of a message."""

    find: str
    state: str
    channel: str

    @property
    def query(self) -> str:
        """The same as a query string; "" for nothing."""
        words = {"find": self.find, "state": self.state, "channel": self.channel}
        return urlencode({name: word for name, word in words.items() if word})


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list; `source` is the name of its workflow, or None."""

    message: Message
    recipient: str
    source: str | None
    is_opened: bool
    is_clicked: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list; `older` is the position to go on from."""

    rows: Sequence[Row]
    older: int | None = None


async def show(visit: Visit) -> Response:
    """Answer GET /single-reports (?find=&state=&channel=&before=), newest first."""
    asked = Asked(visit.asked("find"), visit.asked("state"), visit.asked("channel"))
    wanted = _filter(asked)
    before, project_id = visit.asked_number("before"), visit.session.project.id
    stretch = await visit.house.state.read(
        lambda tx: read_stretch(tx, project_id, asked.find, wanted, before)
    )
    words = f"?{asked.query}&" if asked.query else "?"
    return visit.page(
        "single_reports.html",
        rows=stretch.rows,
        asked=asked,
        states=list(State),
        channels=list(Channel),
        is_tail=before is None,
        here_again=f"/single-reports{words}".rstrip("?&"),
        older=f"/single-reports{words}before={stretch.older}" if stretch.older else None,
    )


def read_stretch(
    tx: Tx, project_id: ProjectId, find: str, wanted: MessageFilter, before: int | None
) -> Stretch:
    """Read a page of the list; nothing where nobody is called as was typed."""
    if find:
        by_id = _by_id(tx, project_id, find)
        if by_id is not None:
            return Stretch(_rows(tx, project_id, [by_id]))
        person = find_person(tx, project_id, find)
        if person is None:
            return Stretch([])
        wanted = replace(wanted, contact_id=person.id)
    found = queries.list_messages_before(tx, project_id, wanted, position=before, limit=ROWS + 1)
    shown = found[:ROWS]
    older = shown[-1].position if len(found) > ROWS else None
    return Stretch(_rows(tx, project_id, shown), older)


def _by_id(tx: Tx, project_id: ProjectId, find: str) -> Message | None:
    try:
        number = UUID(find.removeprefix("msg_"))
    except ValueError:
        return None
    found = queries.find_messages(tx, project_id, [MessageId(number)])
    return found[0] if found else None


def _rows(tx: Tx, project_id: ProjectId, found: Sequence[Message]) -> list[Row]:
    recipients = find_recipients(tx, project_id, found)
    names = find_workflow_names(tx, project_id, found)
    done = find_done(tx, project_id, {one.id: one.contact_id for one in found})
    rows = []
    for one in found:
        acts = done.get(one.id, set())
        is_clicked = ActivityKind.CLICKED in acts
        # Who clicks has opened it, whether or not pictures were shown.
        is_opened = is_clicked or ActivityKind.OPENED in acts
        rows.append(Row(one, recipients[one.id], names.get(one.id), is_opened, is_clicked))
    return rows


def _filter(asked: Asked) -> MessageFilter:
    try:
        return MessageFilter(
            state=State(asked.state) if asked.state else None,
            channel=Channel(asked.channel) if asked.channel else None,
            is_single=True,
        )
    except ValueError:
        raise Invalid("state and channel must be words of this page.") from None


PAGES = (Page(path="/single-reports", get=show),)
