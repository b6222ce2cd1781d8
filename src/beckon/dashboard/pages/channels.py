"""Channels: who carries a project's messages, and the secret of what they report.

Everybody sees the list; administrators change it. Secrets are typed in and never shown again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.providers import actions, queries
from beckon.domain.providers.kinds import KINDS, Kind, kinds_of
from beckon.domain.providers.model import ProviderChange, ProviderId, StoredProvider
from beckon.domain.providers.queries import ProviderUnknown
from beckon.storage.schema import Tx


@dataclass(frozen=True, slots=True)
class Row:
    """A provider as the list shows it; `place` counts from 1 among those of its channel."""

    stored: StoredProvider
    kind: Kind
    place: int


@dataclass(frozen=True, slots=True)
class Section:
    """One channel with its providers and the kinds that can be added."""

    channel: Channel
    rows: Sequence[Row]
    kinds: Sequence[Kind]


async def show(visit: Visit) -> Response:
    """Answer GET /channels."""
    project_id = visit.session.project.id
    sections, has_secret = await visit.house.state.read(
        lambda tx: (read_sections(tx, project_id), queries.find_inbound(tx, project_id) is not None)
    )
    return visit.page(
        "channels.html",
        sections=sections,
        may_edit=visit.may_administer,
        inbound_id=_inbound_id(visit),
        inbound_url=_inbound_url(visit),
        has_secret=has_secret,
    )


async def switch(visit: Visit) -> Response:
    """Answer POST /channels/{id}/switch: on where it was off, and off where it was on."""
    provider = await find_provider(visit)
    await _write(
        visit,
        partial(
            actions.change,
            provider_id=provider.id,
            asked=ProviderChange(is_active=not provider.is_active),
            vault=visit.house.vault,
        ),
    )
    return _saved(flashes.PROVIDER_SAVED)


async def prefer(visit: Visit) -> Response:
    """Answer POST /channels/{id}/first: prefer this one to the others of its channel."""
    provider = await find_provider(visit)

    def move(tx: Tx, project_id: ProjectId, actor: str, now: datetime) -> None:
        known = queries.list_providers(tx, project_id, provider.channel)
        order = [provider.id, *(one.id for one in known if one.id != provider.id)]
        actions.reorder(tx, project_id, provider.channel, order, actor=actor, now=now)

    await _write(visit, move)
    return _saved(flashes.PROVIDER_SAVED)


async def delete(visit: Visit) -> Response:
    """Answer POST /channels/{id}/delete."""
    provider = await find_provider(visit)
    await _write(visit, partial(actions.delete, provider_id=provider.id))
    return _saved(flashes.PROVIDER_DELETED)


async def rotate(visit: Visit) -> Response:
    """Answer POST /channels/inbound: the one page that ever shows the secret."""
    visit.check_admin()
    secret = visit.house.new_token() + visit.house.new_token()
    await _write(
        visit, partial(actions.rotate_inbound_secret, secret=secret, vault=visit.house.vault)
    )
    return visit.page("channel_secret.html", secret=secret, inbound_url=_inbound_url(visit))


async def find_provider(visit: Visit) -> StoredProvider:
    """Find the provider a path names, for an administrator. Raises ProviderUnknown, NotAllowed."""
    visit.check_admin()
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise ProviderUnknown("There is no such provider.")
    project_id = visit.session.project.id
    return await visit.house.state.read(
        lambda tx: queries.get_provider(tx, project_id, ProviderId(number))
    )


def read_sections(tx: Tx, project_id: ProjectId) -> list[Section]:
    """Read the providers of every channel, the preferred ones first."""
    found: Mapping[Channel, list[StoredProvider]] = {channel: [] for channel in Channel}
    for provider in queries.list_providers(tx, project_id):
        found[provider.channel].append(provider)
    return [
        Section(
            channel,
            [Row(one, KINDS[one.kind], place) for place, one in enumerate(stored, 1)],
            kinds_of(channel),
        )
        for channel, stored in found.items()
    ]


async def _write(visit: Visit, action: Callable[..., object]) -> None:
    project_id, actor, now = visit.session.project.id, visit.session.person.email, visit.now
    await visit.house.state.write(
        lambda tx: action(tx, project_id=project_id, actor=actor, now=now)
    )


def _saved(flash: str) -> Response:
    response = go_to("/channels")
    flashes.leave(response, flash)
    return response


def _inbound_id(visit: Visit) -> str:
    return f"prj_{visit.session.project.id}"


def _inbound_url(visit: Visit) -> str:
    return f"{visit.house.base_url}/api/v1/webhook/{_inbound_id(visit)}"


PAGES = (
    Page(path="/channels", get=show),
    Page(path="/channels/inbound", post=rotate),
    Page(path="/channels/{id}/switch", post=switch),
    Page(path="/channels/{id}/first", post=prefer),
    Page(path="/channels/{id}/delete", post=delete),
)
