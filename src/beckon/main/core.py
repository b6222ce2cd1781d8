"""What every part of the server works on."""

from dataclasses import dataclass, field

from beckon.kit.bell import Bell
from beckon.kit.clock import Clock
from beckon.kit.secrets import Vault
from beckon.kit.signing import Signer
from beckon.settings import Settings
from beckon.storage.analytics.client import Analytics
from beckon.storage.presence import Presence
from beckon.storage.state import State


@dataclass(frozen=True, slots=True)
class Bells:
    """Who is woken when something was stored."""

    listen: Bell = field(default_factory=Bell)
    wake: Bell = field(default_factory=Bell)
    launch: Bell = field(default_factory=Bell)
    deliver: Bell = field(default_factory=Bell)
    forward: Bell = field(default_factory=Bell)
    refresh: Bell = field(default_factory=Bell)

    def ring_work(self) -> None:
        """Wake the steps that may have something new to do."""
        self.listen.ring()
        self.wake.ring()
        self.launch.ring()
        self.deliver.ring()


@dataclass(frozen=True, slots=True)
class Core:
    """Stores, time, secrets and bells. `worker` names this process among all on the store."""

    settings: Settings
    clock: Clock
    state: State
    analytics: Analytics
    vault: Vault
    signer: Signer
    presence: Presence
    worker: str
    bells: Bells
