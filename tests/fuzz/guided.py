"""Fuzzing guided by coverage: templates that reach new lines of an engine are mutated further.

Only a TemplateError may come out of a template, and within two seconds of CPU time. With atheris
installed it drives. Prints what was done; ends with 1 and the template's `repr` at the first
failure.
"""

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from beckon.languages.errors import TemplateError

SECONDS_MAX = 2.0
LENGTH_MAX = 400


@dataclass(frozen=True)
class Aim:
    """What is fuzzed: `run` compiles and renders, code of the `engine` folder counts as reached."""

    run: Callable[[str], object]
    engine: Path
    seeds: Sequence[str]
    signs: Sequence[str]

    def tried(self, source: str) -> None:
        """Run one template; whatever is not a TemplateError is a finding."""
        started = time.thread_time()
        with suppress(TemplateError):
            self.run(source)
        seconds = time.thread_time() - started
        assert seconds < SECONDS_MAX, f"took {seconds:.1f} s"


class Mutations:
    """Changes templates by pieces of the seeds, of each other, and by signs."""

    def __init__(self, aim: Aim, seed: int) -> None:
        self.dice = random.Random(seed)
        self._signs = aim.signs
        self._words = sorted(
            {word for one in aim.seeds for word in one.replace("(", " ( ").split()}
        )

    def of(self, source: str, other: str) -> str:
        """Change a template in one to four places."""
        dice = self.dice
        for _ in range(dice.randint(1, 4)):
            at, length = dice.randint(0, len(source)), dice.choice([0, 1, 1, 2, 5, 20])
            cut = dice.randint(0, len(other))
            piece = dice.choice(
                (
                    dice.choice(self._signs),
                    dice.choice(self._words),
                    other[cut : cut + dice.randint(1, 30)],
                    source[at : at + length] * 2,
                    "",
                )
            )
            source = source[:at] + piece + source[at + length :]
        return source[:LENGTH_MAX]


class Coverage:
    """The lines of the engine reached so far."""

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self.seen: set[tuple[object, int]] = set()
        self.is_new = False

    def trace(self, frame, event, _argument):
        """Follow calls into the engine only; the rest runs at full speed."""
        if not frame.f_code.co_filename.startswith(str(self._aim.engine)):
            return None
        if event == "line":
            place = frame.f_code, frame.f_lineno
            if place not in self.seen:
                self.seen.add(place)
                self.is_new = True
        return self.trace

    def reaches_new_lines(self, source: str) -> bool:
        self.is_new = False
        sys.settrace(self.trace)
        try:
            self._aim.tried(source)
        finally:
            sys.settrace(None)
        return self.is_new


def fuzz(aim: Aim, seconds: float, seed: int) -> int:
    """Mutate until the time is over; 1 at the first finding."""
    mutations, coverage = Mutations(aim, seed), Coverage(aim)
    dice = mutations.dice
    kept, tried = list(aim.seeds), 0
    for source in aim.seeds:
        coverage.reaches_new_lines(source)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        source = mutations.of(dice.choice(kept), dice.choice(kept))
        tried += 1
        try:
            # Tracing slows ten times: most templates run without it.
            if tried % 4:
                aim.tried(source)
            elif coverage.reaches_new_lines(source):
                kept.append(source)
        except Exception:  # noqa: BLE001 - any other exception is what is looked for
            traceback.print_exc()
            print(f"after {tried} templates, seed {seed}: {source!r}")  # noqa: T201 - a script
            return 1
    lines = len(coverage.seen)
    print(f"{tried} templates, {len(kept)} kept, {lines} lines reached, no failure")  # noqa: T201 - a script
    return 0


def main(aim: Aim, description: str) -> None:
    """Read the command line and fuzz."""
    arguments = argparse.ArgumentParser(description=description.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    try:
        import atheris  # noqa: PLC0415 - optional, and it takes over the process
    except ImportError:
        sys.exit(fuzz(aim, given.seconds, given.seed))
    options = [sys.argv[0], f"-max_total_time={given.seconds:.0f}", f"-seed={given.seed}"]
    atheris.instrument_all()
    atheris.Setup(options, lambda data: aim.tried(data.decode("utf-8", "replace")))
    atheris.Fuzz()
