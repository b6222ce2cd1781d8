"""One provider: its form, by kind, and the message that tries it out."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.pages.channels import find_provider
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Deferred, Outcome, Rejected, Sent
from beckon.domain.providers import actions
from beckon.domain.providers.kinds import KINDS, Kind
from beckon.domain.providers.model import (
    NewProvider,
    ProviderChange,
    ProviderKind,
    StoredProvider,
)
from beckon.kit.keys import new_p256_key
from beckon.kit.refusals import Invalid

LIMITS = ("rate_per_second", "connections_max")


async def show_new(visit: Visit) -> Response:
    """Answer GET /channels/new?channel=…&kind=…."""
    visit.check_admin()
    channel, kind = _chosen(visit)
    filled = {setting.name: setting.default for setting in kind.settings}
    return _form(visit, channel, kind, {"name": kind.label, **filled})


async def create(visit: Visit) -> Response:
    """Answer POST /channels/new?channel=…&kind=…."""
    visit.check_admin()
    channel, kind = _chosen(visit)
    form = await _read(visit, kind)
    values = _values(form, kind)
    if kind.kind is ProviderKind.WEB_PUSH:
        values.setdefault("private_key", new_p256_key())
    try:
        rate, connections = _limits(form)
        new = NewProvider(channel, kind.kind, form["name"], values, rate, connections)
        await visit.house.state.write(
            partial(
                actions.create,
                project_id=visit.session.project.id,
                new=new,
                vault=visit.house.vault,
                report_token=visit.house.new_token(),
                actor=visit.session.person.email,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return _form(visit, channel, kind, form, error=refused.message)
    return _saved()


async def show(visit: Visit) -> Response:
    """Answer GET /channels/{id}."""
    stored = await find_provider(visit)
    return _form(visit, stored.channel, KINDS[stored.kind], _filled(stored), stored=stored)


async def change(visit: Visit) -> Response:
    """Answer POST /channels/{id}; a secret that is left empty stays as it is."""
    stored = await find_provider(visit)
    kind = KINDS[stored.kind]
    form = await _read(visit, kind)
    try:
        asked = ProviderChange(values=_changed(form, kind), name=form["name"], limits=_limits(form))
        await visit.house.state.write(
            partial(
                actions.change,
                project_id=stored.project_id,
                provider_id=stored.id,
                asked=asked,
                vault=visit.house.vault,
                actor=visit.session.person.email,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return _form(visit, stored.channel, kind, form, stored=stored, error=refused.message)
    return _saved()


async def try_out(visit: Visit) -> Response:
    """Answer POST /channels/{id}/test: send one message now, and show what came of it."""
    stored = await find_provider(visit)
    to = (await visit.form("to"))["to"]
    try:
        outcome = await visit.house.outside.try_out(stored.project_id, stored.id, to)
    except Invalid as refused:
        told = ("danger", refused.message)
    else:
        told = _told(outcome)
    kind, filled = KINDS[stored.kind], _filled(stored)
    return _form(visit, stored.channel, kind, filled, stored=stored, to=to, told=told)


def _form(
    visit: Visit,
    channel: Channel,
    kind: Kind,
    form: Mapping[str, str],
    *,
    stored: StoredProvider | None = None,
    error: str = "",
    to: str = "",
    told: tuple[str, str] | None = None,
) -> Response:
    return visit.page(
        "channel_form.html",
        status=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        channel=channel,
        kind=kind,
        stored=stored,
        form=form,
        error=error,
        to=to,
        told=told,
    )


def _chosen(visit: Visit) -> tuple[Channel, Kind]:
    try:
        channel = Channel(visit.asked("channel"))
        kind = KINDS[ProviderKind(visit.asked("kind"))]
    except ValueError:
        raise Invalid("channel and kind must be names that a page of ours gave.") from None
    if channel not in kind.channels:
        raise Invalid(f"{kind.label} does not serve this channel.")
    return channel, kind


async def _read(visit: Visit, kind: Kind) -> dict[str, str]:
    return await visit.form("name", *LIMITS, *(setting.name for setting in kind.settings))


def _values(form: Mapping[str, str], kind: Kind) -> dict[str, str]:
    return {
        setting.name: form[setting.name] for setting in kind.settings if form[setting.name].strip()
    }


def _changed(form: Mapping[str, str], kind: Kind) -> dict[str, str | None]:
    """Tell what the form changes: settings left empty go away, secrets left empty stay."""
    return {
        setting.name: form[setting.name] if form[setting.name].strip() else None
        for setting in kind.settings
        if form[setting.name].strip() or not setting.is_secret
    }


def _limits(form: Mapping[str, str]) -> tuple[int | None, int | None]:
    rate, connections = (_number(form[name], name) for name in LIMITS)
    return rate, connections


def _number(text: str, name: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text) > 9:
        raise Invalid(f"{name} must be a whole number.")
    return int(text)


def _filled(stored: StoredProvider) -> dict[str, str]:
    names = (setting.name for setting in KINDS[stored.kind].settings)
    limits = (stored.rate_per_second, stored.connections_max)
    return {
        "name": stored.name,
        **{name: stored.settings.get(name, "") for name in names},
        **{
            name: "" if limit is None else str(limit)
            for name, limit in zip(LIMITS, limits, strict=True)
        },
    }


def _told(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Sent(reply=reply):
            return "success", f"The provider took it. {reply}"
        case Deferred(reason=reason):
            return "warning", f"Not taken, and worth another try: {reason}"
        case Rejected(reason=reason):
            return "danger", f"Refused: {reason}"
        case _:
            return "warning", f"In doubt, perhaps sent and perhaps not: {outcome.reason}"


def _saved() -> Response:
    response = go_to("/channels")
    flashes.leave(response, flashes.PROVIDER_SAVED)
    return response


PAGES = (
    Page(path="/channels/new", get=show_new, post=create),
    Page(path="/channels/{id}", get=show, post=change),
    Page(path="/channels/{id}/test", post=try_out),
)
