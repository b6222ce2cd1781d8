"""Teams, invitations, second proofs, requests told apart by a key."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what people who work together need."""
    op.add_column("project", sa.Column("deleted_at", schema.Moment(), nullable=True))
    op.add_column("session", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("session", sa.Column("agent", sa.Text(), nullable=True))
    op.create_table(
        "invite",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("organisation_id", schema.Number, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("sent_at", schema.Moment(), nullable=False),
        sa.Column("accepted_at", schema.Moment(), nullable=True),
        sa.Column("revoked_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_invite_organisation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.UniqueConstraint("digest", name="uq_invite_digest"),
    )
    op.create_index(
        "ix_invite_organisation_id_email_key", "invite", ["organisation_id", "email_key"]
    )
    op.create_table(
        "totp",
        sa.Column("person_id", schema.Number, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", schema.Number, nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("confirmed_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_totp_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_totp"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", schema.Number, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recovery_code_person_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_person_id", "recovery_code", ["person_id"])
    op.create_table(
        "kept_reply",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_kept_reply_project_id"),
        sa.PrimaryKeyConstraint("project_id", "route", "key", name="pk_kept_reply"),
    )
    op.create_index("ix_kept_reply_at", "kept_reply", ["at"])
    op.create_table(
        "ai_model",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_ai_model_project_id"),
        sa.PrimaryKeyConstraint("project_id", name="pk_ai_model"),
    )
