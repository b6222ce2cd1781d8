"""Consent, suppression and what people open and click."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of consent, activity, sending domains and the use of secret keys."""
    _make_standings()
    _make_entries()
    _make_categories()
    _make_activity()
    _make_domains()
    op.create_table(
        "secret_key_use",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("first_used_at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_secret_key_use"),
    )


def _make_standings() -> None:
    op.create_table(
        "consent_key",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("key", sa.LargeBinary(), server_default=schema.Dice(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_consent_key_project_id"),
        sa.PrimaryKeyConstraint("project_id", name="pk_consent_key"),
    )
    op.create_table(
        "standing",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("unsubscribed_at", schema.Moment(), nullable=True),
        sa.Column("suppression", sa.Text(), nullable=True),
        sa.Column("suppressed_at", schema.Moment(), nullable=True),
        sa.Column("soft_bounces", sa.Integer(), nullable=False),
        sa.Column("soft_since", schema.Moment(), nullable=True),
        sa.Column("blocked_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_standing_project_id"),
        sa.PrimaryKeyConstraint("project_id", "channel", "digest", name="pk_standing"),
    )
    op.create_index("ix_standing_project_id_blocked_at", "standing", ["project_id", "blocked_at"])
    op.create_table(
        "project_consent",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("postal_address", sa.Text(), nullable=True),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_project_consent_project_id"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_consent"),
    )


def _make_entries() -> None:
    op.create_table(
        "consent_entry",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("contact_id", schema.Number, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("details", schema.Json(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_consent_entry_project_id"),
        sa.PrimaryKeyConstraint("position", name="pk_consent_entry"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_consent_entry_epoch_position", "consent_entry", ["epoch", "position"])
    op.create_index(
        "ix_consent_entry_project_id_digest_at", "consent_entry", ["project_id", "digest", "at"]
    )
    op.create_index(
        "ix_consent_entry_project_id_contact_id_position",
        "consent_entry",
        ["project_id", "contact_id", "position"],
    )


def _make_categories() -> None:
    op.create_table(
        "category",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_opt_in", sa.Boolean(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_category_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_category"),
        sa.UniqueConstraint("project_id", "key", name="uq_category_project_id_key"),
    )
    op.create_table(
        "category_choice",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("category_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("is_subscribed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name="fk_category_choice_category_id"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_category_choice_project_id"
        ),
        sa.PrimaryKeyConstraint("category_id", "contact_id", name="pk_category_choice"),
    )
    op.create_index(
        "ix_category_choice_project_id_contact_id", "category_choice", ["project_id", "contact_id"]
    )


def _make_activity() -> None:
    op.create_table(
        "message_activity",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("message_id", schema.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("is_machine", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_message_activity"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_message_activity_project_id_contact_id_position",
        "message_activity",
        ["project_id", "contact_id", "position"],
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_message_activity_epoch_position", "message_activity", ["epoch", "position"]
        )


def _make_domains() -> None:
    op.create_table(
        "sending_domain",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("selector", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_sending_domain_project_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sending_domain"),
        sa.UniqueConstraint(
            "project_id", "domain", "selector", name="uq_sending_domain_project_id_domain_selector"
        ),
    )
