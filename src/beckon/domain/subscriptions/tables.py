"""Tables of the subscriptions slice.

Addresses are found by keyed digests, so that what must not be forgotten after an erasure (do not
write to this address) can be kept without the address.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from beckon.storage.schema import Dice, Json, LogEpoch, Moment, Number, Uuid, metadata
from beckon.storage.sealed import sealed_for

consent_key = Table(
    "consent_key",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("key", LargeBinary, nullable=False, server_default=Dice()),
)

# `blocked_at` is when the first of unsubscription and suppression came that still holds: its index
# lists them.
standing = Table(
    "standing",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("address", Text),
    Column("is_confirmed", Boolean, nullable=False),
    Column("unsubscribed_at", Moment),
    Column("suppression", Text),
    Column("suppressed_at", Moment),
    Column("soft_bounces", Integer, nullable=False),
    Column("soft_since", Moment),
    Column("blocked_at", Moment),
    Index(None, "project_id", "blocked_at"),
)

# A log: read forward by (epoch, position), as the event log is.
consent_entry = Table(
    "consent_entry",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("address", Text),
    Column("contact_id", Number),
    Column("act", Text, nullable=False),
    Column("subject", Text),
    Column("source", Text, nullable=False),
    Column("wording", Text),
    Column("details", Json, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "project_id", "digest", "at"),
    Index(None, "project_id", "contact_id", "position"),
    Index("ix_consent_entry_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)

category = Table(
    "category",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("is_opt_in", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("project_id", "key"),
)

category_choice = Table(
    "category_choice",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("category_id", Number, ForeignKey("category.id"), primary_key=True),
    Column("contact_id", Number, primary_key=True),
    Column("is_subscribed", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "project_id", "contact_id"),
)

# A log: read forward by (epoch, position), as the event log is. Found by contact alone: an index by
# message, whose ids lie anywhere, would double what noting an opening costs.
message_activity = Table(
    "message_activity",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("link", Text),
    Column("is_machine", Boolean, nullable=False),
    Index(None, "project_id", "contact_id", "position"),
    Index("ix_message_activity_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)

project_consent = Table(
    "project_consent",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("postal_address", Text),
    Column("updated_at", Moment, nullable=False),
)

sending_domain = Table(
    "sending_domain",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("domain", Text, nullable=False),
    Column("selector", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False, info=sealed_for("dkim")),
    Column("public_key", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("project_id", "domain", "selector"),
)
