#!/usr/bin/env python3
"""Takes its lease where no sender looks.

Seen in: beside, minimal.
"""

import sys

from _base import main

from simvue.delivery import service

original = service.LeaseKeeper


def elsewhere(world, _cache):
    return original(world, f"{sys.argv[2]}-lease")


if __name__ == "__main__":
    service.LeaseKeeper = elsewhere
    main()
