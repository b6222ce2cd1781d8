"""Tables of the events slice."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from beckon.storage.schema import Json, LogEpoch, Moment, Number, Uuid, metadata

event_type = Table(
    "event_type",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("project_id", "name"),
)

# Which parameters an event must tell, by the compared form of its name: whichever case it comes in.
required_parameter = Table(
    "required_parameter",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("name_key", Text, primary_key=True),
    Column("name", Text, primary_key=True),
)

# No foreign keys here: the log is written most of all, and only by actions that just looked.
event = Table(
    "event",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("type_id", Number, nullable=False),
    Column("contact_id", Number),
    Column("key", Text),
    Column("properties", Json, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("is_history", Boolean),
    Index(None, "project_id", "position"),
    Index(None, "project_id", "type_id", "position"),
    Index(None, "project_id", "contact_id", "position"),
    Index("ix_event_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)
