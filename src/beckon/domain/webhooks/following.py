"""Reads the logs forward and tells what of them webhooks may want to hear.

Three logs: what became of messages, what people did with them, who wants no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Table, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import Message, MessageId, State
from beckon.domain.messages.queries import find_messages, find_told
from beckon.domain.messages.tables import message_change
from beckon.domain.subscriptions.model import Act, ActivityKind, Suppression
from beckon.domain.subscriptions.queries import find_standings
from beckon.domain.subscriptions.tables import consent_entry, message_activity
from beckon.domain.templates.queries import find_labels
from beckon.domain.webhooks import actions, queries
from beckon.domain.webhooks.model import Happened, Notice
from beckon.kit.clock import to_ms
from beckon.storage import log_readers
from beckon.storage.log_readers import Cursor, log_reader
from beckon.storage.schema import Line, Tx

LINES_AT_ONCE = 500
NOBODY = ContactId(0)

_STATES = {
    State.ACCEPTED: Happened.SENT,
    State.DELIVERED: Happened.DELIVERED,
    State.BOUNCED: Happened.BOUNCED,
    State.COMPLAINED: Happened.COMPLAINED,
    State.FAILED: Happened.FAILED,
    State.DEAD: Happened.FAILED,
}
_DONE = {ActivityKind.OPENED: Happened.OPENED, ActivityKind.CLICKED: Happened.CLICKED}

_BACK = (State.BOUNCED, State.FAILED)

Read = Callable[[Tx, ProjectId, Sequence[Line]], list[Notice]]


@dataclass(frozen=True, slots=True)
class Followed:
    """One log and how its lines are read."""

    log: Table
    read: Read

    @property
    def reader(self) -> str:
        """The name under which it is noted how far this log was read."""
        return f"webhooks {self.log.name}"


@dataclass(frozen=True, slots=True)
class _About:
    """A message, and what only those who sent it know it by."""

    message: Message
    request_id: str | None
    sender: str | None
    name: str | None
    tags: tuple[str, ...]


def is_behind(tx: Tx) -> bool:
    """Tell whether a log has lines that were not read yet, or was never begun; changes nothing."""
    rows = tx.execute(select(log_reader)).all()
    cursors = {row.name: Cursor(row.epoch, row.position) for row in rows}
    return any(
        one.reader not in cursors
        or queries.find_end_any_project(tx, one.log, cursors[one.reader]) is not None
        for one in FOLLOWED
    )


def follow(tx: Tx, one: Followed, now: datetime) -> bool:
    """Read a log on, at most 500 lines of projects with webhooks. False: that was all.

    Lines from before the first reading are passed over, and all lines while nobody listens.
    """
    if log_readers.begin(tx, one.reader):
        log_readers.move(tx, one.reader, _end(tx, one.log, Cursor()))
        return False
    cursor = log_readers.lock_cursor(tx, one.reader)
    if cursor is None:  # another process is just reading
        return False
    end = _end(tx, one.log, cursor)
    listening = queries.list_active_any_project(tx)
    lines = queries.list_lines_any_project(
        tx, one.log, list(listening), after=cursor, until=end, limit=LINES_AT_ONCE
    )
    for project_id, webhooks in listening.items():
        own = [line for line in lines if line.project_id == project_id]
        if own:
            zone = get_project(tx, project_id).time_zone
            notices = [
                replace(notice, data={**notice.data, "time_zone": zone})
                for notice in one.read(tx, project_id, own)
            ]
            actions.queue(tx, project_id, webhooks, notices, now)
    is_full = len(lines) == LINES_AT_ONCE
    reached = Cursor(lines[-1].epoch, lines[-1].position) if is_full else end
    if reached != cursor:
        log_readers.move(tx, one.reader, reached)
    return is_full


def _end(tx: Tx, log: Table, after: Cursor) -> Cursor:
    return queries.find_end_any_project(tx, log, after) or after


def _read_changes(tx: Tx, project_id: ProjectId, lines: Sequence[Line]) -> list[Notice]:
    told = [line for line in lines if State(line.state) in _STATES]
    messages = _messages(tx, project_id, told)
    dead = _find_dead(tx, project_id, told, messages)
    return [
        _notice(
            f"change {line.position}",
            _STATES[State(line.state)],
            about,
            line.at,
            {"reason": line.reason, "is_dead": line.message_id in dead},
        )
        for line in told
        if (about := messages.get(line.message_id)) is not None
    ]


def _read_activity(tx: Tx, project_id: ProjectId, lines: Sequence[Line]) -> list[Notice]:
    told = [line for line in lines if ActivityKind(line.kind) in _DONE and not line.is_machine]
    messages = _messages(tx, project_id, told)
    return [
        _notice(
            f"activity {line.position}",
            _DONE[ActivityKind(line.kind)],
            about,
            line.at,
            {"link": line.link},
        )
        for line in told
        if (about := messages.get(line.message_id)) is not None
    ]


def _read_consent(tx: Tx, project_id: ProjectId, lines: Sequence[Line]) -> list[Notice]:
    told = [line for line in lines if Act(line.act) is Act.UNSUBSCRIBED]
    ids = [ContactId(line.contact_id) for line in told if line.contact_id is not None]
    named = {one.id: one.external_id for one in contacts.list_contacts(tx, project_id, ids)}
    return [
        Notice(
            f"consent {line.position}",
            Happened.UNSUBSCRIBED,
            ContactId(line.contact_id or NOBODY),
            {
                "external_id": named.get(ContactId(line.contact_id or NOBODY)),
                "channel": line.channel,
                "address": line.address,
                "at": to_ms(line.at),
            },
        )
        for line in told
    ]


def _messages(tx: Tx, project_id: ProjectId, lines: Sequence[Line]) -> Mapping[MessageId, _About]:
    ids = list({MessageId(line.message_id) for line in lines})
    if not ids:
        return {}
    messages = find_messages(tx, project_id, ids)
    told = find_told(tx, project_id, ids)
    templates = (one.template_id for one in messages if one.template_id is not None)
    labels = find_labels(tx, project_id, templates)
    return {
        one.id: _About(
            one,
            *told.get(one.id, (None, None)),
            *((one.template_id and labels.get(one.template_id)) or (None, ())),
        )
        for one in messages
    }


def _find_dead(
    tx: Tx,
    project_id: ProjectId,
    lines: Sequence[Line],
    messages: Mapping[MessageId, _About],
) -> set[MessageId]:
    """Find the messages that came back because nobody can be reached at their addresses."""
    back = {
        about.message.id: (about.message.channel, about.message.address)
        for line in lines
        if State(line.state) in _BACK and (about := messages.get(line.message_id)) is not None
    }
    standings = find_standings(
        tx, project_id, {(channel, address) for channel, address in back.values() if address}
    )
    dead = {
        named for named, standing in standings.items() if standing.suppression is Suppression.BOUNCE
    }
    return {message_id for message_id, named in back.items() if named in dead}


def _notice(
    key: str, event: Happened, about: _About, at: datetime, more: Mapping[str, object]
) -> Notice:
    message = about.message
    return Notice(
        key,
        event,
        message.contact_id,
        {
            "message_id": message.id.hex,
            "external_id": message.external_id,
            "channel": message.channel,
            "address": message.address,
            "template_id": message.template_id,
            "campaign_id": message.campaign_id,
            "workflow_id": message.workflow_id,
            "request_id": about.request_id,
            "sender": about.sender,
            "name": about.name,
            "tags": list(about.tags),
            "made_at": to_ms(message.created_at),
            "at": to_ms(at),
            "reason": None,
            "link": None,
            **more,
        },
    )


FOLLOWED = (
    Followed(message_change, _read_changes),
    Followed(message_activity, _read_activity),
    Followed(consent_entry, _read_consent),
)
