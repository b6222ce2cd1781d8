"""Tables of the orders slice. `order` is a word of SQL, so an order's row is a purchase."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from beckon.storage.schema import Json, LogEpoch, Moment, Number, metadata

# Items are read and written with their order, never by themselves: the analytics store has them
# in columns.
purchase = Table(
    "purchase",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project_id", Number, ForeignKey("project.id"), nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("items", Json, nullable=False),
    Column("details", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("project_id", "external_id"),
    Index(None, "project_id", "contact_id", "placed_at"),
    Index(None, "project_id", "id"),
    Index(None, "project_id", "status", "id"),
)

# A log: read forward by (epoch, position), as the event log is.
purchase_change = Table(
    "purchase_change",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("contact_id", Number, nullable=False),
    Column("purchase_id", Number, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "project_id", "purchase_id", "position"),
    Index(None, "project_id", "contact_id"),
    Index("ix_purchase_change_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)
