"""SQL that reads imports. Public: any room above may ask."""

from dataclasses import replace

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.matching import Dedupe
from beckon.domain.contacts.model import ContactId
from beckon.domain.imports import tables
from beckon.domain.imports.model import Import, ImportId, Status, Upload, Wish
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

ROWS_MAX = 100_000


class ImportUnknown(Unknown):
    """No such import in this project."""

    code = "import_unknown"


def get_import(tx: Tx, project_id: ProjectId, import_id: ImportId) -> Import:
    """Return an import with the first 100,000 people of it. Raises ImportUnknown."""
    people = tx.execute(
        select(tables.contact_import_row.c.matched_by, tables.contact_import_row.c.contact_id)
        .where(
            tables.contact_import_row.c.project_id == project_id,
            tables.contact_import_row.c.import_id == import_id,
        )
        .order_by(tables.contact_import_row.c.place)
        .limit(ROWS_MAX)
    )
    mapping = [(one.matched_by, ContactId(one.contact_id)) for one in people]
    return replace(get_record(tx, project_id, import_id), mapping=mapping)


def get_record(tx: Tx, project_id: ProjectId, import_id: ImportId) -> Import:
    """Return an import without its people. Raises ImportUnknown."""
    row = tx.execute(
        select(tables.contact_import).where(
            tables.contact_import.c.project_id == project_id,
            tables.contact_import.c.id == import_id,
        )
    ).one_or_none()
    if row is None:
        raise ImportUnknown(f"Import session with id='{import_id}' is not found.")
    return _import(row)


def list_imports(
    tx: Tx, project_id: ProjectId, *, before: ImportId | None, limit: int
) -> list[Import]:
    """List imports without their people, the newest first."""
    table = tables.contact_import
    asked = select(table).where(table.c.project_id == project_id)
    if before is not None:
        asked = asked.where(table.c.id < before)
    return [_import(row) for row in tx.execute(asked.order_by(table.c.id.desc()).limit(limit))]


def list_waiting_any_project(tx: Tx, *, limit: int) -> list[Upload]:
    """List files that wait to be fetched, the oldest first."""
    rows = tx.execute(
        select(tables.contact_import)
        .where(tables.contact_import.c.status == Status.STARTED)
        .order_by(tables.contact_import.c.at)
        .limit(limit)
    )
    return [
        Upload(ImportId(row.id), ProjectId(row.project_id), row.link, _wish(row.wish))
        for row in rows
    ]


def list_takers_any_project(tx: Tx) -> list[str]:
    """List the workers that are taking files in."""
    taken = tables.contact_import.c
    asked = select(taken.worker).where(taken.status == Status.IMPORTING, taken.worker.is_not(None))
    return [row.worker for row in tx.execute(asked.distinct())]


def _import(row: Line) -> Import:
    return Import(
        ImportId(row.id),
        ProjectId(row.project_id),
        Status(row.status),
        row.at,
        row.description,
        name=row.name,
        actor=row.actor,
        is_fetched=row.link is not None,
    )


def _wish(stored: dict[str, object]) -> Wish:
    return Wish(**{**stored, "dedupe": Dedupe(stored["dedupe"])})  # type: ignore[arg-type] # as `writes` wrote it
