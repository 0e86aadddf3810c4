#!/usr/bin/env python3
"""Records step 2 after step 3.

Seen in: killed.
"""

from good import Journal, main


class Broken(Journal):
    def metrics(self, values, step, time=None):
        if step != 2:
            super().metrics(values, step, time)
        if step == 3:
            super().metrics({"x": 2}, 2, time)


if __name__ == "__main__":
    main(Broken)
