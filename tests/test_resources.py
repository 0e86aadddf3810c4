"""Meter: processor time, memory and GPUs of processes and all that they start."""

import os
import subprocess
import sys
import time
from pathlib import Path

from simvue.resources import Gpu, Meter, Usage

BURN = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"


def meter() -> Meter:
    times = os.times()
    own = (times.user + times.system, times.children_user + times.children_system)
    return Meter(since=time.monotonic(), own=own)


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def seconds_of(usage: Usage) -> float:
    """Return the processor time of a measurement."""
    return usage.cpu_percent / 100 * usage.seconds


def start(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_processor_time_is_what_was_used_since_the_measurement_before():
    measured = meter()

    burn(0.4)
    first = measured.measure([os.getpid()])
    time.sleep(0.2)
    second = measured.measure([os.getpid()])

    assert 0.35 <= seconds_of(first) < 0.7
    assert seconds_of(second) < 0.15
    assert second.seconds >= 0.2


def test_a_child_that_came_and_went_between_measurements_counts():
    measured = meter()

    subprocess.run([sys.executable, "-c", BURN.format(seconds=0.4)], check=True)
    usage = measured.measure([os.getpid()])

    assert 0.35 <= seconds_of(usage) < 1.2


def test_a_child_is_counted_once_while_it_lives_and_when_it_has_ended():
    measured = meter()
    child = start(BURN.format(seconds=0.4) + "print(flush=True); input()\n" + BURN.format(seconds=0.6))
    child.stdout.readline()

    living = measured.measure([os.getpid()])
    child.communicate(b"\n", timeout=30)
    ended = measured.measure([os.getpid()])

    assert 0.35 <= seconds_of(living) < 1.0
    assert 0.55 <= seconds_of(ended) < 0.9  # with the 0.4 again it would be 1.0


def test_what_a_process_used_before_it_was_looked_at_is_not_counted():
    child = start(BURN.format(seconds=0.5) + "print(flush=True); input()")
    child.stdout.readline()
    time.sleep(0.05)
    measured = meter()

    usage = measured.measure([child.pid])

    child.communicate(b"\n", timeout=30)
    assert seconds_of(usage) < 0.1
    assert 1 < usage.memory < 200


def test_a_process_that_has_vanished_uses_nothing():
    child = start("")
    child.communicate(timeout=30)
    measured = meter()

    usage = measured.measure([child.pid])

    assert (usage.cpu_percent, usage.memory) == (0.0, 0.0)


def test_memory_is_in_mebibytes_and_counts_children():
    measured = meter()
    alone = measured.measure([os.getpid()]).memory
    child = start("data = bytearray(b'x' * (100 << 20)); print(flush=True); input()")
    child.stdout.readline()

    together = measured.measure([os.getpid()]).memory

    child.communicate(b"\n", timeout=30)
    assert 95 < together - alone < 160


def test_a_process_named_twice_is_counted_once():
    once = meter().measure([os.getpid()]).memory

    twice = meter().measure([os.getpid(), os.getpid()]).memory

    assert abs(twice - once) < 20


SMI = """#!/bin/sh
case "$1" in
  --query-compute-apps=pid,gpu_uuid) printf '{apps}' ;;
  --query-gpu=index,uuid,utilization.gpu,memory.used,memory.total)
    printf '0, GPU-a, 40, 1000, 16000\\n1, GPU-b, 90, 4000, 16000\\n2, GPU-c, 7, 0, 16000\\n' ;;
  *) exit 1 ;;
esac
"""


def provide_smi(tmp_path: Path, monkeypatch, text: str) -> None:
    command = tmp_path / "bin" / "nvidia-smi"
    command.parent.mkdir()
    command.write_text(text)
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")


def test_gpus_on_which_a_process_runs_are_measured_by_the_drivers_command(tmp_path, monkeypatch):
    apps = f"{os.getpid()}, GPU-b\\n1, GPU-a\\n"  # GPU-a is another's
    provide_smi(tmp_path, monkeypatch, SMI.replace("{apps}", apps))

    usage = meter().measure([os.getpid()])

    assert usage.gpus == (Gpu(index=1, percent=90, memory_percent=25),)
    assert usage.gpu_percent == 90
    metrics = usage.metrics()
    assert metrics["resources/gpu.utilisation.percent.1"] == 90
    assert metrics["resources/gpu.utilisation.memory.1"] == 25  # used of total


def test_process_numbers_that_are_not_of_this_container_may_be_ours(tmp_path, monkeypatch):
    provide_smi(tmp_path, monkeypatch, SMI.replace("{apps}", "4194999, GPU-a\\n"))

    usage = meter().measure([os.getpid()])

    assert [gpu.index for gpu in usage.gpus] == [0]


def test_a_driver_that_fails_is_left_alone_after_a_while(tmp_path, monkeypatch):
    provide_smi(tmp_path, monkeypatch, f"#!/bin/sh\necho x >> {tmp_path}/calls\nexit 9\n")
    measured = meter()

    usages = [measured.measure([os.getpid()]) for _ in range(5)]

    assert [usage.gpus for usage in usages] == [()] * 5
    assert len((tmp_path / "calls").read_text().split()) == 3


LIBRARY = """
from types import SimpleNamespace as Answer
import os
def nvmlInit(): pass
def nvmlDeviceGetCount(): return 2
def nvmlDeviceGetHandleByIndex(index): return index
def nvmlDeviceGetMemoryInfo(handle): return Answer(total=16 << 30, used=4 << 30, free=12 << 30)
def nvmlDeviceGetUtilizationRates(handle): return Answer(gpu=55, memory=3)
def nvmlDeviceGetComputeRunningProcesses(handle): return [Answer(pid=os.getpid())] if handle else [Answer(pid=1)]
"""


def test_the_drivers_library_is_asked_where_it_is_installed(tmp_path):
    (tmp_path / "pynvml.py").write_text(LIBRARY)
    code = (
        "import os, time\nfrom simvue.resources import Meter\n"
        "print(Meter(since=time.monotonic(), own=(0.0, 0.0)).measure([os.getpid()]).gpus)\n"
    )
    root = Path(__file__).parent.parent
    paths = os.pathsep.join(map(str, (tmp_path, root, root / "spec")))

    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout == "(Gpu(index=1, percent=55.0, memory_percent=25.0),)\n", result.stderr


def test_without_a_gpu_there_are_two_metrics():
    assert set(Usage(seconds=1, cpu_percent=1, memory=2).metrics()) == {
        "resources/cpu.usage.percentage",
        "resources/cpu.usage.memory",
    }
