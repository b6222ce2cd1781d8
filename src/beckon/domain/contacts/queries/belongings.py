"""Reads what people have: devices, and additional fields of the project's."""

from collections.abc import Iterable

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import tables
from beckon.domain.contacts.model import (
    ContactId,
    Device,
    DeviceId,
    Field,
    FieldId,
    FieldKind,
    Platform,
)
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx


class DeviceUnknown(Unknown):
    """No such device of this person."""

    code = "device_unknown"


def list_devices(
    tx: Tx, project_id: ProjectId, ids: Iterable[ContactId], *, with_dead: bool = False
) -> list[Device]:
    """List the devices of these people (at most 1,000), the one seen last first."""
    conditions = [tables.device.c.project_id == project_id]
    conditions.append(tables.device.c.contact_id.in_(sorted(set(ids))))
    if not with_dead:
        conditions.append(tables.device.c.dead_at.is_(None))
    rows = tx.execute(
        select(tables.device)
        .where(*conditions)
        .order_by(tables.device.c.seen_at.desc(), tables.device.c.id.desc())
    )
    return [_device(row) for row in rows]


def get_device(tx: Tx, project_id: ProjectId, contact_id: ContactId, device_id: DeviceId) -> Device:
    """Return one device of a person. Raises DeviceUnknown."""
    found = [
        device
        for device in list_devices(tx, project_id, [contact_id], with_dead=True)
        if device.id == device_id
    ]
    if not found:
        raise DeviceUnknown("There is no such push token.")
    return found[0]


def find_device(tx: Tx, project_id: ProjectId, digest: bytes) -> Device | None:
    """Find the device of a token by the token's digest."""
    row = tx.execute(
        select(tables.device).where(
            tables.device.c.project_id == project_id, tables.device.c.digest == digest
        )
    ).one_or_none()
    return None if row is None else _device(row)


def list_fields(tx: Tx, project_id: ProjectId) -> list[Field]:
    """List the project's additional fields by number."""
    rows = tx.execute(
        select(tables.field)
        .where(tables.field.c.project_id == project_id)
        .order_by(tables.field.c.id)
    )
    return [
        Field(
            FieldId(row.id),
            ProjectId(row.project_id),
            row.key,
            row.label,
            FieldKind(row.kind),
            tuple(row.allowed or ()),
            row.created_at,
        )
        for row in rows
    ]


def _device(row: Line) -> Device:
    return Device(
        DeviceId(row.id),
        ProjectId(row.project_id),
        ContactId(row.contact_id),
        Platform(row.platform),
        row.provider,
        row.token,
        row.app,
        row.external_id,
        row.details,
        row.created_at,
        row.seen_at,
        row.dead_at,
    )
