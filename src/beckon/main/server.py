"""The server: opens what its parts need, serves, and closes it in the opposite order."""

import gc
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from enum import Flag, auto
from functools import partial

import structlog
import uvicorn

from beckon.api.http_edge import BoundedHttp
from beckon.api.serve import Receive, Scope, Send
from beckon.domain.accounts import actions as accounts
from beckon.engine.forward import Forwarder
from beckon.engine.streams.every import STREAMS
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_token, new_uuid
from beckon.kit.signing import Signer
from beckon.main.core import Bells, Core
from beckon.main.engine import STOP_SECONDS, Engine
from beckon.main.faces import Faces
from beckon.main.outside import open_world, read_targets
from beckon.main.stores import open_vault, prepare_store
from beckon.settings import Settings
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.presence import FilePresence, PostgresPresence, Presence
from beckon.storage.state import is_postgres, open_state

log = structlog.get_logger()


class Part(Flag):
    """Which halves of Beckon a process runs."""

    API = auto()
    ENGINE = auto()
    BOTH = API | ENGINE


class Server:
    """The ASGI application: the lifespan opens and closes what the requests need.

    Raises Invalid for a relay or a sender that cannot be read, AlreadyServedError where another
    process works on the same embedded store.
    """

    def __init__(
        self, settings: Settings, parts: Part, announce: Callable[[str | None], None]
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._announce = announce
        self._targets = read_targets(settings)
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{new_uuid().hex}"
        # Only one process at a time works on an embedded store.
        self._presence: Presence = (
            PostgresPresence(settings.state_url, self._worker)
            if is_postgres(settings.state_url)
            else FilePresence(settings.data_dir, self._worker)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Live, or answer a request."""
        if scope["type"] == "http":
            await self._faces(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:  # a WebSocket: nobody here speaks it
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as opened:  # what was opened is closed, also half-way up
            try:
                await self._open(opened)
            except Exception as fault:
                log.exception("start.failed")
                await send({"type": "lifespan.startup.failed", "message": str(fault)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self, opened: AsyncExitStack) -> None:
        opened.push_async_callback(self._presence.close)
        core = await self._open_core(opened)
        forwarder = Forwarder(
            core.state,
            core.analytics,
            core.clock,
            STREAMS,
            bell=core.bells.forward,
            worker=core.worker,
            gone=core.presence.gone,
        )
        world = open_world(core, self._targets, opened)
        is_served = Part.API in self._parts
        self._faces = Faces(core, world, measure=forwarder.measure, is_served=is_served)
        opened.push_async_callback(self._faces.close)
        if Part.ENGINE in self._parts:
            engine = Engine(core, world, forwarder)
            opened.push_async_callback(engine.stop)
            await engine.start()
        self._announce(await _offer_setup(core) if is_served else None)
        # What start-up made stays for good; young garbage is all there is to look through.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    async def _open_core(self, opened: AsyncExitStack) -> Core:
        settings = self._settings
        state = open_state(settings.state_url)
        opened.push_async_callback(state.close)
        analytics = Analytics(settings.locate_analytics)
        opened.push_async_callback(analytics.close)
        if Part.ENGINE in self._parts and settings.embeds_analytics:
            supervisor = Supervisor(settings.analytics_dir)
            opened.push_async_callback(supervisor.stop)
            supervisor.start()
        vault = await state.write(partial(open_vault, settings=settings))
        return Core(
            settings,
            SystemClock(),
            state,
            analytics,
            vault,
            Signer(vault.derive("links")),
            self._presence,
            self._worker,
            Bells(),
        )


def serve(settings: Settings, parts: Part, announce: Callable[[str | None], None]) -> None:
    """Run until told to stop (SIGTERM, SIGINT).

    `announce` is called once it serves, with the set-up link where nobody can sign in yet.
    Raises StoreOutdatedError, AlreadyServedError and Invalid before anything is opened.
    """
    engine = prepare_store(settings)
    with engine.begin() as tx:
        open_vault(tx, settings)  # a wrong key is told before anything is opened
    engine.dispose()
    uvicorn.run(
        Server(settings, parts, announce),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        backlog=4096,
    )


async def _offer_setup(core: Core) -> str | None:
    token = new_token()
    offer = partial(accounts.offer_setup, token=token, now=core.clock.now())
    is_open = await core.state.write(offer)
    return f"{core.settings.base_url}/setup?token={token}" if is_open else None
