#!/usr/bin/env python3
"""Writes its header again, with another time, when it has ended.

Seen in: ranks.
"""

from good import Journal, main


class Broken(Journal):
    def end(self, status="completed"):
        super().end(status)
        with self.path.open("ab") as file:
            file.write(self.json({"kind": "header", "seq": 0, "at": self.now(), **self.header()}).encode() + b"\n")


if __name__ == "__main__":
    main(Broken)
