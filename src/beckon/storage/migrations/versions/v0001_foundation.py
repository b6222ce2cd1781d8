"""The foundation: accounts, contacts, events, templates, workflows."""

import sqlalchemy as sa
from alembic import op

from beckon.storage import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table from nothing."""
    op.create_table(
        "event",
        sa.Column("position", schema.Number, nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default=schema.LogEpoch(), nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("id", schema.Uuid(), nullable=False),
        sa.Column("type_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("properties", schema.Json(), nullable=False),
        sa.Column("occurred_at", schema.Moment(), nullable=False),
        sa.Column("received_at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_event"),
        sa.UniqueConstraint("id", name="uq_event_id"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_event_epoch_position", "event", ["epoch", "position"])
    op.create_index(
        "ix_event_project_id_contact_id_position", "event", ["project_id", "contact_id", "position"]
    )
    op.create_index("ix_event_project_id_position", "event", ["project_id", "position"])
    op.create_index(
        "ix_event_project_id_type_id_position", "event", ["project_id", "type_id", "position"]
    )
    op.create_table(
        "log_reader",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", schema.Number, nullable=False),
        sa.Column("position", schema.Number, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_log_reader"),
    )
    op.create_table(
        "organisation",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )
    op.create_table(
        "person",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email_key", name="uq_person_email_key"),
    )
    op.create_table(
        "run",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("workflow_id", schema.Number, nullable=False),
        sa.Column("version_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wake_at", schema.Moment(), nullable=False),
        sa.Column("due_at", schema.Moment(), nullable=True),
        sa.Column("data", schema.Json(), nullable=False),
        sa.Column("started_at", schema.Moment(), nullable=False),
        sa.Column("ended_at", schema.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("workflow_id", "key", name="uq_run_workflow_id_key"),
    )
    op.create_index("ix_run_due_at", "run", ["due_at"])
    op.create_index("ix_run_project_id_contact_id", "run", ["project_id", "contact_id"])
    op.create_table(
        "setup_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_setup_link"),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_email_key_at", "sign_in_attempt", ["email_key", "at"])
    op.create_table(
        "member",
        sa.Column("organisation_id", schema.Number, nullable=False),
        sa.Column("person_id", schema.Number, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_member_organisation_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_member_person_id"),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name="pk_member"),
    )
    op.create_table(
        "project",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("organisation_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_project_organisation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("revoked_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_api_key_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
    )
    op.create_index("ix_api_key_project_id", "api_key", ["project_id"])
    op.create_table(
        "audit_entry",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("at", schema.Moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("details", schema.Json(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_audit_entry_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_project_id_at", "audit_entry", ["project_id", "at"])
    op.create_table(
        "contact",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("properties", schema.Json(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.Column("last_seen_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_contact_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.UniqueConstraint("project_id", "external_id", name="uq_contact_project_id_external_id"),
    )
    op.create_table(
        "event_type",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_event_type_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event_type"),
        sa.UniqueConstraint("project_id", "name", name="uq_event_type_project_id_name"),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("seen_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_session_person_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_session_project_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_session"),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"])
    op.create_table(
        "template",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tags", schema.Json(), nullable=False),
        sa.Column("is_ai", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.Column("deleted_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_template_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_template"),
    )
    op.create_index("ix_template_project_id", "template", ["project_id"])
    op.create_table(
        "workflow",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("trigger_key", sa.Text(), nullable=False),
        sa.Column("listens_since", schema.Moment(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.Column("deleted_at", schema.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_workflow_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_workflow"),
    )
    op.create_index("ix_workflow_project_id_trigger_key", "workflow", ["project_id", "trigger_key"])
    op.create_table(
        "address",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("updated_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_address_contact_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_address_project_id"),
        sa.PrimaryKeyConstraint("contact_id", "kind", name="pk_address"),
    )
    op.create_index(
        "ix_address_project_id_kind_value_key", "address", ["project_id", "kind", "value_key"]
    )
    op.create_table(
        "template_version",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("template_id", schema.Number, nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_template_version_project_id"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name="fk_template_version_template_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_template_version"),
        sa.UniqueConstraint("project_id", "digest", name="uq_template_version_project_id_digest"),
        sa.UniqueConstraint("template_id", "number", name="uq_template_version_template_id_number"),
    )
    op.create_table(
        "visitor",
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("anonymous_id", sa.Text(), nullable=False),
        sa.Column("contact_id", schema.Number, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_visitor_contact_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_visitor_project_id"),
        sa.PrimaryKeyConstraint("project_id", "anonymous_id", name="pk_visitor"),
    )
    op.create_table(
        "workflow_version",
        sa.Column("id", schema.Number, nullable=False),
        sa.Column("project_id", schema.Number, nullable=False),
        sa.Column("workflow_id", schema.Number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", schema.Json(), nullable=False),
        sa.Column("created_at", schema.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_workflow_version_project_id"
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflow.id"], name="fk_workflow_version_workflow_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_workflow_version"),
        sa.UniqueConstraint("workflow_id", "number", name="uq_workflow_version_workflow_id_number"),
    )
