"""Tables of the providers slice."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from beckon.storage.schema import Json, Moment, Number, metadata
from beckon.storage.sealed import sealed_for

provider = Table(
    "provider",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("settings", Json, nullable=False),
    Column("secret_names", Json, nullable=False),
    Column("sealed", LargeBinary, info=sealed_for("provider")),
    Column("position", Integer, nullable=False),
    Column("rate_per_second", Integer),
    Column("connections_max", Integer),
    Column("is_active", Boolean, nullable=False),
    Column("report_token", Text, nullable=False, unique=True),
    Column("fault", Text),
    Column("fault_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "project_id", "channel", "position"),
)

inbound_secret = Table(
    "inbound_secret",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info=sealed_for("inbound reports")),
    Column("sealed_before", LargeBinary, info=sealed_for("inbound reports")),
    Column("before_until", Moment),
    Column("created_at", Moment, nullable=False),
)

# What was taken already: the same report told again within a day has no second effect.
inbound_seen = Table(
    "inbound_seen",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)
