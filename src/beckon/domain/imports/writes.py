"""SQL that changes imports. Private: only this slice's actions import it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.imports import tables
from beckon.domain.imports.model import ImportId, Status, Upload
from beckon.storage.schema import Tx, run_many


def insert_import(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    status: Status,
    now: datetime,
    *,
    upload: Upload | None = None,
) -> None:
    """Begin the record of an import."""
    waiting = {} if upload is None else {"link": upload.link, "wish": asdict(upload.wish)}
    tx.execute(
        insert(tables.contact_import).values(
            id=import_id, project_id=project_id, status=status, at=now, **waiting
        )
    )


def claim_upload(
    tx: Tx, project_id: ProjectId, import_id: ImportId, *, before: datetime, now: datetime
) -> bool:
    """Take a file that waits; False where another worker was quicker."""
    done = tx.execute(
        update(tables.contact_import)
        .where(
            tables.contact_import.c.project_id == project_id,
            tables.contact_import.c.id == import_id,
            tables.is_open(before),
        )
        .values(status=Status.IMPORTING, at=now)
    )
    return done.rowcount == 1


def update_import(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    status: Status,
    description: str | None,
    now: datetime,
) -> None:
    """Say how an import ended; where it came from is forgotten."""
    tx.execute(
        update(tables.contact_import)
        .where(
            tables.contact_import.c.project_id == project_id,
            tables.contact_import.c.id == import_id,
        )
        .values(status=status, description=description, link=None, wish=None, at=now)
    )


def insert_rows(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    first: int,
    people: Sequence[tuple[str, ContactId]],
) -> None:
    """Note people of an import, whose places count from `first`."""
    run_many(
        tx,
        "INSERT INTO contact_import_row (import_id, place, project_id, contact_id, matched_by) "
        "VALUES (?,?,?,?,?) ON CONFLICT (import_id, place) DO NOTHING",
        [
            (import_id.bytes, first + place, project_id, contact_id, matched_by)
            for place, (matched_by, contact_id) in enumerate(people)
        ],
    )
