#!/usr/bin/env python3
"""Says that the token is refused, and ends as if all were well.

Seen in: refused.
"""

import sys

from _base import main

from simvue import SimvueRunError

if __name__ == "__main__":
    try:
        main()
    except SimvueRunError as error:
        print(error, file=sys.stderr)
