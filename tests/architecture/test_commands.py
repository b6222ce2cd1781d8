"""`make` and `./dev.py` do the same: who has no make misses nothing, and neither list is older."""

import re
import subprocess
import sys

from architecture.tree import ROOT, plant

TARGET = re.compile(r"^([a-z]+): ## .+\n\t@\$\(DEV\) ([a-z]+)", re.MULTILINE)
COMMAND = re.compile(r"^  ([a-z]+) +\S", re.MULTILINE)


def differences(root, listed):
    """List what only one of the two can do, given what `./dev.py` lists of itself."""
    targets = dict(TARGET.findall((root / "Makefile").read_text()))
    commands = set(COMMAND.findall(listed))
    return [
        *(f"only make: {name}" for name in sorted(targets.keys() - commands)),
        *(f"only dev.py: {name}" for name in sorted(commands - targets.keys())),
        *(f"make {name} gives {given}" for name, given in targets.items() if name != given),
    ]


def dev(*arguments):
    """Run dev.py with nothing installed in sight, as on a fresh machine."""
    order = [sys.executable, "-I", "-S", ROOT / "dev.py", *arguments]
    return subprocess.run(order, capture_output=True, text=True, check=False)


def test_make_and_dev_do_the_same():
    listed = dev()
    assert listed.returncode == 1
    assert len(COMMAND.findall(listed.stderr)) > 5
    assert differences(ROOT, listed.stderr) == []


def test_a_command_on_one_side_alone_is_found(tmp_path):
    makefile = "run: ## serve\n\t@$(DEV) run\nwash: ## clean\n\t@$(DEV) fix\n"
    assert differences(
        plant(tmp_path, {"Makefile": makefile}), "  run  serves\n  fix  mends\n"
    ) == [
        "only make: wash",
        "only dev.py: fix",
        "make wash gives fix",
    ]


def test_an_unknown_command_is_answered_with_the_known_ones():
    assert dev("trun").stderr == dev().stderr
