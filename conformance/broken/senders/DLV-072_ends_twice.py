#!/usr/bin/env python3
"""Puts the status of each end record, though it was set.

Seen in: several.
"""

from good import main

from simvue.core import mapping

mapping._OPERATIONS["end"] = mapping._status


if __name__ == "__main__":
    main()
