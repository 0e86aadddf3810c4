#!/usr/bin/env python3
"""Keeps notes of its own where the small cache was.

Seen in: minimal.
"""

import atexit
import sys
from pathlib import Path

from _base import IS_ONLINE, main


def leave_notes():
    folder = Path(sys.argv[2], "online", f"conformance-{sys.argv[1]}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notes.txt").write_text("ended\n")


if __name__ == "__main__":
    if IS_ONLINE:
        atexit.register(leave_notes)
    main()
