"""Segments and who is in them."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of segments."""
    op.create_table(
        "segment",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", schema.Json(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("computed_at", schema.Moment(), nullable=True),
        sa.Column("due_at", schema.Moment(), nullable=True),
        sa.Column("pending", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.Column("deleted_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_segment_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
    )
    op.create_index("ix_segment_due_at", "segment", ["due_at"])
    op.create_index("ix_segment_project_id_id", "segment", ["project_id", "id"])
    op.create_table(
        "segment_member",
        sa.Column("project_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("segment_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("contact_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("since", schema.Moment(), nullable=False),
        sa.Column("until", schema.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "segment_id", "contact_id", name="pk_segment_member"),
    )
    op.create_index(
        "ix_segment_member_project_id_contact_id", "segment_member", ["project_id", "contact_id"]
    )
    op.create_table(
        "membership_change",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("segment_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("has_entered", sa.Boolean(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_membership_change"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_membership_change_project_id_contact_id_position",
        "membership_change",
        ["project_id", "contact_id", "position"],
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_membership_change_epoch_position", "membership_change", ["epoch", "position"]
        )
    op.create_table(
        "segment_size",
        sa.Column("project_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("segment_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "segment_id", "day", name="pk_segment_size"),
    )
    op.create_table(
        "segment_refresher",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("held_until", schema.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_segment_refresher"),
    )
