"""Makes the tables of the analytics store where they are missing, and tells which store it is."""

from uuid import UUID

from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.tables import ORIGIN, TABLES, create_statement, truncate_statement


async def prepare(analytics: Analytics) -> UUID:
    """Make what is missing; gives the store's own id, a new one where it was empty."""
    cluster = analytics.cluster
    await analytics.make_database()
    for table in (*TABLES, ORIGIN):
        await analytics.run(create_statement(table, cluster=cluster))
    known = "SELECT count() FROM origin"
    # One statement, so that of two processes that begin together one names the store.
    await analytics.run(f"INSERT INTO origin SELECT generateUUIDv4() WHERE ({known}) = 0")
    # Should both have done so all the same, everybody reads the same one.
    rows = await analytics.ask("SELECT min(id) FROM origin", seconds_max=10)
    origin: UUID = rows[0][0]
    return origin


async def empty(analytics: Analytics) -> None:
    """Take every row out, but not what tells which store it is."""
    for table in TABLES:
        await analytics.run(truncate_statement(table, cluster=analytics.cluster))
