"""How the readers of conformance/broken are started."""

import os
import sys
from pathlib import Path

from simvue_conformance.program import Program

PROJECT = Path(__file__).parents[3]
BROKEN = PROJECT / "conformance" / "broken" / "readers"
GOOD = BROKEN / "good.py"
ENVIRONMENT = os.pathsep.join(str(PROJECT / folder) for folder in ("conformance", "spec"))
"""PYTHONPATH, with which they find the packages of a checkout that is not installed."""


def python(path: Path) -> Program:
    return Program(command=(sys.executable, str(path)))
