"""How much of the machine a program and all that it started use: processors, memory, GPUs.

Processor time is what the kernel has counted, so that no moment is missed between two measurements, also of
children that came and went. When it is measured and what is recorded of it is left to `simvue.run.resources`.
Tests: tests/test_resources.py.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import psutil

__all__ = ["Gpu", "Meter", "Usage"]

_MEBIBYTE = 1 << 20
_PATIENCE = 10.0
_ATTEMPTS = 3
_HAS_BOOT_CLOCK = hasattr(time, "CLOCK_BOOTTIME")
_STARTTIME = 19  # among the fields behind the name, see proc_pid_stat(5)
_TICK = 0.02  # the kernel counts births in hundredths


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """Use of one GPU, by whatever runs on it: share of time and of memory, in percent."""

    index: int
    percent: float
    memory_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What processes used on average since the measurement before; 100 percent is one core.

    `memory` is resident, in MiB, at the moment of the measurement. `seconds` have passed.
    """

    seconds: float
    cpu_percent: float
    memory: float
    gpus: tuple[Gpu, ...] = ()

    @property
    def gpu_percent(self) -> float:
        """The use of all GPUs together; 100 is one of them."""
        return sum(gpu.percent for gpu in self.gpus)

    def metrics(self) -> dict[str, float]:
        """Return the metrics that the published client records of it."""
        values = {"resources/cpu.usage.percentage": self.cpu_percent, "resources/cpu.usage.memory": self.memory}
        for gpu in self.gpus:
            values[f"resources/gpu.utilisation.percent.{gpu.index}"] = gpu.percent
            values[f"resources/gpu.utilisation.memory.{gpu.index}"] = gpu.memory_percent
        return values


_Card: TypeAlias = tuple[Gpu, list[int]]
_Cards: TypeAlias = list[_Card]


@dataclass(slots=True)
class _Times:
    """Processor time of a process in seconds: its own, and that of children which it has waited for."""

    born: float
    own: float
    reaped: float


class Meter:
    """Measures processes together with their descendants, again and again."""

    def __init__(self, *, since: float, own: tuple[float, float]) -> None:
        """Begin with what was known when the run began.

        Args:
            since: The monotonic clock then.
            own: This process's own processor time then, and that of the children it had waited for, in seconds.
        """
        self._since = since
        self._before: dict[int, _Times] = {os.getpid(): _Times(0.0, *own)}
        self._gpus = _Gpus()

    def measure(self, roots: Iterable[int]) -> Usage:
        """Return the use since the last call; processes that have vanished count as far as they are known."""
        now, clock = time.monotonic(), _birth_clock()
        found, memory = _look(roots)
        own = self._before.get(os.getpid())
        if own is not None and own.born == 0.0 and os.getpid() in found:
            own.born = found[os.getpid()].born
        seconds = max(now - self._since, 1e-6)
        used = _used(self._before, found, clock - seconds - _TICK)
        self._since, self._before = now, found
        return Usage(
            seconds=seconds,
            cpu_percent=round(100 * used / seconds, 3),
            memory=memory / _MEBIBYTE,
            gpus=self._gpus.of(found),
        )


def _look(roots: Iterable[int]) -> tuple[dict[int, _Times], int]:
    """Return the times of the processes and their descendants by number, and their memory in bytes."""
    found: dict[int, _Times] = {}
    memory = 0
    for root in roots:
        for process in _family(root):
            if process.pid in found:
                continue
            with suppress(psutil.Error, OSError):  # it ended while it was looked at
                times = process.cpu_times()
                reaped = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
                found[process.pid] = _Times(_birth(process), times.user + times.system, reaped)
                memory += process.memory_info().rss
    return found, memory


def _birth(process: Any) -> float:
    """Return when a process was made, by the clock below."""
    if not _HAS_BOOT_CLOCK:
        created: float = process.create_time()
        return created
    # Not from psutil: it adds the time of the boot, of which the kernel tells whole seconds, now these, now those.
    fields = Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b")")[2].split()
    return int(fields[_STARTTIME]) / os.sysconf("SC_CLK_TCK")


def _birth_clock() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) if _HAS_BOOT_CLOCK else time.time()


def _family(root: int) -> list[Any]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _used(before: Mapping[int, _Times], now: Mapping[int, _Times], since: float) -> float:
    """Return the processor time used between two looks, the first of them `since` by the clock of births."""
    used = absorbed = known = 0.0
    for pid, times in now.items():
        earlier = before.get(pid)
        if earlier is not None and earlier.born == times.born:
            used += times.own - earlier.own
            absorbed += times.reaped - earlier.reaped
        elif times.born >= since:
            used += times.own
            absorbed += times.reaped
    for pid, times in before.items():
        if pid not in now and not psutil.pid_exists(pid):  # else it is only not asked for any more
            known += times.own + times.reaped
    # What had been counted of a process that ended comes again in the time of its parent, if that waited for it.
    return max(0.0, used + max(0.0, absorbed - known))


class _Gpus:
    """NVIDIA's GPUs, asked by its library if that is installed, else by its command."""

    def __init__(self) -> None:
        self._asks: Callable[[], _Cards] | None = None
        self._failures = 0

    def of(self, processes: Iterable[int]) -> tuple[Gpu, ...]:
        """Return the GPUs on which one of the processes runs; nothing where there is no driver."""
        if self._failures >= _ATTEMPTS:
            return ()
        try:
            self._asks = self._asks or _asked_by_library() or _ask_command
            cards = self._asks()
        except Exception:  # noqa: BLE001 - a library of others, with errors of its own
            self._failures += 1
            return ()
        self._failures = 0
        ours = set(processes)
        # In a container the driver may give the numbers that processes have outside: those are not known here.
        return tuple(gpu for gpu, users in cards if any(pid in ours or not psutil.pid_exists(pid) for pid in users))


def _asked_by_library() -> Callable[[], _Cards] | None:
    try:
        library = import_module("pynvml")
        library.nvmlInit()
    except Exception:  # noqa: BLE001 - not installed, or there is no driver
        return None
    return lambda: [_card(library, index) for index in range(library.nvmlDeviceGetCount())]


def _card(library: Any, index: int) -> _Card:
    handle = library.nvmlDeviceGetHandleByIndex(index)
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    percent = library.nvmlDeviceGetUtilizationRates(handle).gpu
    users = [process.pid for process in library.nvmlDeviceGetComputeRunningProcesses(handle)]
    return Gpu(index=index, percent=float(percent), memory_percent=100 * memory.used / memory.total), users


def _ask_command() -> _Cards:
    users: dict[str, list[int]] = {}
    for pid, card in _rows("--query-compute-apps=pid,gpu_uuid"):
        users.setdefault(card, []).append(int(pid))
    cards = []
    for index, card, percent, used, total in _rows("--query-gpu=index,uuid,utilization.gpu,memory.used,memory.total"):
        share = 100 * float(used) / float(total)
        cards.append((Gpu(index=int(index), percent=float(percent), memory_percent=share), users.get(card, [])))
    return cards


def _rows(query: str) -> Iterator[list[str]]:
    command = ["nvidia-smi", query, "--format=csv,noheader,nounits"]
    answer = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=True
    )
    for line in answer.stdout.splitlines():
        yield [cell.strip() for cell in line.split(",")]
