"""On which channels people can be reached: what rules ask of one, and analytics keeps of all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.contacts.queries import list_devices
from beckon.domain.subscriptions.model import Ask, Purpose
from beckon.domain.subscriptions.queries import find_refusals
from beckon.storage.schema import Tx


@dataclass(frozen=True, slots=True)
class Reached:
    """Channels with an address, with a confirmed one, and those that bulk mail may go to."""

    addressed: frozenset[Channel]
    confirmed: frozenset[Channel]
    subscribed: frozenset[Channel]


def find_reached(
    tx: Tx, project_id: ProjectId, contacts: Sequence[Contact]
) -> dict[ContactId, Reached]:
    """Tell of each of these people (at most 1,000) where they can be reached.

    A phone reaches by SMS and Viber, a device that lives by push; nobody confirms a device. In-app
    notes need no address.
    """
    devices: dict[ContactId, list[tuple[Channel, str]]] = defaultdict(list)
    for device in list_devices(tx, project_id, [contact.id for contact in contacts]):
        devices[device.contact_id].append((device.platform.channel, device.token))
    addresses = {
        contact.id: [*_addresses(contact), *devices.get(contact.id, ())] for contact in contacts
    }
    asks = [
        Ask(channel, address, contact_id, Purpose.BULK)
        for contact_id, known in addresses.items()
        for channel, address in known
    ]
    open_to: dict[ContactId, set[Channel]] = defaultdict(set)
    for ask, refusal in zip(asks, find_refusals(tx, project_id, asks), strict=True):
        if refusal is None:
            open_to[ask.contact_id].add(ask.channel)
    return {
        contact.id: Reached(
            frozenset(channel for channel, _ in addresses[contact.id]),
            frozenset(_confirmed(contact)) | {way for way, _ in devices.get(contact.id, ())},
            frozenset(open_to[contact.id]),
        )
        for contact in contacts
    }


def _addresses(contact: Contact) -> list[tuple[Channel, str]]:
    found = [(Channel.IN_APP, str(contact.id))]
    if contact.email is not None:
        found.append((Channel.EMAIL, contact.email))
    if contact.phone is not None:
        found += [(Channel.SMS, contact.phone), (Channel.VIBER, contact.phone)]
    return found


def _confirmed(contact: Contact) -> list[Channel]:
    found = [Channel.IN_APP]
    if contact.email_confirmed_at is not None:
        found.append(Channel.EMAIL)
    if contact.phone_confirmed_at is not None:
        found += [Channel.SMS, Channel.VIBER]
    return found
