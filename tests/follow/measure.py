"""Memory and speed of following, against a plain loop over the same log with the same expression.

python -m tests.follow.measure 2048     # megabytes of the large log; it goes through a named pipe, not onto the disk
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from simvue import Run
from simvue.follow import Follower
from tests.journal.journals import ROOT

PATTERN = r"Residual: (?P<value>\S+)"
# Not ru_maxrss: that begins with what the process had before it became another program.
PROGRAM = """
from simvue.follow.cli import main
try:
    main()
finally:
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def block(lines: int, every: int) -> bytes:
    """Return a part of a log in which each so-many-th line has a value."""
    text = []
    for number in range(lines):
        text.append(f"step {number:9d}  cfl 0.31250 energy 1.2345678901E+03 wall {number * 0.01:12.4f} s\n")
        if number % every == 0:
            text.append(f"Residual: {1 / (number + 1):.6e}\n")
    return "".join(text).encode()


def peak(directory: Path, log: str) -> int:
    """Return the kilobytes that the command needs at most for a log."""
    variables = os.environ | {"HOME": str(directory), "PYTHONPATH": str(ROOT)}
    options = ["--metric", f"r={PATTERN}", "--mode", "offline", "--until", "^END", "--cache", f"{log}.cache"]
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, log, *options],
        cwd=directory,
        env=variables,
        check=True,
        capture_output=True,
        text=True,
    )
    return int(result.stdout.split()[-1])


def filled_pipe(directory: Path, name: str, megabytes: int, part: bytes) -> Path:
    """Return a named pipe into which a thread writes a log of that size."""
    path = directory / name
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as stream:
            for _ in range((megabytes << 20) // len(part) + 1):
                stream.write(part)
            stream.write(b"END\n")

    threading.Thread(target=write, daemon=True).start()
    return path


def quickest(function: Callable[[], object], repeats: int = 3) -> float:
    """Return the least seconds of several."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def speed(directory: Path, every: int) -> tuple[float, float, float]:
    """Return megabytes a second of a plain loop, of the follower, and of it without recording."""
    log = directory / "speed.log"
    log.write_bytes(block(400_000, every))
    size = log.stat().st_size / 1e6

    def plain() -> None:
        search = re.compile(PATTERN).search
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if match := search(line):
                    float(match["value"])

    def follow(mode: str) -> None:
        run = Run(mode=mode, cache_directory=directory / "cache")
        run.init("name")
        follower = Follower(run, log, metrics=[f"r={PATTERN}"])
        follower.finish()
        run.close()
        assert follower.tally.lines > 400_000

    return (
        size / quickest(plain),
        size / quickest(lambda: follow("offline")),
        size / quickest(lambda: follow("disabled")),
    )


def main() -> None:
    """Measure, and print a table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        part = block(10_000, 5000)
        small = peak(directory, str(filled_pipe(directory, "small", 1, part)))
        started = time.perf_counter()
        large = peak(directory, str(filled_pipe(directory, "large", megabytes, part)))
        seconds = time.perf_counter() - started
        print(f"peak RSS: {small} kB for 1 MiB, {large} kB for {megabytes} MiB: ratio {large / small:.3f}")
        print(f"through a named pipe: {megabytes / seconds:.0f} MiB/s")
        for every in (1000, 10):
            plain, offline, disabled = speed(directory, every)
            print(
                f"a value every {every} lines: plain loop {plain:.0f} MB/s, follower {offline:.0f} MB/s "
                f"(ratio {plain / offline:.2f}), without recording {disabled:.0f} MB/s (ratio {plain / disabled:.2f})"
            )


if __name__ == "__main__":
    main()
