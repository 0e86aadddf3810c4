"""Beginnings that fail: a token that the server refuses, a cache that cannot be written.

Tests: tests/conformance/online/test_online.py.
"""

from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.context import Context
from simvue_conformance.online.recorded import examples, steps
from simvue_conformance.online.stage import NO_SCENARIO, Stage, changes, ended, held, serving_here
from simvue_conformance.results import Failure

__all__ = ["observe_no_cache", "observe_refused"]

SCENARIO = "minimal"
WRONG = "this.token.is-not-the-servers"
MOST_LINES = 10
MINIMAL = steps({step: 1 / (3 + step) for step in range(3)}, "loss")


def observe_refused(context: Context, directory: Path) -> Iterator[Failure]:
    """Give a token that the server refuses: an error at the beginning, in words, without the token."""
    stage = Stage(context, directory / "cache")
    with serving_here() as server:
        finished = stage.run(SCENARIO, server, token=WRONG)
    if finished.code == NO_SCENARIO:
        list(ended(finished, SCENARIO))
    if finished.code <= 0:
        yield Failure(
            "ONL-004", f"the server refused the token, and the program ended with {finished.end}; end with an error"
        )
    elif not finished.stderr.strip():
        yield Failure("ONL-004", "the server refused the token, and standard error is empty; say what to do about it")
    if WRONG.encode() in finished.stdout + finished.stderr:
        yield Failure("ONL-009", f"the token was printed: {finished.words}; never print it")


def observe_no_cache(context: Context, directory: Path) -> Iterator[Failure]:
    """Put a file where the caches of online runs belong: the program says so, and sends from memory or refuses."""
    stage = Stage(context, directory / "cache")
    (stage.cache / "online").write_bytes(b"")
    with serving_here() as server:
        finished = stage.run(SCENARIO, server)
        there = held(server, SCENARIO)
        requests = len(changes(server))
    if finished.code == NO_SCENARIO:
        list(ended(finished, SCENARIO))
    lines = finished.stderr.strip().splitlines()
    if not 1 <= len(lines) <= MOST_LINES:
        yield Failure(
            "ONL-008",
            f"the cache cannot be written, and standard error has {len(lines)} lines: say once that the run is not "
            f"on the disk (it ended with {finished.end})",
        )
    if finished.code == 0 and there != MINIMAL:
        yield Failure(
            "ONL-008",
            f"the cache cannot be written, the program ended with 0, and after {requests} requests the server holds "
            f"{examples(there)}: send everything from memory, or end with an error",
        )
