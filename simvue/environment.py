"""Facts about the machine and the job, read from files and variables: no command is run, nothing is imported.

They go into the `system` member of a run and the `writer` member of a header; nothing depends on them.
Tests: tests/test_environment.py.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from simvue._version import __version__
from simvue.core.plain import Json, text

__all__ = ["current_directory", "shell_variables", "system_facts", "writer_facts"]

_JOB_VARIABLES = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
_LONGEST = 4096


def system_facts() -> dict[str, Json]:
    """Return the member `system` of a run (REC-021), with the names that the server knows."""
    name = os.uname()
    return {
        "cwd": current_directory() or "",
        "hostname": name.nodename,
        "pythonversion": ".".join(map(str, sys.version_info[:3])),
        "platform": {"system": name.sysname, "release": name.release, "version": name.version},
        "cpu": {"arch": name.machine, "processor": _processor(Path("/proc/cpuinfo"))},
        "gpu": _gpu(Path("/proc/driver/nvidia")),
    }


def writer_facts(rank: int | None = None) -> dict[str, Json]:
    """Return the member `writer` of a header (JRN-016) for this process."""
    facts: dict[str, Json] = {
        "name": "simvue-python",
        "version": __version__,
        "language": "python",
        "host": os.uname().nodename,
        "pid": os.getpid(),
    }
    if rank is not None:
        facts["rank"] = rank
    job = next((os.environ[name] for name in _JOB_VARIABLES if os.environ.get(name)), None)
    if job is not None:
        facts["job"] = text(job[:_LONGEST])
    return facts


def current_directory() -> str | None:
    """Return the working directory as a header can hold it (JRN-019); None if it is gone or cannot be written."""
    with suppress(OSError, UnicodeEncodeError):
        directory = os.getcwd()  # noqa: PTH109 - a string is wanted
        directory.encode()
        if len(directory) <= _LONGEST:
            return directory
    return None


def shell_variables(patterns: list[str], variables: Mapping[str, str]) -> dict[str, Json]:
    """Return the variables whose names match one of the shell patterns."""
    return {
        text(name): text(value)
        for name, value in variables.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }


def _processor(cpuinfo: Path) -> str:
    with suppress(OSError), cpuinfo.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(("model name", "Processor")):
                return line.partition(":")[2].strip()
    return ""


def _gpu(driver: Path) -> dict[str, Json]:
    found: dict[str, Json] = {"name": "", "driver": ""}
    with suppress(OSError):
        version = (driver / "version").read_text(encoding="utf-8", errors="replace").split("Kernel Module")
        found["driver"] = next(
            (word for word in version[-1].split() if word[0].isdigit()) if len(version) > 1 else iter(()), ""
        )
        for card in sorted((driver / "gpus").iterdir()):
            for line in (card / "information").read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith("Model:"):
                    found["name"] = line.partition(":")[2].strip()
                    return found
    return found
