"""Who takes a file of people in, so that others know when it is left behind."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for a name."""
    op.add_column("contact_import", sa.Column("worker", sa.Text()))
