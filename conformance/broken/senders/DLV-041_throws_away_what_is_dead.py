#!/usr/bin/env python3
"""Deletes the journals that have ended, dead letters and all.

Seen in: dead.
"""

import sys
from functools import partial

from good import CACHE, finished

code = finished()
for journal in (CACHE / "journals").glob("[dp]*.jsonl"):
    if b'"kind":"end"' in journal.read_bytes():
        journal.unlink()
main = partial(sys.exit, code)


if __name__ == "__main__":
    main()
