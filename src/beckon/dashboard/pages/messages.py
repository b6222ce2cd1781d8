"""Messages: what was sent, or waits to be, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import queries as campaigns
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import Message, MessageId, State
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.workflows import queries as workflows
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
BY_PHONE = (Channel.SMS, Channel.VIBER)
COUNTED_MAX = 10_000
"""How far the messages in a state are counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list. `subject` is None until it is written out; `at` its last change."""

    uuid: str
    state: State
    recipient: str
    person: str | None
    subject: str | None
    channel: str
    workflow: str | None
    campaign: str | None
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list; `newer` and `older` are its neighbours' addresses."""

    messages: list[Row]
    states: list[tuple[State, int]]
    newer: str | None
    older: str | None

    @property
    def total(self) -> int:
        """How many messages there are in all states."""
        return sum(count for _, count in self.states)


async def show(visit: Visit) -> Response:
    """Answer GET /messages."""
    project_id = visit.session.project.id
    state = _state(visit.asked("state"))
    before, after = visit.asked_number("before"), visit.asked_number("after")
    stretch = await visit.house.state.read(
        lambda tx: read_stretch(tx, project_id, state, before=before, after=after)
    )
    return visit.page(
        "messages.html",
        messages=stretch.messages,
        states=stretch.states,
        state=state,
        total=stretch.total,
        counted_max=COUNTED_MAX,
        is_more=any(count >= COUNTED_MAX for _, count in stretch.states),
        newer=stretch.newer,
        older=stretch.older,
        is_tail=before is None and after is None,
        is_outbox=visit.house.keeps_mail,
    )


def read_stretch(
    tx: Tx, project_id: ProjectId, state: State | None, *, before: int | None, after: int | None
) -> Stretch:
    """Read a page of the list; from the newest where neither position is given."""
    asked = MessageFilter(state=state)
    rows: list[Message] = []
    if after is not None:
        rows = messages.list_messages_after(tx, project_id, asked, position=after, limit=ROWS)
    if len(rows) < ROWS:  # the newest page is always a full one
        rows = messages.list_messages_before(
            tx, project_id, asked, position=None if after is not None else before, limit=ROWS
        )
    counts = messages.count_by_state_up_to(tx, project_id, COUNTED_MAX)
    newer, older = _neighbours(tx, project_id, asked, rows)
    return Stretch(
        _rows(tx, project_id, rows),
        [(name, counts.get(name, 0)) for name in State],
        newer,
        older,
    )


def find_recipients(
    tx: Tx, project_id: ProjectId, found: Sequence[Message]
) -> dict[MessageId, str]:
    """Tell where each message goes; before it is written out, the person's present address."""
    waiting: set[ContactId] = {message.contact_id for message in found if not message.address}
    people = contacts.list_contacts(tx, project_id, sorted(waiting))
    known = {person.id: person for person in people}
    return {
        message.id: _shown(message.address, message.channel)
        if message.address
        else _reached_at(known.get(message.contact_id), message.channel)
        for message in found
    }


def find_workflow_names(
    tx: Tx, project_id: ProjectId, found: Sequence[Message]
) -> dict[MessageId, str]:
    """Map messages to the names of the workflows they come from; single ones are left out."""
    ids = {message.workflow_id for message in found if message.workflow_id is not None}
    names = workflows.find_names(tx, project_id, ids)
    return {
        message.id: names[message.workflow_id]
        for message in found
        if message.workflow_id is not None and message.workflow_id in names
    }


def find_campaign_names(
    tx: Tx, project_id: ProjectId, found: Sequence[Message]
) -> dict[MessageId, str]:
    """Map messages to the names of the campaigns they belong to; others are left out."""
    ids = {message.campaign_id for message in found if message.campaign_id is not None}
    names = campaigns.find_names(tx, project_id, ids)
    return {
        message.id: names[message.campaign_id]
        for message in found
        if message.campaign_id is not None and message.campaign_id in names
    }


def _reached_at(person: Contact | None, channel: Channel) -> str:
    """Tell where a person is reached; "" for channels that reach a device."""
    if person is None or channel not in (Channel.EMAIL, *BY_PHONE):
        return ""
    return _shown((person.email if channel is Channel.EMAIL else person.phone) or "", channel)


def _shown(address: str, channel: Channel) -> str:
    return f"+{address}" if address and channel in BY_PHONE else address


def _neighbours(
    tx: Tx, project_id: ProjectId, asked: MessageFilter, rows: Sequence[Message]
) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    first, last = rows[0].position, rows[-1].position
    is_newest = not messages.list_messages_after(tx, project_id, asked, position=first, limit=1)
    is_oldest = not messages.list_messages_before(tx, project_id, asked, position=last, limit=1)
    return (
        None if is_newest else _address(asked.state, after=first),
        None if is_oldest else _address(asked.state, before=last),
    )


def _address(state: State | None, **position: int) -> str:
    return f"/messages?{urlencode({**({'state': state} if state else {}), **position})}"


def _rows(tx: Tx, project_id: ProjectId, found: Sequence[Message]) -> list[Row]:
    recipients = find_recipients(tx, project_id, found)
    workflow_names = find_workflow_names(tx, project_id, found)
    campaign_names = find_campaign_names(tx, project_id, found)
    return [
        Row(
            str(message.id),
            message.state,
            recipients[message.id],
            message.external_id,
            message.subject,
            message.channel,
            workflow_names.get(message.id),
            campaign_names.get(message.id),
            message.changed_at,
            message.reason,
        )
        for message in found
    ]


def _state(name: str) -> State | None:
    if not name:
        return None
    try:
        return State(name)
    except ValueError:
        raise Invalid("state must be the name of a message's state.") from None


PAGES = (Page(path="/messages", get=show),)
