"""Outgoing webhooks."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add webhooks and what is told them; the consent log is read forward by them."""
    op.create_table(
        "webhook",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", schema.Json(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_webhook_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_index("ix_webhook_project_id", "webhook", ["project_id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", schema.Uuid(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("webhook_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("data", schema.Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", schema.Moment(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("ended_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_webhook_delivery_project_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.UniqueConstraint("webhook_id", "key", name="uq_webhook_delivery_webhook_id_key"),
    )
    op.create_index(
        "ix_webhook_delivery_project_id_webhook_id_created_at",
        "webhook_delivery",
        ["project_id", "webhook_id", "created_at"],
    )
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["due_at", "webhook_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
