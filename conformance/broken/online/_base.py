"""The correct program from which the broken ones beside it differ: the Python client, in one thing each.

A broken one alters a part of the client and calls `main`. Its name says which requirements of the role `online` it
breaks, its docstring in which places that is seen.
"""

import os
import runpy
from pathlib import Path

ADAPTER = Path(__file__).resolve().parents[2] / "writers" / "python" / "conformance.py"
IS_ONLINE = os.environ.get("SIMVUE_MODE") == "online"


def main():
    """Do what the scenario asks."""
    runpy.run_path(str(ADAPTER), run_name="__main__")
