"""Journals that hypothesis makes and, where the two readers differ, makes smaller: simvue-validate against the judge.

`python -m tests.campaigns.searched --journals 100000 [--first SEED]`; each journal is read dead and live. What is
compared is the business of tests.campaigns.differential, how a journal is made that of tests.campaigns.hostile.
"""

import argparse
import multiprocessing
import sys
import time
import traceback
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.campaigns.differential import disagreements
from tests.campaigns.hostile import made

_SHARE = 2_500  # journals of one search; searches are shared out to processes


def _search(task: tuple[int, int]) -> tuple[int, str]:
    """Make so many journals from a seed; return how many there were, and what was found."""
    first, count = task
    seen = 0

    @seed(first)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def agree(choice: Random) -> None:
        nonlocal seen
        seen += 1
        journal = made(choice)
        assert [found.texts for found in disagreements(journal)] == [], journal

    try:
        agree()
    except AssertionError:
        return seen, traceback.format_exc(limit=0)
    return seen, ""


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.searched", description=__doc__)
    parser.add_argument("--journals", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    searches = -(-options.journals // _SHARE)
    tasks = [(options.first + number, min(_SHARE, options.journals - number * _SHARE)) for number in range(searches)]
    made_so_far, found = 0, []
    began = time.monotonic()
    with multiprocessing.Pool(options.processes) as pool:
        for count, text in pool.imap_unordered(_search, tasks):
            made_so_far += count
            if text:
                found.append(text)
                print(text, flush=True)
            print(f"{time.monotonic() - began:.0f} s: {made_so_far} journals, {len(found)} differences", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
