"""Measure the project's figures: `python -m tests.bench [--published PYTHON]`.

`--published` names the Python of a separate environment with the published client 2.6.2; the sender's rate is then held
against that of its sender, in this run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from simvue import Run
from simvue_conformance.server.process import running_server
from tests.bench.c_writer import c_writer
from tests.bench.fortran_writer import fortran_writer
from tests.bench.journals import metrics_lines, write_journal
from tests.bench.measure import Figure, in_turns

_BIN = Path(sys.executable).parent
_PUBLISHED_RUN = """
import simvue
with simvue.Run(mode="offline") as run:
    run.init("bench", folder="/bench")
    run.config(disable_resources_metrics=True)
    for number in range(10_000):
        run.log_metrics({"residual": 1 / (number + 1), "energy": number * 0.37, "cfl": number * 1e-5}, step=number)
"""
_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.bm8gb25lIGxvb2tz"


def writer(folder: Path) -> Figure:
    """`log_metrics` of three values, as the caller sees it, against encoding the same record and writing it."""
    count = 5_000
    os.environ["SIMVUE_OFFLINE_DIRECTORY"] = str(folder / "cache")
    run = Run(mode="offline")
    run.init("bench")
    descriptor = os.open(folder / "plain.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    at, crc = "2026-03-01T09:00:00.000000Z", "00000000"

    def ours() -> None:
        for number in range(count):
            run.log_metrics({"residual": 1 / (number + 1), "energy": number * 0.37, "cfl": number * 1e-5}, step=number)

    def theirs() -> None:
        for number in range(count):
            values = {"residual": 1 / (number + 1), "energy": number * 0.37, "cfl": number * 1e-5}
            record = {"kind": "metrics", "seq": number, "at": at, "values": values, "step": number, "crc": crc}
            os.write(descriptor, orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    mine, floor = in_turns(ours, theirs, 15)
    run.close()
    os.close(descriptor)
    detail = f"{mine / count * 1e6:.2f} us against {floor / count * 1e6:.2f} us a record"
    return Figure("log_metrics / (orjson.dumps + os.write)", mine / floor, 4.0, at_least=False, detail=detail)


def validator(folder: Path) -> Figure:
    """The command on a journal of 100 MB, against `orjson.loads` line by line in a process of its own."""
    path = folder / "large.jsonl"
    count = 100_000_000 // len(next(metrics_lines(1))) * 9 // 10
    write_journal(path, "bench-large", "bench", count)
    command = [str(_BIN / "simvue-validate"), str(path)]
    program = "import orjson, sys\nfor line in open(sys.argv[1], 'rb'): orjson.loads(line)"

    def ours() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def theirs() -> None:
        subprocess.run([sys.executable, "-c", program, str(path)], check=True)

    mine, floor = in_turns(ours, theirs, 3)
    size = path.stat().st_size / 1e6
    detail = f"{size / mine:.0f} MB/s against {size / floor:.0f} MB/s on {size:.0f} MB"
    return Figure("simvue-validate / orjson.loads (time)", mine / floor, 6.0, at_least=False, detail=detail)


def idle(folder: Path) -> Figure:
    """A pass over a cache with 1,000 delivered journals, against starting Python."""
    cache = folder / "idle"
    for name in ("journals", "delivered", "sender"):
        (cache / name).mkdir(parents=True)
    for number in range(1_000):
        (cache / "delivered" / f"journal-{number:04d}.jsonl").write_text("")
        (cache / "delivered" / f"journal-{number:04d}.receipt.json").write_text("{}")
    (cache / "sender" / "retention.json").write_text('{"next":"2999-01-01T00:00:00+00:00"}')
    environment = os.environ | {"SIMVUE_OFFLINE_DIRECTORY": str(cache)}

    def ours() -> None:
        subprocess.run([_BIN / "simvue_sender"], check=True, env=environment, stderr=subprocess.DEVNULL)

    def theirs() -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    mine, floor = in_turns(ours, theirs, 15)
    detail = f"{mine * 1e3:.0f} ms against {floor * 1e3:.0f} ms"
    return Figure("idle simvue_sender / python -c pass", mine / floor, 5.0, at_least=False, detail=detail)


class Drain:
    """Ten thousand records of one run to a server that keeps nothing, each time from a process that starts for it."""

    COUNT = 10_000

    def __init__(self, folder: Path, url: str) -> None:
        self._cache, self._folder, self._round = folder / "drain", folder, 0
        (self._cache / "journals").mkdir(parents=True)
        own = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
        self._environment = own | {"SIMVUE_URL": url, "SIMVUE_TOKEN": _TOKEN}

    def ours(self) -> tuple[float, float]:
        """Return the seconds of a whole process of our sender, and those of the pass in it."""
        self._round += 1
        name = f"bench-drain-{self._round}"
        write_journal(self._cache / "journals" / f"{name}.jsonl", name, name, self.COUNT)
        environment = self._environment | {"SIMVUE_OFFLINE_DIRECTORY": str(self._cache)}
        command = [str(_BIN / "simvue_sender"), "--json"]
        begun = time.perf_counter()
        result = subprocess.run(command, check=True, env=environment, capture_output=True, cwd=self._folder)
        wall = time.perf_counter() - begun
        said = json.loads(result.stdout)
        if said["delivered"].get("metrics") != self.COUNT:
            raise SystemExit(f"the sender did not deliver: {said}")
        return wall, said["seconds"]

    def published(self, python: str) -> float:
        """Return the seconds of a whole process of the published sender over the same records."""
        cache = Path(tempfile.mkdtemp(prefix="published-", dir=self._folder))
        environment = self._environment | {"SIMVUE_OFFLINE_DIRECTORY": str(cache)}
        subprocess.run(
            [python, "-c", _PUBLISHED_RUN], check=True, env=environment, cwd=self._folder, capture_output=True
        )
        command = [str(Path(python).parent / "simvue-sender")]
        begun = time.perf_counter()
        subprocess.run(command, check=True, env=environment, cwd=self._folder, capture_output=True)
        wall = time.perf_counter() - begun
        if list((cache / "metrics").glob("*.json")):
            raise SystemExit("the published sender did not deliver")
        return wall


def drain(folder: Path, published: str | None) -> list[Figure]:
    """Our sender against the published one, or its own rate where that is not at hand."""
    command = [sys.executable, "-m", "tests.bench.nullserver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise SystemExit("the null server has no pipes")
        measured = Drain(folder, server.stdout.readline().strip())
        measured.ours()  # byte-compiles what is imported
        mine = [measured.ours() for _ in range(7)]
        theirs = [measured.published(published) for _ in range(3)] if published else []
        server.stdin.close()
    wall = statistics.median(each for each, _ in mine)
    inside = statistics.median(each for _, each in mine)
    rates = f"{Drain.COUNT / wall:,.0f} records/s by the clock on the wall, {Drain.COUNT / inside:,.0f} within the pass"
    if not theirs:
        name = "simvue_sender / published sender (not at hand)"
        return [Figure(name, float("nan"), None, at_least=True, detail=rates)]
    other = statistics.median(theirs)
    detail = f"{rates}; published {Drain.COUNT / other:,.0f}"
    return [
        Figure("simvue_sender / published sender, whole process", other / wall, None, at_least=True, detail=detail),
        Figure("simvue_sender's pass / published sender", other / inside, 10.0, at_least=True, detail=detail),
    ]


def start(folder: Path, published: str | None) -> list[Figure]:
    """What `import simvue` and a name of it cost a process, against one that does nothing."""

    def of(python: str, program: str) -> Callable[[], object]:
        return lambda: subprocess.run([python, "-c", program], check=True, cwd=folder)

    figures = []
    for program, limit in (("import simvue", 4.0), ("from simvue import Run", None)):
        mine, floor = in_turns(of(sys.executable, program), of(sys.executable, "pass"), 15)
        detail = f"{mine * 1e3:.0f} ms against {floor * 1e3:.0f} ms"
        figures.append(Figure(f"{program} / python -c pass", mine / floor, limit, at_least=False, detail=detail))
    if published:
        theirs, floor = in_turns(of(published, "import simvue"), of(published, "pass"), 3)
        detail = f"{theirs * 1e3:.0f} ms against {floor * 1e3:.0f} ms"
        name = "published client: import simvue / python -c pass"
        figures.append(Figure(name, theirs / floor, None, at_least=False, detail=detail))
    return figures


def online(folder: Path) -> Figure:
    """From the call of `log_metrics` until another program sees the value on the server."""
    count = 400
    os.environ["SIMVUE_OFFLINE_DIRECTORY"] = str(folder / "online")
    called: list[float] = []
    seen: list[float] = []
    with running_server("--ephemeral") as server:
        run = Run(server_url=server.url, server_token=server.token)
        run.init("bench")
        run.config(disable_resources_metrics=True)

        def look() -> None:
            while len(seen) < count:
                _, _, body = server.request("GET", f"/api/runs/{run.id}", server.authorization)
                there = json.loads(body)["metrics"].get("number", {"count": 0})["count"]
                seen.extend([time.monotonic()] * (there - len(seen)))

        watcher = threading.Thread(target=look)
        watcher.start()
        for number in range(count):
            called.append(time.monotonic())
            run.log_metrics({"number": number}, step=number)
            time.sleep(0.005 + 0.04 * (number % 7) / 6)
        watcher.join()
        run.close()
    delays = sorted(after - before for before, after in zip(called, seen, strict=True))
    p99 = delays[count * 99 // 100]
    detail = f"median {delays[count // 2] * 1e3:.0f} ms, longest {delays[-1] * 1e3:.0f} ms"
    return Figure("p99 from log_metrics to the server, in seconds", p99, 1.0, at_least=False, detail=detail)


def main() -> None:
    """Measure, print, and exit 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--published", help="the Python of an environment with the published client 2.6.2")
    parser.add_argument(
        "--only",
        choices=["writer", "validator", "start", "idle", "online", "drain", "c", "fortran"],
        help="measure one thing",
    )
    options = parser.parse_args()
    parts: dict[str, Callable[[Path], list[Figure]]] = {
        "writer": lambda folder: [writer(folder)],
        "validator": lambda folder: [validator(folder)],
        "start": lambda folder: start(folder, options.published),
        "idle": lambda folder: [idle(folder)],
        "online": lambda folder: [online(folder)],
        "drain": lambda folder: drain(folder, options.published),
        "c": lambda folder: [c_writer(folder)],
        "fortran": lambda folder: [fortran_writer(folder)],
    }
    kept = True
    for name, part in parts.items():
        if options.only in {None, name}:
            with tempfile.TemporaryDirectory(prefix="simvue-bench-") as folder:
                for figure in part(Path(folder)):
                    print(figure, flush=True)
                    kept = kept and figure.is_kept
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
