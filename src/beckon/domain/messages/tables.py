"""Tables of the messages slice."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from beckon.storage.schema import Json, LogEpoch, Moment, Number, Uuid, metadata


def _where(name: str, *columns: str, present: str, is_unique: bool = False) -> Index:
    """Index only the rows that have a value there, so that what has ended weighs nothing."""
    condition = text(f"{present} IS NOT NULL")
    return Index(
        name, *columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition
    )


_OF_NO_CAMPAIGN = text("campaign_id IS NULL")

# `due_at` is when a worker may next take the message: empty once it was submitted, and moved
# ahead while a worker holds it, so that its index holds what is still to do and leases end by
# themselves. `send_at` is the plan of a campaign's message that was not let go yet: either of the
# two is empty. `tried_since` is when it was first handed over since somebody last wanted it sent.
message = Table(
    "message",
    metadata,
    Column("position", Number, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("project_id", Number, nullable=False),
    Column("key", Text, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("category", Text),
    Column("campaign_id", Number),
    Column("variant", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("version_id", Number, nullable=False),
    Column("data", Json, nullable=False),
    Column("address", Text),
    Column("sender", Text),
    Column("subject", Text),
    Column("workflow_id", Number),
    Column("run_id", Number),
    Column("external_request_id", Text),
    Column("language", Text),
    Column("provider", Text),
    Column("provider_id", Text),
    Column("is_repeatable", Integer),
    Column("is_resent", Integer),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", Text),
    Column("send_at", Moment),
    Column("due_at", Moment),
    Column("expires_at", Moment),
    Column("resolve_at", Moment),
    Column("tried_since", Moment),
    Column("submitted_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("accepted_at", Moment),
    UniqueConstraint("project_id", "key"),
    Index(None, "project_id", "position"),
    Index(None, "project_id", "contact_id", "position"),
    Index(None, "project_id", "state", "position"),
    # A campaign's messages come by the million; among them the single ones are found by this.
    Index(
        "ix_message_single",
        "project_id",
        "position",
        sqlite_where=_OF_NO_CAMPAIGN,
        postgresql_where=_OF_NO_CAMPAIGN,
    ),
    _where("ix_message_due", "lane", "project_id", "due_at", present="due_at"),
    _where("ix_message_worker", "worker", present="worker"),
    _where("ix_message_resolve_at", "resolve_at", present="resolve_at"),
    _where("ix_message_provider_id", "project_id", "provider_id", present="provider_id"),
    _where("ix_message_send_at", "campaign_id", "send_at", present="send_at"),
    _where(
        "ix_message_campaign_id",
        "campaign_id",
        "variant",
        "state",
        present="campaign_id",
    ),
)

# A log: read forward by (epoch, position). What is queued has no line, for the message itself
# tells when; a campaign's message has none for being handed over either. `heard` keeps a
# provider's word from counting twice.
message_change = Table(
    "message_change",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text),
    Column("heard", Text),
    Index(None, "message_id"),
    _where("uq_message_change_heard", "message_id", "heard", present="heard", is_unique=True),
    Index("ix_message_change_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)

message_copy = Table(
    "message_copy",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# Nothing of a project leaves while it has a row here; project 0 stands for all of them.
sending_hold = Table(
    "sending_hold",
    metadata,
    Column("project_id", Number, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

sending_policy = Table(
    "sending_policy",
    metadata,
    Column("project_id", Number, primary_key=True, autoincrement=False),
    Column("policy", Json, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

# One row: when some worker last looked for work, so that an outage is seen for what it was, and
# which store this is, so that a copy of it notices that it is one.
sending_pulse = Table(
    "sending_pulse",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("store", Text),
)
