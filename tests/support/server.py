"""A real server on a real socket, with a mail sink behind it; each test gets its own project."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import uvicorn
from sqlalchemy import Engine

from beckon.api.http_edge import BoundedHttp
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import KeyId, KeyKind, NewKey, ProjectId
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_token
from beckon.main import Part, Server, prepare_store
from beckon.settings import Settings
from beckon.storage.schema import Tx
from support.background import Background
from support.http import Client, basic
from support.smtp_sink import HOST, Mail, Sink

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
ZONE = "Europe/Kyiv"
STOP_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.005
NOBODY = f"{HOST}:7"
"""Where projects may call and nobody answers, so that no test asks a machine of others."""


@dataclass(frozen=True, slots=True)
class Project:
    """A tenant of one test, its keys, and clients that speak either vocabulary with them."""

    server: "RunningServer"
    id: ProjectId
    secret: NewKey
    public: NewKey
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def retenshun(self) -> Client:
        """Speaks Retenshun words with the secret key."""
        return self.server.client(x_api_key=self.secret.secret)

    @property
    def browser(self) -> Client:
        """Speaks Retenshun words with the public key."""
        return self.server.client(x_api_key=self.public.secret)

    @property
    def reteno(self) -> Client:
        """Speaks Reteno words with the secret key."""
        return self.server.client(authorization=basic(self.secret.secret))

    @property
    def segment(self) -> Client:
        """Speaks as Segment's SDKs do: the secret key as the user name, no password."""
        return self.server.client(authorization=basic("", user=self.secret.secret))

    def address(self) -> str:
        """Make an address that nobody else in this test run has."""
        return f"person{next(self._numbers)}.{self.id}@{self.server.name}.example.com"

    def revoke(self, key_id: KeyId) -> None:
        self.server.write(
            lambda tx: accounts.revoke_key(tx, self.id, key_id, actor="a test", now=now())
        )


class RunningServer:
    """A server that answers; `engine` looks into its store from outside."""

    def __init__(self, url: str, name: str, engine: Engine, sink: Sink | None) -> None:
        self.url = url
        self.name = name
        self.engine = engine
        self._sink = sink
        self._clients: list[Client] = []

    def client(self, **headers: str) -> Client:
        """Make a client with these headers; `_` stands for `-`."""
        made = Client(self.url, {key.replace("_", "-"): value for key, value in headers.items()})
        self._clients.append(made)
        return made

    def new_project(self) -> Project:
        """Make a project with a key of either kind."""

        def make(tx: Tx) -> Project:
            project_id = accounts.create_project(
                tx, organisation="Tests", name="A test", time_zone=ZONE, now=now()
            )
            secret, public = (
                accounts.create_key(
                    tx,
                    project_id,
                    name=kind,
                    kind=kind,
                    token=new_token(),
                    actor="a test",
                    now=now(),
                )
                for kind in (KeyKind.SECRET, KeyKind.PUBLIC)
            )
            return Project(self, project_id, secret, public)

        return self.write(make)

    def write(self, action: Callable[[Tx], T]) -> T:
        """Run an action in the server's store, as a command beside it would."""
        with self.engine.begin() as tx:
            return action(tx)

    def mails_to(self, address: str, at_least: int = 1) -> list[Mail]:
        """Wait until so many mails for an address are in the sink, and give them in order."""
        assert self._sink is not None
        sink = self._sink

        def found() -> list[Mail]:
            return [mail for mail in list(sink.mails) if address in mail.recipients]

        eventually(lambda: len(found()) >= at_least, f"{at_least} mails to {address}")
        return found()

    def close(self) -> None:
        """Let all connections go; a client that is asked again opens its own anew."""
        for client in self._clients:
            client.close()


@contextmanager
def serving(
    data_dir: Path,
    *,
    name: str = "sqlite",
    database_url: str | None = None,
    rate_limit: int | None = 0,
    sink: Sink | None = None,
    private_targets: str = "",
) -> Iterator[RunningServer]:
    """Serve from a store until the block ends; rate limits are lifted unless given."""
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url,
        smtp_url=None if sink is None else f"smtp://{HOST}:{sink.port}",
        rate_limit=rate_limit,
        private_targets=private_targets,
        mail_from='"Beckon" <hello@beckon.example>',
    )
    engine = prepare_store(settings)
    with socket.create_server((HOST, 0)) as listening, _answering(settings, listening):
        server = RunningServer(f"http://{HOST}:{listening.getsockname()[1]}", name, engine, sink)
        try:
            yield server
        finally:
            server.close()
            engine.dispose()


@contextmanager
def sink_beside() -> Iterator[Sink]:
    """Take mail in a thread of its own until the block ends."""
    with Background() as background:
        sink = background.run(Sink().__aenter__())
        yield sink
        background.run(sink.__aexit__())


def eventually(
    holds: Callable[[], object], what: str, *, within_seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until something holds; fail with its name when patience ends."""
    end = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < end, f"waited {within_seconds} s for {what}"
        time.sleep(LOOK_EVERY_SECONDS)


def now():
    """Tell the time as the server's clock does."""
    return SystemClock().now()


def today():
    """Tell the day where the tests' projects are, as the APIs write it."""
    return now().astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d")


@contextmanager
def _answering(settings: Settings, listening: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        Server(settings, Part.BOTH, announce=lambda _: None),
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
    )
    serving = uvicorn.Server(config)
    # A daemon, so that a server that cannot stop fails its test and not the whole run.
    thread = threading.Thread(target=serving.run, args=([listening],), name="server", daemon=True)
    thread.start()
    try:
        eventually(lambda: serving.started or not thread.is_alive(), "the server to start")
        assert serving.started, "the server did not start"
        yield
    finally:
        serving.should_exit = True
        thread.join(STOP_SECONDS)
        assert not thread.is_alive(), f"the server had not stopped after {STOP_SECONDS} s"
