"""Tables of the campaigns slice."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from beckon.storage.schema import Json, Moment, Number, metadata

# `due_at` is when the engine next has something to do for a campaign: empty for drafts, for what
# is paused or held, and at the end, so that its index holds only what moves.
campaign = Table(
    "campaign",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("paused_from", Text),
    Column("plan", Json, nullable=False),
    Column("scheduled_at", Moment),
    Column("is_held", Boolean, nullable=False),
    Column("reason", Text),
    Column("due_at", Moment),
    Column("versions", Json),
    Column("snapshot_to", Number, nullable=False),
    Column("is_snapshot_whole", Boolean, nullable=False),
    Column("released_until", Moment),
    Column("recipients", Integer, nullable=False),
    Column("held_out", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("deleted_at", Moment),
    Index(None, "project_id", "id"),
    Index(None, "due_at"),
)

campaign_holdout = Table(
    "campaign_holdout",
    metadata,
    Column("project_id", Number, nullable=False),
    Column("campaign_id", Number, primary_key=True),
    Column("contact_id", Number, primary_key=True),
    Index(None, "project_id", "contact_id"),
)
