"""The whole way, in half a minute: simulate without a network, deliver beside it, fail on purpose, and count.

`make demo` runs it. Everything happens in a temporary directory that is gone afterwards: a node that knows no server, a
login node that does, and a server. What arrived is compared with the journals value by value; the exit code is 0
only if both are equal. Tests: tests/demo/test_demo.py.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from docs.examples.comparison import Difference, Server, compare, journal_files, read_journals

HERE = Path(__file__).parent
KILLED_AT = 4  # the pass that is killed
EXPECTED = (None, 0, 10, 20, -signal.SIGKILL)  # of a pass: it runs, is done, has a backlog or dead letters, was killed
TOKEN = "demo.only.token"  # noqa: S105 - of a server that listens here, and only while this lasts
PATIENCE = 45  # seconds after which something is wrong

# Answers that get lost: one after the request took effect, one before.
FAULTS = [
    {"method": "POST", "path": "^/api/metrics$", "drop": "after"},
    {"method": "POST", "path": "^/api/metrics$", "after": 1, "status": 503},
]
# Long enough to kill the sender while the server works for it. The server finishes; nobody hears its answer.
SLOW = [{"method": "POST", "path": "^/api/metrics$", "delay": 1.0}]
_NAMES = {"delay": "a slow answer", "drop after": "an answer lost after its request took effect", "status": "a 503"}


class DemoError(Exception):
    """The demonstration could not be carried out; the text says why."""


class Processes:
    """What the demonstration starts, so that all of it can be stopped, children included."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, name: str, command: list[str], environment: dict[str, str], directory: Path
    ) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own; what it prints goes to files."""
        with self._log(name, "out") as out, self._log(name, "err") as err:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def output(self, name: str, stream: str = "out") -> str:
        """Return what a program has printed so far."""
        return self._path(name, stream).read_text(errors="replace")

    def stop(self) -> None:
        """Stop whatever still runs, politely first, and wait until the last child is gone."""
        groups = [process.pid for process in self._started if process.poll() is None]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for group in groups:
                _signal(group, number)
            patience_ends = time.monotonic() + 3
            while groups and time.monotonic() < patience_ends:
                time.sleep(0.02)
                for process in self._started:
                    process.poll()  # else a process that has ended still counts
                groups = [group for group in groups if _signal(group, 0)]

    def _path(self, name: str, stream: str) -> Path:
        return self._logs / f"{name}.{stream}"

    def _log(self, name: str, stream: str) -> BinaryIO:
        return self._path(name, stream).open("wb")


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group; return whether there is such a group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


@dataclass(slots=True)
class Place:
    """Where things are: two homes, as on a cluster, and the cache that both see."""

    root: Path
    node: Path = field(init=False)
    login: Path = field(init=False)
    cache: Path = field(init=False)

    def __post_init__(self) -> None:
        self.node, self.login, self.cache = self.root / "node", self.root / "login", self.root / "shared" / ".simvue"
        for folder in (self.node, self.login, self.cache.parent, self.root / "log"):
            folder.mkdir()

    def configure(self, server: dict[str, str]) -> None:
        """Tell both where the cache is, and the login node alone where the server is."""
        offline = f"[offline]\ncache = {self.cache}\n"
        (self.node / ".simvue.ini").write_text(offline)
        secret = self.login / ".simvue.ini"
        secret.touch(0o600)
        secret.write_text(f"[server]\nurl = {server['url']}\ntoken = {server['token']}\n\n{offline}")


def environment(home: Path) -> dict[str, str]:
    """Return an environment with this home and nothing of simvue."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
    return kept | {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


class Cron:
    """Runs the sender every second, as cron would every minute: whether or not the one before has ended."""

    def __init__(self, processes: Processes, place: Place) -> None:
        self._processes, self._place = processes, place
        self._passes: list[subprocess.Popen[bytes]] = []
        self.killed = self.busy = 0

    def tick(self) -> subprocess.Popen[bytes]:
        """Start a pass."""
        home, name = self._place.login, f"sender-{len(self._passes) + 1}"
        process = self._processes.start(name, ["simvue_sender", "--json"], environment(home), home)
        self._passes.append(process)
        return process

    def wait(self) -> None:
        """Wait for all passes to end."""
        for process in self._passes:
            process.wait(PATIENCE)

    def failure(self) -> str:
        """Return what a pass said that ended as no pass should; empty while all is well."""
        for place, process in enumerate(self._passes, 1):
            if process.poll() not in EXPECTED:
                return (
                    f"pass {place} ended with {process.returncode}: {self._processes.output(f'sender-{place}', 'err')}"
                )
        return ""

    @property
    def count(self) -> int:
        """How many passes were started."""
        return len(self._passes)

    def summaries(self) -> list[dict[str, Any]]:
        """Return what the passes that have ended said, in the order of their start."""
        texts = [self._processes.output(f"sender-{place}") for place in range(1, self.count + 1)]
        return [json.loads(text) for text in texts if text.endswith("\n")]

    def is_done(self) -> bool:
        """Whether the last pass that found the cache free has left nothing behind."""
        said = [summary for summary in self.summaries() if not summary["busy"]]
        return bool(said) and said[-1]["journals"] == 0 and not said[-1]["failure"]


def say(text: str = "") -> None:
    """Print a line at once."""
    print(text, flush=True)


def start_server(processes: Processes, place: Place) -> Server:
    """Start the reference server on a free port, and configure the login node for it."""
    ready = place.root / "server.json"
    command = ["simvue-server", "--data", str(place.root / "server"), "--pages", "--faults", "--ready-file", str(ready)]
    command += ["--token", TOKEN]
    process = processes.start("server", command, environment(place.root), place.root)
    patience_ends = time.monotonic() + PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > patience_ends:
            raise DemoError(f"the server did not start: {processes.output('server', 'err')}")
        time.sleep(0.05)
    found = json.loads(ready.read_text())
    place.configure(found)
    return Server(found["url"], found["token"])


def kill_a_pass(server: Server, cron: Cron) -> str:
    """Start a pass, and kill it while the server has its request and it has no answer."""
    cron.wait()
    server.fetch(f"{server.url}/faults", "PUT", SLOW)
    process = cron.tick()
    while not json.loads(server.fetch(f"{server.url}/faults"))[0]["fired"]:
        if process.poll() is not None:
            return ""  # it had no metrics to send
        time.sleep(0.01)
    process.kill()
    process.wait()
    cron.killed += 1
    server.fetch(f"{server.url}/faults", "PUT", FAULTS)
    requests = json.loads(server.fetch(f"{server.url}/requests"))
    key: str = next(request["idempotency_key"] for request in requests if request["fault"] == "delay")
    return key


def progress(began: float, place: Place, server: Server, cron: Cron) -> None:
    """Print one line on how far everything is."""
    written = sum(file.read_bytes().count(b'{"kind":"metrics"') for file in journal_files(place.cache))
    accepted = server.get("/api/stats")["accepted"]["metrics"]
    say(f"{time.monotonic() - began:6.1f} s  {written:>8,} written  {accepted:>8,} on the server  pass {cron.count}")


def deliver(processes: Processes, place: Place, server: Server, seconds: float) -> tuple[Cron, str]:
    """Simulate and deliver side by side, until everything is delivered."""
    node = environment(place.node)
    heat = [sys.executable, str(HERE / "heat.py"), "--limit", str(seconds), "--run-key", "heat-plate"]
    jobs = {
        "heat": processes.start("heat", heat, node, place.node),
        "collatz": processes.start(
            "collatz",
            ["sh", str(HERE / "collatz.sh")],
            node | {"SIMVUE_OFFLINE_DIRECTORY": str(place.cache)},
            place.node,
        ),
    }
    cron, began, doubtful = Cron(processes, place), time.monotonic(), ""
    while True:
        next_tick = time.monotonic() + 1
        if cron.count + 1 >= KILLED_AT and not doubtful:
            doubtful = kill_a_pass(server, cron)
            if doubtful:
                say(f"          pass {cron.count} was killed (SIGKILL) while the server worked on its request")
        else:
            cron.tick()
        time.sleep(max(0.0, next_tick - time.monotonic()))
        progress(began, place, server, cron)
        failed = [name for name, job in jobs.items() if job.poll() not in (None, 0)]
        if failed:
            raise DemoError(f"{failed[0]} failed: {processes.output(failed[0], 'err')}")
        if cron.failure():
            raise DemoError(cron.failure())
        if all(job.poll() == 0 for job in jobs.values()) and cron.is_done():
            cron.wait()
            return cron, doubtful
        if time.monotonic() - began > PATIENCE:
            raise DemoError(f"not everything was delivered in {PATIENCE} s; the last pass said {cron.summaries()[-1:]}")


def tell_faults(server: Server, cron: Cron, doubtful: str) -> bool:
    """Say what went wrong on purpose; return whether all of it did, and the killed pass's request was settled."""
    requests = json.loads(server.fetch(f"{server.url}/requests"))
    again = [request for request in requests if request["idempotency_key"] == doubtful][1:]
    faults = [_NAMES.get(request["fault"], request["fault"]) for request in requests if request["fault"]]
    replayed = sum(request["replayed"] for request in requests)
    summaries = cron.summaries()
    busy = sum(bool(summary["busy"]) for summary in summaries)
    dead = sum(summary["dead_letters"] for summary in summaries)
    guarantee = next(summary["guarantee"]["metrics"] for summary in summaries if summary["guarantee"])
    say(f"{cron.count} passes of simvue_sender: {cron.killed} killed, {busy} left at once (another was at work).")
    say(f"Dead letters: {dead}. Guarantee: {guarantee}.")
    say(f"Faults of the server, on purpose: {', '.join(faults)}.")
    say(f"The request of the killed pass was sent again {len(again)} time(s), with the same key.")
    say(f"Repeated requests that the server recognised and did not apply again: {replayed}.")
    return any(request["replayed"] for request in again) and len(faults) == 1 + len(FAULTS)


def report(server: Server, place: Place) -> bool:
    """Ask the server what it holds, compare it with the journals, print it; return whether all is equal."""
    written, on_server = read_journals(journal_files(place.cache)), server.runs()
    is_equal = written.keys() == on_server.keys()
    for key, contents in sorted(written.items()):
        if key not in on_server:
            say(f"\nrun {key}: the server does not have it")
            continue
        identifier = on_server[key]
        held = server.contents(identifier)
        differences = compare(contents, held)
        say(f"\nrun {key}: {contents.records:,} records in {contents.journals} journal(s); state {held.status}")
        say(table(differences))
        say(f"  ask   curl -s -H \"Authorization: Bearer $TOKEN\" '{server.url}/api/runs/{identifier}'")
        say(f"  look  {server.url}/runs/{identifier}")
        is_equal = is_equal and held.status == contents.status and all(difference.is_none for difference in differences)
    return is_equal


def table(differences: list[Difference]) -> str:
    """Return the differences as lines of text; of the axes of the metrics, the one with the most."""
    *axes, events, facts, artifacts = differences
    worst = max(axes, key=lambda axis: axis.duplicated + axis.lost + axis.changed)
    lines = [f"  {'':<20}{'written':>10}{'on server':>12}{'duplicated':>12}{'lost':>8}{'changed':>9}"]
    for item in (replace(worst, what="metric values"), events, facts, artifacts):
        counts = f"{item.written:>10,}{item.held:>12,}{item.duplicated:>12,}{item.lost:>8,}{item.changed:>9,}"
        lines.append(f"  {item.what:<20}{counts}")
    return "\n".join(lines)


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def run(*, seconds: float, keep: bool) -> int:
    """Carry out the demonstration; return the exit code."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simvue-demo-")))
        place, processes = Place(root), Processes(root / "log")
        stack.callback(processes.stop)
        server = start_server(processes, place)
        say(f"A server listens on {server.url}. Two jobs run on a node that knows neither its address nor a token:")
        say("heat.py, two ranks in Python, and collatz.sh, a shell script. simvue_sender starts every second.\n")
        cron, doubtful = deliver(processes, place, server, seconds)
        say()
        has_failed_as_planned = tell_faults(server, cron, doubtful)
        is_equal = report(server, place)
        say()
        if not is_equal:
            say("NOT equal: the server does not hold what the journals say.")
        elif not has_failed_as_planned:
            say("Equal, but not everything that was to go wrong did, so this proves less than it should. Run it again.")
        else:
            say("Equal: every metric value with its step, time and time stamp, every event, fact and file, once.")
        if not keep:
            say("To look at the runs yourself: make demo KEEP=1")
        else:
            say(f"\nThe server stays up until you press Ctrl-C. Runs: {server.url}/")
            say(f"TOKEN={TOKEN}")
            signal.pause()
        return 0 if is_equal and has_failed_as_planned else 1


def main() -> int:
    """Run from the command line; also when it is interrupted, nothing is left behind."""
    parser = argparse.ArgumentParser(description="Simulate offline, deliver, fail on purpose, and count what arrived.")
    parser.add_argument("--keep", action="store_true", help="leave the server up until Ctrl-C")
    parser.add_argument("--seconds", type=float, default=10, help="time limit of the simulation, 5 or more (10)")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _interrupted)
    try:
        return run(seconds=arguments.seconds, keep=arguments.keep)
    except DemoError as error:
        say(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nstopped; nothing is left behind")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
