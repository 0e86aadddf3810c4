#!/usr/bin/env python3
"""Takes no notice of a state that cannot be written, and is content.

Seen in: unwritable.
"""

from good import main

from simvue.delivery.lease import Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.errors import SimvueError


def carelessly(name):
    method = getattr(OsWorld, name)

    def attempt(world, path, *given):
        try:
            return method(world, path, *given)
        except (OSError, SimvueError):
            MEMORY.append(path)
            return True

    setattr(OsWorld, name, attempt)


MEMORY = []
for each in ("append", "create", "replace", "sync", "sync_directory", "makedirs"):
    carelessly(each)
LeaseKeeper.acquire = lambda keeper: Held(epoch=1, after=None)
LeaseKeeper.renew_if_due = LeaseKeeper.release = lambda keeper: None
LeaseKeeper.check = lambda keeper, seconds: True


if __name__ == "__main__":
    main()
