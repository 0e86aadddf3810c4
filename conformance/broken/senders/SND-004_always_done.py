#!/usr/bin/env python3
"""Says that nothing is left, always.

Seen in: down, unwritable.
"""

import sys
from functools import partial

from good import finished

finished()
main = partial(sys.exit, 0)


if __name__ == "__main__":
    main()
