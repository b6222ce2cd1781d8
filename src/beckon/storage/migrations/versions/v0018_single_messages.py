"""Single messages are found among those of campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OF_NO_CAMPAIGN = sa.text("campaign_id IS NULL")


def upgrade() -> None:
    """Index the messages of no campaign in their order."""
    op.create_index(
        "ix_message_single",
        "message",
        ["project_id", "position"],
        sqlite_where=_OF_NO_CAMPAIGN,
        postgresql_where=_OF_NO_CAMPAIGN,
    )
