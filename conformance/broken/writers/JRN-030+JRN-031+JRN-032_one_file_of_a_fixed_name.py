#!/usr/bin/env python3
"""Opens a file named after the run, whoever made it.

Seen in: minimal, restart, crowd.
"""

import os

from good import Journal, main


class Broken(Journal):
    def new_path(self):
        return self.cache / "journals" / f"{self.key}.jsonl"

    def open(self):
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


if __name__ == "__main__":
    main(Broken)
