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
