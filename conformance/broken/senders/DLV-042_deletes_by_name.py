#!/usr/bin/env python3
"""Deletes journals that it is done with, without another look.

Seen in: late.
"""

import sys
from functools import partial

from good import CACHE, finished

code = finished()
for journal in (CACHE / "journals").glob("*.jsonl"):
    journal.unlink()
main = partial(sys.exit, code)


if __name__ == "__main__":
    main()
