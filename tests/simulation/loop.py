"""An event loop without time of its own: waiting takes none, and the order is always the same."""

import asyncio
import selectors


class StuckError(Exception):
    """Everybody waits for something that will never come."""


class _Jumping(selectors.DefaultSelector):
    """Nothing comes in from outside; waiting is what makes time pass."""

    loop: "VirtualLoop"

    def select(self, timeout=None):
        events = super().select(0)
        if not events:
            if timeout is None:
                raise StuckError
            self.loop.now += max(timeout, 0)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is asked of threads at once, and sleeps by setting its clock."""

    def __init__(self):
        self.now = 0.0
        selector = _Jumping()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.now

    def run_in_executor(self, _executor, func, *args):
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as fault:  # noqa: BLE001 - whoever awaits it is told
            done.set_exception(fault)
        return done
