#!/usr/bin/env python3
"""Reads no further than a line that is no record.

Seen in: dead.
"""

from good import main

from simvue.delivery.os_world import OsWorld

read = OsWorld.read
OsWorld.read = lambda world, path, *given: (
    read(world, path, *given).partition(b"not json")[0].partition(b'{"kind":"grating"')[0]
)


if __name__ == "__main__":
    main()
