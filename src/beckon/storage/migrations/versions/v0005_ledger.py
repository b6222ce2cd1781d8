"""The whole ledger of a message, and what holds or shapes sending."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make messages, their ledger and copies, and what sending is governed by."""
    _make_messages()
    _make_ledger()
    _make_governors()


def _make_messages() -> None:
    op.create_table(
        "message",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("id", schema.Uuid(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("campaign_id", schema.Number, nullable=True),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version_id", schema.Number, nullable=False),
        sa.Column("data", schema.Json(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("workflow_id", schema.Number, nullable=True),
        sa.Column("run_id", schema.Number, nullable=True),
        sa.Column("external_request_id", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("is_repeatable", sa.Integer(), nullable=True),
        sa.Column("is_resent", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("send_at", schema.Moment(), nullable=True),
        sa.Column("due_at", schema.Moment(), nullable=True),
        sa.Column("expires_at", schema.Moment(), nullable=True),
        sa.Column("resolve_at", schema.Moment(), nullable=True),
        sa.Column("tried_since", schema.Moment(), nullable=True),
        sa.Column("submitted_at", schema.Moment(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("changed_at", schema.Moment(), nullable=False),
        sa.Column("accepted_at", schema.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_message"),
        sa.UniqueConstraint("id", name="uq_message_id"),
        sa.UniqueConstraint("project_id", "key", name="uq_message_project_id_key"),
    )
    op.create_index("ix_message_project_id_position", "message", ["project_id", "position"])
    op.create_index(
        "ix_message_project_id_contact_id_position",
        "message",
        ["project_id", "contact_id", "position"],
    )
    op.create_index(
        "ix_message_project_id_state_position", "message", ["project_id", "state", "position"]
    )
    _index("ix_message_due", "message", ["lane", "project_id", "due_at"], "due_at")
    _index("ix_message_worker", "message", ["worker"], "worker")
    _index("ix_message_resolve_at", "message", ["resolve_at"], "resolve_at")
    _index("ix_message_provider_id", "message", ["project_id", "provider_id"], "provider_id")
    _index("ix_message_send_at", "message", ["campaign_id", "send_at"], "send_at")
    _index("ix_message_campaign_id", "message", ["campaign_id", "variant", "state"], "campaign_id")


def _make_ledger() -> None:
    op.create_table(
        "message_change",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("message_id", schema.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("heard", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_message_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_change_message_id", "message_change", ["message_id"])
    _index(
        "uq_message_change_heard",
        "message_change",
        ["message_id", "heard"],
        "heard",
        is_unique=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_message_change_epoch_position", "message_change", ["epoch", "position"])
    op.create_table(
        "message_copy",
        sa.Column("message_id", schema.Uuid(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_copy"),
    )


def _make_governors() -> None:
    op.create_table(
        "sending_hold",
        sa.Column("project_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_sending_hold"),
    )
    op.create_table(
        "sending_policy",
        sa.Column("project_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("policy", schema.Json(), nullable=False),
        sa.Column("changed_at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_sending_policy"),
    )
    op.create_table(
        "sending_pulse",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.Column("store", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sending_pulse"),
    )


def _index(
    name: str, table: str, columns: list[str], present: str, *, is_unique: bool = False
) -> None:
    condition = sa.text(f"{present} IS NOT NULL")
    op.create_index(
        name,
        table,
        columns,
        unique=is_unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
