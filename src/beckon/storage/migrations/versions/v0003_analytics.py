"""How far each log is in the analytics store, and the retention of a project."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who forwards, what is on its way, and how long a project keeps its events."""
    op.create_table(
        "analytics_store",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", schema.Uuid(), nullable=True),
        sa.Column("batch", schema.Number, nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("held_until", schema.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_analytics_store"),
    )
    op.create_table(
        "analytics_batch",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("number", schema.Number, nullable=False),
        sa.Column("epoch", schema.Number, nullable=False),
        sa.Column("position", schema.Number, nullable=False),
        sa.PrimaryKeyConstraint("reader", name="pk_analytics_batch"),
    )
    op.create_table(
        "analytics_removal",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("event_id", schema.Uuid(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_analytics_removal"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_analytics_removal_epoch_position", "analytics_removal", ["epoch", "position"]
        )
    op.add_column("project", sa.Column("retention_days", sa.Integer(), nullable=True))
