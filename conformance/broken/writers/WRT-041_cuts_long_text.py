#!/usr/bin/env python3
"""Records the beginning of a long text only.

Seen in: text.
"""

from good import PIECE, Journal, main


class Broken(Journal):
    def event(self, message, **members):
        super().event(message[:PIECE], **members)


if __name__ == "__main__":
    main(Broken)
