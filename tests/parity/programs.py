"""Runs the scripts of tests/interop/parity_scripts as users do: in a directory of their own, the mode in MODE."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from simvue_conformance.server.process import ServerProcess

__all__ = ["ROOT", "SCRIPTS", "Outcome", "Side", "deliver", "missing", "run_all", "this_python"]

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "tests/interop/parity_scripts"
SCRIPTS = {path.stem: path for path in sorted(PLACE.glob("*.py"))}
_AT_ONCE = 5
"""They mostly wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One way to run the scripts: a Python, a mode, a server, and a directory with one home and cache for all."""

    python: str
    mode: str
    server: ServerProcess
    place: Path
    is_ours: bool = True

    @property
    def variables(self) -> dict[str, str]:
        """What a user of this side has in the environment."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SIMVUE", "PYTHON"))}
        home = self.place / "home"
        home.mkdir(exist_ok=True)
        ours = os.pathsep.join(str(ROOT / folder) for folder in (".", "spec", "sender"))
        return {
            **kept,
            "HOME": str(home),
            "MODE": self.mode,
            "MPLBACKEND": "agg",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SIMVUE_URL": self.server.url,
            "SIMVUE_TOKEN": self.server.token,
            "SIMVUE_OFFLINE_DIRECTORY": str(self.place / "cache"),
            **({"PYTHONPATH": ours} if self.is_ours else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a script ended and what it printed; its standard error is for people."""

    code: int
    printed: list[str]
    errors: str


def run_all(sides: Sequence[Side], scripts: Mapping[str, Path]) -> list[dict[str, Outcome]]:
    """Run the scripts on all sides, several at once; return the outcomes of each side by script."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pending = [{name: pool.submit(_run, side, path) for name, path in scripts.items()} for side in sides]
        return [{name: future.result() for name, future in row.items()} for row in pending]


def deliver(side: Side) -> subprocess.CompletedProcess[str]:
    """Run simvue_sender once on the cache of a side."""
    command = [side.python, "-c", "from simvue_sender.entry import main; main()"]
    return subprocess.run(command, env=side.variables, capture_output=True, text=True, timeout=120, check=False)


def missing(python: str, path: Path) -> list[str]:
    """Return the modules that a script's docstring says it needs, and that a Python does not have."""
    said = re.search(r"Needs (.+)\.", ast.get_docstring(ast.parse(path.read_text())) or "")
    wanted = said[1].split(", ") if said else []
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
    return [name for name in wanted if subprocess.run([python, "-c", probe, name], check=False).returncode]


def _run(side: Side, path: Path) -> Outcome:
    directory = side.place / "work" / path.stem
    directory.mkdir(parents=True)
    result = subprocess.run(
        # Without the script's own directory among the modules: their names are words like `config`.
        [side.python, "-P", str(path)],
        env=side.variables,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return Outcome(code=result.returncode, printed=result.stdout.splitlines(), errors=result.stderr)


def this_python(mode: str, server: ServerProcess, place: Path) -> Side:
    """Return the side of this package."""
    place.mkdir()
    return Side(python=sys.executable, mode=mode, server=server, place=place)
