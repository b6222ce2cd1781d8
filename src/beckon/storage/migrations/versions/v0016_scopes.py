"""Keys that reach only so far, events deleted by period, webhooks that are told activity."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for a key's scope, a project's permission and another manner of webhooks."""
    op.add_column("api_key", sa.Column("scope", sa.Text()))
    op.add_column("project", sa.Column("deletes_past", sa.Boolean()))
    op.add_column("webhook", sa.Column("is_activity", sa.Boolean()))
    op.add_column("webhook", sa.Column("login", sa.LargeBinary()))
