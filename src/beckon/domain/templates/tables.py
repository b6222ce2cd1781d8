"""Tables of the templates slice."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from beckon.storage.schema import Json, Moment, Number, metadata

template = Table(
    "template",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("tags", Json, nullable=False),
    Column("is_ai", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Index(None, "project_id"),
)

# Words of a single message are a version without template and number; their digest finds them.
template_version = Table(
    "template_version",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("template_id", Number, ForeignKey("template.id")),
    Column("number", Integer),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("plain", Text),
    Column("preheader", Text),
    # Language code → the words in it; what the text is for; what a note has besides its text.
    Column("translations", Json),
    Column("treatment", Json),
    Column("details", Json),
    Column("digest", LargeBinary),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("template_id", "number"),
    UniqueConstraint("project_id", "digest"),
)

# What its text has no place for and a caller wants remembered, in the caller's words.
template_note = Table(
    "template_note",
    metadata,
    Column("template_id", Number, ForeignKey("template.id"), primary_key=True),
    Column("project_id", Number, nullable=False),
    Column("note", Json, nullable=False),
)
