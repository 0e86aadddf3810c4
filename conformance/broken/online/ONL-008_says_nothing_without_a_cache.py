#!/usr/bin/env python3
"""Goes on from memory without a word.

Seen in: no-cache.
"""

from _base import main

from simvue.run import online

if __name__ == "__main__":
    online.warn = lambda _: None
    main()
