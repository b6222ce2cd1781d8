"""Events that must tell certain parameters; repeats that a project has refused."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make a table from nothing, and room for a project's choice."""
    op.add_column("project", sa.Column("refuses_repeats", sa.Boolean()))
    op.create_table(
        "required_parameter",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_required_parameter_project_id"
        ),
        sa.PrimaryKeyConstraint("project_id", "name_key", "name", name="pk_required_parameter"),
    )
