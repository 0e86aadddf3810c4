"""The end of programs by force, with everything that they have started. Tests: tests/test_executor.py."""

import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import psutil

__all__ = ["end_trees", "tree"]

_GRACE = 5.0
_MOMENT = 1.0


def tree(popen: "subprocess.Popen[bytes] | None") -> "list[psutil.Process]":
    """Return a process of ours and its descendants; none if it has ended."""
    import psutil  # noqa: PLC0415 - not paid for by runs that kill nothing

    if popen is None or popen.returncode is not None:
        return []
    try:
        root = psutil.Process(popen.pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def end_trees(programs: "Sequence[subprocess.Popen[bytes]]", *, children_only: bool) -> None:
    """End programs of ours and all that they started: asked to at first, after 5 seconds forced.

    From the top down, so that a shell does not go on to its next command. With `children_only` the programs
    themselves are left alone.
    """
    found = [tree(popen) for popen in programs]
    left = [process for one in found for process in one[1 if children_only else 0 :]]
    _signal(left, "terminate")
    deadline = time.monotonic() + _GRACE
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if _is_alive(process)]
    _signal(left, "kill")
    while left and time.monotonic() < deadline + _GRACE:  # what hangs in the kernel is left behind
        time.sleep(0.02)
        left = [process for process in left if _is_alive(process)]
    for popen in () if children_only else programs:
        with suppress(subprocess.TimeoutExpired):  # its status is known when this returns
            popen.wait(timeout=_MOMENT)


def _signal(processes: "list[psutil.Process]", way: Literal["terminate", "kill"]) -> None:
    import psutil  # noqa: PLC0415 - loaded already if there is any

    for process in processes:
        with suppress(psutil.Error):  # it has ended by itself
            getattr(process, way)()


def _is_alive(process: "psutil.Process") -> bool:
    import psutil  # noqa: PLC0415 - loaded already

    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
