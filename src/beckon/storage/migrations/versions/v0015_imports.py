"""Lists of people that come in, events told as history, notes about templates."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make three tables from nothing, and room for two words of events and messages."""
    op.add_column("event", sa.Column("is_history", sa.Boolean()))
    op.add_column("message", sa.Column("language", sa.Text()))
    op.create_table(
        "template_note",
        sa.Column("template_id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("note", schema.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name="fk_template_note_template_id"
        ),
        sa.PrimaryKeyConstraint("template_id", name="pk_template_note"),
    )
    op.create_table(
        "contact_import",
        sa.Column("id", schema.Uuid(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("wish", schema.Json()),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact_import"),
    )
    op.create_index("ix_contact_import_status", "contact_import", ["status"])
    op.create_table(
        "contact_import_row",
        sa.Column("import_id", schema.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("matched_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "place", name="pk_contact_import_row"),
    )
    op.create_index(
        "ix_contact_import_row_project_id_contact_id",
        "contact_import_row",
        ["project_id", "contact_id"],
    )
