#!/usr/bin/env python3
"""Says that something is left, always.

Seen in: attached.
"""

import sys
from functools import partial

from good import finished

finished()
main = partial(sys.exit, 10)


if __name__ == "__main__":
    main()
