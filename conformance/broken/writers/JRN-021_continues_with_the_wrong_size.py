#!/usr/bin/env python3
"""Takes the size of the journal before its end was written.

Seen in: rotation.
"""

from good import Journal, main


class Broken(Journal):
    def continued(self):
        return {**super().continued(), "bytes": 1000}


if __name__ == "__main__":
    main(Broken)
