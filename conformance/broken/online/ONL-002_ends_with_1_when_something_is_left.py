#!/usr/bin/env python3
"""Calls it an error of the simulation that the server is away.

Seen in: lost-answers.
"""

import atexit
import os

from _base import main

from simvue.run import online

original = online.warn


def warn(text):
    original(text)
    if "still to be delivered" in text:
        atexit.register(os._exit, 1)


if __name__ == "__main__":
    online.warn = warn
    main()
