#!/usr/bin/env python3
"""Creates the run without asking whose it is.

Seen in: two-caches.
"""

from _base import main

from simvue.delivery import runs
from simvue.delivery.service import Service

if __name__ == "__main__":
    runs.claim = lambda *_: True
    Service._fold = lambda _: None  # else the cache above knows the run all the same
    main()
