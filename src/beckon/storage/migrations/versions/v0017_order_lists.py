"""Orders are listed by the million: the latest told first, and those in a status."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the two ways in which the list of orders is walked."""
    op.create_index("ix_purchase_project_id_id", "purchase", ["project_id", "id"])
    op.create_index("ix_purchase_project_id_status_id", "purchase", ["project_id", "status", "id"])
