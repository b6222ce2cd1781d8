"""Tables of the accounts slice."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from beckon.storage.schema import Json, Moment, Number, metadata
from beckon.storage.sealed import sealed_for

organisation = Table(
    "organisation",
    metadata,
    Column("id", Number, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

project = Table(
    "project",
    metadata,
    Column("id", Number, primary_key=True),
    Column("organisation_id", Number, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("retention_days", Integer),
    Column("deleted_at", Moment),
    Column("deletes_past", Boolean),
    Column("refuses_repeats", Boolean),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("scope", Text),
    Column("last_used_at", Moment),
    Index(None, "project_id"),
)

person = Table(
    "person",
    metadata,
    Column("id", Number, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

member = Table(
    "member",
    metadata,
    Column("organisation_id", Number, ForeignKey("organisation.id"), primary_key=True),
    Column("person_id", Number, ForeignKey("person.id"), primary_key=True),
    Column("role", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", Number, ForeignKey("person.id"), nullable=False),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("address", Text),
    Column("agent", Text),
    Index(None, "person_id"),
)

# Whoever bears the token may join; `sent_at` is when it was last made.
invite = Table(
    "invite",
    metadata,
    Column("id", Number, primary_key=True),
    Column("organisation_id", Number, ForeignKey("organisation.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("accepted_at", Moment),
    Column("revoked_at", Moment),
    Index(None, "organisation_id", "email_key"),
)

# The second proof of who signs in: counts once `confirmed_at` is set. `last_step` is the newest
# step whose code was taken, so that no code counts twice.
totp = Table(
    "totp",
    metadata,
    Column("person_id", Number, ForeignKey("person.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info=sealed_for("totp")),
    Column("last_step", Number, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", Number, ForeignKey("person.id"), nullable=False),
    Index(None, "person_id"),
)

setup_link = Table(
    "setup_link",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("id", Number, primary_key=True),
    Column("email_key", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "email_key", "at"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("details", Json, nullable=False),
    Index(None, "project_id", "at"),
)
