"""The tables of the analytics store as values, and their DDL for one node or a cluster.

A contact of 0 is nobody; campaign, workflow and template 0 are none. Money is in minor units.
Invariant: nothing is true only here. Whatever stands in these tables can be made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MOMENT = "DateTime64(3, 'UTC')"
WORD = "LowCardinality(String)"
TYPED_MAPS = {
    "strings": f"Map({WORD}, String)",
    "numbers": f"Map({WORD}, Float64)",
    "booleans": f"Map({WORD}, UInt8)",
    "times": f"Map({WORD}, {MOMENT})",
    "lists": f"Map({WORD}, Array(String))",
}
"""What `kit.typed.flatten` makes of properties, a column a kind."""

# A batch that comes again under its token is left out while it is among the last so many.
DEDUPLICATION_WINDOW = 10_000

_PLAIN = f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}"
_REPLICATED = f"replicated_deduplication_window = {DEDUPLICATION_WINDOW}"
# What was acknowledged outlives a power cut: the state store has forgotten it was ever to be sent.
_DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1"


@dataclass(frozen=True, slots=True, eq=False)
class AnalyticsTable:
    """One table: its columns with their types, its order, and which rows stand for one thing.

    `version` names the column by which a later row of the same key replaces an earlier one, and
    `tombstone` the one that takes the key away; such tables are asked with FINAL.
    """

    name: str
    columns: Mapping[str, str]
    order: tuple[str, ...]
    partition: str | None = None
    version: str | None = None
    tombstone: str | None = None


EVENT = AnalyticsTable(
    "event",
    {
        "project_id": "UInt64",
        "name": WORD,
        "contact_id": "UInt64",
        "at": MOMENT,
        "id": "UUID",
        "position": "UInt64",
        **TYPED_MAPS,
    },
    order=("project_id", "name", "contact_id", "at", "id"),
    partition="toYYYYMM(at)",
)

CONTACT = AnalyticsTable(
    "contact",
    {
        "project_id": "UInt64",
        "contact_id": "UInt64",
        "version": "UInt64",
        "is_erased": "UInt8",
        "external_id": "Nullable(String)",
        "email": "Nullable(String)",
        "phone": "Nullable(String)",
        "first_name": "Nullable(String)",
        "last_name": "Nullable(String)",
        "language": "Nullable(String)",
        "time_zone": "Nullable(String)",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "last_seen_at": f"Nullable({MOMENT})",
        "addressed": f"Array({WORD})",
        "confirmed": f"Array({WORD})",
        "subscribed": f"Array({WORD})",
        **TYPED_MAPS,
    },
    order=("project_id", "contact_id"),
    version="version",
    tombstone="is_erased",
)

MEMBERSHIP = AnalyticsTable(
    "membership",
    {
        "project_id": "UInt64",
        "segment_id": "UInt64",
        "contact_id": "UInt64",
        "version": "UInt64",
        "is_member": "UInt8",
        "since": MOMENT,
        "until": f"Nullable({MOMENT})",
    },
    order=("project_id", "segment_id", "contact_id"),
    version="version",
)

OUTCOME = AnalyticsTable(
    "outcome",
    {
        "project_id": "UInt64",
        "kind": WORD,
        "contact_id": "UInt64",
        "at": MOMENT,
        "message_id": "UUID",
        "channel": WORD,
        "template_id": "UInt64",
        "campaign_id": "UInt64",
        "workflow_id": "UInt64",
        "variant": WORD,
        "domain": WORD,
        "link": "String",
        "is_machine": "UInt8",
        "reason": "String",
    },
    order=("project_id", "kind", "contact_id", "at"),
    partition="toYYYYMM(at)",
)

PURCHASE = AnalyticsTable(
    "purchase",
    {
        "project_id": "UInt64",
        "order_id": "UInt64",
        "contact_id": "UInt64",
        "version": "UInt64",
        "external_id": "String",
        "status": WORD,
        "total": "Int64",
        "currency": WORD,
        "placed_at": MOMENT,
        "product_ids": "Array(String)",
        "categories": "Array(String)",
        "quantities": "Array(Float64)",
        "prices": "Array(Int64)",
    },
    order=("project_id", "contact_id", "order_id"),
    version="version",
)

TABLES = (EVENT, CONTACT, MEMBERSHIP, OUTCOME, PURCHASE)

ORIGIN = AnalyticsTable("origin", {"id": "UUID"}, order=("id",))
"""One row that says which store this is; a state store that knows another one starts over."""


def create_statement(table: AnalyticsTable, *, suffix: str = "", cluster: str | None = None) -> str:
    """Write the CREATE TABLE that is harmless where the table stands already.

    With a cluster the tables are replicated by its Keeper, one shard; see docs/analytics.md.
    """
    columns = ",\n  ".join(f"{name} {kind}" for name, kind in table.columns.items())
    partition = f"\nPARTITION BY {table.partition}" if table.partition else ""
    return (
        f"CREATE TABLE IF NOT EXISTS {table.name}{suffix}{_on(cluster)} (\n  {columns}\n)\n"
        f"ENGINE = {_engine(table, is_replicated=cluster is not None)}{partition}\n"
        f"ORDER BY ({', '.join(table.order)})\n"
        f"SETTINGS {_REPLICATED if cluster else _PLAIN}, {_DURABLE}"
    )


def drop_statement(table: AnalyticsTable, *, suffix: str = "", cluster: str | None = None) -> str:
    """Write the DROP TABLE that is harmless where there is none."""
    return f"DROP TABLE IF EXISTS {table.name}{suffix}{_on(cluster)} SYNC"


def truncate_statement(table: AnalyticsTable, *, cluster: str | None = None) -> str:
    """Write the TRUNCATE."""
    return f"TRUNCATE TABLE {table.name}{_on(cluster)} SYNC"


def swap_statement(table: AnalyticsTable, *, suffix: str, cluster: str | None = None) -> str:
    """Write the exchange of a table with its twin of that suffix, in one moment for all readers."""
    return f"EXCHANGE TABLES {table.name} AND {table.name}{suffix}{_on(cluster)}"


def _engine(table: AnalyticsTable, *, is_replicated: bool) -> str:
    arguments = [column for column in (table.version, table.tombstone) if column]
    kind = "ReplacingMergeTree" if arguments else "MergeTree"
    if is_replicated:
        # The path holds the table's own UUID, so that a rebuilt twin never meets the old one.
        places = ["'/clickhouse/tables/{uuid}/{shard}'", "'{replica}'"]
        return f"Replicated{kind}({', '.join([*places, *arguments])})"
    return f"{kind}({', '.join(arguments)})"


def _on(cluster: str | None) -> str:
    return f" ON CLUSTER {cluster}" if cluster else ""
