#!/usr/bin/env python3
"""Says with which token it tries.

Seen in: refused.
"""

import os
import sys

from _base import IS_ONLINE, main

if __name__ == "__main__":
    if IS_ONLINE:
        print("token:", os.environ["SIMVUE_TOKEN"], file=sys.stderr)
    main()
