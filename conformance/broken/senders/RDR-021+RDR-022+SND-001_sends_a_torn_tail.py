#!/usr/bin/env python3
"""Takes what has no LF for a record.

Seen in: growing.
"""

from good import main

from simvue.delivery.case import Case

Case.is_dead = property(lambda case: True, lambda case, value: None)


if __name__ == "__main__":
    main()
