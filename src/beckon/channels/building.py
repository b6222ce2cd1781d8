"""Makes whoever carries letters out of a project's stored settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beckon.channels.fcm.provider import FcmProvider
from beckon.channels.fcm.tokens import ServiceAccount
from beckon.channels.generic_http.provider import GenericHttpProvider
from beckon.channels.generic_http.requests import Coding, Description
from beckon.channels.http.client import HttpClient
from beckon.channels.inbox.provider import InboxProvider
from beckon.channels.infobip.provider import InfobipAccount, InfobipProvider
from beckon.channels.outbox.provider import OutboxProvider
from beckon.channels.postalynk.provider import PostalynkAccount, PostalynkProvider
from beckon.channels.project_relay import ProjectRelay
from beckon.channels.smtp.address import Security, SmtpAddress
from beckon.channels.smtp.provider import CONNECTIONS_MAX
from beckon.channels.twilio.provider import TwilioAccount, TwilioProvider
from beckon.channels.web_push.provider import WebPushProvider
from beckon.channels.web_push.vapid import Vapid
from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome, Provider
from beckon.domain.providers.model import ProviderKind, StoredProvider
from beckon.kit import json
from beckon.kit.clock import Clock
from beckon.storage.state import State


@dataclass(frozen=True, slots=True)
class Tools:
    """What providers are made with. `public_url` is where they may report to; None for nowhere."""

    state: State
    clock: Clock
    client: HttpClient
    public_url: str | None


class Unusable:
    """Stands where no provider can: takes no letter, loses none, and says why."""

    repeats_safely = True

    def __init__(self, name: str, reason: str, fault: Fault) -> None:
        self.name = name
        self._outcome = Deferred(reason, fault=fault)

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Defer every letter."""
        return [self._outcome for _ in letters]

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Nothing is held."""


Told = Mapping[str, str]


def build(stored: StoredProvider, secrets: Told, tools: Tools) -> Provider:
    """Make the provider that these settings describe; they were checked when they came in."""
    return _MAKERS[stored.kind](stored, {**stored.settings, **secrets}, tools)


def report_url(stored: StoredProvider, public_url: str | None) -> str | None:
    """Tell where a provider may report to: an address that holds a secret of its own."""
    if public_url is None:
        return None
    return f"{public_url}/api/v1/channels/prov_{stored.id}/reports/{stored.report_token}"


def _outbox(_stored: StoredProvider, _told: Told, _tools: Tools) -> Provider:
    return OutboxProvider()


def _inbox(_stored: StoredProvider, _told: Told, tools: Tools) -> Provider:
    return InboxProvider(tools.state, tools.clock)


def _smtp(stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    address = SmtpAddress(
        host=told["host"],
        port=int(told["port"]),
        security=Security(told["security"]),
        user=told.get("user"),
        password=told.get("password", ""),
    )
    return ProjectRelay(
        tools.client,
        tools.clock,
        address,
        connections_max=stored.connections_max or CONNECTIONS_MAX,
        bounces=told.get("bounce_address"),
    )


def _postalynk(_stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    account = PostalynkAccount(told["api_key"], told["from_email"])
    return PostalynkProvider(tools.client, tools.clock, account)


def _twilio(stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    account = TwilioAccount(told["account_sid"], told["auth_token"], told["from"])
    reports = report_url(stored, tools.public_url)
    return TwilioProvider(tools.client, tools.clock, account, report_url=reports)


def _infobip(stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    account = InfobipAccount(told["base_url"], told["api_key"], told["from"])
    reports = report_url(stored, tools.public_url)
    return InfobipProvider(tools.client, tools.clock, account, report_url=reports)


def _fcm(_stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    file = json.stored(told["service_account"])
    account = ServiceAccount(file["project_id"], file["client_email"], file["private_key"])
    return FcmProvider(tools.client, tools.clock, account)


def _web_push(_stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    return WebPushProvider(tools.client, tools.clock, Vapid(told["private_key"], told["subject"]))


def _http(_stored: StoredProvider, told: Told, tools: Tools) -> Provider:
    headers: dict[str, Any] = json.stored(told["headers"]) if "headers" in told else {}
    description = Description(
        url=told["url"],
        body=json.stored(told["body"]),
        method=told["method"],
        coding=Coding(told["coding"]),
        headers=headers,
        token=told.get("token"),
        id_path=told.get("id_path"),
        success_path=told.get("success_path"),
        success_value=told.get("success_value"),
        idempotency_header=told.get("idempotency_header"),
    )
    sender = told.get("from", "")
    return GenericHttpProvider(tools.client, tools.clock, description, sender=sender)


_MAKERS: Mapping[ProviderKind, Callable[[StoredProvider, Told, Tools], Provider]] = {
    ProviderKind.OUTBOX: _outbox,
    ProviderKind.INBOX: _inbox,
    ProviderKind.SMTP: _smtp,
    ProviderKind.POSTALYNK: _postalynk,
    ProviderKind.TWILIO: _twilio,
    ProviderKind.INFOBIP: _infobip,
    ProviderKind.FCM: _fcm,
    ProviderKind.WEB_PUSH: _web_push,
    ProviderKind.HTTP: _http,
}
