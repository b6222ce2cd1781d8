"""Tables of the ai slice."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from beckon.storage.schema import Moment, Number, metadata
from beckon.storage.sealed import sealed_for

PURPOSE = "ai model"

ai_model = Table(
    "ai_model",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("base_url", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("sealed", LargeBinary, info=sealed_for(PURPOSE)),
    Column("updated_at", Moment, nullable=False),
)
