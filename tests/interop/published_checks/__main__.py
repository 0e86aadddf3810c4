"""Runs every function named `check_…` of the modules beside this one, one after the other, and says how each went."""

import importlib
import sys
import time
import traceback
import warnings
from pathlib import Path

MODULES = ("running", "recording", "alerts", "artifacts", "reading", "filters", "objects", "accounts", "offline")


def _tell(error: BaseException) -> None:
    """Print what went wrong, and where in the checks; how it looks inside the client says nothing."""
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).parent == Path(__file__).parent and frame.name != "main":
            print(f"  {Path(frame.filename).name}:{frame.lineno} {frame.line}")
    print(f"  {type(error).__name__}: {str(error)[:1000]}")


def main(wanted: list[str]) -> int:
    """Run the checks whose name holds one of `wanted`, or all; return 1 if one failed."""
    warnings.simplefilter("ignore")
    failed = []
    for module in MODULES:
        for name, check in vars(importlib.import_module(module)).items():
            if not name.startswith("check_") or (wanted and not any(word in name for word in wanted)):
                continue
            began = time.monotonic()
            try:
                check()
                verdict = "ok    "
            except BaseException as error:  # noqa: BLE001 - a client that ends the interpreter fails its check only
                _tell(error)
                verdict = "FAILED"
                failed.append(name)
            print(f"{verdict} {module}.{name} {time.monotonic() - began:.1f} s", flush=True)
    print(f"{len(failed)} failed: {' '.join(failed)}" if failed else "all ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
