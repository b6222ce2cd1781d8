"""Tables of the segments slice."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from beckon.storage.schema import Json, LogEpoch, Moment, Number, metadata

# `due_at` is when a dynamic segment is next to be asked of everybody, empty for static ones;
# `pending` how many people that still lets in and out.
segment = Table(
    "segment",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("rule", Json),
    Column("description", Text),
    Column("members", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("computed_at", Moment),
    Column("due_at", Moment),
    Column("pending", Integer),
    Column("fault", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Index(None, "project_id", "id"),
    Index(None, "due_at"),
)

# No foreign keys: it is written by the million, and only by actions that just looked.
segment_member = Table(
    "segment_member",
    metadata,
    Column("project_id", Number, primary_key=True),
    Column("segment_id", Number, primary_key=True),
    Column("contact_id", Number, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Index(None, "project_id", "contact_id"),
)

membership_change = Table(
    "membership_change",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("segment_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("has_entered", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "project_id", "contact_id", "position"),
    Index("ix_membership_change_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)

# How many were in at the end of a day (of UTC, counted from 1970), where that changed.
segment_size = Table(
    "segment_size",
    metadata,
    Column("project_id", Number, primary_key=True, autoincrement=False),
    Column("segment_id", Number, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("members", Integer, nullable=False),
)

# One row: which worker keeps all segments up to date, and until when it is believed to.
segment_refresher = Table(
    "segment_refresher",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text),
    Column("held_until", Moment),
)
