"""All that answers over HTTP, and which of it a request is for."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from beckon import __version__
from beckon.api.call import Face, Services
from beckon.api.cors import Origins
from beckon.api.ingest import Ingest
from beckon.api.keyring import Keyring
from beckon.api.limits import Limits
from beckon.api.links.face import Links
from beckon.api.links.mail_in import PATH as MAIL_IN
from beckon.api.links.mail_in import MailIn
from beckon.api.openapi import describe
from beckon.api.operations import Operations
from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.reteno.told import TOLD as RETENO_TOLD
from beckon.api.retenshun.automations_hook import HookIn
from beckon.api.retenshun.reports_in import ReportsIn
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from beckon.api.retenshun.told import TOLD as RETENSHUN_TOLD
from beckon.api.segment.routes import ROUTES as SEGMENT
from beckon.api.segment.told import TOLD as SEGMENT_TOLD
from beckon.api.serve import Api, Gate, Receive, Scope, Send
from beckon.api.signed_in import SignedIn
from beckon.api.tokens import Tokens
from beckon.channels.ai.client import write_copy
from beckon.channels.http.hooks import check_target, look, tell
from beckon.dashboard.app import create_dashboard
from beckon.dashboard.outside import Outside
from beckon.dashboard.passwords import Passwords
from beckon.kit.ids import new_token, new_uuid
from beckon.main.core import Core
from beckon.main.outside import World
from beckon.storage.state import is_postgres

ROUTES = (*RETENSHUN, *RETENO, *SEGMENT)
TOLD = {Face.RETENSHUN: RETENSHUN_TOLD, Face.RETENO: RETENO_TOLD, Face.SEGMENT: SEGMENT_TOLD}
POSTGRES_LANES = 4
"""How many batches of events are stored at once; SQLite has one writer."""


class Faces:
    """The ASGI application of requests. `measure` looks how far analytics are behind.

    A process that only works (`is_served` is false) still tells operators how it is.
    """

    def __init__(
        self,
        core: Core,
        world: World,
        *,
        measure: Callable[[], Awaitable[object]],
        is_served: bool,
    ) -> None:
        state, clock, ring = core.state, core.clock, core.bells.ring_work
        keyring = Keyring(state, Tokens(core.vault))
        self._is_served = is_served
        self._keyring = keyring
        self._operations = _open_operations(core, measure)
        self._api = _open_api(core, world, keyring)
        self._dashboard = _open_dashboard(core, world)
        self._links = Links(state, clock, core.signer, ring)
        self._mail_in = MailIn(state, clock, keyring, ring)
        self._hook = HookIn(state, clock, new_uuid, ring)
        self._reports = ReportsIn(
            state, clock, core.vault, public_url=core.settings.public_url, after_write=ring
        )

    async def close(self) -> None:
        """Wait for what requests left to be done."""
        await self._keyring.finish()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to who it is for."""
        path: str = scope["path"]
        if path in self._operations.paths or not self._is_served:
            await self._operations(scope, receive, send)
        elif path == MAIL_IN:
            await self._mail_in(scope, receive, send)
        elif self._reports.takes(path):
            await self._reports(scope, receive, send)
        elif self._hook.takes(path):
            await self._hook(scope, receive, send)
        elif path.startswith(("/api/", "/v1/")):
            await self._api(scope, receive, send)
        elif self._links.takes(path):
            await self._links(scope, receive, send)
        else:
            await self._dashboard(scope, receive, send)


def _open_operations(core: Core, measure: Callable[[], Awaitable[object]]) -> Operations:
    described = describe(ROUTES, TOLD, version=__version__, server=core.settings.base_url)
    return Operations(core.state, described, core.analytics, measure=measure)


def _open_api(core: Core, world: World, keyring: Keyring) -> Api:
    settings = core.settings
    return Api(
        ROUTES,
        state=core.state,
        clock=core.clock,
        new_id=new_uuid,
        services=Services(
            core.vault,
            settings.base_url,
            try_out=world.registry.try_out,
            state=core.state,
            analytics=core.analytics,
            passwords=Passwords(),
            post=world.post.send,
            check_target=partial(check_target, world.calling),
            tell=partial(tell, world.hooks),
            look=partial(look, world.hooks),
            write_copy=partial(write_copy, world.calling),
        ),
        ingest=Ingest(
            core.state,
            core.clock,
            core.bells.listen.ring,
            lanes=POSTGRES_LANES if is_postgres(settings.state_url) else 1,
        ),
        gate=Gate(
            keyring,
            SignedIn(core.state, settings.base_url),
            Origins(settings.cors_origins),
            Limits(settings.rate_limit, time.monotonic),
        ),
        after_write=core.bells.ring_work,
    )


def _open_dashboard(core: Core, world: World) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    return create_dashboard(
        core.state,
        core.clock,
        base_url=core.settings.base_url,
        new_token=new_token,
        keeps_mail=world.keeps_mail,
        after_write=core.bells.ring_work,
        vault=core.vault,
        outside=Outside(
            world.registry.try_out,
            check_target=partial(check_target, world.calling),
            tell=partial(tell, world.hooks),
            write_copy=partial(write_copy, world.calling),
        ),
        analytics=core.analytics,
    )
