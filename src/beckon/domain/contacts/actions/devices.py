"""The devices that push messages to a person go to."""

from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, writes
from beckon.domain.contacts.actions.keeping import lock_people
from beckon.domain.contacts.model import (
    ChangeKind,
    ContactId,
    Device,
    DeviceId,
    NewDevice,
)
from beckon.domain.contacts.tokens import token_digest
from beckon.storage.schema import Tx


def add_device(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, new: NewDevice, now: datetime
) -> Device:
    """Let push messages to a person go to a device; a token somebody else had is theirs now."""
    lock_people(tx, project_id, is_shared=False)
    digest = token_digest(new.token)
    before = queries.find_device(tx, project_id, digest)
    writes.insert_device(tx, project_id, contact_id, new, digest, now)
    touched = {contact_id} if before is None else {contact_id, before.contact_id}
    _note_devices(tx, project_id, touched, now)
    device = queries.find_device(tx, project_id, digest)
    assert device is not None
    return device


def remove_device(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, device_id: DeviceId, now: datetime
) -> None:
    """Forget a device of a person. Raises DeviceUnknown."""
    lock_people(tx, project_id, is_shared=True)
    device = queries.get_device(tx, project_id, contact_id, device_id)
    writes.delete_device(tx, project_id, device)
    _note_devices(tx, project_id, {contact_id}, now)


def remove_token(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, token: str, now: datetime
) -> None:
    """Forget a device of a person by its token or endpoint. Raises DeviceUnknown."""
    device = queries.find_device(tx, project_id, token_digest(token))
    if device is None or device.contact_id != contact_id:
        raise queries.DeviceUnknown("There is no such push token.")
    remove_device(tx, project_id, contact_id, device.id, now)


def bury_token(tx: Tx, project_id: ProjectId, token: str, now: datetime) -> None:
    """Note that a provider said a token is no more; nothing goes there until it is added again."""
    device = queries.find_device(tx, project_id, token_digest(token))
    if device is not None and device.dead_at is None:
        writes.update_device_dead(tx, project_id, device, now)
        _note_devices(tx, project_id, {device.contact_id}, now)


def _note_devices(tx: Tx, project_id: ProjectId, ids: set[ContactId], now: datetime) -> None:
    lines = [(one, ChangeKind.ADDRESSES, ["device"]) for one in sorted(ids)]
    writes.insert_changes(tx, project_id, lines, now)
