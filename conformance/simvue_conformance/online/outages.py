"""Servers that are slow, fail, are restarted or gone while a program records online.

Each place runs `many` (10,000 points) or `minimal`, lets the sender finish, and holds the server against the journals
and the scenario. Nothing depends on how fast the program is: what is to happen in the middle waits for a request that
the server holds back. Tests: tests/conformance/online/test_online.py.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from simvue_conformance.context import Context
from simvue_conformance.online.recorded import Points, accounted, examples, number_of_records, recorded, steps
from simvue_conformance.online.stage import (
    Server,
    Stage,
    changes,
    ended,
    fired,
    held,
    misbehave,
    run_of,
    serving,
    serving_here,
    until,
)
from simvue_conformance.program import Finished, Started
from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.server.process import ServerProcess

__all__ = ["observe_failing", "observe_lost_answers", "observe_restarted", "observe_slow", "observe_unreachable"]

MANY = steps({step: step / 8 for step in range(10_000)})
MINIMAL = steps({step: 1 / (3 + step) for step in range(3)}, "loss")
METRICS, RUN = "^/api/metrics$", "^/api/runs/[^/]+$"
SLOW = 0.5  # seconds for each answer
PATIENCE = 30.0  # seconds for 10,000 records, or for the first request: some hundred times what they take
AROUND = 10  # records that a scenario may have beside its metrics: header, run, status, end
HELD_BACK = (
    {"method": "POST", "path": METRICS, "after": 1, "times": 0, "delay": 5.0},
    {"method": "PUT", "path": RUN, "times": 0, "delay": 5.0},
)


def _settled(stage: Stage, server: Server, scenario: str, expected: Points) -> Iterator[Failure]:
    """Let the sender finish, and hold the server against the journals and the scenario."""
    yield from stage.send(server)
    yield from accounted(held(server, scenario), recorded(stage.cache), expected, "ONL-005")
    run = run_of(server, scenario)
    if run is not None and run["status"] != "completed":
        yield Failure(
            "PTH-004",
            f"after the sender the run's status is {run['status']}, not completed: leave its end to the sender, too",
        )


def observe_slow(context: Context, directory: Path) -> Iterator[Failure]:
    """Answer late: recording goes on meanwhile."""
    stage = Stage(context, directory / "cache")
    with serving("--ephemeral") as server:
        misbehave(server, {"path": "^/api/(metrics|events)$", "times": 0, "delay": SLOW})
        with stage.started("many", server) as running:
            if until(lambda: number_of_records(stage.cache) > MANY.total() or not running.is_running, PATIENCE):
                yield from ended(running.wait(stage.program.timeout), "many")
            else:
                yield Failure(
                    "ONL-007",
                    f"the journal had {examples(recorded(stage.cache))} of 10,000 after {PATIENCE:g} s, with a server "
                    f"that takes {SLOW:g} s to answer: let no call that records wait for an answer",
                )
                running.kill()
                return
        misbehave(server)
        yield from _settled(stage, server, "many", MANY)


def observe_failing(context: Context, directory: Path) -> Iterator[Failure]:
    """Refuse for a moment, lose answers, fail after the effect: each record arrives once, in one run."""
    stage = Stage(context, directory / "cache")
    with serving_here() as server:
        misbehave(
            server,
            {"method": "POST", "path": "^/api/runs$", "apply_then_status": 500},
            {"method": "POST", "path": METRICS, "status": 503},
            {"method": "POST", "path": METRICS, "drop": "after"},
            {"method": "POST", "path": METRICS, "status": 429, "retry_after": 1},
            {"method": "PUT", "path": RUN, "status": 502},
        )
        yield from ended(stage.run("many", server), "many")
        misbehave(server)
        yield from _settled(stage, server, "many", MANY)
        creations = {one["idempotency_key"] for one in changes(server) if one["path"] == "/api/runs"}
    if len(creations) > 1:
        yield Failure(
            "PTH-002",
            f"the answer to the run's creation was lost, and it was created under {len(creations)} keys: send a "
            "request in doubt again under its first key",
        )


@contextlib.contextmanager
def _many_without_its_server(stage: Stage, data: Path) -> Iterator[tuple[Started, ServerProcess]]:
    """Start `many`, and kill the server while it holds back a request in the middle; give both.

    Raises:
        NotTestable: the program sends nothing.
    """
    with serving("--data", str(data)) as server:
        misbehave(server, *HELD_BACK)
        with stage.started("many", server) as running:
            until(lambda: fired(server) > 0 or not running.is_running, PATIENCE)
            if not fired(server):
                raise NotTestable(
                    f"many, online: the server was not told its end within {PATIENCE:g} s; deliver while the program "
                    f"runs, and wait for that some seconds at its end ({len(changes(server))} requests so far)"
                )
            server.kill()
            yield running, server


def _again(server: ServerProcess, data: Path) -> tuple[str, ...]:
    """Return the options of a server that takes the place of another."""
    return ("--data", str(data), "--token", server.token, "--port", str(urlsplit(server.url).port))


def observe_restarted(context: Context, directory: Path) -> Iterator[Failure]:
    """End the server at once in the middle of a request, and start it again while the program runs."""
    stage, data = Stage(context, directory / "cache"), directory / "server"
    with _many_without_its_server(stage, data) as (running, server), serving(*_again(server, data)) as again:
        yield from ended(running.wait(stage.program.timeout), "many")
        yield from _settled(stage, again, "many", MANY)


def observe_unreachable(context: Context, directory: Path) -> Iterator[Failure]:
    """End the server in the middle of a request; it is back only when the program has ended."""
    stage, data = Stage(context, directory / "cache"), directory / "server"
    with _many_without_its_server(stage, data) as (running, server):
        finished = running.wait(stage.program.timeout)
        yield from ended(finished, "many")
        with serving(*_again(server, data)) as again:
            yield from _told(finished, again, "many", MANY)
            yield from _settled(stage, again, "many", MANY)


def _told(finished: Finished, server: Server, scenario: str, expected: Points) -> Iterator[Failure]:
    """Yield the failure of a program that did not say how much it leaves."""
    least = max(1, (expected - held(server, scenario)).total())
    said = [int(number) for number in re.findall(rb"(?<![\d.:])\d+(?![\d.:])", finished.stderr)]
    if not any(least <= number <= expected.total() + AROUND for number in said):
        yield Failure(
            "ONL-003",
            f"{least} records or more were left undelivered, and standard error has no such number: "
            f"{finished.words or '(nothing)'}; say at the end how many records are left to the sender",
        )


def observe_lost_answers(context: Context, directory: Path) -> Iterator[Failure]:
    """Lose the answer to each batch until the program has ended: the sender repeats its requests, key and body."""
    stage = Stage(context, directory / "cache")
    with serving_here() as server:
        misbehave(server, {"method": "POST", "path": METRICS, "drop": "after", "times": 0})
        finished = stage.run("minimal", server)
        yield from ended(finished, "minimal")
        lost = {(one["idempotency_key"], one["body_sha256"]) for one in changes(server) if one["fault"] == "drop after"}
        if not lost:
            raise NotTestable("minimal, online: no metric was sent; wait for the delivery some seconds at the end")
        yield from _told(finished, server, "minimal", MINIMAL)
        misbehave(server)
        yield from _settled(stage, server, "minimal", MINIMAL)
        again = {(one["idempotency_key"], one["body_sha256"]) for one in changes(server) if one["replayed"]}
    if missing := sorted(str(name) for name, _ in lost - again):
        yield Failure(
            "PTH-002",
            f"the sender did not repeat the request {missing[0]}, whose answer the program had not got: note the "
            "intent, its key and what the body is made of in the state before sending",
        )
