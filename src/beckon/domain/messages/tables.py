"""Tables of the messages slice."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from beckon.storage.schema import Json, Moment, Number, Uuid, metadata

# `due_at` is when a worker may next take the message: empty once it was submitted, and moved
# ahead while a worker holds it, so that its index holds what is still to do and leases end by
# themselves.
message = Table(
    "message",
    metadata,
    Column("position", Number, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("project_id", Number, nullable=False),
    Column("key", Text, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("channel", Text, nullable=False),
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
    Column("provider", Text),
    Column("provider_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", Text),
    Column("due_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("accepted_at", Moment),
    UniqueConstraint("project_id", "key"),
    Index(None, "due_at"),
    Index(None, "project_id", "position"),
    Index(None, "project_id", "contact_id", "position"),
    Index(None, "project_id", "state", "position"),
    Index(None, "state", "worker"),
)

message_change = Table(
    "message_change",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text),
    Index(None, "message_id"),
)

message_copy = Table(
    "message_copy",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
