#!/usr/bin/env python3
"""Begins the file with a byte order mark, as some editors do.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def encode(self, kind, members, at):
        line = super().encode(kind, members, at)
        return b"\xef\xbb\xbf" + line if kind == "header" else line


if __name__ == "__main__":
    main(Broken)
