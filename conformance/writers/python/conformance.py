"""What the conformance suite asks of a writer, done with the Python client: conformance.py SCENARIO DIRECTORY.

What each scenario is, is in conformance/WRITER-CLI.md. Exit code 77 says that there is no such scenario here. With
SIMVUE_MODE=online the same program is judged in the role `online`. Tests: tests/writers/test_conformance.py.
"""
# ruff: noqa: INP001 - it is copied, and belongs to no package

import locale
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import Any

from simvue import Run, SimvueRunError

MODE: Any = os.environ.get("SIMVUE_MODE", "offline")


def begin(directory: Path, name: str, rank: int = 0, **details: Any) -> Run:
    """Begin the run of a scenario; a rank above 0 joins it and describes nothing."""
    run = Run(mode=MODE, run_key=f"conformance-{name}", rank=rank, cache_directory=directory)
    run.config(disable_resources_metrics=True, abort_on_alert="ignore")
    run.init(name, folder="/conformance", **details)
    return run


def end(run: Run) -> None:
    """End the run; a server that cannot be reached does not hold the program up for long."""
    run.close(timeout=5.0)


def record_steps(run: Run, steps: Iterable[int]) -> None:
    """Record each step as metric x."""
    for step in steps:
        run.log_metrics({"x": step}, step=step)


def minimal(directory: Path) -> None:
    """Three values of one metric."""
    run = begin(directory, "minimal")
    for step in range(3):
        run.log_metrics({"loss": 1 / (step + 3)}, step=step)
    end(run)


def full(directory: Path) -> None:
    """Every kind of record but grids and tensors."""
    run = begin(
        directory,
        "full",
        description="every kind",
        tags=["red", "green"],
        metadata={"nx": 128, "alpha": 0.1, "scheme": "implicit", "periodic": True},
        timeout=180,
    )
    run.log_metrics({"a": 1.5, "b": -2.0}, step=0, time=0.5)
    run.log_event("half way", log_level="warning")
    run.update_metadata({"cells": 16384})
    run.update_tags(["blue"])
    run.set_folder_details(description="of the suite")
    run.create_metric_threshold_alert("hot", "a", 10.0, "is above")
    run.create_event_alert("words", "panic")
    run.create_user_alert("mine")
    run.log_alert(name="mine", state="critical")
    run.save_file(directory / "input.txt", "input")
    run.save_file(directory / "input.txt", "output", name="kept.txt", snapshot=True)
    # A Run says by itself that it lives and runs, when there is need to; here it is made to.
    run._writer.append("heartbeat", {})  # noqa: SLF001
    run._writer.append("status", {"status": "running"})  # noqa: SLF001
    end(run)


def text(directory: Path) -> None:
    """Texts of any bytes; one is too long for a record."""
    run = begin(directory, "text")
    texts = [(directory / "text" / f"{number:02}").read_bytes().decode(errors="replace") for number in range(20)]
    for number, content in enumerate(texts):
        try:
            run.log_event(content)
        except SimvueRunError as error:
            print(f"text/{number:02}: {error}", file=sys.stderr)  # noqa: T201
    run.update_metadata({"text": texts[1]})
    end(run)


def numbers(directory: Path) -> None:
    """Doubles, in the user's locale."""
    locale.setlocale(locale.LC_ALL, "")
    run = begin(directory, "numbers")
    for step, line in enumerate((directory / "numbers.txt").read_text().splitlines()):
        run.log_metrics({"x": float(line)}, step=step)
    run.log_metrics({"y": 1.0}, step=9007199254740991, time=-1.5)
    end(run)


def non_finite(directory: Path) -> None:
    """Values that JSON has no numbers for."""
    run = begin(directory, "non-finite")
    for step, value in enumerate((float("nan"), float("inf"), float("-inf"), 0.5)):
        run.log_metrics({"x": value}, step=step)
    end(run)


def many(directory: Path) -> None:
    """Ten thousand records."""
    run = begin(directory, "many")
    for step in range(10_000):
        run.log_metrics({"x": step / 8}, step=step)
    end(run)


def rotation(directory: Path) -> None:
    """Three journals of one process."""
    run = begin(directory, "rotation")
    for first in (0, 10, 20):
        if first:
            # A Run rotates by itself, by size and age; here it is made to.
            with run._writer._lock:  # noqa: SLF001
                run._writer._chain._rotate()  # noqa: SLF001
        record_steps(run, range(first, first + 10))
    end(run)


def restart_1(directory: Path) -> None:
    """Die in the middle."""
    record_steps(begin(directory, "restart"), range(5))
    os._exit(1)


def restart_2(directory: Path) -> None:
    """Go on where another process died."""
    run = begin(directory, "restart")
    record_steps(run, range(5, 10))
    end(run)


def ranks(directory: Path, rank: int) -> None:
    """Be one process of two."""
    run = begin(directory, "ranks", rank)
    for step in range(100):
        run.log_metrics({f"rank{rank}": step}, step=step, time=step / 4)
    end(run)


def full_disk(directory: Path) -> None:
    """Go on while nothing can be written."""
    run = begin(directory, "full-disk")
    step = 0
    while not (directory / "full").exists():
        record_steps(run, [step])
        step += 1
    run._writer.append("status", {"status": "running"})  # noqa: SLF001 - as in `full`
    record_steps(run, range(step, step + 20))
    (directory / "waiting").touch()
    while not (directory / "room").exists():
        time.sleep(0.02)
    record_steps(run, range(step + 20, step + 120))
    end(run)


def killed(directory: Path) -> None:
    """Say what is recorded, until somebody kills this process."""
    run = begin(directory, "killed")
    for step in range(2000):
        record_steps(run, [step])
        print(step, flush=True)  # noqa: T201
    while True:
        signal.pause()


def crowd(directory: Path) -> None:
    """Be one process of eight."""
    run = begin(directory, "crowd")
    for step in range(200):
        run.log_metrics({"x": step}, step=step, time=step / 4)
    end(run)


def threads(directory: Path) -> None:
    """Four threads, one journal."""
    run = begin(directory, "threads")

    def record(thread: int) -> None:
        for event in range(250):
            run.log_event(f"thread {thread} event {event}")

    workers = [Thread(target=record, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    end(run)


def fork(directory: Path) -> None:
    """Record in a child as well: the same Run opens a journal of its own there."""
    run = begin(directory, "fork")
    record_steps(run, (0, 1))
    child = os.fork()
    if child == 0:
        record_steps(run, (2, 3))
        end(run)
        os._exit(0)
    os.waitpid(child, 0)
    record_steps(run, (4,))
    end(run)


SCENARIOS: dict[str, Callable[[Path], None]] = {
    "minimal": minimal,
    "full": full,
    "text": text,
    "numbers": numbers,
    "non-finite": non_finite,
    "many": many,
    "rotation": rotation,
    "restart-1": restart_1,
    "restart-2": restart_2,
    "rank-0": lambda directory: ranks(directory, 0),
    "rank-1": lambda directory: ranks(directory, 1),
    "full-disk": full_disk,
    "killed": killed,
    "crowd": crowd,
    "threads": threads,
    "fork": fork,
}

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: conformance.py SCENARIO DIRECTORY")
    play = SCENARIOS.get(sys.argv[1])
    if play is None:
        sys.exit(77)
    play(Path(sys.argv[2]))
