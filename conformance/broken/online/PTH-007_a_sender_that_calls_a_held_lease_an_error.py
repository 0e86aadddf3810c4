#!/usr/bin/env python3
"""A sender, for --sender: it ends with an error where a program that is online holds the lease.

Seen in: beside.
"""

import sys
from pathlib import Path

from simvue_sender.entry import main

if __name__ == "__main__":
    leases = sorted(Path(sys.argv[2]).glob("online/*/sender/lease/*"))
    if leases and b"released" not in leases[-1].read_bytes():
        sys.exit("the lease is held")
    main()
