#!/usr/bin/env python3
"""Records one event less.

Seen in: full, text, threads.
"""

from good import Journal, main


class Broken(Journal):
    left_out = False

    def event(self, message, **members):
        if self.left_out:
            super().event(message, **members)
        self.left_out = True


if __name__ == "__main__":
    main(Broken)
