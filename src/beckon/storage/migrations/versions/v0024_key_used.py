"""When each API key was last used, so that people see which ones may go."""

import sqlalchemy as sa
from alembic import op

from beckon.storage.schema import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for a moment."""
    op.add_column("api_key", sa.Column("last_used_at", Moment))
