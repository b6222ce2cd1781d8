"""Wires everything: the one file that knows every room."""

import asyncio
import gc
import os
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, fields
from enum import Flag, auto
from functools import partial

import structlog
import uvicorn
from sqlalchemy import Engine

from beckon import __version__
from beckon.api.call import Face, Services
from beckon.api.cors import Origins
from beckon.api.http_edge import BoundedHttp
from beckon.api.ingest import Ingest
from beckon.api.keyring import Keyring
from beckon.api.limits import Limits
from beckon.api.links.face import Links
from beckon.api.links.mail_in import PATH as MAIL_IN
from beckon.api.links.mail_in import MailIn
from beckon.api.openapi import describe
from beckon.api.operations import Operations
from beckon.api.reteno.activity_out import write_activity
from beckon.api.reteno.order_events import read_order
from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.reteno.told import TOLD as RETENO_TOLD
from beckon.api.retenshun.automations_hook import HookIn
from beckon.api.retenshun.reports_in import ReportsIn
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from beckon.api.retenshun.told import TOLD as RETENSHUN_TOLD
from beckon.api.retenshun.webhook_words import write_delivery
from beckon.api.segment.routes import ROUTES as SEGMENT
from beckon.api.segment.told import TOLD as SEGMENT_TOLD
from beckon.api.serve import Api, Gate, Receive, Scope, Send
from beckon.api.signed_in import SignedIn
from beckon.api.tokens import Tokens
from beckon.channels.ai.client import write_copy
from beckon.channels.building import Tools
from beckon.channels.dkim.keys import DkimKeys
from beckon.channels.http.calls import make_call
from beckon.channels.http.client import HttpClient, Patience
from beckon.channels.http.files import fetch_file
from beckon.channels.http.hooks import check_target, look, tell
from beckon.channels.http.targets import read_openings
from beckon.channels.inbox.provider import InboxProvider
from beckon.channels.outbox.provider import OutboxProvider
from beckon.channels.post import Post
from beckon.channels.registry import Registry
from beckon.channels.smtp.address import parse as parse_smtp_url
from beckon.channels.smtp.provider import SmtpProvider
from beckon.dashboard.app import create_dashboard
from beckon.dashboard.outside import Outside
from beckon.dashboard.passwords import Passwords
from beckon.domain.accounts import actions as accounts
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Provider
from beckon.domain.subscriptions.queries import list_domains_any_project
from beckon.domain.subscriptions.tracking import LinkKind, link
from beckon.domain.webhooks.model import Delivery, Webhook
from beckon.engine import loop, steps
from beckon.engine.call_out import CallOut
from beckon.engine.call_webhooks import call_webhooks, free_calls
from beckon.engine.deliver import Deliver
from beckon.engine.dress import Dresser
from beckon.engine.forget import forget
from beckon.engine.forward import Forwarder
from beckon.engine.import_files import free_imports, import_files
from beckon.engine.launch import launch
from beckon.engine.listen import listen
from beckon.engine.prune import Prune
from beckon.engine.recommend import Recommend
from beckon.engine.refresh import Refresh
from beckon.engine.rehearse import Rehearse
from beckon.engine.schedule import schedule
from beckon.engine.streams.every import STREAMS
from beckon.engine.take_orders import take_orders
from beckon.engine.undo_imports import undo_imports
from beckon.engine.wake import wake
from beckon.kit.addresses import check_mailbox
from beckon.kit.bell import Bell
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_token, new_uuid
from beckon.kit.return_paths import check_bounce_address
from beckon.kit.secrets import Vault, keep_key, read_keys
from beckon.kit.signing import Signer
from beckon.settings import Settings
from beckon.storage import secret_keys
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.identity import identify
from beckon.storage.migrate import is_current, is_empty, migrate
from beckon.storage.presence import FilePresence, PostgresPresence, Presence
from beckon.storage.schema import Tx
from beckon.storage.state import is_postgres, open_engine, open_state

IDLE_SECONDS = 0.25
BREATH_SECONDS = 0.04
# What comes in meanwhile goes to analytics as one batch; a batch each would choke it.
FORWARD_SECONDS = 0.2
PRUNE_SECONDS = 600.0

RECONCILE_SECONDS = 2.0
KEYS_SECONDS = 5.0
BEAT_SECONDS = 30.0
HOOK_SECONDS = 15.0
STOP_SECONDS = 6
CLOSE_SECONDS = 2

log = structlog.get_logger()


class StoreOutdatedError(Exception):
    """The store has an older schema, and only an operator may change it."""


class Part(Flag):
    """Which halves of Beckon a process runs."""

    API = auto()
    ENGINE = auto()
    BOTH = API | ENGINE


@dataclass(frozen=True, slots=True)
class Bells:
    """Who is woken when something was stored."""

    listen: Bell
    wake: Bell
    deliver: Bell
    reconcile: Bell
    forward: Bell
    refresh: Bell
    prune: Bell
    launch: Bell

    def ring_work(self) -> None:
        """Wake the steps that may have something new to do."""
        self.listen.ring()
        self.wake.ring()
        self.launch.ring()
        self.deliver.ring()


def prepare_store(settings: Settings) -> Engine:
    """Open the state store for one synchronous user, with this version's schema.

    An embedded or empty store is brought up to date by itself. Raises StoreOutdatedError for a
    PostgreSQL database of an older version: that is an operator's decision.
    """
    if not is_postgres(settings.state_url):
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(settings.state_url)
    with engine.connect() as connection:
        # In this order: another process may be making an empty one current just now.
        may_migrate = not is_postgres(settings.state_url) or is_empty(connection)
        outdated = not is_current(connection)
    if outdated and not may_migrate:
        raise StoreOutdatedError
    if outdated:
        migrate(engine)
    return engine


def open_vault(tx: Tx, settings: Settings) -> Vault:
    """Open what seals secrets, and see that its keys fit the store. Raises SecretKeyInvalid.

    Without BECKON_SECRET_KEY the key lies in the data directory, made the first time.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = read_keys(settings.secret_key or keep_key(settings.data_dir / "secret.key"))
    vault.check_known(secret_keys.list_used(tx))
    secret_keys.note_used(tx, vault.key_ids[0], SystemClock().now())
    return vault


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
        self._clock = SystemClock()
        self._relay = parse_smtp_url(settings.smtp_url) if settings.smtp_url else None
        self._openings = read_openings(settings.private_targets)
        check_mailbox(settings.default_sender, "BECKON_MAIL_FROM")
        self._bounces = (
            check_bounce_address(settings.bounce_address, "BECKON_BOUNCE_ADDRESS")
            if settings.bounce_address
            else None
        )
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{new_uuid().hex}"
        # Only one process at a time works on an embedded store.
        self._presence: Presence = (
            PostgresPresence(settings.state_url, self._worker)
            if is_postgres(settings.state_url)
            else FilePresence(settings.data_dir, self._worker)
        )
        self._stopping = asyncio.Event()
        self._steps: list[asyncio.Task[None]] = []
        self._heard: list[Bell] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the room it is for."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            path: str = scope["path"]
            if path in self._operations.paths or Part.API not in self._parts:
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
        self._state = open_state(self._settings.state_url)
        opened.push_async_callback(self._state.close)
        self._bells = Bells(*(Bell() for _ in fields(Bells)))
        self._calling = HttpClient(self._openings)
        self._hooks = HttpClient(self._openings, patience=Patience(total=HOOK_SECONDS))
        opened.push_async_callback(self._calling.close)
        opened.push_async_callback(self._hooks.close)
        self._open_analytics(opened)
        self._vault = await self._state.write(partial(open_vault, settings=self._settings))
        self._registry = self._open_registry()
        opened.push_async_callback(self._close_registry)
        self._open_faces()
        if Part.ENGINE in self._parts:
            opened.push_async_callback(self._stop_engine)
            await self._start_engine()
        self._announce(await self._offer_setup() if Part.API in self._parts else None)
        # What start-up made stays for good; young garbage is all there is to look through.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    def _open_analytics(self, opened: AsyncExitStack) -> None:
        settings = self._settings
        self._analytics = Analytics(settings.locate_analytics)
        opened.push_async_callback(self._analytics.close)
        self._forwarder = Forwarder(
            self._state,
            self._analytics,
            self._clock,
            STREAMS,
            bell=self._bells.forward,
            worker=self._worker,
            gone=self._presence.gone,
        )
        if Part.ENGINE in self._parts and settings.embeds_analytics:
            supervisor = Supervisor(settings.analytics_dir)
            opened.push_async_callback(supervisor.stop)
            supervisor.start()

    def _open_registry(self) -> Registry:
        """Make who finds providers: a project's own, or else the relay or outbox for everybody."""
        tools = Tools(self._state, self._clock, self._calling, self._settings.public_url)
        outbox = OutboxProvider()
        default: dict[Channel, Provider] = dict.fromkeys(Channel, outbox)
        default[Channel.IN_APP] = InboxProvider(self._state, self._clock)
        if self._relay:
            default[Channel.EMAIL] = SmtpProvider(
                self._relay,
                self._clock,
                connections_max=self._settings.lanes,
                bounces=self._bounces,
            )
        self._post = Post(
            default[Channel.EMAIL] if self._relay else None,
            self._settings.default_sender,
            self._clock,
        )
        return Registry(tools, self._vault, default, time.monotonic)

    def _open_services(self) -> Services:
        return Services(
            self._vault,
            self._settings.base_url,
            try_out=self._registry.try_out,
            state=self._state,
            analytics=self._analytics,
            passwords=Passwords(),
            post=self._post.send,
            check_target=partial(check_target, self._calling),
            tell=partial(tell, self._hooks),
            look=partial(look, self._hooks),
            write_copy=partial(write_copy, self._calling),
        )

    def _open_faces(self) -> None:
        settings = self._settings
        routes = (*RETENSHUN, *RETENO, *SEGMENT)
        ingest = Ingest(
            self._state,
            self._clock,
            self._bells.listen.ring,
            lanes=4 if is_postgres(settings.state_url) else 1,
        )
        keyring = Keyring(self._state, Tokens(self._vault))
        self._api = Api(
            routes,
            state=self._state,
            clock=self._clock,
            new_id=new_uuid,
            services=self._open_services(),
            ingest=ingest,
            gate=Gate(
                keyring,
                SignedIn(self._state, settings.base_url),
                Origins(settings.cors_origins),
                Limits(settings.rate_limit, time.monotonic),
            ),
            after_write=self._bells.ring_work,
        )
        self._reports = ReportsIn(
            self._state,
            self._clock,
            self._vault,
            public_url=settings.public_url,
            after_write=self._bells.ring_work,
        )
        self._hook = HookIn(self._state, self._clock, new_uuid, self._bells.ring_work)
        self._signer = Signer(self._vault.derive("links"))
        self._dkim = DkimKeys(self._vault)
        ring = self._bells.ring_work
        self._links = Links(self._state, self._clock, self._signer, ring)
        self._mail_in = MailIn(self._state, self._clock, keyring, ring)
        described = describe(
            routes,
            {
                Face.RETENSHUN: RETENSHUN_TOLD,
                Face.RETENO: RETENO_TOLD,
                Face.SEGMENT: SEGMENT_TOLD,
            },
            version=__version__,
            server=settings.base_url,
        )
        self._operations = Operations(
            self._state, described, self._analytics, measure=self._forwarder.measure
        )
        self._dashboard = create_dashboard(
            self._state,
            self._clock,
            base_url=settings.base_url,
            new_token=new_token,
            keeps_mail=self._relay is None,
            after_write=self._bells.ring_work,
            vault=self._vault,
            outside=Outside(
                self._registry.try_out,
                check_target=partial(check_target, self._calling),
                tell=partial(tell, self._hooks),
                write_copy=partial(write_copy, self._calling),
            ),
            analytics=self._analytics,
        )

    async def _start_engine(self) -> None:
        presence = self._presence
        await presence.begin()
        state, clock, bells = self._state, self._clock, self._bells
        carriers = self._registry.carriers
        deliver = self._deliver = Deliver(
            state,
            clock,
            carriers,
            worker=self._worker,
            default_sender=self._settings.default_sender,
            lanes=self._settings.lanes,
            dress=Dresser(self._signer, self._settings.base_url, self._dkim.sign),
            recommend=Recommend(state, self._analytics, clock),
        )
        beat = partial(
            steps.beat,
            state,
            clock,
            store=identify(self._settings.state_url, self._settings.data_dir),
            note=self._settings.data_dir / "last-beat",
        )
        await beat()  # before anything may leave: this may be a restored store
        await self._take_keys()  # likewise: nothing leaves unsigned
        reconcile = partial(steps.reconcile, state, clock, presence)
        resolve = partial(steps.resolve, state, clock, carriers)
        hear, move = partial(listen, state, clock), partial(wake, state, clock)
        self._start("listen", hear, bells.listen, bells.wake, breath_seconds=BREATH_SECONDS)
        self._start("wake", move, bells.wake, bells.deliver)
        self._start("schedule", partial(schedule, state, clock), Bell(), bells.wake)
        make = partial(make_call, self._calling)
        self._start(
            "call_webhooks",
            partial(call_webhooks, state, clock, make, worker=self._worker),
            Bell(),
            bells.wake,
        )
        self._start(
            "free_calls",
            partial(free_calls, state, clock, presence),
            Bell(),
            None,
            idle_seconds=RECONCILE_SECONDS,
        )
        self._start(
            "call_out",
            CallOut(state, clock, partial(tell, self._hooks), self._write_told, self._vault),
            Bell(),
            None,
        )
        self._start(
            "forget",
            partial(forget, state, self._analytics, clock),
            Bell(),
            None,
            idle_seconds=PRUNE_SECONDS,
        )
        fetch = partial(fetch_file, self._calling)
        self._start(
            "import_files",
            partial(import_files, state, clock, fetch, worker=self._worker),
            Bell(),
            bells.listen,
        )
        self._start(
            "free_imports",
            partial(free_imports, state, presence),
            Bell(),
            None,
            idle_seconds=RECONCILE_SECONDS,
        )
        self._start("undo_imports", partial(undo_imports, state, clock), Bell(), None)
        rehearse = Rehearse(
            state,
            clock,
            url=self._settings.state_url,
            worker=self._worker,
            stopping=self._stopping,
        )
        self._start("rehearse", rehearse, Bell(), None)
        self._start("take_orders", partial(take_orders, state, read_order), Bell(), None)
        self._start("launch", partial(launch, state, clock), bells.launch, bells.deliver)
        self._start("deliver", deliver, bells.deliver, None)
        self._start(
            "forward",
            self._forwarder,
            bells.forward,
            bells.refresh,
            breath_seconds=FORWARD_SECONDS,
        )
        self._start(
            "refresh",
            Refresh(state, self._analytics, clock, worker=self._worker, gone=presence.gone),
            bells.refresh,
            bells.listen,
        )
        self._start("resolve", resolve, Bell(), bells.deliver, idle_seconds=RECONCILE_SECONDS)
        self._start("beat", beat, Bell(), None, idle_seconds=BEAT_SECONDS)
        self._start("keys", self._take_keys, Bell(), None, idle_seconds=KEYS_SECONDS)
        self._start(
            "prune",
            Prune(state, self._analytics, clock),
            bells.prune,
            None,
            idle_seconds=PRUNE_SECONDS,
        )
        self._start(
            "reconcile",
            reconcile,
            bells.reconcile,
            bells.deliver,
            idle_seconds=RECONCILE_SECONDS,
        )

    async def _take_keys(self) -> bool:
        """Sign mail with the keys there are; other processes add and remove some."""
        self._dkim.take(await self._state.read(list_domains_any_project))
        return False

    def _start(
        self,
        name: str,
        step: loop.Step,
        bell: Bell,
        rings: Bell | None,
        *,
        idle_seconds: float = IDLE_SECONDS,
        breath_seconds: float = 0.0,
    ) -> None:
        running = loop.run(
            name,
            step,
            bell=bell,
            rings=rings,
            idle_seconds=idle_seconds,
            breath_seconds=breath_seconds,
            stopping=self._stopping,
        )
        self._steps.append(asyncio.create_task(running, name=name))
        self._heard.append(bell)

    async def _offer_setup(self) -> str | None:
        token = new_token()
        offer = partial(accounts.offer_setup, token=token, now=self._clock.now())
        is_open = await self._state.write(offer)
        return f"{self._settings.base_url}/setup?token={token}" if is_open else None

    async def _stop_engine(self) -> None:
        self._stopping.set()
        for bell in self._heard:  # whoever waits for one sees that it is to stop
            bell.ring()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*self._steps, return_exceptions=True)
                await self._deliver.finish()

    def _write_told(self, webhook: Webhook, delivery: Delivery) -> bytes:
        if not webhook.is_activity:
            return write_delivery(delivery)
        view_link = partial(link, self._signer, self._settings.base_url, kind=LinkKind.VIEW)
        return write_activity(delivery, view_link)

    async def _close_registry(self) -> None:
        # A relay may take minutes to answer; what waits for it is listed at the next start.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._registry.close()


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
