"""Tables of the workflows slice."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from beckon.storage.schema import Json, Moment, Number, metadata

workflow = Table(
    "workflow",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("trigger_key", Text, nullable=False),
    Column("listens_since", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Index(None, "project_id", "trigger_key"),
)

workflow_version = Table(
    "workflow_version",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("workflow_id", Number, ForeignKey("workflow.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("definition", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("workflow_id", "number"),
)

# `due_at` is empty once a run has ended, so that its index holds what still moves.
run = Table(
    "run",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("workflow_id", Number, nullable=False),
    Column("version_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("wake_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("data", Json, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    UniqueConstraint("workflow_id", "key"),
    Index(None, "due_at"),
    Index(None, "project_id", "contact_id"),
)
