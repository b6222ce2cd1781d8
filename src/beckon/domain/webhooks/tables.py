"""Tables of the webhooks slice."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from beckon.storage.schema import Json, Moment, Number, Uuid, metadata
from beckon.storage.sealed import sealed_for

PURPOSE = "webhook"

_WAITING = text("due_at IS NOT NULL")

webhook = Table(
    "webhook",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False, info=sealed_for(PURPOSE)),
    Column("fault", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("is_activity", Boolean),
    Column("login", LargeBinary, info=sealed_for(PURPOSE)),
    Index(None, "project_id"),
)

# `key` tells what is told apart, so that reading a log twice tells nothing twice; `due_at` is when
# it may next be tried, moved ahead while somebody tries, and empty once it is over.
webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("webhook_id", Number, nullable=False),
    Column("key", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("data", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment),
    Column("answered", Integer),
    Column("answer", Text),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    UniqueConstraint("webhook_id", "key"),
    Index(None, "project_id", "webhook_id", "created_at"),
    Index(None, "created_at"),
    Index(
        "ix_webhook_delivery_due",
        "due_at",
        "webhook_id",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
)
