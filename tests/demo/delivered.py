"""A small run of both examples, recorded in a cache and delivered to a server, for the tests of this folder."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from simvue_conformance.server.process import ServerProcess

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
COMMANDS = Path(sys.executable).parent
Edit = Callable[[str], str]
SMALL = ("--size", "16", "--steps", "40", "--run-key", "heat-small")


def environment(home: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
    return {**kept, "HOME": str(home), "PATH": f"{COMMANDS}{os.pathsep}{os.environ['PATH']}", **variables}


def run(command: list[str], directory: Path, **variables: str) -> str:
    """Run a command to its end in a directory that is its home, too; return what it printed."""
    result = subprocess.run(
        command,
        env=environment(directory, **variables),
        cwd=directory,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def record(directory: Path) -> Path:
    """Run both examples; return the cache that they wrote."""
    cache = directory / "cache"
    run([sys.executable, str(EXAMPLES / "heat.py"), *SMALL], directory, SIMVUE_OFFLINE_DIRECTORY=str(cache))
    run(["sh", str(EXAMPLES / "collatz.sh")], directory, SIMVUE_OFFLINE_DIRECTORY=str(cache), PAUSE="0")
    return cache


def deliver(directory: Path, cache: Path, server: ServerProcess) -> None:
    variables = {"SIMVUE_URL": server.url, "SIMVUE_TOKEN": server.token, "SIMVUE_OFFLINE_DIRECTORY": str(cache)}
    run(["simvue_sender"], directory, **variables)


def replaced(old: str, new: str) -> Edit:
    """Return what replaces a text where it stands first."""
    return lambda text: text.replace(old, new, 1)
