"""Tables of the imports slice."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from beckon.storage.schema import Json, Moment, Number, Uuid, metadata

# `link` and `wish` are there while a file waits to be fetched, and gone once it is done with: an
# address may hold a password. `worker` is who takes it in.
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
    Column("name", Text),
    Column("actor", Text),
    Column("worker", Text),
    Index(None, "status"),
    Index(None, "project_id", "id"),
)

contact_import_row = Table(
    "contact_import_row",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("project_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("matched_by", Text, nullable=False),
    Column("is_new", Boolean),
    Column("changes_seen", Number),
    Column("events_seen", Number),
    Index(None, "project_id", "contact_id"),
)

# Who came onto which list by an import, and when: only those places are taken back.
contact_import_place = Table(
    "contact_import_place",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("contact_id", Number, primary_key=True, autoincrement=False),
    Column("segment_id", Number, primary_key=True, autoincrement=False),
    Column("project_id", Number, nullable=False),
    Column("since", Moment, nullable=False),
    Index(None, "project_id", "contact_id"),
)

# The key sees to it that nothing is undone twice.
contact_import_undo = Table(
    "contact_import_undo",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("place", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("taken_off", Integer, nullable=False),
    Column("ended_at", Moment),
    Index(None, "ended_at"),
)
