"""What can be done with providers. Each action runs inside the caller's transaction.

Invariant: a secret is sealed before it is stored, and no query or answer gives it back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.accounts.rules import check_name
from beckon.domain.contacts.model import Channel
from beckon.domain.providers import checks, queries, writes
from beckon.domain.providers.kinds import KINDS, Kind
from beckon.domain.providers.model import (
    NewProvider,
    ProviderChange,
    ProviderId,
    ProviderKind,
    StoredProvider,
)
from beckon.kit import json
from beckon.kit.refusals import Conflict, Invalid
from beckon.storage.schema import Tx, lock_names

PURPOSE = "provider"
INBOUND_PURPOSE = "inbound reports"
PROVIDERS_MAX = 20
FAULT_CHARACTERS_MAX = 400
ROTATION = timedelta(hours=24)
SEEN_FOR = timedelta(hours=48)


class Vault(Protocol):
    """What seals and opens secrets; `kit.secrets.Vault` is the one in use."""

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal for one purpose."""
        ...

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Open what was sealed for this purpose."""
        ...


def create(
    tx: Tx,
    project_id: ProjectId,
    new: NewProvider,
    vault: Vault,
    *,
    report_token: str,
    actor: str,
    now: datetime,
) -> StoredProvider:
    """Add a provider behind those there are. `report_token` is fresh and random.

    Raises Invalid naming the setting, Conflict beyond 20 providers of a channel.
    """
    lock_names(tx, [f"providers {project_id}"])
    kind = _kind(new.kind, new.channel)
    others = queries.list_providers(tx, project_id, new.channel)
    if len(others) >= PROVIDERS_MAX:
        raise Conflict(f"A channel may have at most {PROVIDERS_MAX} providers.")
    defaults = {setting.name: setting.default for setting in kind.settings if setting.default}
    settings, secrets = _checked(kind, {**defaults, **new.values})
    provider_id = writes.insert_provider(
        tx,
        project_id,
        {
            "channel": new.channel,
            "kind": new.kind,
            "name": check_name(new.name, "name"),
            **_stored(settings, secrets, vault),
            "position": max((other.position for other in others), default=0) + 1,
            "rate_per_second": checks.check_rate(new.rate_per_second, "ratePerSecond"),
            "connections_max": checks.check_connections(new.connections_max, "connectionsMax"),
            "is_active": True,
            "report_token": report_token,
            "created_at": now,
            "updated_at": now,
        },
    )
    _audit(tx, project_id, actor, "provider.created", now, provider_id, new.kind)
    return queries.get_provider(tx, project_id, provider_id)


def change(
    tx: Tx,
    project_id: ProjectId,
    provider_id: ProviderId,
    asked: ProviderChange,
    vault: Vault,
    *,
    actor: str,
    now: datetime,
) -> StoredProvider:
    """Change what is given. A fault is forgotten: whoever changes a provider has looked at it.

    Raises ProviderUnknown, and Invalid naming the setting.
    """
    lock_names(tx, [f"providers {project_id}"])
    known = queries.get_provider(tx, project_id, provider_id)
    columns: dict[str, object] = {"fault": None, "fault_at": None}
    if asked.values is not None:
        columns |= _merged(known, asked.values, vault)
    if asked.name is not None:
        columns["name"] = check_name(asked.name, "name")
    if asked.limits is not None:
        columns["rate_per_second"] = checks.check_rate(asked.limits[0], "ratePerSecond")
        columns["connections_max"] = checks.check_connections(asked.limits[1], "connectionsMax")
    if asked.is_active is not None:
        columns["is_active"] = asked.is_active
    columns["updated_at"] = _after(known.updated_at, now)
    writes.update_provider(tx, project_id, provider_id, columns)
    _audit(tx, project_id, actor, "provider.changed", now, provider_id, known.kind)
    return queries.get_provider(tx, project_id, provider_id)


def delete(
    tx: Tx, project_id: ProjectId, provider_id: ProviderId, *, actor: str, now: datetime
) -> None:
    """Take a provider away, its secrets with it. Raises ProviderUnknown."""
    known = queries.get_provider(tx, project_id, provider_id)
    writes.delete_provider(tx, project_id, provider_id)
    _audit(tx, project_id, actor, "provider.deleted", now, provider_id, known.kind)


def reorder(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    ids: Sequence[ProviderId],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Prefer a channel's providers in this order. Raises Invalid unless each is named once.

    An order that is so already is neither written nor noted.
    """
    lock_names(tx, [f"providers {project_id}"])
    known = {one.id: one for one in queries.list_providers(tx, project_id, channel)}
    if sorted(ids) != sorted(known):
        raise Invalid("The order must name each provider of the channel once.")
    if list(ids) == list(known):
        return
    for position, provider_id in enumerate(ids, 1):
        stamp = _after(known[provider_id].updated_at, now)
        writes.update_provider(
            tx, project_id, provider_id, {"position": position, "updated_at": stamp}
        )
    audit(tx, project_id, actor, "provider.reordered", now, channel=channel, order=list(ids))


def note_fault(
    tx: Tx, project_id: ProjectId, provider_id: ProviderId, fault: str | None, now: datetime
) -> None:
    """Note why a provider is of no use just now; None says that it works. Unknown ones are none."""
    text = None if fault is None else fault[:FAULT_CHARACTERS_MAX]
    writes.update_provider(
        tx, project_id, provider_id, {"fault": text, "fault_at": None if text is None else now}
    )


def rotate_inbound_secret(
    tx: Tx, project_id: ProjectId, secret: str, vault: Vault, *, actor: str, now: datetime
) -> None:
    """Sign the project's reports with a new secret; the last one counts for another day."""
    known = queries.find_inbound(tx, project_id)
    writes.upsert_inbound_secret(
        tx,
        project_id,
        vault.seal(secret.encode(), INBOUND_PURPOSE),
        sealed_before=None if known is None else known.sealed,
        before_until=None if known is None else now + ROTATION,
        now=now,
    )
    audit(tx, project_id, actor, "inbound_secret.rotated", now)


def list_inbound_secrets(tx: Tx, project_id: ProjectId, vault: Vault, now: datetime) -> list[str]:
    """List the secrets that count just now, at most two, for whoever checks a signature."""
    known = queries.find_inbound(tx, project_id)
    if known is None:
        return []
    sealed = [known.sealed]
    if known.sealed_before is not None and known.before_until and now < known.before_until:
        sealed.append(known.sealed_before)
    return [vault.open(one, INBOUND_PURPOSE).decode() for one in sealed]


def take_once(tx: Tx, project_id: ProjectId, key: str, now: datetime) -> bool:
    """Tell whether a report comes for the first time in two days."""
    writes.delete_seen_any_project(tx, now - SEEN_FOR)
    return writes.insert_seen(tx, project_id, key, now)


def open_secrets(provider: StoredProvider, vault: Vault) -> dict[str, str]:
    """Open a provider's secrets, for whoever speaks to it. Raises what the vault raises."""
    if provider.sealed is None:
        return {}
    secrets: dict[str, str] = json.stored(vault.open(provider.sealed, PURPOSE).decode())
    return secrets


def _kind(kind: ProviderKind, channel: Channel) -> Kind:
    found = KINDS[kind]
    if channel not in found.channels:
        served = ", ".join(found.channels)
        raise Invalid(f"{found.label} serves {served}, not {channel}.")
    return found


def _checked(kind: Kind, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Check all that a provider is told; settings and secrets apart."""
    settings: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for name in values:
        if kind.setting(name) is None:
            known = ", ".join(setting.name for setting in kind.settings) or "none"
            raise Invalid(f"{name} is no setting of {kind.label}; there are {known}.")
    for setting in kind.settings:
        value = values.get(setting.name, "")
        if not value.strip():
            if setting.is_required:
                raise Invalid(f"{setting.name} is required by {kind.label}.")
            continue
        checked = setting.check(value, setting.name)
        (secrets if setting.is_secret else settings)[setting.name] = checked
    return {**settings, **kind.derive(secrets)}, secrets


def _merged(
    known: StoredProvider, values: Mapping[str, str | None], vault: Vault
) -> dict[str, object]:
    """Put new values over the known ones. Raises Invalid where a secret would change its reader.

    Nobody reads a secret back, so nobody may send it to a machine of his own either.
    """
    kind, kept = KINDS[known.kind], open_secrets(known, vault)
    merged = {
        name: value
        for name, value in {**known.settings, **kept, **values}.items()
        if value is not None and (kind.setting(name) or name in values)  # not what was derived
    }
    settings, secrets = _checked(kind, merged)
    moved = any(
        setting.is_target and settings.get(setting.name) != known.settings.get(setting.name)
        for setting in kind.settings
    )
    again = sorted(name for name in secrets if name in kept and name not in values)
    if moved and again:
        raise Invalid(f"{again[0]} must be given again, for it would go to another address.")
    return _stored(settings, secrets, vault)


def _stored(
    settings: Mapping[str, str], secrets: Mapping[str, str], vault: Vault
) -> dict[str, object]:
    sealed = vault.seal(json.write(dict(secrets)), PURPOSE) if secrets else None
    return {"settings": dict(settings), "secret_names": sorted(secrets), "sealed": sealed}


def _after(last: datetime, now: datetime) -> datetime:
    """Give a stamp that differs from the last one, also within one millisecond."""
    return max(now, last + timedelta(milliseconds=1))


def _audit(
    tx: Tx,
    project_id: ProjectId,
    actor: str,
    act: str,
    now: datetime,
    provider_id: ProviderId,
    kind: ProviderKind,
) -> None:
    audit(tx, project_id, actor, act, now, provider=provider_id, kind=kind)
