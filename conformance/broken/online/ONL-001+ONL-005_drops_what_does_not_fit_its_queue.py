#!/usr/bin/env python3
"""Online, has room for 5000 metrics and drops the others.

Seen in: failing, many.
"""

from itertools import count

from _base import IS_ONLINE, main

from simvue import Run

MOST = 5000
original, number = Run.log_metrics, count()


def log_metrics(self, *arguments, **named):
    if not IS_ONLINE or next(number) < MOST:
        original(self, *arguments, **named)


if __name__ == "__main__":
    Run.log_metrics = log_metrics
    main()
