#!/usr/bin/env python3
"""Sets Beckon up and runs what a developer runs; needs nothing but Python 3.11 and pip.

Everything lands in the checkout (`.uv`, `.venv`), every package is held to the hash in a lock
file, and a stamp remembers what was set up, so that only the first start needs the network.
"""

from __future__ import annotations  # an older Python must get as far as being told so

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent
UV = ROOT / ".uv"
VENV = ROOT / ".venv"
STAMP = VENV / "set-up"
UV_LOCK = ROOT / "requirements-uv.lock"
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"

# pyproject.toml overrides them away (chdb-core declares what it does not need here); uv lists
# them all the same.
NEVER_INSTALLED = ("numpy", "pandas", "pyarrow")

PARTS = (("api", "storage"), ("browser", "cli", "domain", "kills"))
"""Folders of tests that are passed side by side, about a third of the work each; then the rest."""

PYTHON_OLDEST = (3, 11)
NO_NETWORK = (
    "If the network is missing: mend it, or set PIP_INDEX_URL to a mirror. If it speaks of a "
    "certificate: name the one to trust in SSL_CERT_FILE. "
    "Then give the same command again; nothing is left half done."
)


class TroubleError(Exception):
    """What went wrong and how to mend it, in plain words."""


def run(arguments: list[str]) -> None:
    """Serve on http://127.0.0.1:8000; takes the options of `beckon serve`."""
    set_up(RUN_LOCK)
    become("beckon", "serve", *arguments)


def test(arguments: list[str]) -> None:
    """Pass the test suite; takes the options of pytest."""
    set_up(DEV_LOCK)
    if arguments:
        become("pytest", *arguments)
    pass_side_by_side()


def journeys(arguments: list[str]) -> None:
    """Pass the whole stories over HTTP; takes the options of pytest."""
    test(["tests/journeys", *arguments])


def soak(arguments: list[str]) -> None:
    """Pass the long kill loops that `test` leaves out; takes the options of pytest."""
    test(["-m", "soak", "-o", "faulthandler_timeout=0", *arguments])


def check(_arguments: list[str]) -> None:
    """Tell what breaks the house rules: form, lint, types, imports, architecture."""
    set_up(DEV_LOCK)
    rules = (
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("mypy",),
        ("lint-imports",),
        ("pytest", "tests/architecture"),
    )
    broken = [" ".join(rule) for rule in rules if not succeeds(*rule)]
    if broken:
        raise TroubleError(f"Not clean: {'; '.join(broken)}. `./dev.py fix` mends form and order.")
    tell("All clean.")


def fix(_arguments: list[str]) -> None:
    """Mend what a machine can mend: format, import order, simple lint."""
    set_up(DEV_LOCK)
    succeeds("ruff", "check", "--fix-only", "--quiet", ".")
    succeeds("ruff", "format", ".")


def bench(arguments: list[str]) -> None:
    """Run the benchmarks, or those whose name begins so; each prints the ratio to a yardstick."""
    set_up(DEV_LOCK)
    scripts = {path.stem: path for path in sorted((ROOT / "benchmarks").glob("[!_]*.py"))}
    wanted = arguments[0] if arguments else ""
    names = [name for name in scripts if name.startswith(wanted)]
    if not names:
        raise TroubleError(f"No benchmark {wanted}; there are: {', '.join(scripts)}.")
    if slow := [name for name in names if not succeeds("python", scripts[name], *arguments[1:])]:
        raise TroubleError(f"Failed: {', '.join(slow)}.")


def schema(_arguments: list[str]) -> None:
    """Write the tables as they are now into docs/schema.md."""
    set_up(DEV_LOCK)
    order = [VENV / "bin" / "python", ROOT / "scripts" / "print_schema.py"]
    page = subprocess.run(order, stdout=subprocess.PIPE, check=True).stdout
    (ROOT / "docs" / "schema.md").write_bytes(page)


def wheel(_arguments: list[str]) -> None:
    """Build the wheel into dist/."""
    set_up(DEV_LOCK)
    become("python", "-m", "hatchling", "build", "--target", "wheel")


def lock(arguments: list[str]) -> None:
    """Remake the lock files from pyproject.toml; `--upgrade` also moves what it does not pin.

    What nobody chose by hand must be a week old: a poisoned release is mostly found out by then.
    """
    fetch_uv()
    pin = UV_LOCK.read_text().split(maxsplit=1)[0]
    chosen = re.findall(r'^ +"([\w-]+)[^"]*==', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    sources = ((UV_LOCK, "-"), (RUN_LOCK, "pyproject.toml"), (DEV_LOCK, "pyproject.toml"))
    for target, source in sources:
        tell(f"Locking {target.name}")
        uv(
            *("pip", "compile", source, "--output-file", target.name),
            *(["--extra", "dev"] if target == DEV_LOCK else []),
            *("--universal", "--python-version", "3.11", "--exclude-newer", "1 week"),
            *(f"--exclude-newer-package={name}=false" for name in chosen),
            *(f"--no-emit-package={name}" for name in NEVER_INSTALLED),
            *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"),
            *("--quiet", *arguments),
            given=pin,
        )


def set_up(wanted: Path) -> None:
    """Bring `.venv` to the lock file wanted; one that was set up for more is left alone."""
    place = f"Python {sys.version_info.major}.{sys.version_info.minor} in {ROOT}"
    stamps = {name: f"{place}\n{fingerprint(name)}\n" for name in (wanted, DEV_LOCK)}
    found = STAMP.read_text() if STAMP.exists() else ""
    if found in stamps.values():
        return
    tell(f"Setting up from {wanted.name}; only the first time needs the network")
    fetch_uv()
    STAMP.unlink(missing_ok=True)
    if not found.startswith(f"{place}\n"):
        uv("venv", "--quiet", "--clear", "--python", sys.executable, VENV)
    uv("pip", "sync", "--quiet", "--require-hashes", wanted)
    # The build tool is held to the hashes of the lock file as well.
    uv("pip", "install", "--quiet", "--no-deps", "--build-constraints", DEV_LOCK, "--editable", ".")
    STAMP.write_text(stamps[wanted])
    tell("Set up.")


def fingerprint(wanted: Path) -> str:
    """Hash what an environment is made from."""
    parts = (wanted.read_bytes(), (ROOT / "pyproject.toml").read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def fetch_uv() -> None:
    """Have pip put uv into the checkout: it makes environments where Debian's venv cannot."""
    version = UV_LOCK.read_text().split(maxsplit=1)[0].partition("==")[2]
    if (UV / f"uv-{version}.dist-info" / "RECORD").exists():
        return
    order = (sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", UV)
    # A folder of our own touches no system package, whatever Debian's marker fears. Said by the
    # environment, because an older pip does not know the option.
    said = {"PIP_BREAK_SYSTEM_PACKAGES": "1", "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(
        [*order, "--no-deps", "--require-hashes", "--requirement", UV_LOCK],
        env=os.environ | said | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        check=False,
    )
    if done.returncode:
        raise TroubleError(
            "pip could not fetch uv; see above. If pip itself is missing: `apt install "
            f"python3-pip` or `python3 -m ensurepip`. {NO_NETWORK}"
        )


def uv(*arguments: str | Path, given: str | None = None) -> None:
    """Run uv on the checkout. Raises TroubleError when it fails."""
    own = {"VIRTUAL_ENV": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    mirror = {"UV_DEFAULT_INDEX": index} if (index := pip_setting("index-url")) else {}
    trusted = {"SSL_CERT_FILE": found} if (found := pip_setting("cert")) else {}
    done = subprocess.run(
        [UV / "bin" / "uv", *arguments],
        cwd=ROOT,
        env=mirror | trusted | os.environ | own,
        input=given,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TroubleError(
            "uv failed; see above. If a hash differs, the package is not the one that was locked: "
            f"do not use it. {NO_NETWORK}"
        )


def pip_setting(name: str) -> str:
    """Tell what pip was told of an index or a certificate, which uv does not ask; else nothing."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", f"global.{name}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return os.environ.get(f"PIP_{name.upper().replace('-', '_')}") or asked.stdout.strip()


def pass_side_by_side() -> None:
    """Pass the whole suite in three processes at once; all but the first tell at their end.

    Three for two cores, as each waits for other programs now and then.
    """
    apart = {name for part in PARTS for name in part}
    rest = [place for place in sorted((ROOT / "tests").iterdir()) if place.name not in apart]
    last = [one.name for one in rest if one.is_dir() or one.name.startswith("test_")]
    first, *others = [[f"tests/{name}" for name in part] for part in (*PARTS, last)]
    pytest = VENV / "bin" / "pytest"
    with ExitStack() as opened:
        beside = []
        for part in others:
            told = opened.enter_context(tempfile.TemporaryFile())
            running = subprocess.Popen([pytest, *part], cwd=ROOT, stdout=told, stderr=told)
            beside.append((part, running, told))
        passes = [succeeds("pytest", *first)]
        for part, running, told in beside:
            passes.append(running.wait() == 0)
            told.seek(0)
            tell(" ".join(("pytest", *part)))
            print(told.read().decode(errors="replace"), flush=True)
    if not all(passes):
        raise TroubleError("Not all tests passed.")


def become(program: str, *arguments: str) -> None:
    """Turn this process into a program of the environment, so that signals reach it."""
    path = VENV / "bin" / program
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(path, [str(path), *arguments])  # noqa: S606 - a program of our own, and no shell


def succeeds(program: str, *arguments: str | Path) -> bool:
    """Run a program of the environment in the checkout; tell whether it was content."""
    tell(" ".join(map(str, (program, *arguments))))
    done = subprocess.run([VENV / "bin" / program, *arguments], cwd=ROOT, check=False)
    return done.returncode == 0


def tell(message: str) -> None:
    """Say what goes on, apart from what the programs print."""
    print(f"· {message}", file=sys.stderr, flush=True)


COMMANDS = (run, test, journeys, soak, check, fix, bench, schema, lock, wheel)


def main() -> None:
    """Do the command named; without one, list them."""
    commands = {command.__name__: command for command in COMMANDS}
    name, *arguments = sys.argv[1:] or ["help"]
    if sys.version_info < PYTHON_OLDEST:
        raise SystemExit(f"Beckon needs Python 3.11 or newer; {sys.executable} is older.")
    if name not in commands:
        lines = (
            f"  {name:<9} {(it.__doc__ or '').splitlines()[0]}" for name, it in commands.items()
        )
        raise SystemExit("\n".join(("Usage: ./dev.py COMMAND [OPTIONS]\n", *lines)))
    try:
        commands[name](arguments)
    except TroubleError as trouble:
        raise SystemExit(str(trouble)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
