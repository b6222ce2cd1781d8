"""Tables of the imports slice."""

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Index, Integer, Table, Text

from beckon.domain.imports.model import Status
from beckon.storage.schema import Json, Moment, Number, Uuid, metadata

# `link` and `wish` are there while a file waits to be fetched, and gone once it is done with: an
# address may hold a password.
contact_import = Table(
    "contact_import",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("status", Text, nullable=False),
    Column("description", Text),
    Column("link", Text),
    Column("wish", Json),
    Column("at", Moment, nullable=False),
    Index(None, "status"),
)

contact_import_row = Table(
    "contact_import_row",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("project_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("matched_by", Text, nullable=False),
    Index(None, "project_id", "contact_id"),
)


def is_open(before: datetime) -> ColumnElement[bool]:
    """Ask for files that nobody works on: never begun, or begun by somebody who is gone."""
    table = contact_import.c
    begun = (table.status == Status.IMPORTING) & table.link.is_not(None) & (table.at < before)
    return (table.status == Status.STARTED) | begun
