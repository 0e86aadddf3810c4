#!/usr/bin/env python3
"""Moves its journals away when the server has not taken everything.

Seen in: lost-answers.
"""

from _base import main

from simvue.run.online import Online

original = Online.finish


def finish(self, patience):
    original(self, patience)
    for journal in self.cache.glob("journals/*"):
        failed = self.cache / "failed"
        failed.mkdir(exist_ok=True)
        journal.rename(failed / journal.name)


if __name__ == "__main__":
    Online.finish = finish
    main()
