"""Orders, and a log of their changes."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables from nothing."""
    op.create_table(
        "purchase",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("placed_at", schema.Moment(), nullable=False),
        sa.Column("items", schema.Json(), nullable=False),
        sa.Column("details", schema.Json(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_purchase_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purchase"),
        sa.UniqueConstraint("project_id", "external_id", name="uq_purchase_project_id_external_id"),
    )
    op.create_index(
        "ix_purchase_project_id_contact_id_placed_at",
        "purchase",
        ["project_id", "contact_id", "placed_at"],
    )
    op.create_table(
        "purchase_change",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("purchase_id", schema.Number, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_purchase_change"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_purchase_change_project_id_purchase_id_position",
        "purchase_change",
        ["project_id", "purchase_id", "position"],
    )
    op.create_index(
        "ix_purchase_change_project_id_contact_id", "purchase_change", ["project_id", "contact_id"]
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_purchase_change_epoch_position", "purchase_change", ["epoch", "position"]
        )
