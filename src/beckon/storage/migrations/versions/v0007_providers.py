"""Providers a project sends through, and the secrets of their reports."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "provider",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", schema.Json(), nullable=False),
        sa.Column("secret_names", schema.Json(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rate_per_second", sa.Integer(), nullable=True),
        sa.Column("connections_max", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("report_token", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fault_at", schema.Moment(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_provider_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provider"),
        sa.UniqueConstraint("report_token", name="uq_provider_report_token"),
    )
    op.create_index(
        "ix_provider_project_id_channel_position",
        "provider",
        ["project_id", "channel", "position"],
    )
    op.create_table(
        "inbound_secret",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_before", sa.LargeBinary(), nullable=True),
        sa.Column("before_until", schema.Moment(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_inbound_secret_project_id"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_inbound_secret"),
    )
    op.create_table(
        "inbound_seen",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_inbound_seen_project_id"),
        sa.PrimaryKeyConstraint("project_id", "key", name="pk_inbound_seen"),
    )
    op.create_index("ix_inbound_seen_at", "inbound_seen", ["at"])
