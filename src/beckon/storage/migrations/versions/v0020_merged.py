"""Who was which visitor is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the few contacts that became others."""
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_contact_merged_into",
        "contact",
        ["project_id", "merged_into"],
        sqlite_where=merged,
        postgresql_where=merged,
    )
