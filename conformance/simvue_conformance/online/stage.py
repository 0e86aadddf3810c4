"""What every place of the role has: reference servers, and a cache with the program and the sender that use it.

Which programs are run against which misfortunes is left to the modules beside this one. Tests:
tests/conformance/online/test_online.py, which judges programs by it.
"""

import contextlib
import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from simvue_conformance import holdings
from simvue_conformance.context import Context
from simvue_conformance.online.recorded import Points
from simvue_conformance.program import Finished, Program, Started
from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.sender.site import Site
from simvue_conformance.server.process import ServerProcess, ServerStartError, running_server

__all__ = [
    "NO_SCENARIO",
    "Server",
    "Stage",
    "changes",
    "ended",
    "fired",
    "held",
    "key",
    "matched",
    "misbehave",
    "run_of",
    "serving",
    "serving_here",
    "until",
]

AGAIN = 10  # the exit code of a sender that has left something for its next pass
PAUSE = 0.3
NO_SCENARIO = 77


class Server(holdings.Server, Protocol):
    """A reference server that a program can reach: a process, or one in this process."""

    @property
    def url(self) -> str:
        """Its address."""
        ...


def key(scenario: str) -> str:
    """Return the run key of a scenario."""
    return f"conformance-{scenario}"


def serving_here() -> contextlib.AbstractContextManager[Server]:
    """Run a reference server in this process: at no cost, and without delays."""
    return Site()


@contextlib.contextmanager
def serving(*options: str) -> Iterator[ServerProcess]:
    """Run a reference server as a process of its own for the length of the block.

    Raises:
        NotTestable: it does not start.
    """
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running_server("--faults", *options))
        except ServerStartError as error:
            raise NotTestable(f"the reference server did not start: {error}; pip install '.[server]'") from error
        yield server


def misbehave(server: Server, *rules: Mapping[str, object]) -> None:
    """Put fault rules in force (SERVER-HTTP.md), in the place of those before."""
    headers = {"content-type": "application/json"}
    status, _, body = server.request("PUT", "/faults", headers, json.dumps(rules).encode())
    if status != 200:
        raise RuntimeError(f"the reference server refused the rules: {body!r}")


def _rules(server: Server) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = json.loads(server.request("GET", "/faults")[2])
    return rules


def matched(server: Server) -> int:
    """Return how many requests, answered or not, have met the first rule in force."""
    return int(_rules(server)[0]["matched"])


def fired(server: Server) -> int:
    """Return how often the rules in force have fired."""
    return sum(int(rule["fired"]) for rule in _rules(server))


def changes(server: Server) -> list[dict[str, Any]]:
    """Return the requests below /api so far that change something on behalf of a record (DLV-013)."""
    requests: list[dict[str, Any]] = json.loads(server.request("GET", "/requests")[2])
    return [
        one
        for one in requests
        if one["method"] in {"POST", "PUT"} and re.match("/api/(?!.*/heartbeat$)", one["path"]) is not None
    ]


def run_of(server: Server, scenario: str) -> Mapping[str, Any] | None:
    """Return the run of a scenario as the server shows it, or None."""
    rows = _get(server, "/runs?count=0&start=0&filters=[]")["data"]
    return next((row for row in rows if row["metadata"].get("simvue", {}).get("run") == key(scenario)), None)


def held(server: Server, scenario: str) -> Points:
    """Return the points that a server holds of a scenario's run: quick enough to be asked while it is recorded."""
    run, points = run_of(server, scenario), Points()
    if run is not None:
        series = _get(server, f'/metrics?runs=["{run["id"]}"]&xaxis=step').get(run["id"], {})
        for name, rows in series.items():
            points.update((name, row["step"], repr(float(row["value"]))) for row in rows)
    return points


def _get(server: Server, path: str) -> Any:
    status, _, body = server.request("GET", f"/api{path}", server.authorization)
    if status != 200:
        raise RuntimeError(f"the reference server answered {status} to GET {path}: {body[:200]!r}")
    return json.loads(body)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds, so many seconds at most; return whether it does."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= ends:
            return False
        time.sleep(0.02)
    return True


def ended(finished: Finished, scenario: str, mode: str = "online") -> Iterator[Failure]:
    """Yield the failure of a program that did not end in order.

    Raises:
        NotTestable: the program has no such scenario.
    """
    if finished.code == NO_SCENARIO:
        raise NotTestable(f"{scenario}: exit code 77, the program has no such scenario; add it (ONLINE-CLI.md)")
    if finished.code != 0:
        yield Failure("ONL-002", f"{scenario}, {mode}: {finished.end}; end with 0 whatever the server does")


class Stage:
    """A cache, the program that records into it, and the sender that delivers from it, against one server."""

    def __init__(self, context: Context, directory: Path) -> None:
        self.program = context.program
        self.sender = context.sender or _default_sender(context.program.timeout)
        self.cache = directory
        directory.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def _environment(server: Server | None, token: str | None = None) -> dict[str, str]:
        if server is None:
            return {"SIMVUE_MODE": "offline"}
        return {"SIMVUE_MODE": "online", "SIMVUE_URL": server.url, "SIMVUE_TOKEN": token or _token(server)}

    def run(self, scenario: str, server: Server | None, *, token: str | None = None) -> Finished:
        """Run a scenario to its end: online with a server, offline without."""
        return self.program.run(scenario, str(self.cache), environment=self._environment(server, token))

    def started(self, scenario: str, server: Server | None) -> contextlib.AbstractContextManager[Started]:
        """Start a scenario: online with a server, offline without."""
        return self.program.started(scenario, str(self.cache), environment=self._environment(server))

    def run_at_once(self, scenarios: Sequence[str], server: Server | None) -> list[Finished]:
        """Run several scenarios at the same time, to their ends."""
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(self.started(scenario, server)) for scenario in scenarios]
            return [one.wait(self.program.timeout) for one in running]

    def sending(self, server: Server) -> contextlib.AbstractContextManager[Started]:
        """Start a pass of the sender."""
        environment = {"SIMVUE_URL": server.url, "SIMVUE_TOKEN": _token(server)}
        return self.sender.started("--cache", str(self.cache), environment=environment)

    def _sent(self, server: Server) -> Finished:
        with self.sending(server) as sending:
            return sending.wait(self.sender.timeout)

    def send(self, server: Server) -> Iterator[Failure]:
        """Call the sender until it has nothing left; yield the failure of one that cannot deliver what lies there."""
        ends = time.monotonic() + self.sender.timeout
        while (sent := self._sent(server)).code == AGAIN and time.monotonic() < ends:
            time.sleep(PAUSE)
        if sent.code != 0:
            yield Failure(
                "PTH-004", f"the sender could not finish what the program left: {sent.end}; leave ordinary journals"
            )


def _token(server: Server) -> str:
    return server.authorization["authorization"].removeprefix("Bearer ")


def _default_sender(timeout: float) -> Program:
    beside = Path(sys.executable).with_name("simvue_sender")
    found = str(beside) if beside.exists() else shutil.which("simvue_sender")
    if found is None:
        raise NotTestable("there is no simvue_sender; pip install '.[sender]', or name a sender with --sender")
    return Program(command=(found,), timeout=timeout)
