#!/usr/bin/env python3
"""Invents a kind.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def run(self, *arguments, **members):
        super().run(*arguments, **members)
        self.record("note", text="hello")


if __name__ == "__main__":
    main(Broken)
