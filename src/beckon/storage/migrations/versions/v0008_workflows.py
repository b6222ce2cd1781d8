"""Workflows, whole: what versions listen for, journeys, calls, dates and schedules."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let runs know what they wait for, keep the steps taken, give versions ears."""
    op.drop_index("ix_workflow_project_id_trigger_key", "workflow")
    op.drop_column("workflow", "trigger_key")
    op.add_column("workflow", sa.Column("next_at", schema.Moment(), nullable=True))
    op.add_column("workflow", sa.Column("scanned_to", schema.Number, nullable=True))
    op.add_column("workflow", sa.Column("hook_digest", sa.LargeBinary(), nullable=True))
    op.create_index("ix_workflow_project_id", "workflow", ["project_id"])
    op.create_index("ix_workflow_next_at", "workflow", ["next_at"])
    op.create_index("ix_workflow_hook_digest", "workflow", ["hook_digest"], unique=True)
    for name, kind in (
        ("entry", sa.Text()),
        ("signal", sa.Text()),
        ("arrived_at", schema.Moment()),
        ("awaits", sa.Text()),
        ("converted_at", schema.Moment()),
    ):
        op.add_column("run", sa.Column(name, kind, nullable=True))
    waiting = sa.text("awaits IS NOT NULL")
    op.create_index(
        "ix_run_awaits",
        "run",
        ["project_id", "awaits", "contact_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    _create_ears()
    _create_journeys()
    _create_calls()


def _create_ears() -> None:
    op.create_table(
        "workflow_ear",
        sa.Column("version_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["workflow_version.id"], name="fk_workflow_ear_version_id"
        ),
        sa.PrimaryKeyConstraint("version_id", "key", "role", name="pk_workflow_ear"),
    )
    op.create_index("ix_workflow_ear_project_id_key", "workflow_ear", ["project_id", "key"])


def _create_journeys() -> None:
    op.create_table(
        "run_step",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("workflow_id", schema.Number, nullable=False),
        sa.Column("version_id", schema.Number, nullable=False),
        sa.Column("run_id", schema.Number, nullable=True),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("passing", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("planned_at", schema.Moment(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_step"),
    )
    refused = sa.text("run_id IS NULL")
    op.create_index("ix_run_step_run_id", "run_step", ["run_id"])
    op.create_index(
        "ix_run_step_workflow_id_step_passing", "run_step", ["workflow_id", "step", "passing"]
    )
    op.create_index(
        "ix_run_step_refused",
        "run_step",
        ["project_id", "contact_id"],
        sqlite_where=refused,
        postgresql_where=refused,
    )


def _create_calls() -> None:
    op.create_table(
        "run_call",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("run_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("request", schema.Json(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("due_at", schema.Moment(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("answered_at", schema.Moment(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run_call"),
        sa.UniqueConstraint("run_id", "step", name="uq_run_call_run_id_step"),
    )
    op.create_index("ix_run_call_due_at", "run_call", ["due_at"])
    op.create_index("ix_run_call_project_id_contact_id", "run_call", ["project_id", "contact_id"])
    op.create_index(
        "ix_run_call_worker",
        "run_call",
        ["worker"],
        sqlite_where=sa.text("worker IS NOT NULL"),
        postgresql_where=sa.text("worker IS NOT NULL"),
    )
