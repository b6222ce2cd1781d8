"""Dry runs that are played in the background."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables from nothing: what is played, and what it tells of single people."""
    op.create_table(
        "trial",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("workflow_id", schema.Number, nullable=False),
        sa.Column("asked", schema.Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("played", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text()),
        sa.Column("due_at", schema.Moment()),
        sa.Column("found", schema.Json()),
        sa.Column("fault", sa.Text()),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("ended_at", schema.Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_trial"),
    )
    op.create_index("ix_trial_project_id_workflow_id", "trial", ["project_id", "workflow_id"])
    op.create_index("ix_trial_due_at", "trial", ["due_at"])
    op.create_table(
        "trial_line",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("trial_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", schema.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trial_line"),
    )
    op.create_index("ix_trial_line_trial_id", "trial_line", ["trial_id"])
    op.create_index(
        "ix_trial_line_project_id_contact_id", "trial_line", ["project_id", "contact_id"]
    )
