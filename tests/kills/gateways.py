"""Providers over HTTP that know our name for a message, so that what is in doubt can be settled.

Invariant: what one took is in `taken` before the first byte of its answer leaves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from beckon.domain.contacts.model import Channel
from kills.taken import Taken
from support.background import Background
from support.http_sink import HOST, Asked, HttpSink, Said
from support.server import now

BUSY_SECONDS = 3600


class Gateway(Protocol):
    """One provider: what a project must tell Beckon of it, and what it took so far."""

    channel: Channel
    taken: list[Taken]

    def settings(self, url: str) -> dict[str, Any]:
        """Write the body of PUT /channels that makes it the provider of its channel."""
        ...

    def answer(self, asked: Asked) -> Said:
        """Act on a request."""
        ...


class ByKey:
    """Takes a text message once a key, however often it is told: what is in doubt is told again.

    While `is_busy` it takes nothing and names the time to come back at.
    """

    channel = Channel.SMS

    def __init__(self) -> None:
        self.is_busy = False
        self.taken: list[Taken] = []
        self.repeats = 0
        self._keys: set[str] = set()

    def settings(self, url: str) -> dict[str, Any]:
        """See Gateway.settings."""
        return {
            "smsProvider": "HTTP",
            "httpUrl": f"{url}/send",
            "httpBody": '{"to": "{{to}}", "text": "{{text}}"}',
            "httpIdempotencyHeader": "Idempotency-Key",
        }

    def answer(self, asked: Asked) -> Said:
        """See Gateway.answer."""
        if self.is_busy:
            return Said(429, b"slow down", {"retry-after": str(BUSY_SECONDS)})
        key = asked.headers["idempotency-key"]
        if key in self._keys:
            self.repeats += 1
        else:
            self._keys.add(key)
            self.taken.append(Taken(now(), key, asked.json()["to"]))
        return Said(200, {"id": key})


class ByLog:
    """Takes whatever it is told, and can be asked what that was, as Infobip can."""

    channel = Channel.VIBER

    def __init__(self) -> None:
        self.taken: list[Taken] = []

    def settings(self, url: str) -> dict[str, Any]:
        """See Gateway.settings."""
        return {
            "viberProvider": "INFOBIP",
            "infobipBaseUrl": url,
            "infobipApiKey": "key",
            "infobipFrom": "Shop",
        }

    def answer(self, asked: Asked) -> Said:
        """See Gateway.answer."""
        if asked.path.endswith("/logs"):
            name = asked.query["messageId"]
            found = [_pending(one.name) for one in self.taken if one.name == name]
            return Said(200, {"results": found})
        told = []
        for message in asked.json()["messages"]:
            (to,) = message["destinations"]
            self.taken.append(Taken(now(), to["messageId"], to["to"]))
            told.append(_pending(to["messageId"]))
        return Said(200, {"messages": told})


@contextmanager
def open_gateway(gateway: Gateway, answer_seconds: float) -> Iterator[HttpSink]:
    """Let it be asked until the block ends; it acts at once, and says so a little later."""
    with Background() as background:
        sink = HttpSink(gateway.answer, answer_seconds=answer_seconds)
        yield background.run(sink.__aenter__())
        background.run(sink.__aexit__())


def way_to(sink: HttpSink) -> dict[str, str]:
    """Write the settings with which servers may reach it."""
    return {"PRIVATE_TARGETS": f"{HOST}:{sink.port}"}


def _pending(name: str) -> dict[str, Any]:
    status = {"groupName": "PENDING", "name": "PENDING_ENROUTE", "description": "on its way"}
    return {"messageId": name, "status": status}
