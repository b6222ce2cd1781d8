"""SQL that changes imports. Private: only this slice's actions import it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.imports import tables
from beckon.domain.imports.model import ImportId, Row, Status, Undo, Upload
from beckon.domain.segments.model import SegmentId
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert_many


def insert_import(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    status: Status,
    now: datetime,
    *,
    upload: Upload | None = None,
    name: str | None = None,
    actor: str | None = None,
) -> None:
    """Begin the record of an import."""
    waiting = {} if upload is None else {"link": upload.link, "wish": asdict(upload.wish)}
    tx.execute(
        insert(tables.contact_import).values(
            id=import_id,
            project_id=project_id,
            status=status,
            at=now,
            name=name,
            actor=actor,
            **waiting,
        )
    )


def claim_upload(
    tx: Tx, project_id: ProjectId, import_id: ImportId, *, worker: str, now: datetime
) -> bool:
    """Take a file that waits; False where another worker was quicker."""
    done = tx.execute(
        update(tables.contact_import)
        .where(
            tables.contact_import.c.project_id == project_id,
            tables.contact_import.c.id == import_id,
            tables.contact_import.c.status == Status.STARTED,
        )
        .values(status=Status.IMPORTING, worker=worker, at=now)
    )
    return done.rowcount == 1


def free_uploads_any_project(tx: Tx, workers: Sequence[str]) -> int:
    """Let the files that these workers took wait again; tells how many."""
    done = tx.execute(
        update(tables.contact_import)
        .where(
            tables.contact_import.c.status == Status.IMPORTING,
            tables.contact_import.c.worker.in_(workers),
        )
        .values(status=Status.STARTED, worker=None)
    )
    return done.rowcount


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
        .values(status=status, description=description, link=None, wish=None, worker=None, at=now)
    )


def insert_rows(tx: Tx, project_id: ProjectId, import_id: ImportId, rows: Iterable[Row]) -> None:
    """Note people of an import; a place that was noted before stays as it was."""
    insert_many(
        tx,
        "contact_import_row (import_id, place, project_id, contact_id, matched_by, is_new, "
        "changes_seen, events_seen)",
        [
            (
                import_id.bytes,
                row.place,
                project_id,
                row.contact_id,
                row.matched_by,
                row.is_new,
                row.changes_seen,
                row.events_seen,
            )
            for row in rows
        ],
        "ON CONFLICT (import_id, place) DO NOTHING",
    )


def insert_places(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    segment_id: SegmentId,
    people: Sequence[ContactId],
    now: datetime,
) -> None:
    """Note who came onto a list by an import; who comes a second time has the later place."""
    moment = to_ms(now)
    insert_many(
        tx,
        "contact_import_place (import_id, contact_id, segment_id, project_id, since)",
        [(import_id.bytes, one, segment_id, project_id, moment) for one in people],
        "ON CONFLICT (import_id, contact_id, segment_id) DO UPDATE SET since = excluded.since",
    )


def insert_undo(
    tx: Tx, project_id: ProjectId, import_id: ImportId, actor: str, now: datetime
) -> None:
    """Begin the record of an undo."""
    tx.execute(
        insert(tables.contact_import_undo).values(
            import_id=import_id,
            project_id=project_id,
            actor=actor,
            at=now,
            place=0,
            removed=0,
            taken_off=0,
        )
    )


def update_undo(tx: Tx, project_id: ProjectId, undo: Undo) -> None:
    """Make the record of an undo say what the value says."""
    tx.execute(
        update(tables.contact_import_undo)
        .where(
            tables.contact_import_undo.c.project_id == project_id,
            tables.contact_import_undo.c.import_id == undo.import_id,
        )
        .values(
            place=undo.place,
            removed=undo.removed,
            taken_off=undo.taken_off,
            ended_at=undo.ended_at,
        )
    )
