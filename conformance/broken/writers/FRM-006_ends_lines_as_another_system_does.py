#!/usr/bin/env python3
"""Writes a carriage return before each line feed.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def encode(self, kind, members, at):
        return super().encode(kind, members, at).replace(b"\n", b"\r\n")


if __name__ == "__main__":
    main(Broken)
