"""Campaigns."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of campaigns."""
    op.create_table(
        "campaign",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paused_from", sa.Text(), nullable=True),
        sa.Column("plan", schema.Json(), nullable=False),
        sa.Column("scheduled_at", schema.Moment(), nullable=True),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", schema.Moment(), nullable=True),
        sa.Column("versions", schema.Json(), nullable=True),
        sa.Column("snapshot_to", schema.Number, nullable=False),
        sa.Column("is_snapshot_whole", sa.Boolean(), nullable=False),
        sa.Column("released_until", schema.Moment(), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("held_out", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.Column("started_at", schema.Moment(), nullable=True),
        sa.Column("finished_at", schema.Moment(), nullable=True),
        sa.Column("deleted_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_campaign_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
    )
    op.create_index("ix_campaign_due_at", "campaign", ["due_at"])
    op.create_index("ix_campaign_project_id_id", "campaign", ["project_id", "id"])
    op.create_table(
        "campaign_holdout",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("campaign_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("contact_id", schema.Number, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "contact_id", name="pk_campaign_holdout"),
    )
    op.create_index(
        "ix_campaign_holdout_project_id_contact_id",
        "campaign_holdout",
        ["project_id", "contact_id"],
    )
