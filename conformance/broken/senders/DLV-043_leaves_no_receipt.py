#!/usr/bin/env python3
"""Leaves no receipt.

Seen in: kinds.
"""

import sys
from functools import partial

from good import CACHE, finished

code = finished()
for receipt in (CACHE / "delivered").glob("*.json"):
    receipt.unlink()
main = partial(sys.exit, code)


if __name__ == "__main__":
    main()
