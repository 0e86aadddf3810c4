#!/usr/bin/env python3
"""Says nothing of the records that are still to be delivered.

Seen in: lost-answers.
"""

from _base import main

from simvue.run import online

if __name__ == "__main__":
    online.warn = lambda _: None
    main()
