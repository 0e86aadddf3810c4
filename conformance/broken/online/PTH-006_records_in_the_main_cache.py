#!/usr/bin/env python3
"""Delivers the whole cache instead of one of the run's own.

Seen in: killed, minimal.
"""

from pathlib import Path

from _base import main

from simvue.run.online import Online

original = Online.__init__


def init(self, settings, *rest):
    original(self, settings, *rest)
    self.cache = Path(settings.cache)


if __name__ == "__main__":
    Online.__init__ = init
    main()
