"""Gathers what is needed to write messages out: texts, people, addresses, in a few reads."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId, Platform
from beckon.domain.messages import queries
from beckon.domain.messages.model import Draft
from beckon.domain.messages.rows import Claimed
from beckon.domain.providers import queries as providers
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Occasion, TemplateVersionId, Text
from beckon.domain.templates.rules import gather
from beckon.storage.schema import Tx

Person = tuple[ProjectId, ContactId]

_CONFIRMS = ("confirm_link", "confirmUrl", "CONFIRM_LINK")


@dataclass(frozen=True, slots=True)
class _Found:
    """What many messages were found to share."""

    texts: Mapping[TemplateVersionId, Text]
    confirming: AbstractSet[TemplateVersionId]
    people: Mapping[Person, Contact]
    devices: Mapping[tuple[Person, Channel], str]
    zones: Mapping[ProjectId, ZoneInfo]
    senders: Mapping[ProjectId, str]


def draft_all(tx: Tx, rows: Sequence[Claimed], default_sender: str, now: datetime) -> list[Draft]:
    """Make a draft of each claimed message, in order."""
    if not rows:
        return []
    wanted: dict[ProjectId, set[ContactId]] = defaultdict(set)
    for row in rows:
        wanted[row.project_id].add(row.contact_id)
    texts = templates.find_texts_any_project(tx, sorted({row.version_id for row in rows}))
    triggered = {row.version_id for row in rows if row.purpose is Purpose.TRIGGERED}
    found = _Found(
        texts=texts,
        confirming={one for one in triggered & texts.keys() if _asks_confirmation(texts[one])},
        people={
            (project_id, contact.id): contact
            for project_id, ids in wanted.items()
            for contact in contacts.list_contacts(tx, project_id, sorted(ids))
        },
        devices=_devices(tx, rows),
        zones={
            project_id: ZoneInfo(accounts.get_project(tx, project_id).time_zone)
            for project_id in wanted
        },
        senders={project_id: _sender(tx, project_id) or default_sender for project_id in wanted},
    )
    return [_draft(tx, row, found, now) for row in rows]


def _draft(tx: Tx, row: Claimed, found: _Found, now: datetime) -> Draft:
    project_id, message_id = row.project_id, row.id
    person = (project_id, row.contact_id)
    contact = found.people.get(person)
    language = row.language or (contact.language if contact else None)
    own_zone = ZoneInfo(contact.time_zone) if contact and contact.time_zone else None
    channel, purpose = row.channel, row.purpose
    if purpose is Purpose.TRIGGERED and row.version_id in found.confirming:
        purpose = Purpose.CONFIRMATION  # it may go to who left, but not as often as one likes
    return Draft(
        id=message_id,
        position=row.position,
        project_id=project_id,
        contact_id=person[1],
        fence=row.fence,
        attempts=row.attempts,
        channel=channel,
        purpose=purpose,
        sender=row.sender or found.senders[project_id],
        address=row.address or _address(channel, contact, found.devices.get((person, channel))),
        subject=row.subject,
        text=found.texts.get(row.version_id),
        data=gather(contact, row.data),
        created_at=row.created_at,
        zone=own_zone or found.zones[project_id],
        category=row.category,
        campaign_id=row.campaign_id,
        workflow_id=row.workflow_id,
        occasion=Occasion(now, found.zones[project_id], own_zone, language),
        # Only a second attempt can have a copy; the first need not look.
        content=queries.find_copy(tx, project_id, message_id) if row.attempts else None,
    )


def _asks_confirmation(text: Text) -> bool:
    """Tell whether a text holds the link that confirms an address, in any language of it."""
    every = (text.words, *(words for _, words in text.translations))
    parts = [part for words in every for part in (words.body, words.plain or "")]
    return any(name in part for name in _CONFIRMS for part in parts)


def _sender(tx: Tx, project_id: ProjectId) -> str | None:
    """Tell whom the project's mail comes from where the message does not say."""
    used = [one for one in providers.list_providers(tx, project_id, Channel.EMAIL) if one.is_active]
    return used[0].settings.get("from_email") if used else None


def _address(channel: Channel, contact: Contact | None, device: str | None) -> str | None:
    if contact is None:
        return None
    match channel:
        case Channel.EMAIL:
            return contact.email
        case Channel.SMS | Channel.VIBER:
            return contact.phone
        case Channel.PUSH | Channel.WEB_PUSH:
            return device
        case Channel.IN_APP:
            return str(contact.id)


def _devices(tx: Tx, rows: Sequence[Claimed]) -> dict[tuple[Person, Channel], str]:
    """Find the device each person was last seen with, on each of the two push channels."""
    wanted: dict[ProjectId, set[ContactId]] = defaultdict(set)
    for row in rows:
        if row.channel in (Channel.PUSH, Channel.WEB_PUSH):
            wanted[row.project_id].add(row.contact_id)
    found: dict[tuple[Person, Channel], str] = {}
    for project_id, ids in wanted.items():
        for device in contacts.list_devices(tx, project_id, ids):
            channel = Channel.WEB_PUSH if device.platform is Platform.WEB else Channel.PUSH
            found.setdefault(((project_id, device.contact_id), channel), device.token)
    return found
