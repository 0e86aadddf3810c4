#!/usr/bin/env python3
"""Returns from a call that records when the server has it.

Seen in: slow.
"""

from _base import IS_ONLINE, main

from simvue import Run

original = Run.log_metrics


def log_metrics(self, *arguments, **named):
    original(self, *arguments, **named)
    if IS_ONLINE:
        service = self._online._service
        service.wake()
        service.wait_for(lambda: not service.backlog().records, 10.0)


if __name__ == "__main__":
    Run.log_metrics = log_metrics
    main()
