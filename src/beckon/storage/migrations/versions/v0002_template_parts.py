"""Template versions get a preview line, translations, and say how their HTML is treated."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the parts; older versions have none and are treated as before."""
    op.add_column("template_version", sa.Column("preheader", sa.Text(), nullable=True))
    op.add_column("template_version", sa.Column("translations", schema.Json(), nullable=True))
    op.add_column("template_version", sa.Column("treatment", schema.Json(), nullable=True))
    op.add_column("template_version", sa.Column("details", schema.Json(), nullable=True))
