"""Commands over the analytics store: rebuild it from the truth, while a server runs or not."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from beckon.engine.rebuild import Rebuild
from beckon.engine.streams.every import HISTORY, STREAMS, THINGS
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Conflict
from beckon.main import prepare_store
from beckon.settings import Settings
from beckon.storage.analytics.client import Analytics, AnalyticsUnavailable
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.state import open_state

LOOK_EVERY_SECONDS = 0.1
TRIES_MAX = 300


def rebuild(settings: Settings) -> None:
    """Make the analytics store anew; a bar on standard error tells how far it is."""
    prepare_store(settings).dispose()
    bar = Progress(
        TextColumn("Rebuilding analytics"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with _alone(settings.data_dir), bar:
        task = bar.add_task("", total=None)
        asyncio.run(
            _rebuild(settings, lambda done, total: bar.update(task, completed=done, total=total))
        )


async def _rebuild(settings: Settings, told: Callable[[int, int], None]) -> None:
    async with AsyncExitStack() as opened:
        state = open_state(settings.state_url)
        opened.push_async_callback(state.close)
        analytics = Analytics(settings.locate_analytics)
        opened.push_async_callback(analytics.close)
        if settings.embeds_analytics:
            # Where a server runs its engine is used: this one waits for the folder meanwhile.
            supervisor = Supervisor(settings.analytics_dir)
            opened.push_async_callback(supervisor.stop)
            supervisor.start()
        await _wait_for(analytics)
        rebuild = Rebuild(
            state,
            analytics,
            SystemClock(),
            streams=STREAMS,
            history=HISTORY,
            things=THINGS,
            name=f"{os.getpid()}:{new_uuid().hex}",
            told=told,
        )
        await rebuild()


async def _wait_for(analytics: Analytics) -> None:
    for _ in range(TRIES_MAX):
        with suppress(AnalyticsUnavailable):
            await analytics.ask("SELECT 1")
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise AnalyticsUnavailable(
        "The analytics store does not answer; see BECKON_CLICKHOUSE_URL, or the server's log."
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second rebuild of the same data directory out: both would fill the same tables."""
    with (folder / "rebuild.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict("Another rebuild of this data directory is under way.") from None
        yield
