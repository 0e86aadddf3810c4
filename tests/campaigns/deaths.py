"""Kill a sender at every effect of a pass, and again in the recovery: `python -m tests.campaigns.deaths`.

Before, inside and after each effect, with and without the node's power, at servers that recognise repeated requests and
at others. Prints every death after which the server does not hold each record exactly once; exit status 1 if there is
one. One death of each kind is in the suite: tests/delivery/test_simulation.py.
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import sys
import time
from itertools import product

from tests.delivery.deaths import deaths, outcome, second_deaths, undisturbed
from tests.delivery.simulation import Death

__all__ = ["main"]

Task = tuple[bool, tuple[Death, ...]]


def _tasks() -> list[Task]:
    found: list[Task] = []
    for keyed, power in product((True, False), repeat=2):
        with contextlib.redirect_stderr(io.StringIO()):
            effects = undisturbed(keyed=keyed)[2]
        found += [(keyed, (death,)) for death in deaths(effects, power=power)]
        found += [(keyed, pair) for pair in second_deaths(effects, power=power)]
    return found


def _work(task: Task) -> str:
    """Return what is wrong after deaths; what senders say of the workload's bad lines is not of interest."""
    keyed, stages = task
    with contextlib.redirect_stderr(io.StringIO()):
        failure = outcome(*stages, keyed=keyed)[1]
    return f"{'keyed' if keyed else 'reconciled'}: {failure}" if failure else ""


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.deaths", description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--every", type=int, default=1, help="try the first of so many only")
    options = parser.parse_args(arguments)
    tasks = _tasks()[:: options.every]
    began = shown = time.monotonic()
    failures = 0
    with multiprocessing.Pool(options.processes) as pool:
        for count, failure in enumerate(pool.imap_unordered(_work, tasks, chunksize=8), 1):
            if failure:
                failures += 1
                print(failure, flush=True)
            if time.monotonic() - shown > 10:
                shown = time.monotonic()
                print(
                    f"{shown - began:.0f} s: {count} of {len(tasks)} deaths, {failures} with a difference", flush=True
                )
    print(f"{time.monotonic() - began:.0f} s: {len(tasks)} deaths, {failures} with a difference")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
