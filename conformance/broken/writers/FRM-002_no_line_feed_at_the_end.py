#!/usr/bin/env python3
"""Leaves out the line feed of the last record.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def encode(self, kind, members, at):
        line = super().encode(kind, members, at)
        return line.rstrip(b"\n") if kind == "end" else line


if __name__ == "__main__":
    main(Broken)
