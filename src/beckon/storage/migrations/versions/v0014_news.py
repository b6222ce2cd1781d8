"""News and the in-app inbox."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "news_item",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("published_at", schema.Moment()),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_news_item_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_news_item"),
    )
    op.create_index(
        "ix_news_item_project_id_is_published_published_at",
        "news_item",
        ["project_id", "is_published", "published_at"],
    )
    op.create_table(
        "inbox_item",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("message_id", schema.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link_url", sa.Text()),
        sa.Column("image_url", sa.Text()),
        sa.Column("data", schema.Json(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("opened_at", schema.Moment()),
        sa.Column("clicked_at", schema.Moment()),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_inbox_item_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_item"),
        sa.UniqueConstraint("project_id", "message_id", name="uq_inbox_item_project_id_message_id"),
    )
    op.create_index(
        "ix_inbox_item_project_id_contact_id_id",
        "inbox_item",
        ["project_id", "contact_id", "id"],
    )
    op.create_table(
        "identity_secret",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_identity_secret_project_id"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_identity_secret"),
    )
