#!/usr/bin/env python3
"""Gives the run another name online.

Seen in: minimal.
"""

from _base import IS_ONLINE, main

from simvue import Run

original = Run.init


def init(self, name, **details):
    return original(self, f"{name} online" if IS_ONLINE else name, **details)


if __name__ == "__main__":
    Run.init = init
    main()
