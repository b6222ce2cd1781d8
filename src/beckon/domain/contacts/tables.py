"""Tables of the contacts slice."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from beckon.storage.schema import Json, LogEpoch, Moment, Number, metadata

# `search_key` is what a search looks through, empty text included, and NULL once a person is
# deleted: its index lists who is there, newest first, without touching the wide rows.
contact = Table(
    "contact",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("external_id", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("language", Text),
    Column("time_zone", Text),
    Column("properties", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("last_seen_at", Moment),
    Column("tags", Json),
    Column("search_key", Text),
    Column("deleted_at", Moment),
    Column("merged_into", Number),
    UniqueConstraint("project_id", "external_id"),
    Index(None, "project_id", "id", "search_key"),
    Index(
        "ix_contact_merged_into",
        "project_id",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

address = Table(
    "address",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("contact_id", Number, ForeignKey("contact.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("value_key", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("source", Text),
    Index(None, "project_id", "kind", "value_key"),
)

visitor = Table(
    "visitor",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("anonymous_id", Text, primary_key=True),
    Column("contact_id", Number, ForeignKey("contact.id"), nullable=False),
    Index(None, "project_id", "contact_id"),
)

# `digest` names the token, which may be longer than an index takes.
device = Table(
    "device",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("contact_id", Number, ForeignKey("contact.id"), nullable=False),
    Column("platform", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("app", Text),
    Column("external_id", Text),
    Column("details", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("dead_at", Moment),
    UniqueConstraint("project_id", "digest"),
    Index(None, "project_id", "contact_id"),
)

field = Table(
    "field",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("allowed", Json),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("project_id", "key"),
)

# A log: read forward by (epoch, position), as the event log is. No foreign keys, and a line
# outlives the person it tells of.
contact_change = Table(
    "contact_change",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("kind", Text, nullable=False),
    Column("fields", Json, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "project_id", "contact_id", "position"),
    Index("ix_contact_change_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)
