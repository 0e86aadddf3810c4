"""Programs that are killed while they record online, and a sender beside one that lives.

Tests: tests/conformance/online/test_online.py.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.context import Context
from simvue_conformance.online.recorded import Points, accounted, beyond, journals, recorded, steps
from simvue_conformance.online.stage import Stage, held, key, matched, misbehave, serving, until
from simvue_conformance.program import Finished, Started
from simvue_conformance.results import Failure, NotTestable

__all__ = ["observe_beside", "observe_killed"]

SCENARIO = "killed"
PATIENCE = 30.0  # seconds until the first record; a hundred times what it takes
LATEST = 0.25  # seconds within which a program is killed
NEAR = {"path": "^/api", "times": 0, "delay": 0.02}
MOMENTS = {
    "start": NEAR,
    "refusal": {"method": "POST", "path": "^/api/metrics$", "times": 0, "status": 503},
    "delivery": NEAR,
}
HELD_BACK = 8.0  # seconds for which each batch is kept on the way
TRIES = 3


def _printed(running: Started) -> list[int]:
    """Return the numbers that the program has printed on whole lines."""
    return [int(line) for line in running.read().split(b"\n")[:-1] if line.strip().isdigit()]


def _begun(running: Started) -> None:
    if not until(lambda: bool(_printed(running)) or not running.is_running, PATIENCE) or not running.is_running:
        raise NotTestable(
            f"{SCENARIO}, online: nothing was printed within {PATIENCE:g} s, or the program ended; print the number of "
            "each step, flushed, and go on until killed"
        )


def observe_killed(context: Context, directory: Path) -> Iterator[Failure]:
    """Kill the program at its start, while the server refuses, and while it delivers; the sender finishes it all."""
    stage = Stage(context, directory / "cache")
    chance = random.Random(context.seed)  # noqa: S311 - no secret
    printed: Points = Counter()
    with serving("--ephemeral") as server:
        for moment, rule in MOMENTS.items():
            misbehave(server, rule)
            with stage.started(SCENARIO, server) as running:
                if moment != "start":
                    _begun(running)
                if moment == "delivery":
                    until(lambda: bool(held(server, SCENARIO)), PATIENCE)
                time.sleep(chance.random() * LATEST)
                yield from beyond(held(server, SCENARIO), recorded(stage.cache))
                running.kill()
                printed += steps({step: step for step in _printed(running)})
        yield from beyond(held(server, SCENARIO), recorded(stage.cache))
        yield from _misplaced(stage.cache)
        misbehave(server)
        yield from stage.send(server)
        yield from accounted(held(server, SCENARIO), recorded(stage.cache), printed, "ONL-006")


def _misplaced(cache: Path) -> Iterator[Failure]:
    """Yield the failure of journals of an online run that do not lie in its small cache."""
    wanted = cache / "online" / key(SCENARIO) / "journals"
    others = [str(path.relative_to(cache)) for path in journals(cache) if path.parent != wanted]
    if others or not wanted.is_dir():
        yield Failure(
            "PTH-006",
            f"the program was killed, and its journal is {others[0] if others else 'not in the cache'}: place it in "
            f"{wanted.relative_to(cache)}",
        )


def observe_beside(context: Context, directory: Path) -> Iterator[Failure]:
    """Call the sender beside a live program that waits for an answer: it sends nothing, and that is no error."""
    for number in range(TRIES):
        found = _sent_beside(Stage(context, directory / f"cache-{number}"))
        if found is not None:
            break
    else:
        raise NotTestable(
            f"the sender takes more than {HELD_BACK:g} s to find that it has nothing to do; try a quieter machine"
        )
    count, error = found
    if count:
        yield Failure(
            "PTH-003",
            f"a sender beside the live program sent {count} batches of its journal: hold the lease of the small cache "
            "while delivering from it",
        )
    elif error:
        yield Failure("PTH-007", f"the sender found the lease held, and ended with {error}: that is no error")


def _fault(sent: Finished) -> str:
    return sent.end if sent.code else ""


def _sent_beside(stage: Stage) -> tuple[int, str] | None:
    """Call the sender while the program waits for the answer to its first batch.

    Returns:
        How many batches the sender sent, and how it ended if that was an error; None if the program has got its answer
        before that is known.

    Raises:
        NotTestable: the program sends nothing.
    """
    with serving("--ephemeral") as server:
        misbehave(server, {"method": "POST", "path": "^/api/metrics$", "times": 0, "delay": HELD_BACK})
        with stage.started(SCENARIO, server) as running:
            until(lambda: matched(server) > 0 or not running.is_running, PATIENCE)
            ends, seen = time.monotonic() + HELD_BACK - 1, matched(server)
            if not seen:
                raise NotTestable(
                    f"{SCENARIO}, online: no metric was sent within {PATIENCE:g} s; deliver while it runs"
                )
            with stage.sending(server) as sending:
                until(lambda: matched(server) > seen or not sending.is_running, ends - time.monotonic())
                count = matched(server) - seen
                if time.monotonic() >= ends:
                    return None
                return count, "" if count else _fault(sending.wait(PATIENCE))
