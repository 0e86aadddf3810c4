#!/usr/bin/env python3
"""Lets bytes that are no UTF-8 through as surrogates.

Seen in: text.
"""

from good import Journal, main


class Broken(Journal):
    def text(self, content):
        return content.decode("utf-8", errors="surrogateescape").replace("\0", "\ufffd")


if __name__ == "__main__":
    main(Broken)
