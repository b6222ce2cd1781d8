"""SQL that reads providers. Public: any room above may ask, and gets model values."""

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.providers import tables
from beckon.domain.providers.model import Inbound, ProviderId, ProviderKind, StoredProvider
from beckon.kit.clock import to_ms
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000


class ProviderUnknown(Unknown):
    """No such provider in this project."""

    code = "provider_unknown"


def get_provider(tx: Tx, project_id: ProjectId, provider_id: ProviderId) -> StoredProvider:
    """Return one provider. Raises ProviderUnknown."""
    row = tx.execute(
        select(tables.provider).where(
            tables.provider.c.project_id == project_id, tables.provider.c.id == provider_id
        )
    ).one_or_none()
    if row is None:
        raise ProviderUnknown(f"There is no provider prov_{provider_id}.")
    return _provider(row)


def list_providers(
    tx: Tx, project_id: ProjectId, channel: Channel | None = None
) -> list[StoredProvider]:
    """List the project's providers by channel and preference, inactive ones too; at most 1,000."""
    asked = select(tables.provider).where(tables.provider.c.project_id == project_id)
    if channel is not None:
        asked = asked.where(tables.provider.c.channel == channel)
    columns = (tables.provider.c.channel, tables.provider.c.position, tables.provider.c.id)
    return [_provider(row) for row in tx.execute(asked.order_by(*columns).limit(LIST_MAX))]


def find_stamp(tx: Tx, project_id: ProjectId, channel: Channel) -> tuple[int, int]:
    """Give what changes whenever a provider of this channel comes, goes or changes.

    The number of providers and the latest change; cheap enough to be asked every second.
    """
    row = tx.execute(
        select(func.count().label("total"), func.max(tables.provider.c.updated_at).label("last"))
        .select_from(tables.provider)
        .where(tables.provider.c.project_id == project_id, tables.provider.c.channel == channel)
    ).one()
    return row.total, 0 if row.last is None else to_ms(row.last)


def find_by_report_token_any_project(tx: Tx, token: str) -> StoredProvider | None:
    """Find the provider that reports under this token."""
    row = tx.execute(
        select(tables.provider).where(tables.provider.c.report_token == token)
    ).one_or_none()
    return None if row is None else _provider(row)


def find_inbound(tx: Tx, project_id: ProjectId) -> Inbound | None:
    """Find the project's secrets for reports; None where none was made."""
    row = tx.execute(
        select(tables.inbound_secret).where(tables.inbound_secret.c.project_id == project_id)
    ).one_or_none()
    if row is None:
        return None
    before = None if row.sealed_before is None else bytes(row.sealed_before)
    return Inbound(
        ProjectId(row.project_id), bytes(row.sealed), before, row.before_until, row.created_at
    )


def _provider(row: Line) -> StoredProvider:
    return StoredProvider(
        ProviderId(row.id),
        ProjectId(row.project_id),
        Channel(row.channel),
        ProviderKind(row.kind),
        row.name,
        row.settings,
        tuple(row.secret_names),
        None if row.sealed is None else bytes(row.sealed),
        row.position,
        row.rate_per_second,
        row.connections_max,
        bool(row.is_active),
        row.report_token,
        row.fault,
        row.fault_at,
        row.created_at,
        row.updated_at,
    )
