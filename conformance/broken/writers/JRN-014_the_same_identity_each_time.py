#!/usr/bin/env python3
"""Makes the identity of the run key alone.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def header(self):
        return {**super().header(), "journal": self.key}


if __name__ == "__main__":
    main(Broken)
