#!/usr/bin/env python3
"""Sends the file as it is now, whatever the record says.

Seen in: artifacts.
"""

from dataclasses import replace

from good import main

from simvue.delivery import operations


def inspect(world, ask, layout, roots):
    return checked(world, replace(ask, size=None, sha256=None), layout, roots)


checked = operations.inspect
operations.inspect = inspect


if __name__ == "__main__":
    main()
