#!/usr/bin/env python3
"""Writes NUL as an escape.

Seen in: text.
"""

from good import Journal, main


class Broken(Journal):
    def text(self, content):
        return content.decode("utf-8", errors="replace")


if __name__ == "__main__":
    main(Broken)
