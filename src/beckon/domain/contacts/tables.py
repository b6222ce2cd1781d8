"""Tables of the contacts slice."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from beckon.storage.schema import Json, Moment, Number, metadata

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
    UniqueConstraint("project_id", "external_id"),
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
    Index(None, "project_id", "kind", "value_key"),
)

visitor = Table(
    "visitor",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("anonymous_id", Text, primary_key=True),
    Column("contact_id", Number, ForeignKey("contact.id"), nullable=False),
)
