"""Use of processor, memory, GPU and energy, measured beside the run.

A thread measures every minute, the first time a second after the run has begun, so that short runs load
nothing for it. How it is measured is in `simvue.resources`, what energy is made of in `simvue.emissions`.
Tests: tests/run/test_resources.py.
"""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simvue.config.settings import Settings
from simvue.errors import JournalEnded, WriterError
from simvue.journal.warning import warn
from simvue.run.recording import Recording

if TYPE_CHECKING:
    from simvue.emissions import Estimate, Intensity
    from simvue.resources import Meter, Usage

__all__ = ["Resources"]

_FIRST = 1.0
_PATIENCE = 2.0


class Resources(Recording):
    """Records what a run uses of its machine, as metrics with steps of their own.

    `resources/cpu.usage.percentage` is the processor time of the process, of all that it started and of what
    `set_pid` names, where 100 is one core; `resources/cpu.usage.memory` their resident memory in MiB. For each
    GPU of NVIDIA on which one of them runs there are `resources/gpu.utilisation.percent.<number>` and
    `resources/gpu.utilisation.memory.<number>`, in percent. The first rank of a run measures, no forked child.
    """

    _settings: Settings
    _rank: int | None = None
    _started: float | None = None
    _metrics_interval: float | None = None
    _has_resource_metrics = True
    _has_emission_metrics: bool | None = None
    _measured_pid: int | None = None
    _watch: "_Watch | None" = None

    def set_pid(self, pid: int) -> None:
        """Measure this process, with all that it starts, in place of the program's own."""
        if not isinstance(pid, int) or isinstance(pid, bool) or pid <= 0:
            self._refuse(WriterError(f"pid={pid!r}: give the number of a process, 1 or more"))
            return
        self._measured_pid = pid

    def _configure_resources(
        self,
        system_metrics_interval: int | None,
        enable_emission_metrics: bool | None,  # noqa: FBT001 - named as in `config`
        disable_resources_metrics: bool | None,  # noqa: FBT001
    ) -> None:
        """Take the settings of `config` that are about resources, each None if it is to stay as it is.

        Raises:
            WriterError: They contradict each other, or an interval is no time; none of them is taken.
        """
        interval = system_metrics_interval
        if interval is not None and (isinstance(interval, bool) or not isinstance(interval, int | float)):
            raise WriterError(f"system_metrics_interval={interval!r}: give seconds, more than 0")
        if interval is not None and not 0 < interval < threading.TIMEOUT_MAX:
            raise WriterError(f"system_metrics_interval={interval!r}: give seconds, more than 0")
        if interval is not None and disable_resources_metrics:
            raise WriterError(
                "setting of resource metric interval and disabling resource metrics is ambiguous: give one of them"
            )
        has_resources = self._has_resource_metrics
        if disable_resources_metrics is not None:
            has_resources = not disable_resources_metrics
        if enable_emission_metrics:
            self._check_emissions(has_resources=has_resources)
        self._has_resource_metrics = has_resources
        if enable_emission_metrics is not None:
            self._has_emission_metrics = enable_emission_metrics
        if interval is not None:
            self._metrics_interval = float(interval)
        if self._watch is None and self._metrics_writer is not None:
            self._start_watch()
        elif self._watch is not None and self._watch.owner == os.getpid():
            self._watch.woken.set()

    def _check_emissions(self, *, has_resources: bool) -> None:
        if not has_resources:
            raise WriterError(
                "emission metrics require resource metrics: do not disable those with disable_resources_metrics"
            )
        if self._mode != "online":
            return
        eco = self._settings.eco
        if eco.intensity is None and eco.token is None:
            raise WriterError(
                "emission metrics need the carbon intensity of the grid: set [eco] co2_intensity in g/kWh, or "
                "co2_signal_api_token for the service that knows it"
            )

    def _on_begin(self) -> None:
        super()._on_begin()
        if self._metrics_writer is not None and self._mode != "disabled":
            self._start_watch()

    def _on_end(self) -> None:
        if self._watch is not None and self._watch.owner == os.getpid():
            self._watch.finish()
        self._watch = None
        super()._on_end()

    def _start_watch(self) -> None:
        is_first = self._rank in (None, 0)
        if self._has_resource_metrics and is_first and self._watch is None:
            self._watch = _Watch(self)
            self._watch.start()


class _Watch:
    """Measures one run in a thread of its own, until it is stopped."""

    def __init__(self, run: Resources) -> None:
        self.owner = os.getpid()
        self.woken = threading.Event()
        self._run, self._step = run, 0
        self._is_stopped = False
        self._turn = threading.Lock()
        self._began, self._times = time.monotonic(), os.times()
        self._meter: Meter | None = None
        self._estimate: Estimate | None = None
        self._intensity: Intensity | None = None

    def start(self) -> None:
        thread = threading.Thread(target=self._keep, name="simvue-resources", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads are allowed, or the interpreter ends: go without
            warn("resource metrics are not recorded: no more threads can be started")

    def finish(self) -> None:
        """Stop, and measure the last time where sums are recorded: they would lack what came since."""
        self._is_stopped = True
        self.woken.set()
        if self._estimate is not None and self._turn.acquire(timeout=_PATIENCE):
            try:
                self._measure(may_ask=False)
            except Exception as error:  # noqa: BLE001 - a measurement never ends a simulation
                warn(f"the last resource metrics are not recorded: {error!r}")
            finally:
                self._turn.release()

    def _keep(self) -> None:
        self.woken.wait(min(_FIRST, self._interval()))
        while not self._is_stopped:
            self.woken.clear()
            try:
                with self._turn:
                    self._measure(may_ask=True)
            except Exception as error:  # noqa: BLE001 - as above
                warn(f"resource metrics are no longer recorded: {error!r}")
                return
            self.woken.wait(self._interval())

    def _interval(self) -> float:
        interval = self._run._metrics_interval  # noqa: SLF001 - the other half of this module
        return self._run._settings.metrics_interval if interval is None else interval  # noqa: SLF001

    def _measure(self, *, may_ask: bool) -> None:
        run = self._run
        writer = run._metrics_writer  # noqa: SLF001
        if writer is None or not run._has_resource_metrics:  # noqa: SLF001
            return
        usage = self._usage(run._measured_pid or self.owner)  # noqa: SLF001
        values = usage.metrics()
        has_emissions = run._has_emission_metrics  # noqa: SLF001
        if run._settings.measures_emissions if has_emissions is None else has_emissions:  # noqa: SLF001
            values |= self._estimated(usage, may_ask=may_ask)
        # Not by `log_metrics`: that counts the steps of the program's own metrics.
        started = self._began if run._started is None else run._started  # noqa: SLF001
        seconds = round(time.monotonic() - started, 6)
        with suppress(JournalEnded):  # in this moment
            writer.append("metrics", {"values": values, "step": self._step, "time": seconds})
        self._step += 1

    def _usage(self, pid: int) -> "Usage":
        from simvue.resources import Meter  # noqa: PLC0415 - psutil is not paid for at the start

        if self._meter is None:
            times = self._times
            own = (times.user + times.system, times.children_user + times.children_system)
            self._meter = Meter(since=self._began, own=own)
        executor = getattr(self._run, "_own_executor", None)
        return self._meter.measure([pid, *([] if executor is None else executor.pids)])

    def _estimated(self, usage: "Usage", *, may_ask: bool) -> dict[str, float]:
        from simvue.emissions import Estimate, Intensity  # noqa: PLC0415 - few runs want it

        settings = self._run._settings  # noqa: SLF001
        if self._estimate is None or self._intensity is None:
            self._estimate = Estimate(settings.eco)
            is_online = self._run._mode == "online"  # noqa: SLF001
            self._intensity = Intensity(settings.eco, Path(settings.cache), may_ask=is_online)
        intensity = self._intensity.current() if may_ask else self._intensity.known
        return self._estimate.add(usage.seconds, usage.cpu_percent, usage.gpu_percent, intensity)
