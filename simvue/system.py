"""Facts about the machine, by the functions of the published client.

They are read from files in `simvue.environment`; a command is run only where those know no GPU.
Tests: tests/test_system.py.
"""

import subprocess
from contextlib import suppress
from typing import Any, cast

from simvue.environment import system_facts

__all__ = ["get_cpu_info", "get_gpu_info", "get_system"]

_PATIENCE = 10.0


def get_cpu_info() -> tuple[str, str]:
    """Return the processor's model and its architecture."""
    cpu = get_system()["cpu"]
    return cpu["processor"], cpu["arch"]


def get_gpu_info() -> dict[str, str]:
    """Return the `name` of the first GPU of NVIDIA and its `driver_version`; empty texts if there is none."""
    found = system_facts()["gpu"]
    gpu = cast("dict[str, str]", found)
    name, driver = gpu["name"], gpu["driver"]
    if not name:
        name, driver = _asked_for() or (name, driver)
    return {"name": name, "driver_version": driver}


def get_system() -> dict[str, Any]:
    """Return what a run records as `system`: working directory, host, Python, platform, processor and GPU."""
    return system_facts()


def _asked_for() -> tuple[str, str] | None:
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    with suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
        name, comma, driver = answer.stdout.partition("\n")[0].partition(",")
        if comma:
            return name.strip(), driver.strip()
    return None
