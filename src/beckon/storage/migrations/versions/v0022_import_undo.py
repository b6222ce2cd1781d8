"""What an import did is kept apart from what others did, so that it can be undone."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note more of imports and their rows; make two tables from nothing."""
    op.add_column("contact_import", sa.Column("name", sa.Text()))
    op.add_column("contact_import", sa.Column("actor", sa.Text()))
    op.create_index("ix_contact_import_project_id_id", "contact_import", ["project_id", "id"])
    op.add_column("contact_import_row", sa.Column("is_new", sa.Boolean()))
    op.add_column("contact_import_row", sa.Column("changes_seen", schema.Number))
    op.add_column("contact_import_row", sa.Column("events_seen", schema.Number))
    op.create_table(
        "contact_import_place",
        sa.Column("import_id", schema.Uuid(), nullable=False),
        sa.Column("contact_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("segment_id", schema.Number, autoincrement=False, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("since", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint(
            "import_id", "contact_id", "segment_id", name="pk_contact_import_place"
        ),
    )
    op.create_index(
        "ix_contact_import_place_project_id_contact_id",
        "contact_import_place",
        ["project_id", "contact_id"],
    )
    op.create_table(
        "contact_import_undo",
        sa.Column("import_id", schema.Uuid(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("taken_off", sa.Integer(), nullable=False),
        sa.Column("ended_at", schema.Moment()),
        sa.PrimaryKeyConstraint("import_id", name="pk_contact_import_undo"),
    )
    op.create_index("ix_contact_import_undo_ended_at", "contact_import_undo", ["ended_at"])
