"""All that is done without being asked: each step in its own loop, and who wakes it."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from beckon.api.reteno.activity_out import write_activity
from beckon.api.reteno.order_events import read_order
from beckon.api.retenshun.webhook_words import write_delivery
from beckon.channels.dkim.keys import DkimKeys
from beckon.channels.http.calls import make_call
from beckon.channels.http.files import fetch_file
from beckon.channels.http.hooks import tell
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
from beckon.engine.take_orders import take_orders
from beckon.engine.undo_imports import undo_imports
from beckon.engine.wake import wake
from beckon.kit.bell import Bell
from beckon.main.core import Core
from beckon.main.outside import World
from beckon.storage.identity import identify

IDLE_SECONDS = 0.25
BREATH_SECONDS = 0.04
# What comes in meanwhile goes to analytics as one batch; a batch each would choke it.
FORWARD_SECONDS = 0.2
PRUNE_SECONDS = 600.0
RECONCILE_SECONDS = 2.0
KEYS_SECONDS = 5.0
BEAT_SECONDS = 30.0
STOP_SECONDS = 6


@dataclass(frozen=True, slots=True)
class Job:
    """A step, the bell that wakes it, whom it rings for, and the seconds it waits unasked."""

    name: str
    step: loop.Step
    bell: Bell = field(default_factory=Bell)
    rings: Bell | None = None
    idle_seconds: float = IDLE_SECONDS
    breath_seconds: float = 0.0


class Engine:
    """The loops of one process: started together, stopped together."""

    def __init__(self, core: Core, world: World, forwarder: Forwarder) -> None:
        self._core = core
        self._world = world
        self._forwarder = forwarder
        self._dkim = DkimKeys(core.vault)
        self._stopping = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []
        self._heard: list[Bell] = []
        self._deliver = Deliver(
            core.state,
            core.clock,
            world.registry.carriers,
            worker=core.worker,
            default_sender=core.settings.default_sender,
            lanes=core.settings.lanes,
            dress=Dresser(core.signer, core.settings.base_url, self._dkim.sign),
            recommend=Recommend(core.state, core.analytics, core.clock),
        )

    async def start(self) -> None:
        """Begin to be seen by other processes, then to work."""
        await self._core.presence.begin()
        await self._beat()  # before anything may leave: this may be a restored store
        await self._take_keys()  # likewise: nothing leaves unsigned
        for jobs in (self._automation(), self._sending(), self._knowing(), self._keeping()):
            for job in jobs:
                self._start(job)

    async def stop(self) -> None:
        """Let every loop end its piece of work, for six seconds at most."""
        self._stopping.set()
        for bell in self._heard:  # whoever waits for one sees that it is to stop
            bell.ring()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*self._running, return_exceptions=True)
                await self._deliver.finish()

    def _automation(self) -> Iterator[Job]:
        core, bells = self._core, self._core.bells
        state, clock, worker = core.state, core.clock, core.worker
        hear = partial(listen, state, clock)
        yield Job("listen", hear, bells.listen, bells.wake, breath_seconds=BREATH_SECONDS)
        yield Job("wake", partial(wake, state, clock), bells.wake, bells.deliver)
        yield Job("schedule", partial(schedule, state, clock), rings=bells.wake)
        make = partial(make_call, self._world.calling)
        call = partial(call_webhooks, state, clock, make, worker=worker)
        yield Job("call_webhooks", call, rings=bells.wake)
        free = partial(free_calls, state, clock, core.presence)
        yield Job("free_calls", free, idle_seconds=RECONCILE_SECONDS)
        rehearse = Rehearse(
            state, clock, url=core.settings.state_url, worker=worker, stopping=self._stopping
        )
        yield Job("rehearse", rehearse)

    def _sending(self) -> Iterator[Job]:
        core, bells, hooks = self._core, self._core.bells, self._world.hooks
        state, clock = core.state, core.clock
        yield Job("launch", partial(launch, state, clock), bells.launch, bells.deliver)
        yield Job("deliver", self._deliver, bells.deliver)
        resolve = partial(steps.resolve, state, clock, self._world.registry.carriers)
        yield Job("resolve", resolve, rings=bells.deliver, idle_seconds=RECONCILE_SECONDS)
        reconcile = partial(steps.reconcile, state, clock, core.presence)
        yield Job("reconcile", reconcile, rings=bells.deliver, idle_seconds=RECONCILE_SECONDS)
        yield Job("keys", self._take_keys, idle_seconds=KEYS_SECONDS)
        out = CallOut(state, clock, partial(tell, hooks), self._write_told, core.vault)
        yield Job("call_out", out)

    def _knowing(self) -> Iterator[Job]:
        core, bells = self._core, self._core.bells
        yield Job(
            "forward",
            self._forwarder,
            bells.forward,
            bells.refresh,
            breath_seconds=FORWARD_SECONDS,
        )
        refresh = Refresh(
            core.state, core.analytics, core.clock, worker=core.worker, gone=core.presence.gone
        )
        yield Job("refresh", refresh, bells.refresh, bells.listen)

    def _keeping(self) -> Iterator[Job]:
        core, bells = self._core, self._core.bells
        state, clock, analytics = core.state, core.clock, core.analytics
        yield Job("take_orders", partial(take_orders, state, read_order))
        fetch = partial(fetch_file, self._world.calling)
        take_in = partial(import_files, state, clock, fetch, worker=core.worker)
        yield Job("import_files", take_in, rings=bells.listen)
        free = partial(free_imports, state, core.presence)
        yield Job("free_imports", free, idle_seconds=RECONCILE_SECONDS)
        yield Job("undo_imports", partial(undo_imports, state, clock))
        let_go = partial(forget, state, analytics, clock)
        yield Job("forget", let_go, idle_seconds=PRUNE_SECONDS)
        yield Job("prune", Prune(state, analytics, clock), idle_seconds=PRUNE_SECONDS)
        yield Job("beat", self._beat, idle_seconds=BEAT_SECONDS)

    def _start(self, job: Job) -> None:
        running = loop.run(
            job.name,
            job.step,
            bell=job.bell,
            rings=job.rings,
            idle_seconds=job.idle_seconds,
            breath_seconds=job.breath_seconds,
            stopping=self._stopping,
        )
        self._running.append(asyncio.create_task(running, name=job.name))
        self._heard.append(job.bell)

    async def _beat(self) -> bool:
        """Note that this store is being worked on, and see whether it is the one it was."""
        settings = self._core.settings
        return await steps.beat(
            self._core.state,
            self._core.clock,
            store=identify(settings.state_url, settings.data_dir),
            note=settings.data_dir / "last-beat",
        )

    async def _take_keys(self) -> bool:
        """Sign mail with the keys there are; other processes add and remove some."""
        self._dkim.take(await self._core.state.read(list_domains_any_project))
        return False

    def _write_told(self, webhook: Webhook, delivery: Delivery) -> bytes:
        if not webhook.is_activity:
            return write_delivery(delivery)
        base_url = self._core.settings.base_url
        view_link = partial(link, self._core.signer, base_url, kind=LinkKind.VIEW)
        return write_activity(delivery, view_link)
