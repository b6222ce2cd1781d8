"""SQL that reads imports. Public: any room above may ask."""

from datetime import datetime

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.matching import Dedupe
from beckon.domain.contacts.model import ContactId
from beckon.domain.imports import tables
from beckon.domain.imports.model import Import, ImportId, Status, Upload, Wish
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Tx

ROWS_MAX = 100_000


class ImportUnknown(Unknown):
    """No such import in this project."""

    code = "import_unknown"


def get_import(tx: Tx, project_id: ProjectId, import_id: ImportId) -> Import:
    """Return an import with the first 100,000 people of it. Raises ImportUnknown."""
    row = tx.execute(
        select(tables.contact_import).where(
            tables.contact_import.c.project_id == project_id,
            tables.contact_import.c.id == import_id,
        )
    ).one_or_none()
    if row is None:
        raise ImportUnknown(f"Import session with id='{import_id}' is not found.")
    people = tx.execute(
        select(tables.contact_import_row.c.matched_by, tables.contact_import_row.c.contact_id)
        .where(
            tables.contact_import_row.c.project_id == project_id,
            tables.contact_import_row.c.import_id == import_id,
        )
        .order_by(tables.contact_import_row.c.place)
        .limit(ROWS_MAX)
    )
    return Import(
        import_id,
        project_id,
        Status(row.status),
        row.at,
        row.description,
        [(one.matched_by, ContactId(one.contact_id)) for one in people],
    )


def list_waiting_any_project(tx: Tx, *, before: datetime, limit: int) -> list[Upload]:
    """List files that wait to be fetched, or were begun before a moment, the oldest first."""
    rows = tx.execute(
        select(tables.contact_import)
        .where(tables.is_open(before))
        .order_by(tables.contact_import.c.at)
        .limit(limit)
    )
    return [
        Upload(ImportId(row.id), ProjectId(row.project_id), row.link, _wish(row.wish))
        for row in rows
    ]


def _wish(stored: dict[str, object]) -> Wish:
    return Wish(**{**stored, "dedupe": Dedupe(stored["dedupe"])})  # type: ignore[arg-type] # as `writes` wrote it
