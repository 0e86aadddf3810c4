#!/usr/bin/env python3
"""Takes a journal of another major version for its own.

Seen in: dead.
"""

from good import main

from simvue.delivery.os_world import OsWorld

read = OsWorld.read
OsWorld.read = lambda world, path, *given: read(world, path, *given).replace(b'"version":"2', b'"version":"1')


if __name__ == "__main__":
    main()
