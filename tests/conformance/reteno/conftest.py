"""Public clients of the Reteno API, installed from their registries as their authors left them.

Skipped, and loudly so, where a registry cannot be reached or Node is not there.
"""

import shutil
import subprocess
import sys

import pytest

from support.fixtures import other, project, server

__all__ = ["other", "project", "server"]

PATIENCE_SECONDS = 180
PYTHON_CLIENT = ["ok-esputnik==0.3", "trafaret==2.1.1", "requests==2.32.5", "six==1.17.0"]
NODE_CLIENT = ["rubik-esputnik@1.0.5"]


def install(command, folder):
    """Run an installer; without its registry there is nothing to be held to."""
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        pytest.skip(f"CONFORMANCE NOT CHECKED: {command[0]}: {fault}")
    if done.returncode:
        pytest.skip(f"CONFORMANCE NOT CHECKED: {' '.join(command)}: {done.stderr[-300:]}")


@pytest.fixture(scope="session")
def python_client(tmp_path_factory):
    """Give the folder that the Python package was put into."""
    folder = tmp_path_factory.mktemp("ok-esputnik")
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode:
        pip = [shutil.which("pip") or "pip"]
    install([*pip, "install", "-q", "--no-deps", "--target", str(folder), *PYTHON_CLIENT], folder)
    pure = ["certifi", "charset-normalizer", "idna", "urllib3"]
    install([*pip, "install", "-q", "--no-deps", "--target", str(folder), *pure], folder)
    return folder


@pytest.fixture(scope="session")
def node_client(tmp_path_factory):
    """Give the folder that the Node package was put into."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("CONFORMANCE NOT CHECKED: there is no Node here")
    folder = tmp_path_factory.mktemp("rubik-esputnik")
    (folder / "package.json").write_text('{"name": "held", "private": true}')
    install(["npm", "install", "--no-audit", "--no-fund", "--silent", *NODE_CLIENT], folder)
    return folder
