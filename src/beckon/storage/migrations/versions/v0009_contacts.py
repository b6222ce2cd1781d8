"""People: addresses, devices and a log of their changes."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is known of addresses and devices, what people are found by, and the log."""
    op.add_column("contact", sa.Column("tags", schema.Json(), nullable=True))
    op.add_column("contact", sa.Column("search_key", sa.Text(), nullable=True))
    op.add_column("contact", sa.Column("deleted_at", schema.Moment(), nullable=True))
    op.add_column("contact", sa.Column("merged_into", schema.Number, nullable=True))
    op.create_index(
        "ix_contact_project_id_id_search_key", "contact", ["project_id", "id", "search_key"]
    )
    op.add_column("address", sa.Column("confirmed_at", schema.Moment(), nullable=True))
    op.add_column("address", sa.Column("source", sa.Text(), nullable=True))
    op.create_index("ix_visitor_project_id_contact_id", "visitor", ["project_id", "contact_id"])
    _make_devices()
    _make_fields()
    _make_changes()


def _make_devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("app", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("details", schema.Json(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("seen_at", schema.Moment(), nullable=False),
        sa.Column("dead_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_device_contact_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_device_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("project_id", "digest", name="uq_device_project_id_digest"),
    )
    op.create_index("ix_device_project_id_contact_id", "device", ["project_id", "contact_id"])


def _make_fields() -> None:
    op.create_table(
        "field",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("allowed", schema.Json(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_field_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_field"),
        sa.UniqueConstraint("project_id", "key", name="uq_field_project_id_key"),
    )


def _make_changes() -> None:
    op.create_table(
        "contact_change",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", schema.Json(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_contact_change"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_contact_change_project_id_contact_id_position",
        "contact_change",
        ["project_id", "contact_id", "position"],
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_contact_change_epoch_position", "contact_change", ["epoch", "position"])
