"""Tables of the news slice."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from beckon.storage.schema import Json, Moment, Number, Uuid, metadata
from beckon.storage.sealed import sealed_for

news_item = Table(
    "news_item",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("is_published", Boolean, nullable=False),
    Column("published_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "project_id", "is_published", "published_at"),
)

inbox_item = Table(
    "inbox_item",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("link_url", Text),
    Column("image_url", Text),
    Column("data", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("clicked_at", Moment),
    UniqueConstraint("project_id", "message_id"),
    Index(None, "project_id", "contact_id", "id"),
)

identity_secret = Table(
    "identity_secret",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info=sealed_for("identity")),
    Column("created_at", Moment, nullable=False),
)
